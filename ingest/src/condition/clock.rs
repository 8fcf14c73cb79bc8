//! The broker's time, as its log writes it: no question of the protocol asks for it.

use super::probe::{ANSWER_TIMEOUT, Probe, client_config};
use chrono::{DateTime, Utc};
use rdkafka::Timestamp;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, FutureRecord};
use schemas::clock::Clock;
use thiserror::Error;
use uuid::Uuid;

/// How the names of the topics begin that are made for one record.
const TOPIC_PREFIX: &str = "rasid-doctor-clock-";

/// The broker's time was not told.
#[derive(Debug, Error)]
pub enum ClockError {
    /// It refused a step.
    #[error("the broker does not let this account make a topic, write one record and remove it: {0}")]
    Refused(#[from] KafkaError),
    /// It wrote another time than its own.
    #[error("the broker did not write its own time into a topic with message.timestamp.type=LogAppendTime")]
    Silent,
}

/// Two clocks at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoClocks {
    /// Ours just before the question.
    pub before: DateTime<Utc>,
    /// The other one in between.
    pub theirs: DateTime<Utc>,
    /// Ours just after the answer.
    pub after: DateTime<Utc>,
}

impl Probe {
    /// Makes a topic of its own, writes one record whose time the broker sets, and removes the topic.
    ///
    /// # Errors
    /// When the broker refuses a step.
    pub async fn clock(&self, clock: &dyn Clock) -> Result<TwoClocks, ClockError> {
        let topic = format!("{TOPIC_PREFIX}{}", Uuid::now_v7().simple());
        let config = client_config(&self.kafka);
        let admin: AdminClient<DefaultClientContext> = config.create()?;
        let options =
            AdminOptions::new().operation_timeout(Some(ANSWER_TIMEOUT)).request_timeout(Some(ANSWER_TIMEOUT));
        let new = NewTopic::new(&topic, 1, TopicReplication::Fixed(1))
            .set("message.timestamp.type", "LogAppendTime")
            .set("retention.ms", "60000");
        if let Some(Err((_, code))) = admin.create_topics(&[new], &options).await?.into_iter().next() {
            return Err(KafkaError::AdminOp(code).into());
        }
        let told = told_by(&config, &topic, clock).await;
        let removed = admin.delete_topics(&[&topic], &options).await;
        if let Some(Err((_, code))) = removed?.into_iter().next()
            && code != RDKafkaErrorCode::UnknownTopicOrPartition
        {
            tracing::warn!("the topic {topic} could not be removed: {code}");
        }
        told
    }
}

async fn told_by(config: &ClientConfig, topic: &str, clock: &dyn Clock) -> Result<TwoClocks, ClockError> {
    let mut config = config.clone();
    config
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("delivery.timeout.ms", ANSWER_TIMEOUT.as_millis().to_string());
    let producer: FutureProducer = config.create()?;
    // The first record also waits for connections and for the topic's leader; only the second is timed.
    write(&producer, topic).await?;
    let before = clock.now();
    let theirs = write(&producer, topic).await?;
    Ok(TwoClocks { before, theirs, after: clock.now() })
}

async fn write(producer: &FutureProducer, topic: &str) -> Result<DateTime<Utc>, ClockError> {
    let record = FutureRecord::<str, str>::to(topic).payload("clock");
    let delivered = producer.send(record, ANSWER_TIMEOUT).await.map_err(|(error, _)| error)?;
    match delivered.timestamp {
        Timestamp::LogAppendTime(milliseconds) => {
            DateTime::from_timestamp_millis(milliseconds).ok_or(ClockError::Silent)
        }
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => Err(ClockError::Silent),
    }
}
