//! Lag and standstill from librdkafka's periodic statistics.

use super::partitions::{LogEnd, Partitions};
use super::parts::ConsumerParts;
use crate::event::ConsumerEvent;
use crate::metrics::IngestMetrics;
use rdkafka::Statistics;
use std::time::Duration;

/// What librdkafka calls a broker that answers.
const CONNECTED: &str = "UP";

/// Says how many brokers the client is connected to.
pub(super) fn publish_brokers(statistics: &Statistics, metrics: &IngestMetrics) {
    metrics.set_brokers_up(statistics.brokers.values().filter(|broker| broker.state == CONNECTED).count());
}

/// Sets the lag of every partition that is being consumed: records in the log that are not settled. The lag that
/// librdkafka computes itself counts from the commit in Kafka, which here is only a copy. A partition with a lag that
/// settles nothing for longer than is borne stands still, whatever the reason.
pub(super) fn publish_lag(
    statistics: &Statistics,
    topic: &str,
    partitions: &mut Partitions,
    parts: &ConsumerParts,
) {
    let Some(topic) = statistics.topics.get(topic) else { return };
    let now = parts.clock.monotonic();
    for owned in partitions.all_owned() {
        let number = owned.key.partition;
        let Some(found) = topic.partitions.get(&number) else { continue };
        // A negative offset means that librdkafka does not know it yet. What lies behind the last stable offset belongs
        // to a transaction that is not decided yet.
        let known = |offset: i64| (offset >= 0).then_some(offset);
        let Some(log_end) = known(found.hi_offset) else { continue };
        let stable_end = known(found.ls_offset).unwrap_or(log_end).min(log_end);
        let lag = (stable_end - owned.settled_offset).max(0);
        if lag == 0 {
            owned.moved_at = now;
        }
        let age = now.saturating_sub(owned.moved_at);
        // What waits at the broker tells its time only when it comes; until then it waits since the partition last moved.
        let waited = owned.oldest().map_or(age, |at| (parts.clock.now() - at).to_std().unwrap_or_default());
        parts.metrics.set_lag(number, lag, if lag == 0 { Duration::ZERO } else { waited });
        parts.metrics.set_stalled_seconds(number, age);
        parts.health.set_stalled(number, (age >= parts.ingest.stall()).then_some(age));
    }
}

/// Returns what is to be told of partitions whose last fetch ended where the broker had said that the log ends, without
/// a record before. Where it ended earlier, the end is asked for again.
pub(super) fn ended(
    statistics: &Statistics,
    topic: &str,
    partitions: &mut Partitions,
    now: Duration,
) -> Vec<ConsumerEvent> {
    let Some(topic) = statistics.topics.get(topic) else { return Vec::new() };
    let mut events = Vec::new();
    for owned in partitions.all_owned() {
        let LogEnd::Passed { log_end } = owned.end else { continue };
        let Some(found) = topic.partitions.get(&owned.key.partition) else { continue };
        if found.eof_offset < log_end {
            owned.end = LogEnd::Reached { at: now };
            continue;
        }
        owned.next_offset = log_end;
        owned.end = LogEnd::Known;
        let (partition, owner_epoch) = (owned.key.clone(), owned.owner_epoch);
        events.push(ConsumerEvent::Ended { partition, owner_epoch, log_end });
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::partitions::{OwnedPartition, PartitionState};
    use rdkafka::statistics::{Partition, Topic};
    use schemas::delivery::{OwnerEpoch, PartitionKey};

    fn passed(log_end: i64) -> Partitions {
        let key = PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 0 };
        let mut owned = OwnedPartition::new(key, OwnerEpoch(1), 5, Duration::ZERO);
        owned.end = LogEnd::Passed { log_end };
        let mut partitions = Partitions::default();
        partitions.insert(0, PartitionState::Owned(owned));
        partitions
    }

    fn fetched_to(eof_offset: i64) -> Statistics {
        let partition = Partition { eof_offset, ..Partition::default() };
        let topic = Topic { partitions: [(0, partition)].into(), ..Topic::default() };
        Statistics { topics: [("t".to_owned(), topic)].into(), ..Statistics::default() }
    }

    #[test]
    fn an_end_counts_only_when_the_last_fetch_came_to_it() {
        let now = Duration::from_secs(3);
        let mut partitions = passed(7);
        assert!(ended(&fetched_to(5), "t", &mut partitions, now).is_empty());
        let owned = partitions.owned(0).unwrap();
        assert_eq!((owned.next_offset, owned.end), (5, LogEnd::Reached { at: now }));

        let mut partitions = passed(7);
        let told = ended(&fetched_to(7), "t", &mut partitions, now);
        assert!(matches!(&told[..], [ConsumerEvent::Ended { log_end: 7, .. }]));
        let owned = partitions.owned(0).unwrap();
        assert_eq!((owned.next_offset, owned.end), (7, LogEnd::Known));
    }
}
