//! Decisions of named humans.
//!
//! A decision is made of a proof that its reviewer fetched every frame of the case under the lease that is still live;
//! `schemas` has no other way to one, and none from a machine's answer.

pub mod decide;
pub mod store;

use crate::foundation::chain::ChainError;
use crate::foundation::store_error::{StoreError, from_driver};
use crate::objection::ObjectionError;
use crate::review::ReviewError;
use rules::canonical::CanonicalError;
use schemas::decision::DecisionInputError;
use schemas::ids::ReviewTaskId;
use schemas::review::FramesUnseen;
use thiserror::Error;

/// Why nothing was decided.
#[derive(Debug, Error)]
pub enum DecisionError {
    /// The task is not there, not held by the caller, or decided already.
    #[error("the case cannot be decided by the caller now")]
    Task(#[from] ReviewError),
    /// The case changed since the caller read it.
    #[error("task {task} is at version {now}, the caller read version {read}; read it again")]
    Stale {
        /// The task.
        task: ReviewTaskId,
        /// What the caller saw.
        read: i64,
        /// What it is.
        now: i64,
    },
    /// The task is of the other kind.
    #[error("task {0} is of another kind")]
    OtherKind(ReviewTaskId),
    /// Frames were not opened under the lease.
    #[error("not every frame was opened")]
    FramesUnseen(#[from] FramesUnseen),
    /// The verdicts or reasons are not complete or not allowed.
    #[error("the decision is incomplete or not allowed")]
    Input(#[from] DecisionInputError),
    /// The objection could not be read or moved.
    #[error("the objection cannot be read or moved")]
    Objection(#[from] ObjectionError),
    /// The chain could not be extended.
    #[error("the case's chain cannot be extended")]
    Chain(#[from] ChainError),
    /// The decision has no canonical form.
    #[error("the decision has no canonical form")]
    Canonical(#[from] CanonicalError),
    /// The database failed.
    #[error("the decision cannot be written")]
    Database(#[from] StoreError),
}

from_driver!(DecisionError);

impl DecisionError {
    /// Name in the audit row of an attempt that was refused; `None` when it failed by a fault of ours.
    const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Task(
                ReviewError::Lease(_)
                | ReviewError::HeldByOther(_)
                | ReviewError::TooMany(_)
                | ReviewError::ReturnedTooMany(_)
                | ReviewError::Drawn,
            ) => Some("lease"),
            Self::Stale { .. } => Some("stale"),
            Self::FramesUnseen(_) => Some("frames_unseen"),
            Self::Input(_) => Some("input"),
            Self::OtherKind(_) => Some("other_kind"),
            Self::Task(
                ReviewError::Missing(_)
                | ReviewError::NoSuchFrame(_)
                | ReviewError::Unreadable { .. }
                | ReviewError::Database(_),
            )
            | Self::Objection(_)
            | Self::Chain(_)
            | Self::Canonical(_)
            | Self::Database(_) => None,
        }
    }
}
