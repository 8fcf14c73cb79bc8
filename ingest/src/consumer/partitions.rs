//! What the group assigned to this process, and how far each partition is.

use chrono::{DateTime, Utc};
use schemas::delivery::{OwnerEpoch, PartitionKey};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Partitions by number; there is one topic.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    entries: BTreeMap<i32, PartitionState>,
}

/// Where a partition of ours stands.
#[derive(Debug)]
pub(super) enum PartitionState {
    /// The position could not be taken yet; nothing is fetched.
    Waiting {
        /// Monotonic time of the next try.
        retry_at: Duration,
    },
    /// Being consumed.
    Owned(OwnedPartition),
    /// Cannot go on without a person; nothing is fetched.
    Stopped,
}

/// A partition that is being consumed.
#[derive(Debug)]
pub(super) struct OwnedPartition {
    pub(super) key: PartitionKey,
    pub(super) owner_epoch: OwnerEpoch,
    /// The next record's offset, or less.
    pub(super) next_offset: i64,
    /// Everything before it is settled.
    pub(super) settled_offset: i64,
    /// Offset and time of receipt of what was delivered and is not settled: as many as the memory limits let in.
    delivered: VecDeque<(i64, DateTime<Utc>)>,
    /// Paused because the memory limits are reached.
    pub(super) paused_for_room: bool,
    /// Paused because the pipeline asked for it.
    pub(super) paused_by_pipeline: bool,
    /// Monotonic time at which something was last settled, or there was nothing to settle.
    pub(super) moved_at: Duration,
    /// Whether the log's end was reached.
    pub(super) end: LogEnd,
}

/// What is known of the end of a partition's log. Offsets before it may hold no record: markers of transactions, which
/// nobody delivers. They must be counted as settled, or retention takes them for lost records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogEnd {
    /// Not reached since the last record.
    Ahead,
    /// Reached, at this monotonic time.
    Reached {
        /// When.
        at: Duration,
    },
    /// The broker named this end, and everything before it is being fetched once more.
    Checked {
        /// The end.
        log_end: i64,
    },
    /// Reached once more without a record in between. Which end that was must still be told: a broker that has just
    /// become the leader may show less of its log than the one before it.
    Passed {
        /// The end that the broker named.
        log_end: i64,
    },
    /// Reached, and nothing lies before it that was not delivered.
    Known,
}

impl OwnedPartition {
    pub(super) const fn new(
        key: PartitionKey,
        owner_epoch: OwnerEpoch,
        next_offset: i64,
        now: Duration,
    ) -> Self {
        Self {
            key,
            owner_epoch,
            next_offset,
            settled_offset: next_offset,
            delivered: VecDeque::new(),
            paused_for_room: false,
            paused_by_pipeline: false,
            moved_at: now,
            end: LogEnd::Ahead,
        }
    }

    /// A record is handed on.
    pub(super) fn deliver(&mut self, offset: i64, received_at: DateTime<Utc>) {
        self.next_offset = offset + 1;
        self.end = LogEnd::Ahead;
        self.delivered.push_back((offset, received_at));
    }

    /// Everything before `next_offset` is settled at the monotonic time `now`.
    pub(super) fn settle(&mut self, next_offset: i64, now: Duration) {
        self.settled_offset = self.settled_offset.max(next_offset);
        self.moved_at = now;
        while self.delivered.front().is_some_and(|(offset, _)| *offset < self.settled_offset) {
            self.delivered.pop_front();
        }
    }

    /// Returns when the oldest record that is not settled was received; `None` while the broker has given none of them.
    pub(super) fn oldest(&self) -> Option<DateTime<Utc>> {
        self.delivered.front().map(|(_, received_at)| *received_at)
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused_for_room || self.paused_by_pipeline
    }
}

impl Partitions {
    pub(super) fn insert(&mut self, partition: i32, state: PartitionState) {
        self.entries.insert(partition, state);
    }

    pub(super) fn remove(&mut self, partition: i32) -> Option<PartitionState> {
        self.entries.remove(&partition)
    }

    /// The partition, if it is being consumed.
    pub(super) fn owned(&mut self, partition: i32) -> Option<&mut OwnedPartition> {
        match self.entries.get_mut(&partition)? {
            PartitionState::Owned(owned) => Some(owned),
            PartitionState::Waiting { .. } | PartitionState::Stopped => None,
        }
    }

    /// All that are being consumed.
    pub(super) fn all_owned(&mut self) -> impl Iterator<Item = &mut OwnedPartition> {
        self.entries.values_mut().filter_map(|state| match state {
            PartitionState::Owned(owned) => Some(owned),
            PartitionState::Waiting { .. } | PartitionState::Stopped => None,
        })
    }

    /// Takes out everything, and returns what was being consumed.
    pub(super) fn take_owned(&mut self) -> Vec<OwnedPartition> {
        let owned = |state| match state {
            PartitionState::Owned(owned) => Some(owned),
            PartitionState::Waiting { .. } | PartitionState::Stopped => None,
        };
        std::mem::take(&mut self.entries).into_values().filter_map(owned).collect()
    }

    /// Those whose position should be asked for again.
    pub(super) fn due(&self, now: Duration) -> Vec<i32> {
        let due = |state: &PartitionState| match state {
            PartitionState::Waiting { retry_at } => *retry_at <= now,
            PartitionState::Owned(_) | PartitionState::Stopped => false,
        };
        self.entries.iter().filter(|(_, state)| due(state)).map(|(partition, _)| *partition).collect()
    }

    /// How many are being consumed, wait for their position, are stopped.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        self.entries.values().fold((0, 0, 0), |(owned, waiting, stopped), state| match state {
            PartitionState::Owned(_) => (owned + 1, waiting, stopped),
            PartitionState::Waiting { .. } => (owned, waiting + 1, stopped),
            PartitionState::Stopped => (owned, waiting, stopped + 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned() -> OwnedPartition {
        let key = PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 2 };
        OwnedPartition::new(key, OwnerEpoch(1), 7, Duration::ZERO)
    }

    #[test]
    fn the_oldest_record_is_the_first_that_was_delivered_and_is_not_settled() {
        let at = |seconds| DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds);
        let mut owned = owned();
        assert_eq!(owned.oldest(), None);
        // Offset 9 is a marker that nobody delivers.
        for (offset, seconds) in [(7, 70), (8, 80), (10, 100)] {
            owned.deliver(offset, at(seconds));
        }
        assert_eq!(owned.oldest(), Some(at(70)));
        owned.settle(8, Duration::from_secs(1));
        assert_eq!(owned.oldest(), Some(at(80)));
        owned.settle(10, Duration::from_secs(2));
        assert_eq!((owned.oldest(), owned.moved_at), (Some(at(100)), Duration::from_secs(2)));
        owned.settle(11, Duration::from_secs(3));
        assert_eq!(owned.oldest(), None);
    }

    #[test]
    fn only_a_waiting_partition_whose_time_has_come_is_due() {
        let mut partitions = Partitions::default();
        partitions.insert(0, PartitionState::Waiting { retry_at: Duration::from_secs(5) });
        partitions.insert(1, PartitionState::Stopped);
        partitions.insert(2, PartitionState::Owned(owned()));
        assert!(partitions.due(Duration::from_secs(4)).is_empty());
        assert_eq!(partitions.due(Duration::from_secs(5)), [0]);
        assert_eq!(partitions.counts(), (1, 1, 1));
        assert!(partitions.owned(1).is_none() && partitions.owned(2).is_some());
    }
}
