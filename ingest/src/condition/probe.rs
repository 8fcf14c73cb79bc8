//! A client that only asks.

use crate::config::KafkaConfig;
use crate::connection::client::client_config;
use crate::connection::reach::{ReachError, reach};
use rdkafka::consumer::BaseConsumer;
use schemas::error_chain::ErrorChain;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Wait for the first answer of a cluster, its name resolution and handshakes included.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(6);
/// Wait for every answer after it.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// No broker served this client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unanswered {
    /// Nobody answers there.
    #[error("{0}")]
    Away(String),
    /// A broker answers, and does not take us: credentials, certificates, another protocol.
    #[error("{0}")]
    Refused(String),
    /// The settings do not make a client.
    #[error("{0}")]
    Settings(String),
}

impl From<ReachError> for Unanswered {
    fn from(error: ReachError) -> Self {
        let told = ErrorChain(&error).to_string();
        match error {
            ReachError::Client(_) => Self::Settings(told),
            ReachError::Refused { .. } => Self::Refused(told),
            ReachError::Unreachable { .. } | ReachError::Cancelled => Self::Away(told),
        }
    }
}

/// A client for questions. Clones share it.
#[derive(Clone)]
pub struct Probe {
    pub(super) kafka: Arc<KafkaConfig>,
    pub(super) client: Arc<BaseConsumer>,
    pub(super) cluster: Arc<str>,
}

impl fmt::Debug for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Probe({})", self.kafka.brokers)
    }
}

impl Probe {
    /// A probe of the configured brokers, one of which has answered.
    ///
    /// # Errors
    /// When the settings do not make a client, or no broker serves it.
    pub async fn connect(kafka: &KafkaConfig) -> Result<Self, Unanswered> {
        let cluster = reach(kafka, FIRST_ANSWER_TIMEOUT).await?;
        let mut config = client_config(kafka);
        // Assigning partitions by hand needs a group's name; it is never joined.
        config
            .set("group.id", &kafka.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("allow.auto.create.topics", "false")
            .set("isolation.level", "read_uncommitted");
        let client = config.create().map_err(|error| Unanswered::Settings(error.to_string()))?;
        Ok(Self { kafka: Arc::new(kafka.clone()), client: Arc::new(client), cluster })
    }
}
