//! The queue of cases that a named human decides: objections, and sightings too doubtful to issue.
//!
//! A reviewer claims a task and holds it under a lease, by the database's clock. What was opened under another lease
//! does not count. A lease that ran out needs no cleaning: the task counts as open from that instant.

mod draw;
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
    /// How long a reviewer holds a case at most, however often the hold is prolonged.
    pub hold_seconds_max: u32,
    /// Cases that one reviewer may hold at the same time.
    pub held_cases_max: u32,
    /// Which case a reviewer is given.
    pub assignment: Assignment,
    /// Of how many of the oldest cases one is drawn, where they are given out at random.
    pub drawn_among_max: u32,
    /// Pictures decoded at the same time for reviewers; citizens have places of their own.
    pub picture_decodes_max: usize,
}

/// Which case a reviewer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// The oldest, or one that the reviewer names.
    Oldest,
    /// One drawn among the oldest, so that nobody chooses a case.
    Random,
}

/// A value that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReviewConfigError {
    /// A number that must not be 0 is.
    #[error("review.{0} must be at least 1")]
    Zero(&'static str),
    /// A hold would end before its first lease does.
    #[error("review.hold_seconds_max must not be below review.lease_seconds")]
    Hold,
}

impl ReviewConfig {
    /// Checks the rules between the values.
    ///
    /// # Errors
    /// Names the key and its rule.
    pub fn validate(&self) -> Result<(), ReviewConfigError> {
        let counts = [
            ("lease_seconds", u64::from(self.lease_seconds)),
            ("held_cases_max", u64::from(self.held_cases_max)),
            ("drawn_among_max", u64::from(self.drawn_among_max)),
            ("picture_decodes_max", self.picture_decodes_max as u64),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(ReviewConfigError::Zero(key));
        }
        if self.hold_seconds_max < self.lease_seconds { Err(ReviewConfigError::Hold) } else { Ok(()) }
    }
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
    /// The caller holds cases and gave others back shortly before, together as many as one may hold.
    #[error(
        "the reviewer holds or gave back lately {0} cases, as many as one may; wait, or decide one of them"
    )]
    ReturnedTooMany(u32),
    /// Cases are given out at random, and this one was asked for by name.
    #[error("cases are given out at random; claim the next one instead of a named one")]
    Drawn,
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
