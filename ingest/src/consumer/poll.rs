//! The loop of the polling thread: commands, pauses, late positions, commits, one record.

use super::client::group_config;
use super::context::{GroupContext, LOG_ENDS_TIMEOUT};
use super::error::{ConsumerError, fatal_error, is_fencing};
use super::in_flight::{Credit, InFlight, InFlightLimits, Load};
use super::membership::Fencing;
use super::partitions::LogEnd;
use super::parts::ConsumerParts;
use crate::commit::{CommitSchedule, SettledOffset, commit};
use crate::connection::reach::{self, ReachError};
use crate::event::{ConsumerEvent, StopReason};
use crate::record::{RawRecord, RecordHeader};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message, Timestamp};
use rdkafka::{Offset, TopicPartitionList};
use schemas::delivery::{Delivery, OwnerEpoch, PartitionKey, Position};
use schemas::kill_point::kill_point;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest wait for a record; commands are looked at after it.
const POLL_TIMEOUT: Duration = Duration::from_millis(100);
/// The same while a partition is paused, so that it goes on soon after there is room.
const POLL_TIMEOUT_WHILE_PAUSED: Duration = Duration::from_millis(10);
/// Wait for room before a partition is paused. A pause throws away what librdkafka has fetched ahead, so a
/// pipeline that is merely as fast as the broker should not cause one; a wait this short harms no rebalance.
const ROOM_PATIENCE: Duration = Duration::from_millis(100);

/// So often a trouble that lasts is written to the log.
const TELL_INTERVAL: Duration = Duration::from_secs(30);

/// Wait for the reason why no broker answered.
const REASON_TIMEOUT: Duration = Duration::from_secs(3);

/// So long after a log's end was reached, the broker is asked where it is: not after every record of a quiet camera.
const END_CHECK_WAIT: Duration = Duration::from_secs(1);

/// What the pipeline asks for.
#[derive(Debug)]
pub(super) enum Command {
    Pause(PartitionKey),
    Resume(PartitionKey),
    Settled { partition: PartitionKey, owner_epoch: OwnerEpoch, next_offset: i64 },
    Drain,
    Close,
}

/// The thread's state.
pub(super) struct PollLoop {
    consumer: BaseConsumer<GroupContext>,
    commands: blocking::Receiver<Command>,
    commits: CommitSchedule,
    draining: bool,
    closing: bool,
    /// Monotonic time at which positions are compared with the logs, after the client reported one outside.
    verify_at: Option<Duration>,
    /// Monotonic time at which a trouble that lasts was last written to the log.
    told_at: Option<Duration>,
}

impl PollLoop {
    /// Connects, learns the cluster's id, checks the topic and subscribes.
    pub(super) fn start(
        parts: ConsumerParts,
        events: mpsc::Sender<ConsumerEvent>,
        commands: blocking::Receiver<Command>,
    ) -> Result<Self, ConsumerError> {
        let ingest = &parts.ingest;
        let limits = InFlightLimits {
            partition: Load { records: ingest.partition_records_max, bytes: ingest.partition_bytes_max },
            process: Load { records: ingest.process_records_max, bytes: ingest.process_bytes_max },
        };
        let commits = CommitSchedule::new(ingest.commit_interval(), parts.clock.monotonic());
        let in_flight = InFlight::new(limits, parts.metrics.clone());
        let config = group_config(&parts.kafka);
        let context = GroupContext::new(parts, in_flight, events);
        let consumer =
            BaseConsumer::from_config_and_context(&config, context).map_err(ConsumerError::Configuration)?;
        let this = Self {
            consumer,
            commands,
            commits,
            draining: false,
            closing: false,
            verify_at: None,
            told_at: None,
        };
        // Before the questions: the client finds the group's coordinator meanwhile. Callbacks run only inside
        // `poll`, so that none comes before the cluster's id is known.
        this.subscribe()?;
        this.context().set_cluster(this.find_cluster()?);
        this.check_topic()?;
        Ok(this)
    }

