//! What a topic's log holds, for counting: how many records lie between its start and its end.

use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use crate::connection::reach::{ReachError, reach};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Wait for the broker's answer to one question.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the log could not be measured.
#[derive(Debug, Error)]
pub enum LogError {
    /// The broker refuses or does not answer.
    #[error("the log of {topic} cannot be measured at {brokers}")]
    Broker {
        /// Topic.
        topic: String,
        /// `kafka.brokers`.
        brokers: String,
        /// What the client says.
        source: Box<KafkaError>,
    },
    /// No broker answered, or one refuses us.
    #[error(transparent)]
    Reach(#[from] ReachError),
    /// The topic does not exist.
    #[error("topic '{topic}' does not exist on '{brokers}'; create it, or correct kafka.events_topic")]
    NoTopic {
        /// The topic.
        topic: String,
        /// `kafka.brokers`.
        brokers: String,
    },
    /// The measuring task ended early.
    #[error("the measuring of a log was cancelled")]
    Cancelled,
}

/// Asks a broker about its logs; reads no record and joins no group.
#[derive(Clone)]
pub struct LogProbe {
    client: Arc<BaseConsumer>,
    kafka: Arc<KafkaConfig>,
}

impl fmt::Debug for LogProbe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LogProbe({})", self.kafka.brokers)
    }
}

impl LogProbe {
    /// A probe for the configured broker.
    ///
    /// # Errors
    /// When the client's configuration is refused.
    pub fn new(kafka: &KafkaConfig) -> Result<Self, LogError> {
        let created = client_config(kafka).create();
        let client: BaseConsumer = created.map_err(|source| LogError::Broker {
            topic: kafka.events_topic.clone(),
            brokers: kafka.brokers.clone(),
            source: Box::new(source),
        })?;
        Ok(Self { client: Arc::new(client), kafka: Arc::new(kafka.clone()) })
    }

    /// Kafka's cluster id.
    ///
    /// # Errors
    /// When the broker does not answer, or refuses us.
    pub async fn cluster(&self) -> Result<String, LogError> {
        Ok(reach(&self.kafka, ANSWER_TIMEOUT).await?.to_string())
    }

    /// Asks for the topic, so that who wants to send hears at once that nobody would take it.
    ///
    /// # Errors
    /// When no broker answers, one refuses us, or there is no such topic.
    pub async fn require_topic(&self, topic: &str) -> Result<(), LogError> {
        self.cluster().await?;
        let (probe, topic) = (self.clone(), topic.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let brokers = probe.kafka.brokers.clone();
            let metadata = probe.client.fetch_metadata(Some(&topic), ANSWER_TIMEOUT);
            let metadata = match metadata {
                Ok(metadata) => metadata,
                Err(source) => return Err(LogError::Broker { topic, brokers, source: Box::new(source) }),
            };
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            if found.is_some_and(|found| !found.partitions().is_empty()) {
                return Ok(());
            }
            Err(LogError::NoTopic { topic, brokers })
        });
        asked.await.unwrap_or(Err(LogError::Cancelled))
    }

    /// Offsets between start and end of the log, summed over the topic's partitions.
    ///
    /// # Errors
    /// When the broker does not answer or has no such topic.
    pub async fn offsets(&self, topic: &str) -> Result<i64, LogError> {
        let (probe, topic) = (self.clone(), topic.to_owned());
        let asked = tokio::task::spawn_blocking(move || probe.sum(&topic));
        asked.await.unwrap_or(Err(LogError::Cancelled))
    }

    /// Start and end of a partition's log.
    ///
    /// # Errors
    /// When the broker does not answer or has no such partition.
    pub async fn ends(&self, topic: &str, partition: i32) -> Result<(i64, i64), LogError> {
        let (probe, topic) = (self.clone(), topic.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let ends = probe.client.fetch_watermarks(&topic, partition, ANSWER_TIMEOUT);
            ends.map_err(|source| LogError::Broker {
                topic,
                brokers: probe.kafka.brokers.clone(),
                source: Box::new(source),
            })
        });
        asked.await.unwrap_or(Err(LogError::Cancelled))
    }

    fn sum(&self, topic: &str) -> Result<i64, LogError> {
        let failed = |source| LogError::Broker {
            topic: topic.to_owned(),
            brokers: self.kafka.brokers.clone(),
            source: Box::new(source),
        };
        let metadata = self.client.fetch_metadata(Some(topic), ANSWER_TIMEOUT).map_err(failed)?;
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut sum = 0;
        for partition in partitions {
            let (low, high) =
                self.client.fetch_watermarks(topic, partition.id(), ANSWER_TIMEOUT).map_err(failed)?;
            sum += high - low;
        }
        Ok(sum)
    }
}
