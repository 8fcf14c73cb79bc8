//! Lag and standstill from librdkafka's periodic statistics.

use super::partitions::Partitions;
use super::parts::ConsumerParts;
use rdkafka::Statistics;

/// Whether a broker is connected and none is trying to be: what was reported of connections is over.
pub(super) fn connections_stand(statistics: &Statistics) -> bool {
    let states = || statistics.brokers.values().map(|broker| (broker.nodeid, broker.state.as_str()));
    states().any(|(id, state)| id >= 0 && state == "UP")
        && states().all(|(_, state)| matches!(state, "UP" | "UPDATE" | "INIT"))
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
        parts.metrics.set_lag(number, lag);
        if lag == 0 {
            owned.moved_at = now;
        }
        let age = now.saturating_sub(owned.moved_at);
        parts.metrics.set_stalled_seconds(number, age);
        parts.health.set_stalled(number, (age >= parts.ingest.stall()).then_some(age));
    }
}
