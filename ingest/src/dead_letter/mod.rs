//! What cannot be used: kept whole, with its reason, in a topic of its own, up to a ceiling.
//!
//! A dead letter has the key, the bytes and all headers of its record, followed by the eight headers below. After a
//! crash one may be written again: its identity is (topic, partition, offset) of the record, on which counts and
//! `rasid dead-letters` deduplicate. The headers hold no text of the event.

use crate::metrics::IngestMetrics;
use crate::producer::{RecordProducer, SendError};
use crate::record::{OutgoingRecord, RawRecord, RecordHeader};
use chrono::{DateTime, SecondsFormat, Utc};
use schemas::clock::Clock;
use schemas::delivery::{PartitionKey, Position};
use schemas::ids::CameraId;
use schemas::kill_point::kill_point;
use schemas::outcome::DeadLetterReason;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

mod advice;
mod ceiling;
pub mod log;

pub use advice::advice;
pub use ceiling::{CeilingReached, DeadLetterCeiling};

/// Why: a label of [`DeadLetterReason`].
pub const REASON_HEADER: &str = "rasid-reason";
/// Where it was found: a label of [`DeadLetterStage`].
pub const STAGE_HEADER: &str = "rasid-stage";
/// Cluster id of the record's topic.
pub const SOURCE_CLUSTER_HEADER: &str = "rasid-source-cluster";
/// Topic of the record.
pub const SOURCE_TOPIC_HEADER: &str = "rasid-source-topic";
/// Partition of the record.
pub const PARTITION_HEADER: &str = "rasid-partition";
/// Offset of the record.
pub const OFFSET_HEADER: &str = "rasid-offset";
/// When the record was received by the process that wrote the dead letter, RFC 3339.
pub const FIRST_SEEN_HEADER: &str = "rasid-first-seen";
/// Version of that process.
pub const BUILD_HEADER: &str = "rasid-build";

/// Headers that are added, in their order.
const ADDED_HEADERS: [&str; 8] = [
    REASON_HEADER,
    STAGE_HEADER,
    SOURCE_CLUSTER_HEADER,
    SOURCE_TOPIC_HEADER,
    PARTITION_HEADER,
    OFFSET_HEADER,
    FIRST_SEEN_HEADER,
    BUILD_HEADER,
];

schemas::closed_list! {
    /// Where a record turned out to be unusable.
    pub enum DeadLetterStage {
        /// Headers, signature, fields.
        Decode = "decode",
        /// Its pictures.
        Frames = "frames",
        /// Writing its effects.
        Effects = "effects",
    }
}

/// What a dead letter says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Why.
    pub reason: DeadLetterReason,
    /// Where it was found.
    pub stage: DeadLetterStage,
    /// Partition of the record.
    pub source: PartitionKey,
    /// Offset of the record; with `source` the identity.
    pub offset: i64,
    /// When the record was received.
    pub first_seen: DateTime<Utc>,
    /// Version of the process that wrote it.
    pub build: String,
}

