//! Why the effects of a run were not written.

use crate::case::draft::DraftError;
use crate::case::issue::IssueError;
use crate::foundation::store_error::{StoreError, from_driver};
use std::error::Error;
use thiserror::Error;

/// Why effects were not written.
#[derive(Debug, Error)]
pub(super) enum WriteError {
    /// An id came before with other content.
    #[error("an event id came before with other content")]
    IdReused,
    /// An event has no rows.
    #[error("an event cannot be stored: {0}")]
    Unstorable(String),
    /// The database refused or failed.
    #[error("the database refused the effects")]
    Database(#[from] StoreError),
}

from_driver!(WriteError);

impl From<DraftError> for WriteError {
    fn from(error: DraftError) -> Self {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::Unstorable(format!("{error}{cause}"))
    }
}

impl From<IssueError> for WriteError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Database(source) => Self::Database(source.into()),
            IssueError::Canonical(_) | IssueError::Money(_) => {
                let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
                Self::Unstorable(format!("{error}{cause}"))
            }
        }
    }
}
