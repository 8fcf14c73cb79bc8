//! The one Kafka producer: dead letters, the outbox, senders and tests use it.

use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use crate::connection::log_client_line;
use crate::record::OutgoingRecord;
use crate::trouble::BrokerTrouble;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Semaphore;

/// Largest record the client sends: what the dead-letter topic takes.
pub const SENT_RECORD_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Sends records and waits for their acknowledgement. Clones share one connection and one bound on what is not yet
/// acknowledged.
#[derive(Clone)]
pub struct RecordProducer {
    producer: FutureProducer<ProducerContext>,
    /// Bounds what is sent and unacknowledged below the client's own queue, so that the queue is never full: on a
    /// full queue rdkafka would sleep and try again, out of order.
    unacknowledged: Arc<Semaphore>,
}

/// Where an acknowledged record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentRecord {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// Why a record was not sent.
#[derive(Debug, Error)]
pub enum SendError {
    /// The client could not be made.
    #[error("the kafka producer could not be made from the configuration")]
    Configuration(#[source] KafkaError),
    /// The record was not acknowledged; it may have been written all the same.
    #[error("a record for topic '{topic}' was not acknowledged")]
    NotAcknowledged {
        /// The topic.
        topic: String,
        /// Why.
        source: KafkaError,
    },
    /// The producer was closed while the record was on its way.
    #[error("the producer was closed before a record for topic '{topic}' was acknowledged")]
    Closed {
        /// The topic.
        topic: String,
    },
}

impl SendError {
    /// Whether no attempt can succeed: the record is larger than the topic takes.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        match self {
            Self::NotAcknowledged { source, .. } => {
                source.rdkafka_error_code() == Some(rdkafka::types::RDKafkaErrorCode::MessageSizeTooLarge)
            }
            Self::Configuration(_) | Self::Closed { .. } => false,
        }
    }
}

impl RecordProducer {
    /// Makes the client; it connects by itself.
    ///
    /// # Errors
    /// When the configuration is refused.
    pub fn new(kafka: &KafkaConfig) -> Result<Self, SendError> {
        let mut config = client_config(kafka);
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("delivery.timeout.ms", kafka.delivery_timeout_milliseconds.to_string())
            .set("message.max.bytes", SENT_RECORD_BYTES_MAX.to_string());
        let producer = FutureProducer::from_config_and_context(&config, ProducerContext)
            .map_err(SendError::Configuration)?;
        Ok(Self { producer, unacknowledged: Arc::new(Semaphore::new(kafka.unacknowledged_records_max)) })
    }

    /// Sends a record and waits until all in-sync replicas have it. The partition follows from the key.
    ///
    /// Two records of one key keep their order if the second is sent after the first was acknowledged.
    ///
    /// # Errors
    /// When it was not acknowledged in time.
    pub async fn send(&self, topic: &str, record: &OutgoingRecord) -> Result<SentRecord, SendError> {
        self.send_to(topic, None, record).await
    }

    /// Sends a record to a given partition, or to the one that follows from its key.
    ///
    /// # Errors
    /// When it was not acknowledged in time.
    pub async fn send_to(
        &self,
        topic: &str,
        partition: Option<i32>,
        record: &OutgoingRecord,
    ) -> Result<SentRecord, SendError> {
        let closed = || SendError::Closed { topic: topic.to_owned() };
        let failed = |source| SendError::NotAcknowledged { topic: topic.to_owned(), source };
        let _permit = self.unacknowledged.acquire().await.map_err(|_| closed())?;
        let mut sent = FutureRecord::<[u8], [u8]>::to(topic).payload(&record.value).headers(headers(record));
        sent.key = record.key.as_deref();
        sent.partition = partition;
        let delivery = self.producer.send_result(sent).map_err(|(source, _)| failed(source))?;
        let acknowledged = delivery.await.map_err(|_| closed())?.map_err(|(source, _)| failed(source))?;
        Ok(SentRecord { partition: acknowledged.partition, offset: acknowledged.offset })
    }

    /// Waits until nothing is on its way any more. Blocks the thread.
    ///
    /// # Errors
    /// When that takes longer than `deadline`.
    pub fn flush(&self, deadline: Duration) -> Result<(), KafkaError> {
        self.producer.flush(deadline)
    }
}

impl fmt::Debug for RecordProducer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.unacknowledged.available_permits();
        formatter.debug_struct("RecordProducer").field("free_slots", &free).finish_non_exhaustive()
    }
}

fn headers(record: &OutgoingRecord) -> OwnedHeaders {
    record.headers.iter().fold(OwnedHeaders::new_with_capacity(record.headers.len()), |headers, header| {
        headers.insert(Header { key: &header.name, value: header.value.as_deref() })
    })
}

#[derive(Clone)]
struct ProducerContext;

impl ClientContext for ProducerContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_client_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code().and_then(|code| BrokerTrouble::of_report(code, reason)) {
            Some(trouble) => tracing::error!(%error, "kafka producer: {reason}; {}", trouble.advice()),
            None => tracing::warn!(%error, "kafka producer: {reason}"),
        }
    }
}
