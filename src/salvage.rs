//! A configuration with faults, as far as it can be used: each fault is told, not the first one alone, and what stands
//! beside it still counts.

use crate::config::{self, Config};
use std::path::Path;

/// Keys of one file that are put aside; no file has more faults than this.
const ROUNDS_MAX: usize = 500;

/// What could be made of a configuration.
#[derive(Debug, Default)]
pub struct Salvaged {
    /// The configuration, with defaults in the place of what cannot be used; `None` if it cannot be read at all.
    pub config: Option<Config>,
    /// What is wrong with it, in whole sentences.
    pub problems: Vec<String>,
    /// Keys and sections in whose place stand the defaults.
    put_aside: Vec<String>,
}

impl Salvaged {
    /// Reads file and environment as [`Config::load`] does, and goes on where that ends.
    #[must_use]
    pub fn load(file: Option<&Path>) -> Self {
        let mut this = Self::default();
        if let Err(error) = config::refuse_misspelt() {
            this.problems.push(error.to_string());
        }
        for _ in 0..ROUNDS_MAX {
            if !this.read(file) {
                break;
            }
        }
        this
    }

    /// Whether the default stands in the place of this key, or of its whole section.
    #[must_use]
    pub fn is_put_aside(&self, key: &str) -> bool {
        let section = key.split_once('.').map_or(key, |(section, _)| section);
        self.put_aside.iter().any(|aside| aside == key || aside == section)
    }

    /// One reading without what was put aside; returns whether another one may bring more.
    fn read(&mut self, file: Option<&Path>) -> bool {
        match config::read_without(file, &self.put_aside) {
            Err(faults) => {
                let mut may_bring_more = false;
                for fault in faults {
                    may_bring_more |= self.put_aside(fault.message, &fault.keys);
                }
                may_bring_more
            }
            Ok(config) => {
                let mut may_bring_more = false;
                for error in config.broken_rules() {
                    let message = error.to_string();
                    let keys = config::keys_named_in(&message);
                    may_bring_more |= self.put_aside(message, &keys);
                }
                self.config = Some(config);
                may_bring_more
            }
        }
    }

    /// Keeps a fault and puts the first of its keys aside that is still there; returns whether there was one.
    fn put_aside(&mut self, message: String, keys: &[String]) -> bool {
        if !self.problems.contains(&message) {
            self.problems.push(message);
        }
        let next = keys.iter().find(|key| !self.put_aside.contains(key)).cloned();
        let is_new = next.is_some();
        self.put_aside.extend(next);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salvaged(text: &str) -> Salvaged {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Salvaged::load(Some(file.path()))
    }

    const URL: &str = "[database]\nurl = \"postgres://u@h/d\"\n";

    #[test]
    fn every_fault_of_a_file_is_told_and_the_rest_of_it_counts() {
        let found = salvaged(
            "[kafka]\nbroker = \"x\"\ngroup = \"g\"\ninstance = \"a b\"\nsession_timeout_milliseconds = 1\n\
             created_partitions = \"six\"\n[htp]\nlisten = 1\n[review]\nlease_seconds = 0\n\
             [database]\nurl = \"mysql://h\"\njobs_connections_max = 0\n",
        );
        for told in [
            "unknown key kafka.broker",
            "kafka.instance must be",
            "kafka.session_timeout_milliseconds must be",
            "kafka.created_partitions",
            "unknown key htp",
            "review.lease_seconds must be at least 1",
            "database.url is not of the form",
            "database.jobs_connections_max must be at least 1",
        ] {
            assert!(
                found.problems.iter().any(|one| one.contains(told)),
                "{told} is not told: {:#?}",
                found.problems
            );
        }
        assert!(found.is_put_aside("database.url") && !found.is_put_aside("kafka.group"));
        let config = found.config.unwrap();
        assert_eq!((config.kafka.group.as_str(), config.kafka.instance.as_str()), ("g", "rasid-1"));
    }

    #[test]
    fn a_configuration_without_faults_comes_out_as_it_is() {
        let found = salvaged(URL);
        assert_eq!(found.problems, [""; 0]);
        assert_eq!(found.config.unwrap().database.url.expose(), "postgres://u@h/d");
    }

    #[test]
    fn a_file_that_is_no_toml_or_not_there_leaves_nothing() {
        let found = salvaged("[kafka\n");
        assert!(found.config.is_none() && found.problems.len() == 1, "{found:?}");
        let found = Salvaged::load(Some(Path::new("/no/such/file.toml")));
        assert!(found.config.is_none() && found.problems[0].contains("does not exist"), "{found:?}");
    }

    #[test]
    fn a_section_that_is_no_section_is_put_aside_whole() {
        let found = salvaged(&format!("kafka = 3\n{URL}"));
        assert!(found.config.is_some() && found.is_put_aside("kafka.brokers"), "{found:?}");
    }
}
