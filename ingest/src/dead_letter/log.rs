//! The dead-letter topic as it is kept: read once from a point in time to its present end, joining no group.

use super::{DeadLetter, NotADeadLetter};
use crate::config::KafkaConfig;
use crate::consumer::{Credit, headers_of};
use crate::record::{OutgoingRecord, RawRecord};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use schemas::clock::Clock;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::mpsc;

/// Wait for the broker's answer to one question, and for the next record.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const POLL_TIMEOUT: Duration = Duration::from_millis(100);
/// Records between the broker and whoever looks at them; each may have 2 MiB.
const RECORDS_AHEAD_MAX: usize = 4;
/// Messages that librdkafka fetches ahead, in KiB.
const PREFETCH_KIBIBYTES_MAX: &str = "8192";
/// The broker's clock, by which a point in time is found, may be so far from that of who wrote the dead letter.
const CLOCKS_APART_MAX: TimeDelta = TimeDelta::hours(1);

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct ReadBounds {
    /// Only what was written from then on, give or take an hour; `None` from the beginning.
    pub since: Option<DateTime<Utc>>,
    /// Records after which reading ends.
    pub records_max: usize,
}

/// A record of the topic.
#[derive(Debug)]
pub enum KeptRecord {
    /// A dead letter, with the record as it was.
    DeadLetter(Box<(DeadLetter, OutgoingRecord)>),
    /// Something else.
    Other(NotADeadLetter),
}

/// Why the topic could not be read.
#[derive(Debug, Error)]
pub enum DeadLetterLogError {
    /// The broker refuses or does not answer.
    #[error("the dead letters in '{topic}' cannot be read at {brokers}")]
    Broker {
        /// `kafka.dead_letter_topic`.
        topic: String,
        /// `kafka.brokers`.
        brokers: String,
        /// What the client says.
        source: Box<KafkaError>,
    },
    /// No record came although some are left.
    #[error("no record of '{topic}' came within {seconds} s; check that the broker runs")]
    Silent {
        /// `kafka.dead_letter_topic`.
        topic: String,
        /// How long.
        seconds: u64,
    },
    /// There is more than was to be read.
    #[error("more than {0} records were found; narrow the selection by --since")]
    TooMany(usize),
}

/// Reads the topic, partition by partition, up to where it ended when its turn came.
#[must_use]
pub fn read(
    kafka: &KafkaConfig,
    bounds: ReadBounds,
    clock: Arc<dyn Clock>,
) -> mpsc::Receiver<Result<KeptRecord, DeadLetterLogError>> {
    let (tell, records) = mpsc::channel(RECORDS_AHEAD_MAX);
    let reading = Reading { kafka: kafka.clone(), bounds, clock, tell };
    // Ends with the last record, or when nobody listens any more.
    drop(tokio::task::spawn_blocking(move || {
        if let Err(error) = reading.run() {
            // Nobody listens any more.
            drop(reading.tell.blocking_send(Err(error)));
        }
    }));
    records
}

struct Reading {
    kafka: KafkaConfig,
    bounds: ReadBounds,
    clock: Arc<dyn Clock>,
    tell: mpsc::Sender<Result<KeptRecord, DeadLetterLogError>>,
}

impl Reading {
    fn run(&self) -> Result<(), DeadLetterLogError> {
        let consumer = self.client().map_err(|source| self.refused(source))?;
        let topic = &self.kafka.dead_letter_topic;
        let metadata = consumer.fetch_metadata(Some(topic), ANSWER_TIMEOUT);
        let metadata = metadata.map_err(|source| self.refused(source))?;
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let mut read = 0;
        for partition in partitions {
            read = self.partition(&consumer, partition.id(), read)?;
        }
        Ok(())
    }

    /// Under the group's name, which accounts may use, but neither joins it nor moves its positions.
    fn client(&self) -> Result<BaseConsumer, KafkaError> {
        ClientConfig::new()
            .set("bootstrap.servers", &self.kafka.brokers)
            .set("group.id", &self.kafka.group)
            .set("client.id", format!("{}-dead-letters", self.kafka.instance))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("allow.auto.create.topics", "false")
            .set("queued.max.messages.kbytes", PREFETCH_KIBIBYTES_MAX)
            .create()
    }

    fn refused(&self, source: KafkaError) -> DeadLetterLogError {
        let KafkaConfig { dead_letter_topic, brokers, .. } = &self.kafka;
        let (topic, brokers) = (dead_letter_topic.clone(), brokers.clone());
        DeadLetterLogError::Broker { topic, brokers, source: Box::new(source) }
    }

    /// Reads one partition; returns how many records were read so far.
    fn partition(
        &self,
        consumer: &BaseConsumer,
        partition: i32,
        mut read: usize,
    ) -> Result<usize, DeadLetterLogError> {
        let topic = &self.kafka.dead_letter_topic;
        let refused = |source| self.refused(source);
        let (low, high) = consumer.fetch_watermarks(topic, partition, ANSWER_TIMEOUT).map_err(refused)?;
        let mut next = self.start(consumer, partition, low, high).map_err(refused)?;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(next)).map_err(refused)?;
        consumer.assign(&list).map_err(refused)?;
        let mut latest = self.clock.monotonic() + ANSWER_TIMEOUT;
        while next < high {
            match consumer.poll(POLL_TIMEOUT) {
                Some(Ok(message)) => {
                    if message.offset() >= high {
                        break;
                    }
                    if read == self.bounds.records_max {
                        return Err(DeadLetterLogError::TooMany(read));
                    }
                    (next, read) = (message.offset() + 1, read + 1);
                    if self.tell.blocking_send(Ok(kept(&message, self.clock.now()))).is_err() {
                        return Ok(read);
                    }
                    latest = self.clock.monotonic() + ANSWER_TIMEOUT;
                }
                // What is left holds no record: markers, or what compaction took away.
                Some(Err(KafkaError::PartitionEOF(_))) => break,
                // The client goes on by itself while a broker is away for a moment.
                Some(Err(_)) | None if self.clock.monotonic() < latest => {}
                Some(Err(source)) => return Err(refused(source)),
                None => {
                    let seconds = ANSWER_TIMEOUT.as_secs();
                    return Err(DeadLetterLogError::Silent { topic: topic.clone(), seconds });
                }
            }
        }
        Ok(read)
    }

    fn start(&self, consumer: &BaseConsumer, partition: i32, low: i64, high: i64) -> Result<i64, KafkaError> {
        let Some(since) = self.bounds.since else { return Ok(low) };
        let since = (since - CLOCKS_APART_MAX).timestamp_millis().max(0);
        let mut asked = TopicPartitionList::new();
        asked.add_partition_offset(&self.kafka.dead_letter_topic, partition, Offset::Offset(since))?;
        let found = consumer.offsets_for_times(asked, ANSWER_TIMEOUT)?;
        let found = found.elements().first().and_then(|element| element.offset().to_raw());
        // Nothing so young answers with the log's end, as a number or by name.
        Ok(found.filter(|offset| (low..=high).contains(offset)).unwrap_or(high))
    }
}

fn kept(message: &BorrowedMessage<'_>, now: DateTime<Utc>) -> KeptRecord {
    let record = RawRecord {
        key: message.key().map(Bytes::copy_from_slice),
        value: message.payload().map(Bytes::copy_from_slice).unwrap_or_default(),
        headers: headers_of(message),
        received_at: now,
        credit: Credit::unlimited(),
    };
    match DeadLetter::parse(&record) {
        Ok(parsed) => KeptRecord::DeadLetter(Box::new(parsed)),
        Err(error) => KeptRecord::Other(error),
    }
}
