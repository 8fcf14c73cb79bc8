//! What the consumer tells the pipeline. The list is closed.

use crate::consumer::error::ConsumerError;
use crate::record::RawRecord;
use schemas::delivery::{Delivery, OwnerEpoch, PartitionKey, abandon};
use thiserror::Error;

/// One thing that happened. Events of a partition come in the order in which they happened.
#[derive(Debug)]
pub enum ConsumerEvent {
    /// This process owns the partition from now on.
    Assigned(Assignment),
    /// A record of an owned partition.
    Record(Delivery<RawRecord>),
    /// What lies before `log_end` and was not delivered holds no record.
    Ended {
        /// The partition.
        partition: PartitionKey,
        /// Under which it is owned.
        owner_epoch: OwnerEpoch,
        /// Offset after the last that is known to hold no record.
        log_end: i64,
    },
    /// The partition was taken away. What is in flight may finish but cannot be settled: another owner raises
    /// the epoch. Abandon its deliveries.
    Revoked {
        /// The partition.
        partition: PartitionKey,
        /// The epoch that has ended.
        owner_epoch: OwnerEpoch,
    },
    /// The partition cannot go on without a person; the others do. Abandon its deliveries.
    Stopped {
        /// The partition.
        partition: PartitionKey,
        /// Why, and what to do.
        reason: StopReason,
    },
    /// The consumer has ended; nothing follows.
    Failed(ConsumerError),
}

impl ConsumerEvent {
    /// Drops it on purpose, with the record in it.
    pub(crate) fn abandon(self) {
        match self {
            Self::Record(delivery) => abandon([delivery]),
            Self::Assigned(_)
            | Self::Ended { .. }
            | Self::Revoked { .. }
            | Self::Stopped { .. }
            | Self::Failed(_) => {}
        }
    }
}

/// A partition with the position at which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The partition.
    pub partition: PartitionKey,
    /// Settle only under this epoch.
    pub owner_epoch: OwnerEpoch,
    /// The first offset that is asked for; the first record may stand behind it.
    pub next_offset: i64,
}

/// Why a partition stopped. The text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StopReason {
    /// Records were deleted before they were settled.
    #[error(
        "the stored position {position} of {partition} stands before the log's start {log_start}: the records \
         between ({gap} offsets) were deleted by retention before they were settled; find out what they were, then \
         go on by `rasid position skip --partition {number} --to {log_start}`",
        gap = log_start - position,
        number = partition.partition
    )]
    BeforeLogStart {
        /// The partition.
        partition: PartitionKey,
        /// The stored position.
        position: i64,
        /// First offset of the log.
        log_start: i64,
    },
    /// The log is shorter than what was settled.
    #[error(
        "the stored position {position} of {partition} stands behind the log's end {log_end}: the broker lost \
         records or the topic was made anew; check kafka.brokers and the topic, then go on inside the log by `rasid \
         position skip --partition {number} --to {log_end}`",
        number = partition.partition
    )]
    BehindLogEnd {
        /// The partition.
        partition: PartitionKey,
        /// The stored position.
        position: i64,
        /// Offset after the log's last record.
        log_end: i64,
    },
}

impl StopReason {
    /// What is wrong with a position in a log of `log_start..log_end`, if anything is.
    #[must_use]
    pub fn of(partition: &PartitionKey, position: i64, log_start: i64, log_end: i64) -> Option<Self> {
        let partition = partition.clone();
        if position < log_start {
            Some(Self::BeforeLogStart { partition, position, log_start })
        } else if position > log_end {
            Some(Self::BehindLogEnd { partition, position, log_end })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_inside_the_log_up_to_and_with_its_end() {
        let partition = PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 3 };
        let stopped = |position| StopReason::of(&partition, position, 5, 9);
        assert_eq!(stopped(5), None);
        assert_eq!(stopped(9), None);
        assert!(matches!(stopped(4), Some(StopReason::BeforeLogStart { position: 4, log_start: 5, .. })));
        let behind = stopped(10).map(|reason| reason.to_string()).unwrap_or_default();
        assert!(behind.contains("position 10 of t/3 stands behind the log's end 9"), "{behind}");
    }
}
