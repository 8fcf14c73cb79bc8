//! Messages to the outside: written in the transaction of their cause, published by a job, at least once.
//!
//! A receiver tells repetitions by the effect's id. Messages of one key go out one after the other in the order in
//! which they were written: only a key's oldest unsent row may be claimed. The claim is a row lock that lasts until
//! the publisher's answer is written, so a process that dies gives its rows back at once.

use super::metrics::{OutboxMetrics, PublishResult};
use crate::foundation::columns::decode;
use crate::foundation::config::OutboxConfig;
use crate::foundation::db::Database;
use crate::foundation::jobs::{Job, JobError, Progress};
use crate::foundation::store_error::StoreError;

pub use super::topic::OutboxTopic;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use schemas::ids::EffectId;
use schemas::kill_point::kill_point;
use schemas::wire::CONTENT_TYPE;
use schemas::wire::cloud_event::{CloudEvent, EventTime, SPEC_VERSION};
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use uuid::Uuid;

/// Who writes the messages (CloudEvents `source`).
const MESSAGE_SOURCE: &str = "rasid";
/// Time that a turn has beyond the publisher's, to write down how it ended.
const MARK_TIME_MILLISECONDS: u64 = 5_000;
/// Characters of a failure that are kept.
const LAST_ERROR_CHARACTERS_MAX: usize = 300;
/// The publisher did not answer in time.
const TIMED_OUT: &str = "no acknowledgement within outbox.publish_timeout_milliseconds";

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// The receiver's dedupe key.
    pub effect: EffectId,
    /// What it is about.
    pub topic: OutboxTopic,
    /// Key of the record; messages of one key keep their order.
    pub key: String,
    /// The case that it speaks of.
    pub subject: Uuid,
    /// Names and values of the record's headers.
    pub headers: Vec<(String, String)>,
    /// Value of the record.
    pub payload: Vec<u8>,
}

impl OutboxMessage {
    /// A message about a case, with the attributes of CloudEvents.
    #[must_use]
    pub fn new(
        effect: EffectId,
        topic: OutboxTopic,
        event_type: &str,
        subject: Uuid,
        at: DateTime<Utc>,
        payload: Vec<u8>,
    ) -> Self {
        let attributes = CloudEvent {
            id: effect.uuid().to_string(),
            source: MESSAGE_SOURCE.to_owned(),
            event_type: event_type.to_owned(),
            spec_version: SPEC_VERSION.to_owned(),
            time: Some(EventTime::exactly(at)),
            content_type: CONTENT_TYPE.to_owned(),
        };
        let headers = attributes.into_headers().into_iter();
        Self {
            effect,
            topic,
            key: subject.to_string(),
            subject,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).collect(),
            payload,
        }
    }
}

impl fmt::Debug for OutboxMessage {
    /// Says the length; what the payload holds is not for logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OutboxMessage({} to {}, {} bytes)", self.effect, self.topic, self.payload.len())
    }
}

/// Why a message was not acknowledged. The text must not hold its payload.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct PublishError(pub String);

/// Brings messages to the outside; root fills it with the Kafka producer.
#[async_trait]
pub trait OutboxPublisher: Send + Sync {
    /// Returns when the message is acknowledged as durable.
    ///
    /// # Errors
    /// When it is not, or nobody knows; it will be published again.
    async fn publish(&self, message: &OutboxMessage) -> Result<(), PublishError>;
}

/// Writes messages in the caller's transaction, in the order given.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enqueue(
    transaction: &mut PgConnection,
    messages: &[OutboxMessage],
) -> Result<(), sqlx::Error> {
    if messages.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into outbox (effect_id, topic, message_key, subject_id, payload, headers)
         select effect_id, topic, message_key, subject_id, payload, headers
         from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::jsonb[])
             with ordinality as message (effect_id, topic, message_key, subject_id, payload, headers, place)
         order by place",
        &messages.iter().map(|message| message.effect.uuid()).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.topic.label()).collect::<Vec<_>>() as _,
        &messages.iter().map(|message| message.key.as_str()).collect::<Vec<_>>() as _,
        &messages.iter().map(|message| message.subject).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.payload.as_slice()).collect::<Vec<_>>() as _,
        &messages.iter().map(|message| headers_to_json(&message.headers)).collect::<Vec<_>>(),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// What one turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// Acknowledged and marked.
    pub sent: usize,
    /// To be tried again later.
    pub failed: usize,
}

