//! The tables of what is on file about a violation; [`rules::facts`] is what they mean.

pub mod held;
pub mod holidays;
pub mod import;
pub mod store;
pub mod tariffs;

use crate::foundation::store_error::{StoreError, from_driver};
use schemas::ids::ViolationId;
use thiserror::Error;

/// Why facts cannot be gathered.
#[derive(Debug, Error)]
pub enum FactsError {
    /// The database failed.
    #[error("facts cannot be read")]
    Database(#[from] StoreError),
    /// A stored row does not read: a fault of ours.
    #[error("{what} of violation {violation} cannot be read")]
    Unreadable {
        /// The violation.
        violation: ViolationId,
        /// Which column.
        what: &'static str,
    },
}

from_driver!(FactsError);
