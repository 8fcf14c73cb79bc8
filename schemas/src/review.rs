//! What waits for a reviewer, and the proof that a reviewer looked before deciding.

use crate::evidence::Sha256Digest;
use crate::ids::{LeaseId, ManualCheckId, ObjectionId, ReviewTaskId, ReviewerId};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use thiserror::Error;

/// What a task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewSubject {
    /// A citizen's objection.
    Objection(ObjectionId),
    /// A sighting that was too doubtful to issue.
    ManualCheck(ManualCheckId),
}

impl ReviewSubject {
    /// Which kind.
    #[must_use]
    pub const fn kind(self) -> ReviewTaskKind {
        match self {
            Self::Objection(_) => ReviewTaskKind::Objection,
            Self::ManualCheck(_) => ReviewTaskKind::ManualCheck,
        }
    }
}

crate::closed_list! {
    /// The kinds of task.
    pub enum ReviewTaskKind {
        /// A citizen's objection.
        Objection = "objection",
        /// A sighting that was too doubtful to issue.
        ManualCheck = "manual_check",
    }
    impl Display;
    impl FromStr<UnknownTaskKind> = UnknownTaskKind;
}

/// The text is no kind of task.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a task's kind must be 'objection' or 'manual_check', got '{0}'")]
pub struct UnknownTaskKind(pub String);

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewTaskState {
    /// Waiting for a reviewer; a lease that ran out counts as waiting too.
    Open,
    /// A reviewer holds it.
    Claimed(Lease),
    /// Decided.
    Done,
}

/// A reviewer's hold on a task, until a time by the database's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// New at every claim: what was looked at under an earlier lease does not count.
    pub id: LeaseId,
    /// Who holds it.
    pub reviewer: ReviewerId,
    /// Until when, database time.
    pub until: DateTime<Utc>,
}

/// A case in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewTask {
    /// Its id.
    pub id: ReviewTaskId,
    /// What it is about.
    pub subject: ReviewSubject,
    /// Higher is sooner.
    pub priority: i16,
    /// When it was put into the queue; the oldest of one priority comes first.
    pub queued_at: DateTime<Utc>,
    /// Where it stands.
    pub state: ReviewTaskState,
    /// Raised by every change; the `ETag`.
    pub version: i64,
}

/// Why a reviewer may not act on a task.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LeaseError {
    /// Nobody holds the task, or the lease ran out.
    #[error("the lease on the task has run out or was given back; claim the task again")]
    NotHeld,
    /// Another reviewer, or another lease of the same reviewer, holds it.
    #[error("the task is held under another lease")]
    HeldElsewhere,
    /// The task is decided.
    #[error("the task is already decided")]
    Done,
}

/// The proof that a reviewer holds a task at an instant. Made only by [`LiveLease::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLease {
    task: ReviewTaskId,
    lease: Lease,
}

impl LiveLease {
    /// Checks that `reviewer` holds `task` under `lease` at `now`, which is the database's time.
    ///
    /// # Errors
    /// When the task is done, the lease has run out, or another one holds it.
    pub fn check(
        task: &ReviewTask,
        reviewer: &ReviewerId,
        lease: LeaseId,
        now: DateTime<Utc>,
    ) -> Result<Self, LeaseError> {
        match &task.state {
            ReviewTaskState::Done => Err(LeaseError::Done),
            ReviewTaskState::Open => Err(LeaseError::NotHeld),
            ReviewTaskState::Claimed(held) if held.until <= now => Err(LeaseError::NotHeld),
            ReviewTaskState::Claimed(held) if held.id != lease || held.reviewer != *reviewer => {
                Err(LeaseError::HeldElsewhere)
            }
            ReviewTaskState::Claimed(held) => Ok(Self { task: task.id, lease: held.clone() }),
        }
    }

    /// The task that is held.
    #[must_use]
    pub const fn task(&self) -> ReviewTaskId {
        self.task
    }