/// Claims, publishes and marks.
pub struct Outbox {
    database: Database,
    publisher: Arc<dyn OutboxPublisher>,
    config: OutboxConfig,
    metrics: OutboxMetrics,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outbox").field("config", &self.config).finish_non_exhaustive()
    }
}

struct Claimed {
    message: OutboxMessage,
    sequence: i64,
}

impl Outbox {
    /// An outbox over `database` that publishes through `publisher`.
    pub fn new(
        database: Database,
        publisher: Arc<dyn OutboxPublisher>,
        config: OutboxConfig,
        metrics: OutboxMetrics,
    ) -> Self {
        Self { database, publisher, config, metrics }
    }

    /// One turn: claims the oldest unsent message of each of some keys, publishes them side by side, and marks how
    /// each ended. What another process holds is passed over.
    ///
    /// # Errors
    /// When the database fails; what was published but not marked will be published again.
    pub async fn run_once(&self) -> Result<Turn, StoreError> {
        let mut transaction = self.database.begin().await?;
        self.allow_time_to_publish(&mut transaction).await?;
        let claimed = self.claim(&mut transaction).await?;
        if claimed.is_empty() {
            transaction.rollback().await?;
            return Ok(Turn::default());
        }
        let results = join_all(claimed.iter().map(|claimed| self.publish(&claimed.message))).await;
        kill_point("after_outbox_publish");
        let mut sent = Vec::new();
        let mut failed = HashMap::new();
        for (claimed, result) in claimed.iter().zip(results) {
            match result {
                Ok(()) => sent.push(claimed.sequence),
                Err(PublishError(reason)) => {
                    failed.insert(claimed.sequence, reason.chars().take(LAST_ERROR_CHARACTERS_MAX).collect());
                }
            }
        }
        self.mark_sent(&mut transaction, &sent).await?;
        self.mark_failed(&mut transaction, &failed).await?;
        transaction.commit().await?;
        self.count(&claimed, &failed);
        Ok(Turn { sent: sent.len(), failed: failed.len() })
    }

