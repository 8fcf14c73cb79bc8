//! The queue of cases that a named human decides: objections, and sightings too doubtful to issue.
//!
//! A reviewer claims a task and holds it under a lease, by the database's clock. What was opened under another lease
//! does not count. A lease that ran out needs no cleaning: the task counts as open from that instant.

pub mod gauges;
pub mod queue;
pub mod store;

use crate::foundation::store_error::{StoreError, from_driver};
use schemas::evidence::Sha256Digest;
use schemas::ids::ReviewTaskId;
use schemas::review::LeaseError;
use serde::Deserialize;
use thiserror::Error;

/// `[review]`: how cases are held.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewConfig {
    /// How long a reviewer holds a case without a sign of life.
    pub lease_seconds: u32,
    /// Cases that one reviewer may hold at the same time.
    pub held_cases_max: u32,
}

/// Why a task cannot be claimed, held, looked at or given back.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// There is no such task.
    #[error("there is no task {0}")]
    Missing(ReviewTaskId),
    /// Another reviewer holds it.
    #[error("task {0} is held by another reviewer")]
    HeldByOther(ReviewTaskId),
    /// The caller holds as many as one may.
    #[error("the reviewer holds {0} cases already, as many as one may; decide or give back one of them")]
    TooMany(u32),
    /// The caller does not hold it, or it is decided.
    #[error("the task cannot be acted upon")]
    Lease(#[from] LeaseError),
    /// The case has no such frame.
    #[error("the case has no frame {0}")]
    NoSuchFrame(Sha256Digest),
    /// A stored row does not read: a fault of ours.
    #[error("{what} of task {task} cannot be read")]
    Unreadable {
        /// The task.
        task: ReviewTaskId,
        /// Which column.
        what: &'static str,
    },
    /// The database failed.
    #[error("the queue cannot be read or written")]
    Database(#[from] StoreError),
}

from_driver!(ReviewError);
