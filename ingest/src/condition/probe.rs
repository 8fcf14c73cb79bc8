//! A client that only asks, and remembers why it got no answer.

use crate::config::KafkaConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// Wait for the first answer of a cluster, its name resolution and handshakes included.
pub(super) const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(6);
/// Wait for every answer after it.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Lines of the client that are kept to say why there was no answer.
const LINES_MAX: usize = 100;
/// What the client writes when a broker answers and does not take us. It has no codes for these in its lines.
const REFUSALS: [&str; 12] = [
    "SASL authentication error",
    "authentication failed",
    "Authentication failed",
    "SASL mechanism",
    "SASL handshake failed",
    "SSL handshake failed",
    "SSL routines",
    "security.protocol",
    "SSL listener",
    "certificate verif",
    "certificate verify failed",
    "authorization failed",
];

/// No broker served this client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unanswered {
    /// Nobody answers there.
    #[error("nobody answers: {0}")]
    Away(String),
    /// A broker answers, and does not take us: credentials, certificates, another protocol.
    #[error("the broker refuses: {0}")]
    Refused(String),
    /// The settings do not make a client.
    #[error("no client can be made: {0}")]
    Settings(String),
}

/// What the client wrote about its connections.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn keep(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < LINES_MAX {
            lines.push(line.to_owned());
        }
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Lines {
    fn log(&self, _: RDKafkaLogLevel, _: &str, message: &str) {
        self.keep(message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.keep(&format!("{reason} ({error})"));
    }
}

impl ConsumerContext for Lines {}

/// A client for questions. Clones share it.
#[derive(Clone)]
pub struct Probe {
    pub(super) kafka: Arc<KafkaConfig>,
    pub(super) client: Arc<BaseConsumer<Lines>>,
    lines: Lines,
}

impl fmt::Debug for Probe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Probe({})", self.kafka.brokers)
    }
}

impl Probe {
    /// A probe of the configured brokers.
    ///
    /// # Errors
    /// When the settings do not make a client: a certificate that cannot be read, for instance.
    pub fn new(kafka: &KafkaConfig) -> Result<Self, Unanswered> {
        let lines = Lines::default();
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
        let client = BaseConsumer::from_config_and_context(&config, lines.clone());
        let client = client.map_err(|error| Unanswered::Settings(error.to_string()))?;
        Ok(Self { kafka: Arc::new(kafka.clone()), client: Arc::new(client), lines })
    }

    /// Why there was no answer, from what the client wrote meanwhile.
    pub(super) fn unanswered(&self, error: &KafkaError) -> Unanswered {
        // The client hands some of its troubles over only when it is polled.
        let _none = self.client.poll(Duration::from_millis(200));
        explained(&self.lines.all(), error)
    }
}

fn explained(lines: &[String], error: &KafkaError) -> Unanswered {
    if let Some(refusal) = lines.iter().find(|line| REFUSALS.iter().any(|mark| line.contains(mark))) {
        return Unanswered::Refused(short(refusal));
    }
    Unanswered::Away(lines.first().map_or_else(|| error.to_string(), |line| short(line)))
}

/// Without the names of the client's threads in front.
fn short(line: &str) -> String {
    let line = line.rsplit_once("]: ").map_or(line, |(_, line)| line);
    line.trim().to_owned()
}

/// Settings of every client of this module.
pub(super) fn client_config(kafka: &KafkaConfig) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &kafka.brokers)
        .set("client.id", &kafka.instance)
        .set_log_level(RDKafkaLogLevel::Info);
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::error::RDKafkaErrorCode;

    #[test]
    fn a_broker_that_refuses_is_told_from_one_that_is_away_by_what_the_client_wrote() {
        let error = KafkaError::MetadataFetch(RDKafkaErrorCode::BrokerTransportFailure);
        let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        let away = "[thrd:localhost:1/bootstrap]: localhost:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: \
                    Connection refused (after 0ms in state CONNECT)";
        let refused = "[thrd:sasl_plaintext://b:1/bootstrap]: sasl_plaintext://b:1/bootstrap: SASL authentication \
                       error: Authentication failed";
        let listener = "b:1/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect \
                        security.protocol configuration (connecting to a SSL listener?)";
        assert!(
            matches!(explained(&lines(&[away]), &error), Unanswered::Away(why) if why.starts_with("localhost:1"))
        );
        for line in [refused, listener] {
            assert!(matches!(explained(&lines(&[away, line]), &error), Unanswered::Refused(_)), "{line}");
        }
        assert!(matches!(explained(&[], &error), Unanswered::Away(_)));
    }
}
