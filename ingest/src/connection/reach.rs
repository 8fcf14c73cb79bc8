//! Finds out whether the brokers take us, before anything is begun that would only try again and again.

use super::client::client_config;
use super::inspect::{explained, other_protocol, wants_account};
use super::watch::ClientWatch;
use crate::config::KafkaConfig;
use crate::trouble::BrokerTrouble;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Wait for an answer before it is looked at what the client says of its connections.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Looks after which a broker that refuses us has the word: until then another one of the list may take us.
const LOOKS_FOR_OTHERS: u32 = 20;

/// Why the brokers cannot be used.
#[derive(Debug, Error)]
pub enum ReachError {
    /// The client does not take the settings: a key that its password does not open, for instance.
    #[error(
        "no Kafka client can be made from the [kafka] keys; check the files and the password that they name"
    )]
    Client(#[source] KafkaError),
    /// A broker does not take us, and will not until somebody does something.
    #[error("Kafka at '{brokers}' cannot be used ({}): {what}", .trouble.label())]
    Refused {
        /// `kafka.brokers`.
        brokers: String,
        /// What it is.
        trouble: BrokerTrouble,
        /// What happened and what to do.
        what: String,
    },
    /// Nobody answered.
    #[error(
        "no broker at '{brokers}' answered within {seconds} s; check kafka.brokers and that the broker runs{}",
        last_words(.said)
    )]
    Unreachable {
        /// `kafka.brokers`.
        brokers: String,
        /// How long was waited.
        seconds: u64,
        /// What the client said last.
        said: Option<String>,
    },
    /// The asking thread ended early.
    #[error("the question to Kafka was cancelled")]
    Cancelled,
}

fn last_words(said: &Option<String>) -> String {
    said.as_ref().map(|said| format!("; the last try: {said}")).unwrap_or_default()
}

/// Asks the brokers for their cluster's id; returns it as soon as one answers.
///
/// # Errors
/// When a broker refuses us for a reason that lasts, or none answers within `limit`.
pub async fn reach(kafka: &KafkaConfig, limit: Duration) -> Result<Arc<str>, ReachError> {
    let kafka = kafka.clone();
    let asked = tokio::task::spawn_blocking(move || ask(&kafka, limit));
    asked.await.unwrap_or(Err(ReachError::Cancelled))
}

/// The same on the caller's thread, which waits.
///
/// # Errors
/// As [`reach`].
pub fn ask(kafka: &KafkaConfig, limit: Duration) -> Result<Arc<str>, ReachError> {
    let watch = ClientWatch::default();
    let made = client_config(kafka).create_with_context(watch.clone());
    let client: BaseConsumer<ClientWatch> = made.map_err(ReachError::Client)?;
    let mut looks_since_trouble = 0;
    let mut waited = Duration::ZERO;
    while waited < limit {
        // What the client says is only heard inside.
        while client.poll(Duration::ZERO).is_some() {}
        if let Some(cluster) = client.client().fetch_cluster_id(LOOK_INTERVAL) {
            return Ok(cluster.into());
        }
        waited += LOOK_INTERVAL;
        if let Some((trouble, said)) = watch.heard().lasting {
            looks_since_trouble += 1;
            if looks_since_trouble >= LOOKS_FOR_OTHERS {
                let what = explained(kafka, trouble, &said);
                return Err(ReachError::Refused { brokers: kafka.brokers.clone(), trouble, what });
            }
        }
    }
    let (brokers, seconds) = (kafka.brokers.clone(), limit.as_secs());
    Err(match watch.heard().lasting {
        Some((trouble, said)) => {
            ReachError::Refused { brokers, trouble, what: explained(kafka, trouble, &said) }
        }
        None => match silent_refusal(kafka) {
            Some((trouble, what)) => ReachError::Refused { brokers, trouble, what },
            None => ReachError::Unreachable { brokers, seconds, said: watch.heard().last },
        },
    })
}

/// What a broker has against us that only ends the connection, which to the client is none that lasts.
fn silent_refusal(kafka: &KafkaConfig) -> Option<(BrokerTrouble, String)> {
    let encryption = other_protocol(kafka).map(|what| (BrokerTrouble::Encryption, what));
    encryption.or_else(|| wants_account(kafka).map(|what| (BrokerTrouble::Authentication, what)))
}
