//! Hands librdkafka's own log lines on.

use rdkafka::config::RDKafkaLogLevel;

pub(crate) fn log_client_line(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => {
            tracing::error!("librdkafka: {facility}: {message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!("librdkafka: {facility}: {message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            tracing::debug!("librdkafka: {facility}: {message}")
        }
        RDKafkaLogLevel::Debug => tracing::trace!("librdkafka: {facility}: {message}"),
    }
}
