//! A provider of configuration without some of its keys; what stays keeps its origin.

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

/// A provider without some of its keys.
pub(crate) struct Without<'k, P> {
    inner: P,
    keys: &'k [String],
}

impl<'k, P: Provider> Without<'k, P> {
    pub(crate) const fn new(inner: P, keys: &'k [String]) -> Self {
        Self { inner, keys }
    }
}

impl<P: Provider> Provider for Without<'_, P> {
    fn metadata(&self) -> Metadata {
        self.inner.metadata()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut data = self.inner.data()?;
        for dict in data.values_mut() {
            self.keys.iter().for_each(|key| remove(dict, key));
        }
        Ok(data)
    }

    fn profile(&self) -> Option<Profile> {
        self.inner.profile()
    }
}

/// Keys are compared in small letters, as the environment gives them.
fn remove(dict: &mut Dict, key: &str) {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let names: Vec<String> = dict.keys().filter(|name| name.to_lowercase() == first).cloned().collect();
    for name in names {
        match (rest, dict.get_mut(&name)) {
            (Some(rest), Some(Value::Dict(_, inner))) => remove(inner, rest),
            (_, _) => {
                dict.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::Figment;
    use figment::providers::{Format, Toml};

    #[test]
    fn keys_and_sections_are_left_out_and_their_neighbours_stay() {
        let text = "[kafka]\nGroup = \"a\"\nbrokers = \"b\"\n[http]\nlisten = \"c\"\n";
        let keys = ["kafka.group".to_owned(), "http".to_owned(), "no.such".to_owned()];
        let left: toml::Table = Figment::from(Without::new(Toml::string(text), &keys)).extract().unwrap();
        assert_eq!(left.to_string(), "[kafka]\nbrokers = \"b\"\n");
    }
}