    pub(super) fn cluster(&self) -> Arc<str> {
        self.context().cluster()
    }

    /// Polls until told to close. Without anybody who `listens` it only leaves the group.
    pub(super) fn run(mut self, listens: bool) {
        self.closing = !listens;
        while !self.closing && !self.context().is_abandoned() {
            self.take_commands();
            self.resume_where_there_is_room();
            self.begin_waiting_partitions();
            self.verify_positions_if_due();
            self.check_ends_if_due();
            self.commit_if_due();
            self.receive();
        }
        self.take_commands();
        let left = self.commits.take_all();
        let offsets = self.still_owned(left);
        if let Err(error) = commit(&self.consumer, offsets, CommitMode::Sync) {
            tracing::warn!(%error, "the last copy of offsets was not committed to kafka");
        }
        // Dropping the client closes it: callbacks for what it still owns run inside.
    }

    fn context(&self) -> &Arc<GroupContext> {
        self.consumer.context()
    }

    fn subscribe(&self) -> Result<(), ConsumerError> {
        let topic = self.context().topic();
        let failed = |source| ConsumerError::Subscribe { topic: topic.to_owned(), source };
        self.consumer.subscribe(&[topic]).map_err(failed)
    }

    fn find_cluster(&self) -> Result<Arc<str>, ConsumerError> {
        let kafka = &self.context().parts.kafka;
        let timeout = Duration::from_secs(kafka.startup_timeout_seconds);
        if let Some(cluster) = self.consumer.client().fetch_cluster_id(timeout) {
            return Ok(cluster.into());
        }
        // Why not: this client would tell only when it is polled, which it must not be yet.
        match reach::ask(kafka, REASON_TIMEOUT) {
            Err(refused @ ReachError::Refused { .. }) => Err(ConsumerError::Refused(refused)),
            Ok(_) | Err(ReachError::Client(_) | ReachError::Unreachable { .. } | ReachError::Cancelled) => {
                let seconds = kafka.startup_timeout_seconds;
                Err(ConsumerError::Unreachable { brokers: kafka.brokers.clone(), seconds })
            }
        }
    }

    fn check_topic(&self) -> Result<(), ConsumerError> {
        let kafka = &self.context().parts.kafka;
        let topic = self.context().topic();
        let timeout = Duration::from_secs(kafka.startup_timeout_seconds);
        let metadata = self.consumer.fetch_metadata(Some(topic), timeout).map_err(|_| {
            let seconds = kafka.startup_timeout_seconds;
            ConsumerError::Unreachable { brokers: kafka.brokers.clone(), seconds }
        })?;
        let exists =
            metadata.topics().iter().any(|found| found.name() == topic && !found.partitions().is_empty());
        if exists {
            return Ok(());
        }
        Err(ConsumerError::NoTopic { topic: topic.to_owned(), brokers: kafka.brokers.clone() })
    }

