//! What can end the consumer.

use crate::config::KafkaConfig;
use crate::connection::reach::ReachError;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use thiserror::Error;

/// Why the consumer could not start or has ended.
#[derive(Debug, Error)]
pub enum ConsumerError {
    /// The client could not be made.
    #[error("the kafka consumer could not be made from the configuration")]
    Configuration(#[source] KafkaError),
    /// No broker answered.
    #[error(
        "no broker at '{brokers}' answered within {seconds} s; check kafka.brokers and that the broker runs"
    )]
    Unreachable {
        /// Addresses that were tried.
        brokers: String,
        /// How long.
        seconds: u64,
    },
    /// A broker answered, and does not take us.
    #[error(transparent)]
    Refused(ReachError),
    /// The topic does not exist.
    #[error("topic '{topic}' does not exist on '{brokers}'; create it, or correct kafka.events_topic")]
    NoTopic {
        /// The topic.
        topic: String,
        /// Addresses.
        brokers: String,
    },
    /// The topic could not be subscribed.
    #[error("topic '{topic}' could not be subscribed")]
    Subscribe {
        /// The topic.
        topic: String,
        /// Why.
        source: KafkaError,
    },
    /// Another process has the same static member id.
    #[error(
        "another process joined group '{group}' as instance '{instance}'; give each process its own kafka.instance"
    )]
    Fenced {
        /// The group.
        group: String,
        /// The instance.
        instance: String,
    },
    /// The client says that it cannot go on.
    #[error("the kafka consumer failed for good; restart the process")]
    Fatal(#[source] KafkaError),
    /// The thread could not be started, or ended without saying why.
    #[error("the kafka consumer's thread is gone")]
    Thread,
    /// Closing took longer than allowed.
    #[error("the kafka consumer did not close within {seconds} s; end the process, nothing is lost")]
    CloseTimedOut {
        /// How long was waited.
        seconds: u64,
    },
}

pub(super) fn is_fencing(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::FencedInstanceId)
}

/// Tells apart what a fatal error means.
pub(super) fn fatal_error(kafka: &KafkaConfig, error: KafkaError) -> ConsumerError {
    if is_fencing(&error) {
        ConsumerError::Fenced { group: kafka.group.clone(), instance: kafka.instance.clone() }
    } else {
        ConsumerError::Fatal(error)
    }
}
