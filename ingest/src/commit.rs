//! The copy of settled offsets that is committed to Kafka for lag dashboards. It is never read back.
//!
//! rdkafka's forms differ by one: `store_offset` and `commit_message` take the *processed* offset and add 1,
//! `commit` takes the *next* one as it is. Only `commit` is used, and only next offsets are kept here.

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use schemas::delivery::{OwnerEpoch, PartitionKey};
use std::collections::BTreeMap;
use std::time::Duration;

/// Settled offsets that Kafka has not been told yet.
#[derive(Debug)]
pub struct CommitSchedule {
    pending: BTreeMap<PartitionKey, SettledOffset>,
    interval: Duration,
    last: Duration,
}

/// How far a partition is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledOffset {
    /// The epoch under which it was settled.
    pub owner_epoch: OwnerEpoch,
    /// The first offset that is not settled.
    pub next_offset: i64,
}

impl CommitSchedule {
    /// A schedule that gives out offsets once in `interval`, counted from the monotonic time `now`.
    #[must_use]
    pub const fn new(interval: Duration, now: Duration) -> Self {
        Self { pending: BTreeMap::new(), interval, last: now }
    }

    /// Notes how far a partition is. An older epoch or a smaller offset changes nothing.
    pub fn note(&mut self, partition: PartitionKey, settled: SettledOffset) {
        let newer = |known: &SettledOffset| {
            (settled.owner_epoch, settled.next_offset) > (known.owner_epoch, known.next_offset)
        };
        if self.pending.get(&partition).is_none_or(newer) {
            self.pending.insert(partition, settled);
        }
    }

    /// Everything noted since the last time, if the interval has passed.
    pub fn take_due(&mut self, now: Duration) -> Option<BTreeMap<PartitionKey, SettledOffset>> {
        if self.pending.is_empty() || now < self.last + self.interval {
            return None;
        }
        self.last = now;
        Some(self.take_all())
    }

    /// Everything noted since the last time; for closing.
    pub fn take_all(&mut self) -> BTreeMap<PartitionKey, SettledOffset> {
        std::mem::take(&mut self.pending)
    }
}

/// Commits next offsets. In [`CommitMode::Async`] the answer comes through the context's callback.
///
/// # Errors
/// When the request could not be made, or in [`CommitMode::Sync`] when the broker refused it.
pub(crate) fn commit<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    offsets: impl IntoIterator<Item = (PartitionKey, i64)>,
    mode: CommitMode,
) -> Result<(), KafkaError> {
    let mut list = TopicPartitionList::new();
    for (partition, next_offset) in offsets {
        list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(next_offset))?;
    }
    if list.count() == 0 {
        return Ok(());
    }
    consumer.commit(&list, mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(partition: i32) -> PartitionKey {
        PartitionKey { cluster: "c".into(), topic: "t".into(), partition }
    }

    fn settled(owner_epoch: i64, next_offset: i64) -> SettledOffset {
        SettledOffset { owner_epoch: OwnerEpoch(owner_epoch), next_offset }
    }

    #[test]
    fn offsets_are_given_out_once_in_an_interval_and_only_the_newest() {
        let mut schedule = CommitSchedule::new(Duration::from_secs(5), Duration::from_secs(100));
        schedule.note(partition(1), settled(2, 10));
        schedule.note(partition(1), settled(2, 12));
        schedule.note(partition(1), settled(2, 11));
        schedule.note(partition(1), settled(1, 99));
        assert_eq!(schedule.take_due(Duration::from_secs(104)), None);
        let due = schedule.take_due(Duration::from_secs(105));
        assert_eq!(due, Some(BTreeMap::from([(partition(1), settled(2, 12))])));
        assert_eq!(schedule.take_due(Duration::from_secs(111)), None);
    }
}
