//! Objections: how they are filed, where they stand, what a citizen can do next.
//!
//! [`rules::flow::objection::next`] is the only place that knows the moves. Every move is one transaction that writes the new state by
//! compare-and-set, its history row, its audit row and a link of the objection's chain.

pub mod file;
pub mod new;
pub mod steps;
pub mod store;
pub mod totals;

use crate::foundation::chain::{ChainDomain, ChainError};
use crate::foundation::store_error::{StoreError, from_driver};
use rules::canonical::CanonicalError;
use rules::flow::objection::IllegalTransition;
use schemas::ids::ObjectionId;
use thiserror::Error;

/// How an objection comes to be a case.
pub(crate) const FILED_ORIGIN: &str = "filing";
/// Form of the chain's first link: the objection as filed.
pub const FILED_DOMAIN: ChainDomain = ChainDomain::new("rasid.objection.v1");
/// Form of the link of a step of the citizen, or of the calendar.
pub const STEP_DOMAIN: ChainDomain = ChainDomain::new("rasid.objection-step.v1");

/// Why an objection could not be moved.
#[derive(Debug, Error)]
pub enum ObjectionError {
    /// There is none with that id.
    #[error("there is no objection {0}")]
    NotFound(ObjectionId),
    /// The objection is at a stage at which this is not possible.
    #[error("the objection cannot take this step")]
    Illegal(#[from] IllegalTransition),
    /// Nothing is left that a human could change: everything was cancelled.
    #[error("every violation of the objection is cancelled: there is nothing left to look at")]
    NothingLeft,
    /// Somebody else moved it first.
    #[error("objection {0} was changed by somebody else meanwhile; read it again")]
    Moved(ObjectionId),
    /// More attachments than are taken.
    #[error("an objection takes {} attachments at most", schemas::attachment::ATTACHMENTS_MAX)]
    TooManyAttachments,
    /// A stored row does not read: a fault of ours.
    #[error("{what} of objection {objection} cannot be read")]
    Unreadable {
        /// The objection.
        objection: ObjectionId,
        /// Which column.
        what: &'static str,
    },
    /// The chain could not be extended.
    #[error("the objection's chain cannot be extended")]
    Chain(#[from] ChainError),
    /// What was done has no canonical form.
    #[error("the objection's record has no canonical form")]
    Canonical(#[from] CanonicalError),
    /// The database failed.
    #[error("the objection cannot be read or written")]
    Database(#[from] StoreError),
}

from_driver!(ObjectionError);
