//! The settings of the group's clients.

use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use rdkafka::config::ClientConfig;

/// Messages that librdkafka fetches ahead, in KiB over all partitions; its own default is 64 MiB.
const PREFETCH_KIBIBYTES_MAX: &str = "16384";
/// Messages that librdkafka fetches ahead for a partition.
const PREFETCH_MESSAGES_MIN: &str = "1000";
/// How often librdkafka reports the ends of the logs, for the lag metric.
const STATISTICS_INTERVAL_MILLISECONDS: &str = "5000";

/// The client's settings. Every promise of the consumer that librdkafka could break stands here.
pub(super) fn group_config(kafka: &KafkaConfig) -> ClientConfig {
    let session_timeout = kafka.session_timeout_milliseconds;
    let mut config = client_config(kafka);
    config
        .set("group.id", &kafka.group)
        .set("group.instance.id", &kafka.instance)
        .set("group.protocol", "classic")
        // Cooperative: partitions that stay are not interrupted, and one can be added later, when the
        // database answers again.
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", session_timeout.to_string())
        .set("heartbeat.interval.ms", (session_timeout / 5).to_string())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("allow.auto.create.topics", "false")
        // Only what is decided is read, and the log's end is said, so that markers there can be counted.
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .set("queued.max.messages.kbytes", PREFETCH_KIBIBYTES_MAX)
        .set("queued.min.messages", PREFETCH_MESSAGES_MIN)
        .set("statistics.interval.ms", STATISTICS_INTERVAL_MILLISECONDS);
    config
}
