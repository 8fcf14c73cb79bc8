//! Lag from librdkafka's periodic statistics.

use super::partitions::Partitions;
use crate::metrics::IngestMetrics;
use rdkafka::Statistics;

/// Sets the lag of every partition that is being consumed: records in the log that are not settled. The lag that
/// librdkafka computes itself counts from the commit in Kafka, which here is only a copy.
pub(super) fn publish_lag(
    statistics: &Statistics,
    topic: &str,
    partitions: &mut Partitions,
    metrics: &IngestMetrics,
) {
    let Some(topic) = statistics.topics.get(topic) else { return };
    for owned in partitions.all_owned() {
        let log_end = topic.partitions.get(&owned.key.partition).map(|partition| partition.hi_offset);
        // A negative offset means that librdkafka does not know it yet.
        if let Some(log_end) = log_end.filter(|offset| *offset >= 0) {
            metrics.set_lag(owned.key.partition, (log_end - owned.settled_offset).max(0));
        }
    }
}