    fn take_commands(&mut self) {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Pause(partition)) => self.pause_by_pipeline(&partition, true),
                Ok(Command::Resume(partition)) => self.pause_by_pipeline(&partition, false),
                Ok(Command::Settled { partition, owner_epoch, next_offset }) => {
                    self.note_settled(partition, SettledOffset { owner_epoch, next_offset });
                }
                Ok(Command::Drain) => self.drain(),
                // Everybody who could command is gone: so is the pipeline.
                Ok(Command::Close) | Err(blocking::TryRecvError::Disconnected) => {
                    self.closing = true;
                    return;
                }
                Err(blocking::TryRecvError::Empty) => return,
            }
        }
    }

    fn pause_by_pipeline(&self, partition: &PartitionKey, pause: bool) {
        let mut partitions = self.context().partitions();
        let Some(owned) = partitions.owned(partition.partition) else { return };
        owned.paused_by_pipeline = pause || self.draining;
        let paused = owned.is_paused();
        drop(partitions);
        self.set_paused(partition.partition, paused);
    }

    fn drain(&mut self) {
        self.draining = true;
        let mut partitions = self.context().partitions();
        let numbers: Vec<i32> = partitions.all_owned().map(|owned| owned.key.partition).collect();
        drop(partitions);
        for number in numbers {
            self.pause_by_pipeline(&self.context().key(number), true);
        }
    }

    fn note_settled(&mut self, partition: PartitionKey, settled: SettledOffset) {
        if let Some(owned) = self.context().partitions().owned(partition.partition)
            && owned.owner_epoch == settled.owner_epoch
        {
            owned.settled_offset = owned.settled_offset.max(settled.next_offset);
            owned.moved_at = self.context().parts.clock.monotonic();
        }
        self.commits.note(partition, settled);
    }

    fn set_paused(&self, number: i32, paused: bool) {
        let mut list = TopicPartitionList::new();
        list.add_partition(self.context().topic(), number);
        let result = if paused { self.consumer.pause(&list) } else { self.consumer.resume(&list) };
        if let Err(error) = result {
            tracing::warn!(kafka.partition = number, %error, "partition {number} could not be paused or resumed");
        }
    }

    fn resume_where_there_is_room(&self) {
        let context = self.context();
        let mut partitions = context.partitions();
        let mut resumed = Vec::new();
        for owned in partitions.all_owned().filter(|owned| owned.paused_for_room) {
            if context.in_flight.has_ample_room(owned.key.partition) {
                owned.paused_for_room = false;
                resumed.extend((!owned.is_paused()).then_some(owned.key.partition));
            }
        }
        drop(partitions);
        resumed.into_iter().for_each(|number| self.set_paused(number, false));
    }

    fn begin_waiting_partitions(&self) {
        let context = self.context();
        let due = context.partitions().due(context.parts.clock.monotonic());
        if !due.is_empty() && !self.draining {
            context.begin(&self.consumer, &due);
        }
    }

    /// The client says that some position lies outside its log, but not which: the logs are asked.
    fn verify_positions_if_due(&mut self) {
        let now = self.context().parts.clock.monotonic();
        if self.verify_at.is_none_or(|at| now < at) {
            return;
        }
        self.verify_at = None;
        let mut partitions = self.context().partitions();
        let owned: Vec<(i32, i64)> =
            partitions.all_owned().map(|owned| (owned.key.partition, owned.next_offset)).collect();
        drop(partitions);
        let mut inside = Vec::new();
        for (number, position) in owned {
            match self.consumer.fetch_watermarks(self.context().topic(), number, LOG_ENDS_TIMEOUT) {
                Ok((start, end)) => match StopReason::of(&self.context().key(number), position, start, end) {
                    Some(reason) => {
                        self.context().end(&self.consumer, &[number]);
                        self.context().stop(number, reason);
                    }
                    None => inside.push(number),
                },
                Err(_) => self.verify_at = Some(now + self.context().parts.ingest.position_retry()),
            }
        }
        // The one that was reported does not fetch any more even if its position is inside by now.
        self.context().end(&self.consumer, &inside);
        self.context().begin(&self.consumer, &inside);
    }

    /// Everything up to the log's end was delivered; the second time without a record in between, what lies before the
    /// end that the broker named holds no record.
    fn reach_end(&self, number: i32) {
        let context = self.context();
        let mut partitions = context.partitions();
        let Some(owned) = partitions.owned(number) else { return };
        match owned.end {
            LogEnd::Ahead => owned.end = LogEnd::Reached { at: context.parts.clock.monotonic() },
            LogEnd::Checked { log_end } => {
                owned.next_offset = log_end;
                owned.end = LogEnd::Known;
                let (partition, owner_epoch) = (owned.key.clone(), owned.owner_epoch);
                drop(partitions);
                context.tell(ConsumerEvent::Ended { partition, owner_epoch, log_end });
            }
            LogEnd::Reached { .. } | LogEnd::Known => {}
        }
    }

    /// Where a log ended a while ago, asks the broker for its end. If that lies further than what was delivered, there
    /// are only markers of transactions between, unless records have come since: fetching from here once more tells.
    fn check_ends_if_due(&self) {
        let context = self.context();
        let now = context.parts.clock.monotonic();
        let mut partitions = context.partitions();
        let due = |end| matches!(end, LogEnd::Reached { at } if now.saturating_sub(at) >= END_CHECK_WAIT);
        let ended = partitions.all_owned().filter(|owned| due(owned.end) && !owned.is_paused());
        let ended: Vec<(i32, i64)> = ended.map(|owned| (owned.key.partition, owned.next_offset)).collect();
        drop(partitions);
        for (number, next_offset) in ended {
            let end = match self.consumer.fetch_watermarks(context.topic(), number, LOG_ENDS_TIMEOUT) {
                Ok((_, log_end)) if log_end > next_offset => {
                    self.fetch_again(number, next_offset, log_end, now)
                }
                Ok(_) => LogEnd::Known,
                Err(_) => LogEnd::Reached { at: now },
            };
            if let Some(owned) = context.partitions().owned(number) {
                owned.end = end;
            }
        }
    }

    fn fetch_again(&self, number: i32, next_offset: i64, log_end: i64, now: Duration) -> LogEnd {
        let place = Offset::Offset(next_offset);
        match self.consumer.seek(self.context().topic(), number, place, LOG_ENDS_TIMEOUT) {
            Ok(()) => LogEnd::Checked { log_end },
            Err(error) => {
                tracing::warn!(kafka.partition = number, %error, "the end of partition {number} is asked for again");
                LogEnd::Reached { at: now }
            }
        }
    }

    fn commit_if_due(&mut self) {
        let now = self.context().parts.clock.monotonic();
        let Some(due) = self.commits.take_due(now) else { return };
        let offsets = self.still_owned(due);
        if let Err(error) = commit(&self.consumer, offsets, CommitMode::Async) {
            tracing::warn!(%error, "the copy of offsets was not committed to kafka; the next one repeats it");
        }
    }

    fn still_owned(&self, offsets: BTreeMap<PartitionKey, SettledOffset>) -> Vec<(PartitionKey, i64)> {
        let mut partitions = self.context().partitions();
        let mut is_ours = |partition: &PartitionKey, settled: &SettledOffset| {
            partitions
                .owned(partition.partition)
                .is_some_and(|owned| owned.owner_epoch == settled.owner_epoch)
        };
        let ours = offsets.into_iter().filter(|(partition, settled)| is_ours(partition, settled));
        ours.map(|(partition, settled)| (partition, settled.next_offset)).collect()
    }

    fn receive(&mut self) {
        let any_paused = self.context().partitions().all_owned().any(|owned| owned.is_paused());
        let timeout = if any_paused { POLL_TIMEOUT_WHILE_PAUSED } else { POLL_TIMEOUT };
        // Nothing is no sign of idleness: a rebalance ends a poll early too.
        let full = match self.consumer.poll(timeout) {
            None => None,
            Some(Ok(message)) => self.deliver(&message),
            Some(Err(KafkaError::PartitionEOF(number))) => return self.reach_end(number),
            Some(Err(error)) => return self.handle_error(error),
        };
        if let Some(number) = full {
            self.pause_for_room(number);
        }
    }

    /// Hands a record on; returns its partition's number if that has no room for another.
    fn deliver(&self, message: &BorrowedMessage<'_>) -> Option<i32> {
        let context = self.context();
        let number = message.partition();
        let offset = message.offset();
        let mut partitions = context.partitions();
        // Fetched before the partition was taken away, or once more after a pause.
        let owned = partitions.owned(number).filter(|owned| offset >= owned.next_offset)?;
        owned.next_offset = offset + 1;
        owned.end = LogEnd::Ahead;
        let owner_epoch = owned.owner_epoch;
        let position = Position { partition: owned.key.clone(), offset, owner_epoch };
        drop(partitions);
        let record = self.copy(message);
        context.parts.metrics.count_record(record.size_bytes());
        kill_point("after_poll");
        context.tell(ConsumerEvent::Record(Delivery::new(record, position)));
        (!context.in_flight.wait_for_room(number, ROOM_PATIENCE)).then_some(number)
    }

    fn copy(&self, message: &BorrowedMessage<'_>) -> RawRecord {
        let headers = message.headers().map_or_else(Vec::new, |headers| {
            let owned = |header: rdkafka::message::Header<'_, &[u8]>| RecordHeader {
                name: header.key.to_owned(),
                value: header.value.map(Bytes::copy_from_slice),
            };
            headers.iter().map(owned).collect()
        });
        let context = self.context();
        let mut record = RawRecord {
            key: message.key().map(Bytes::copy_from_slice),
            value: message.payload().map(Bytes::copy_from_slice).unwrap_or_default(),
            headers,
            received_at: received_at(message.timestamp(), context.parts.clock.now()),
            credit: Credit::unlimited(),
        };
        record.credit = context.in_flight.acquire(message.partition(), record.size_bytes());
        record
    }

    fn pause_for_room(&self, number: i32) {
        let mut partitions = self.context().partitions();
        let Some(owned) = partitions.owned(number) else { return };
        owned.paused_for_room = true;
        drop(partitions);
        self.context().parts.metrics.count_pause();
        self.set_paused(number, true);
    }

    fn handle_error(&mut self, error: KafkaError) {
        let context = Arc::clone(self.context());
        let trouble = context.count(&error, "");
        if let KafkaError::MessageConsumptionFatal(_) = error {
            if let Err(error) = self.survive(error) {
                tracing::error!("{error}");
                context.tell(ConsumerEvent::Failed(error));
                self.closing = true;
            }
        } else if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
            self.verify_at = Some(context.parts.clock.monotonic());
        } else if let Some(trouble) = trouble {
            // The client tries the same batch twice a second; `/ready` says it all the time.
            let now = context.parts.clock.monotonic();
            if self.told_at.is_none_or(|at| now.saturating_sub(at) >= TELL_INTERVAL) {
                self.told_at = Some(now);
                tracing::error!(%error, "kafka consumer: {}", trouble.advice());
            }
        } else {
            // The client goes on by itself; when brokers are away it says so about once a second.
            tracing::warn!(%error, "kafka consumer");
        }
    }

    /// Goes on with a new client, where a fatal error means no more than that the old one cannot.
    fn survive(&mut self, error: KafkaError) -> Result<(), ConsumerError> {
        let context = Arc::clone(self.context());
        if !is_fencing(&error) || context.fencing() == Fencing::Twin {
            return Err(fatal_error(&context.parts.kafka, error));
        }
        tracing::warn!("the client is fenced by what its ended session left behind; joining with a new one");
        context.end_all();
        let config = group_config(&context.parts.kafka);
        let renewed = BaseConsumer::from_config_and_context(&config, context.renewed());
        // The old client is closed before the new one joins: two of one name would fence each other.
        drop(std::mem::replace(&mut self.consumer, renewed.map_err(ConsumerError::Configuration)?));
        self.verify_at = None;
        self.subscribe()
    }
}

/// When the broker appended the record. A sender's time is not believed: where a topic holds such, it is `now`.
fn received_at(timestamp: Timestamp, now: DateTime<Utc>) -> DateTime<Utc> {
    match timestamp {
        Timestamp::LogAppendTime(milliseconds) => {
            DateTime::from_timestamp_millis(milliseconds).unwrap_or(now)
        }
        Timestamp::CreateTime(_) | Timestamp::NotAvailable => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_receipt_is_the_brokers_and_never_the_senders() {
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(5_000);
        assert_eq!(received_at(Timestamp::LogAppendTime(5_000), now), at);
        assert_eq!(received_at(Timestamp::CreateTime(5_000), now), now);
        assert_eq!(received_at(Timestamp::NotAvailable, now), now);
    }
}
