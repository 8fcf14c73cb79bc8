//! What sources are called on pages: their keys in English, their names of `sources.toml` in Arabic.

use schemas::country::SOURCES;
use schemas::text::isolated;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

#[derive(Debug, Default, Deserialize)]
struct SourcesFile {
    arabic: BTreeMap<String, String>,
}

static FILE: OnceLock<SourcesFile> = OnceLock::new();

/// Returns the Arabic names of `keys`, one after the other; a key without a name stands for itself.
pub(crate) fn arabic_names(keys: &[String]) -> String {
    // A test refuses a file that does not read.
    let file = FILE.get_or_init(|| toml::from_str(SOURCES).unwrap_or_default());
    let name = |key: &String| file.arabic.get(key).cloned().unwrap_or_else(|| isolated(key));
    keys.iter().map(name).collect::<Vec<_>>().join("؛ ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;
    use schemas::jurisdiction::Jurisdiction;

    #[test]
    fn every_source_that_a_citizen_is_shown_has_an_arabic_name() {
        let policies = Policies::compiled_in().unwrap();
        let names = toml::from_str::<SourcesFile>(SOURCES).unwrap().arabic;
        for country in Jurisdiction::ALL {
            let tariffs = policies.of(country).tariffs();
            let rows = tariffs.active().iter().flat_map(|row| &row.source().keys);
            for key in rows.chain(tariffs.tolerated().iter().flat_map(|band| &band.sources)) {
                let name = names.get(key).unwrap_or_else(|| panic!("{key} has no Arabic name"));
                assert!(!name.chars().any(|letter| letter.is_ascii_alphanumeric()), "{name}");
            }
        }
    }
}
