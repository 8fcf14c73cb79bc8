//! Reading the data files of a country strictly: an unknown key, a missing source or a value out of range is refused,
//! and the message names the file and the key.

use schemas::jurisdiction::Jurisdiction;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why a country's data files are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Not TOML, or with an unknown, missing or mistyped key.
    #[error("{file}, line {line}: {problem}")]
    Syntax {
        /// The file, as `sa/tariffs.toml`.
        file: String,
        /// Where in it, from 1.
        line: usize,
        /// What is wrong, naming the key.
        problem: String,
    },
    /// A value that breaks a rule.
    #[error("{file}: {key}: {problem}")]
    Value {
        /// The file, as `sa/tariffs.toml`.
        file: String,
        /// The key, or the id of the row.
        key: String,
        /// What is wrong and what is wanted.
        problem: String,
    },
}

/// One file with its name for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CountryFile<'t> {
    pub(crate) name: &'static str,
    pub(crate) jurisdiction: Jurisdiction,
    pub(crate) text: &'t str,
}

/// Returns the country that a data file names; `None` if it is no such file.
#[must_use]
pub fn country_of(text: &str) -> Option<Jurisdiction> {
    #[derive(Deserialize)]
    struct Head {
        jurisdiction: String,
    }
    let head: Head = toml::from_str(text).ok()?;
    head.jurisdiction.parse().ok()
}

/// What every file begins with.
pub(crate) trait NamesItsCountry {
    fn jurisdiction(&self) -> &str;
}

/// A value with the sources that it rests on, or with the reason why it is only a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    #[serde(default)]
    pub(crate) sources: Vec<String>,
    pub(crate) unverified: Option<String>,
}

impl<'t> CountryFile<'t> {
    /// `sa/tariffs.toml`.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.jurisdiction.code().to_ascii_lowercase(), self.name)
    }

    pub(crate) fn parse<T: DeserializeOwned + NamesItsCountry>(&self) -> Result<T, PolicyError> {
        let parsed: T = toml::from_str(self.text).map_err(|error| PolicyError::Syntax {
            file: self.path(),
            line: error.span().map_or(1, |span| line_of(self.text, span.start)),
            problem: error.message().replace('\n', ", "),
        })?;
        if parsed.jurisdiction() != self.jurisdiction.code() {
            let problem = format!("must be \"{}\", got \"{}\"", self.jurisdiction, parsed.jurisdiction());
            return Err(self.refuse("jurisdiction", problem));
        }
        Ok(parsed)
    }

    pub(crate) fn refuse(&self, key: &str, problem: impl Into<String>) -> PolicyError {
        PolicyError::Value { file: self.path(), key: key.to_owned(), problem: problem.into() }
    }

    /// The value of `key`, which must have a source or say why it has none.
    pub(crate) fn sourced<T>(&self, key: &str, sourced: Sourced<T>) -> Result<T, PolicyError> {
        let Sourced { value, sources, unverified } = sourced;
        self.check_basis(key, &sources, unverified.as_deref())?;
        Ok(value)
    }

    pub(crate) fn check_basis(
        &self,
        key: &str,
        sources: &[String],
        unverified: Option<&str>,
    ) -> Result<(), PolicyError> {
        let named = |text: &str| !text.trim().is_empty();
        if sources.iter().all(|source| named(source))
            && (!sources.is_empty() || unverified.is_some_and(named))
        {
            return Ok(());
        }
        Err(self.refuse(key, "needs at least one source, or 'unverified' with the reason why there is none"))
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
