//! Lag and standstill from librdkafka's periodic statistics.

use super::partitions::Partitions;
use super::parts::ConsumerParts;
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
