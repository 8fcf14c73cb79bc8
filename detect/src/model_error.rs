//! What can be wrong with a model's files, and reading them strictly.

use std::path::PathBuf;
use thiserror::Error;

/// The file with the checksums of all others.
pub(crate) const LOCK_FILE: &str = "models.lock";

/// Why models cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// A file is missing or cannot be read.
    #[error("cannot read the model file {}; name a folder with the five files or leave detect.models_folder out", path.display())]
    File {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `models.lock` does not list a file.
    #[error("{LOCK_FILE} does not list {file}; export the models again")]
    NotLocked {
        /// The file.
        file: String,
    },
    /// A file is not the one that was released.
    #[error("{file} has SHA-256 {found}, {LOCK_FILE} says {expected}; the file was changed or damaged")]
    Checksum {
        /// The file.
        file: String,
        /// From `models.lock`.
        expected: String,
        /// Of the bytes.
        found: String,
    },
    /// A contract is not YAML of the expected shape.
    #[error("{file} is not a valid contract")]
    Contract {
        /// The file.
        file: String,
        /// Line, column and cause.
        source: Box<serde_saphyr::Error>,
    },
    /// A contract contradicts itself.
    #[error("{file}: {problem}")]
    Rule {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

/// Reads strict YAML.
///
/// # Errors
/// When the bytes are not of the expected shape.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, ModelError> {
    serde_saphyr::from_slice(bytes)
        .map_err(|source| ModelError::Contract { file: file.to_owned(), source: Box::new(source) })
}

/// Nothing wrong, or the error that says what.
pub(crate) fn rule(file: &str, problem: Option<String>) -> Result<(), ModelError> {
    problem.map_or(Ok(()), |problem| Err(ModelError::Rule { file: file.to_owned(), problem }))
}
