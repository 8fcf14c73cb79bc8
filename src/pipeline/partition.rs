//! One owned partition: which of its records wait, which run may be settled next.

use super::prepare::Prepared;
use ingest::event::Assignment;
use ingest::offsets::{OffsetError, OffsetTracker};
use schemas::delivery::{OwnerEpoch, PartitionKey, Run, abandon};

/// A partition that this process owns, from its assignment to its revocation.
#[derive(Debug)]
pub(crate) struct OwnedPartition {
    /// The partition.
    pub(crate) key: PartitionKey,
    /// Settle only under this epoch.
    pub(crate) owner_epoch: OwnerEpoch,
    tracker: OffsetTracker<Prepared>,
    is_settling: bool,
    is_held: bool,
}

/// Whether the consumer must be told something about the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// One slow record holds back too many: pause it.
    Pause,
    /// It may go on.
    Resume,
}

impl OwnedPartition {
    pub(crate) fn new(assignment: Assignment, held_back_max: usize) -> Self {
        let Assignment { partition, owner_epoch, .. } = assignment.clone();
        let tracker = OffsetTracker::new(assignment, held_back_max);
        Self { key: partition, owner_epoch, tracker, is_settling: false, is_held: false }
    }

    /// Registers a record in the order of delivery.
    pub(crate) fn deliver(&mut self, offset: i64) -> Result<(), OffsetError> {
        self.tracker.deliver(offset)
    }

    /// Notes what a record came to.
    pub(crate) fn complete(&mut self, offset: i64, prepared: Prepared) -> Result<(), OffsetError> {
        self.tracker.complete(offset, prepared)
    }

    /// Notes that nothing else comes before `log_end`.
    pub(crate) fn end(&mut self, log_end: i64) {
        self.tracker.end(log_end);
    }

    /// The next run, unless one is being settled: a partition has one transaction at a time.
    pub(crate) fn next_run(&mut self, records_max: usize) -> Option<Run<(i64, Prepared)>> {
        if self.is_settling {
            return None;
        }
        let run = self.tracker.take_run(records_max)?;
        self.is_settling = true;
        Some(run)
    }

    /// The run that was taken is written.
    pub(crate) fn settled(&mut self) {
        self.is_settling = false;
    }

    /// Records that are not yet settled, the run under way not counted.
    pub(crate) fn waiting(&self) -> usize {
        self.tracker.waiting()
    }

    /// Whether a run is being written.
    pub(crate) const fn is_settling(&self) -> bool {
        self.is_settling
    }

    /// What to tell the consumer, if it changed.
    pub(crate) fn hold(&mut self) -> Option<Hold> {
        if !self.is_held && self.tracker.should_pause() {
            self.is_held = true;
            return Some(Hold::Pause);
        }
        if self.is_held && self.tracker.may_resume() {
            self.is_held = false;
            return Some(Hold::Resume);
        }
        None
    }

    /// Gives up what waits: the next owner gets the records again.
    pub(crate) fn abandon(mut self) {
        while let Some(run) = self.tracker.take_run(usize::MAX) {
            abandon(run.records.into_iter().map(|(_, prepared)| prepared.delivery));
        }
    }
}