    /// Who holds it.
    #[must_use]
    pub const fn reviewer(&self) -> &ReviewerId {
        &self.lease.reviewer
    }

    /// The lease.
    #[must_use]
    pub const fn lease(&self) -> LeaseId {
        self.lease.id
    }
}

/// Frames that were not fetched under the lease.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} frames of the case were not opened under this lease; open every frame, then decide", .0.len())]
pub struct FramesUnseen(pub BTreeSet<Sha256Digest>);

/// The proof that the reviewer who holds a task fetched every frame of it under that lease.
/// Made only by [`EvidenceOpened::prove`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOpened {
    lease: LiveLease,
    frames: BTreeSet<Sha256Digest>,
}

impl EvidenceOpened {
    /// Compares what the case holds with what was fetched under the lease.
    ///
    /// # Errors
    /// When a frame was not fetched.
    pub fn prove(
        lease: LiveLease,
        required: BTreeSet<Sha256Digest>,
        viewed: &BTreeSet<Sha256Digest>,
    ) -> Result<Self, FramesUnseen> {
        let unseen: BTreeSet<Sha256Digest> = required.difference(viewed).copied().collect();
        if unseen.is_empty() { Ok(Self { lease, frames: required }) } else { Err(FramesUnseen(unseen)) }
    }

    /// The lease under which the frames were fetched.
    #[must_use]
    pub const fn lease(&self) -> &LiveLease {
        &self.lease
    }

    /// The frames that were fetched; empty only if the case has none.
    #[must_use]
    pub const fn frames(&self) -> &BTreeSet<Sha256Digest> {
        &self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn reviewer(name: &str) -> ReviewerId {
        ReviewerId::parse(name).unwrap()
    }

    fn claimed(until: DateTime<Utc>) -> (ReviewTask, LeaseId) {
        let lease = Lease { id: LeaseId::generate(), reviewer: reviewer("r-1"), until };
        let id = lease.id;
        let task = ReviewTask {
            id: ReviewTaskId::generate(),
            subject: ReviewSubject::Objection(ObjectionId::generate()),
            priority: 0,
            queued_at: DateTime::UNIX_EPOCH,
            state: ReviewTaskState::Claimed(lease),
            version: 1,
        };
        (task, id)
    }

    #[test]
    fn a_lease_is_live_only_for_its_holder_and_before_its_end() {
        let until = DateTime::UNIX_EPOCH + TimeDelta::minutes(5);
        let (task, lease) = claimed(until);
        let check = |who: &str, lease, now| LiveLease::check(&task, &reviewer(who), lease, now).map(|_| ());
        assert_eq!(check("r-1", lease, DateTime::UNIX_EPOCH), Ok(()));
        assert_eq!(check("r-2", lease, DateTime::UNIX_EPOCH), Err(LeaseError::HeldElsewhere));
        assert_eq!(check("r-1", LeaseId::generate(), DateTime::UNIX_EPOCH), Err(LeaseError::HeldElsewhere));
        assert_eq!(check("r-1", lease, until), Err(LeaseError::NotHeld));
    }

    #[test]
    fn one_frame_not_fetched_is_enough_to_fail_the_proof() {
        let (task, lease) = claimed(DateTime::UNIX_EPOCH + TimeDelta::minutes(5));
        let live = LiveLease::check(&task, &reviewer("r-1"), lease, DateTime::UNIX_EPOCH).unwrap();
        let frames: BTreeSet<Sha256Digest> = [b"a", b"b"].map(|bytes| Sha256Digest::of(bytes)).into();
        let one: BTreeSet<Sha256Digest> = frames.iter().take(1).copied().collect();
        let unseen = EvidenceOpened::prove(live.clone(), frames.clone(), &one).unwrap_err();
        assert_eq!(unseen.0.len(), 1);
        assert!(EvidenceOpened::prove(live, frames.clone(), &frames).is_ok());
    }
}