    /// Measures how much waits and since when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measure(&self) -> Result<(), StoreError> {
        let row = sqlx::query!(
            r#"select count(*) as "unsent!",
                    coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as "oldest_seconds!"
             from outbox where sent_at is null"#
        )
        .fetch_one(self.database.pool())
        .await?;
        self.metrics.set_waiting(row.unsent, row.oldest_seconds);
        Ok(())
    }

    /// The transaction is idle while the broker answers, longer than other transactions may be.
    async fn allow_time_to_publish(&self, transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
        let milliseconds = self.config.publish_timeout_milliseconds.saturating_add(MARK_TIME_MILLISECONDS);
        sqlx::query!(
            "select set_config('idle_in_transaction_session_timeout', $1, true)",
            milliseconds.to_string()
        )
        .fetch_one(transaction)
        .await?;
        Ok(())
    }

    async fn claim(&self, transaction: &mut PgConnection) -> Result<Vec<Claimed>, sqlx::Error> {
        let rows = sqlx::query_file!(
            "src/foundation/queries/claim_outbox.sql",
            i64::from(self.config.batch_messages_max)
        )
        .fetch_all(transaction)
        .await?;
        let claimed = rows.into_iter().map(|row| {
            let unreadable = |what: &str| decode(format!("outbox: {what}"));
            let message = OutboxMessage {
                effect: EffectId::from_uuid(row.effect_id),
                topic: OutboxTopic::from_label(&row.topic).ok_or_else(|| unreadable("unknown topic"))?,
                key: row.message_key,
                subject: row.subject_id,
                headers: headers_from_json(&row.headers).ok_or_else(|| unreadable("malformed headers"))?,
                payload: row.payload,
            };
            Ok(Claimed { message, sequence: row.sequence })
        });
        claimed.collect()
    }

    async fn publish(&self, message: &OutboxMessage) -> Result<(), PublishError> {
        match tokio::time::timeout(self.config.publish_timeout(), self.publisher.publish(message)).await {
            Ok(result) => result,
            Err(_elapsed) => Err(PublishError(TIMED_OUT.to_owned())),
        }
    }

    async fn mark_sent(&self, transaction: &mut PgConnection, sent: &[i64]) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update outbox set sent_at = clock_timestamp(), attempts = attempts + 1, last_error = null
             where sent_at is null and sequence = any($1)",
            sent,
        )
        .execute(transaction)
        .await?;
        Ok(())
    }

    async fn mark_failed(
        &self,
        transaction: &mut PgConnection,
        failed: &HashMap<i64, String>,
    ) -> Result<(), sqlx::Error> {
        if failed.is_empty() {
            return Ok(());
        }
        let (sequences, reasons): (Vec<i64>, Vec<String>) =
            failed.iter().map(|(sequence, reason)| (*sequence, reason.clone())).unzip();
        sqlx::query_file!(
            "src/foundation/queries/postpone_outbox.sql",
            &sequences,
            &reasons,
            seconds(self.config.retry_delay_first_milliseconds),
            seconds(self.config.retry_delay_max_milliseconds),
        )
        .execute(transaction)
        .await?;
        Ok(())
    }

    fn count(&self, claimed: &[Claimed], failed: &HashMap<i64, String>) {
        for Claimed { message, sequence } in claimed {
            let result = match failed.get(sequence) {
                None => PublishResult::Sent,
                Some(reason) => {
                    tracing::warn!(
                        effect.id = %message.effect,
                        topic = message.topic.label(),
                        reason,
                        "outbox message {} was not acknowledged and will be sent again",
                        message.effect
                    );
                    PublishResult::Failed
                }
            };
            self.metrics.count(message.topic, result);
        }
    }
}

#[async_trait]
impl Job for Outbox {
    fn name(&self) -> &'static str {
        "outbox"
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(self.config.poll_interval_milliseconds)
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        let turn = Self::run_once(self).await.map_err(JobError::new)?;
        Ok(if turn.sent > 0 { Progress::Worked } else { Progress::Idle })
    }
}

/// Keeps depth and age of what waits in the metrics.
#[derive(Debug, Clone)]
pub struct OutboxGauges(pub Arc<Outbox>);

#[async_trait]
impl Job for OutboxGauges {
    fn name(&self) -> &'static str {
        "outbox_gauges"
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(self.0.config.gauge_interval_seconds)
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        self.0.measure().await.map_err(JobError::new)?;
        Ok(Progress::Idle)
    }
}

impl PublishError {
    /// Takes the text of another error.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        Self(error.to_string())
    }
}

fn seconds(milliseconds: u64) -> f64 {
    Duration::from_millis(milliseconds).as_secs_f64()
}

fn headers_to_json(headers: &[(String, String)]) -> Value {
    headers.iter().map(|(name, value)| Value::from(vec![name.as_str(), value.as_str()])).collect()
}

fn headers_from_json(headers: &Value) -> Option<Vec<(String, String)>> {
    let pairs = headers.as_array()?.iter().map(|pair| match pair.as_array()?.as_slice() {
        [Value::String(name), Value::String(value)] => Some((name.clone(), value.clone())),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_order_and_repetitions() {
        let headers = vec![
            ("b".to_owned(), "1".to_owned()),
            ("a".to_owned(), "2".to_owned()),
            ("b".to_owned(), "3".to_owned()),
        ];
        assert_eq!(headers_from_json(&headers_to_json(&headers)), Some(headers));
        assert_eq!(headers_from_json(&serde_json::json!([["a"]])), None);
    }

    #[test]
    fn every_topic_reads_back_from_its_name() {
        for topic in OutboxTopic::ALL {
            assert_eq!(OutboxTopic::from_label(topic.label()), Some(topic));
        }
        assert_eq!(OutboxTopic::from_label("other"), None);
    }
}
