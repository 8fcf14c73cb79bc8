//! Why a stored record cannot be read back.

use thiserror::Error;

/// A record that cannot be read back.
#[derive(Debug, Error)]
pub enum UnreadableRecord {
    /// Of another form: another version of this program wrote it.
    #[error("the record is of form '{0}', which this program does not read")]
    OtherForm(String),
    /// Not such a record at all.
    #[error("the record is not JSON of its form")]
    Json(#[from] serde_json::Error),
    /// A value in it breaks its rule.
    #[error("the record holds {0} that cannot be read")]
    Value(&'static str),
}