/// Why a record is no dead letter of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the record is not a dead letter: its last headers must be the ones that rasid adds, '{0}' is not as it must be"
)]
pub struct NotADeadLetter(pub &'static str);

/// Why a dead letter could not be written.
#[derive(Debug, Error)]
pub enum DeadLetterError {
    /// Too large a share of records are dead letters: stop, look, repair, restart.
    #[error("the consumer must stop")]
    Ceiling(#[from] CeilingReached),
    /// It was not acknowledged; try again, the record must not be settled.
    #[error("the dead letter of {position} was not acknowledged")]
    Send {
        /// The record.
        position: Position,
        /// Why.
        source: SendError,
    },
}

/// Writes dead letters and watches their share. Clones share the ceiling.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    producer: RecordProducer,
    topic: Arc<str>,
    build: Arc<str>,
    ceiling: Arc<Mutex<DeadLetterCeiling>>,
    clock: Arc<dyn Clock>,
    metrics: IngestMetrics,
}

impl DeadLetters {
    /// Dead letters of a process of version `build` into `topic`.
    #[must_use]
    pub fn new(
        producer: RecordProducer,
        topic: &str,
        build: &str,
        ceiling: DeadLetterCeiling,
        clock: Arc<dyn Clock>,
        metrics: IngestMetrics,
    ) -> Self {
        let ceiling = Arc::new(Mutex::new(ceiling));
        Self { producer, topic: topic.into(), build: build.into(), ceiling, clock, metrics }
    }

    /// Counts a record that was no dead letter, for the share.
    pub fn count_usable(&self) {
        let now = self.clock.monotonic();
        self.ceiling.lock().unwrap_or_else(PoisonError::into_inner).count_usable(now);
    }

    /// Returns which part of the share of dead letters at which the consumer stops is reached, 0 to 1.
    #[must_use]
    pub fn used_ratio(&self) -> f64 {
        let now = self.clock.monotonic();
        self.ceiling.lock().unwrap_or_else(PoisonError::into_inner).used_ratio(now)
    }

    /// Writes a dead letter and waits for its acknowledgement. Only then may the record be settled. `camera` is counted,
    /// and must be registered.
    ///
    /// # Errors
    /// When the ceiling is reached (nothing is written, then and from then on), or the broker does not acknowledge.
    pub async fn write(
        &self,
        record: &RawRecord,
        position: &Position,
        (reason, stage): (DeadLetterReason, DeadLetterStage),
        camera: Option<&CameraId>,
    ) -> Result<(), DeadLetterError> {
        let now = self.clock.monotonic();
        let named = record.key.as_deref().unwrap_or_default();
        let counted = self.ceiling.lock().unwrap_or_else(PoisonError::into_inner).count_dead(named, now);
        self.metrics.set_breaker_open(counted.is_err());
        counted?;
        let dead_letter = DeadLetter {
            reason,
            stage,
            source: position.partition.clone(),
            offset: position.offset,
            first_seen: record.received_at,
            build: self.build.to_string(),
        };
        kill_point("before_dead_letter_ack");
        let sent = self.producer.send(&self.topic, &dead_letter.record(record)).await;
        sent.map_err(|source| {
            self.ceiling.lock().unwrap_or_else(PoisonError::into_inner).take_back(named, now);
            DeadLetterError::Send { position: position.clone(), source }
        })?;
        kill_point("after_dead_letter_ack");
        self.metrics.count_dead_letter(reason, camera);
        Ok(())
    }
}

impl DeadLetter {
    /// The record with all it had, and what this says added at the end.
    #[must_use]
    pub fn record(&self, original: &RawRecord) -> OutgoingRecord {
        let Self { reason, stage, source, offset, first_seen, build } = self;
        let mut headers = original.headers.clone();
        let values = [
            reason.label().to_owned(),
            stage.label().to_owned(),
            source.cluster.to_string(),
            source.topic.to_string(),
            source.partition.to_string(),
            offset.to_string(),
            first_seen.to_rfc3339_opts(SecondsFormat::Nanos, true),
            build.clone(),
        ];
        let added = ADDED_HEADERS.into_iter().zip(values);
        headers.extend(added.map(|(name, value)| RecordHeader::text(name, value)));
        OutgoingRecord { key: original.key.clone(), value: original.value.clone(), headers }
    }

    /// Takes a dead letter apart: what it says, and the record as it was. Only the last headers are believed; a
    /// sender may have put headers of the same names before them.
    ///
    /// # Errors
    /// When the last headers are not the ones that are added.
    pub fn parse(record: &RawRecord) -> Result<(Self, OutgoingRecord), NotADeadLetter> {
        let split =
            record.headers.len().checked_sub(ADDED_HEADERS.len()).ok_or(NotADeadLetter(REASON_HEADER))?;
        let (original, added) = record.headers.split_at(split);
        let mut values = added.iter().zip(ADDED_HEADERS).map(|(header, name)| {
            let value = header.value.as_deref().filter(|_| header.name == name);
            value.and_then(|value| std::str::from_utf8(value).ok()).ok_or(NotADeadLetter(name))
        });
        let mut next = |name| values.next().unwrap_or(Err(NotADeadLetter(name)));
        let reason = next(REASON_HEADER)?;
        let reason = DeadLetterReason::from_label(reason);
        let stage = next(STAGE_HEADER)?;
        let stage = DeadLetterStage::from_label(stage);
        let (cluster, topic) = (next(SOURCE_CLUSTER_HEADER)?.into(), next(SOURCE_TOPIC_HEADER)?.into());
        let partition = next(PARTITION_HEADER)?.parse().map_err(|_| NotADeadLetter(PARTITION_HEADER))?;
        let offset = next(OFFSET_HEADER)?.parse().map_err(|_| NotADeadLetter(OFFSET_HEADER))?;
        let first_seen = DateTime::parse_from_rfc3339(next(FIRST_SEEN_HEADER)?);
        let dead_letter = Self {
            reason: reason.ok_or(NotADeadLetter(REASON_HEADER))?,
            stage: stage.ok_or(NotADeadLetter(STAGE_HEADER))?,
            source: PartitionKey { cluster, topic, partition },
            offset,
            first_seen: first_seen.map_err(|_| NotADeadLetter(FIRST_SEEN_HEADER))?.to_utc(),
            build: next(BUILD_HEADER)?.to_owned(),
        };
        let headers = original.to_vec();
        Ok((dead_letter, OutgoingRecord { key: record.key.clone(), value: record.value.clone(), headers }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::Credit;
    use bytes::Bytes;
    use chrono::TimeDelta;

    fn original() -> RawRecord {
        RawRecord {
            key: Some(Bytes::from_static(b"camera-1")),
            value: Bytes::from_static(b"original bytes"),
            headers: vec![
                RecordHeader::text("ce_id", "e-1"),
                // A sender that tries to pass itself off as a dead letter.
                RecordHeader::text(OFFSET_HEADER, "999"),
                RecordHeader { name: "empty".into(), value: None },
            ],
            received_at: DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_800_000_000_123_456_789),
            credit: Credit::unlimited(),
        }
    }

    fn dead_letter() -> DeadLetter {
        DeadLetter {
            reason: DeadLetterReason::BadSignature,
            stage: DeadLetterStage::Decode,
            source: PartitionKey { cluster: "c".into(), topic: "camera-events".into(), partition: 3 },
            offset: 41,
            first_seen: original().received_at,
            build: "1.2.3".into(),
        }
    }

    fn received(record: OutgoingRecord) -> RawRecord {
        let OutgoingRecord { key, value, headers } = record;
        RawRecord { key, value, headers, received_at: DateTime::UNIX_EPOCH, credit: Credit::unlimited() }
    }

    #[test]
    fn a_dead_letter_keeps_the_record_and_says_where_it_stood() {
        let record = received(dead_letter().record(&original()));
        let last = |name: &str| {
            let values = record.header_values().filter(|(header, _)| *header == name);
            values.last().map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        assert_eq!(last(PARTITION_HEADER).as_deref(), Some("3"));
        assert_eq!(last(OFFSET_HEADER).as_deref(), Some("41"));
        assert_eq!(last(REASON_HEADER).as_deref(), Some("bad_signature"));
        assert_eq!(last(FIRST_SEEN_HEADER).as_deref(), Some("2027-01-15T08:00:00.123456789Z"));

        let (parsed, as_it_was) = DeadLetter::parse(&record).expect("dead letter");
        assert_eq!(parsed, dead_letter());
        let RawRecord { key, value, headers, .. } = original();
        assert_eq!(as_it_was, OutgoingRecord { key, value, headers });
    }

    #[test]
    fn a_record_that_only_looks_like_a_dead_letter_is_refused() {
        assert!(DeadLetter::parse(&original()).is_err());
        let mut record = received(dead_letter().record(&original()));
        record.headers.push(RecordHeader::text("later", "x"));
        assert_eq!(DeadLetter::parse(&record), Err(NotADeadLetter(REASON_HEADER)));
    }
}
