//! The rebalance callback: assigns each partition *with* its stored position, and tells of what was taken away.
//!
//! `seek` right after an assignment fails, so the position goes into the assignment itself. The callback runs
//! inside `poll`, on the polling thread.

use super::in_flight::InFlight;
use super::membership::{Fencing, Membership};
use super::partitions::{OwnedPartition, PartitionState, Partitions};
use super::parts::{ConsumerParts, StartPosition};
use super::statistics::{connections_stand, publish_lag};
use crate::connection::inspect::explained;
use crate::connection::log_client_line;
use crate::event::{Assignment, ConsumerEvent, StopReason};
use crate::trouble::BrokerTrouble;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, Statistics, TopicPartitionList};
use schemas::delivery::PartitionKey;
use schemas::kill_point::kill_point;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Wait for the broker's answer to a question about a log's ends.
pub(super) const LOG_ENDS_TIMEOUT: Duration = Duration::from_secs(5);

/// State shared by the poll loop and the callbacks; both run on the same thread.
pub(super) struct GroupContext {
    pub(super) parts: ConsumerParts,
    pub(super) in_flight: Arc<InFlight>,
    events: mpsc::Sender<ConsumerEvent>,
    cluster: OnceLock<Arc<str>>,
    topic: Arc<str>,
    partitions: Mutex<Partitions>,
    membership: Mutex<Membership>,
}

/// What came of asking for a partition's position.
enum Start {
    At(OwnedPartition),
    Later,
    Never(StopReason),
}

impl GroupContext {
    pub(super) fn new(
        parts: ConsumerParts,
        in_flight: Arc<InFlight>,
        events: mpsc::Sender<ConsumerEvent>,
    ) -> Self {
        let topic = parts.kafka.events_topic.as_str().into();
        Self {
            parts,
            in_flight,
            events,
            cluster: OnceLock::new(),
            topic,
            partitions: Mutex::default(),
            membership: Mutex::default(),
        }
    }

    /// A context for another client in the place of this one's: the same surroundings, nothing owned.
    pub(super) fn renewed(&self) -> Self {
        let renewed = Self::new(self.parts.clone(), Arc::clone(&self.in_flight), self.events.clone());
        renewed.set_cluster(self.cluster());
        renewed
    }

    /// Must be called before the topic is subscribed.
    pub(super) fn set_cluster(&self, cluster: Arc<str>) {
        let _ = self.cluster.set(cluster);
    }

    pub(super) fn cluster(&self) -> Arc<str> {
        self.cluster.get().cloned().unwrap_or_default()
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    pub(super) fn partitions(&self) -> MutexGuard<'_, Partitions> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the pipeline; false when nobody listens any more. Waits only if the pipeline leaves a thousand
    /// events unread: records are bounded by the memory limits, which the channel has room for.
    pub(super) fn tell(&self, event: ConsumerEvent) -> bool {
        match self.events.blocking_send(event) {
            Ok(()) => true,
            Err(mpsc::error::SendError(event)) => {
                event.abandon();
                false
            }
        }
    }

    /// Whether the pipeline is gone.
    pub(super) fn is_abandoned(&self) -> bool {
        self.events.is_closed()
    }

    /// Takes positions and begins to fetch; what has none yet is asked for again later.
    pub(super) fn begin(&self, consumer: &BaseConsumer<Self>, numbers: &[i32]) {
        let mut assignment = TopicPartitionList::new();
        let mut assigned = Vec::new();
        for number in numbers {
            match self.start(consumer, *number) {
                Start::At(owned) => {
                    let added = assignment.add_partition_offset(
                        self.topic(),
                        *number,
                        Offset::Offset(owned.next_offset),
                    );
                    if let Err(error) = added {
                        tracing::error!(kafka.partition = number, %error, "partition {number} cannot be assigned");
                        self.wait(*number);
                        continue;
                    }
                    assigned.push(owned);
                }
                Start::Later => self.wait(*number),
                Start::Never(reason) => self.stop(*number, reason),
            }
        }
        // Called even when there is nothing to assign: the group waits for the answer to its callback.
        match consumer.incremental_assign(&assignment) {
            Ok(()) => assigned.into_iter().for_each(|owned| self.own(owned)),
            Err(error) => {
                tracing::error!(%error, "partitions {numbers:?} could not be assigned; trying again later");
                assigned.iter().for_each(|owned| self.wait(owned.key.partition));
            }
        }
        self.publish_counts();
    }

    /// Ends the ownership of partitions, first by telling the pipeline, then by no longer fetching.
    pub(super) fn end(&self, consumer: &BaseConsumer<Self>, numbers: &[i32]) {
        let mut fetched = TopicPartitionList::new();
        for number in numbers {
            self.parts.health.clear(*number);
            let removed = self.partitions().remove(*number);
            let Some(PartitionState::Owned(OwnedPartition { key, owner_epoch, .. })) = removed else {
                continue;
            };
            fetched.add_partition(self.topic(), *number);
            self.forget(*number);
            self.tell(ConsumerEvent::Revoked { partition: key, owner_epoch });
        }
        kill_point("during_revoke");
        if let Err(error) = consumer.incremental_unassign(&fetched) {
            tracing::error!(%error, "partitions {numbers:?} could not be given back");
        }
        self.publish_counts();
    }

    /// Tells the pipeline that nothing is owned any more; a fenced client has let go of everything without a word.
    pub(super) fn end_all(&self) {
        for OwnedPartition { key, owner_epoch, .. } in self.partitions().take_owned() {
            self.forget(key.partition);
            self.tell(ConsumerEvent::Revoked { partition: key, owner_epoch });
        }
        self.publish_counts();
    }

    /// Who caused a fencing that is reported now.
    pub(super) fn fencing(&self) -> Fencing {
        let session = Duration::from_millis(self.parts.kafka.session_timeout_milliseconds.into());
        self.membership().fenced(self.parts.clock.monotonic(), session)
    }

    /// Stops a partition for good and loudly; it must not be fetched any more.
    pub(super) fn stop(&self, number: i32, reason: StopReason) {
        tracing::error!(kafka.partition = number, "partition {number} is stopped: {reason}");
        self.partitions().insert(number, PartitionState::Stopped);
        self.parts.health.stop(number, reason.to_string());
        self.tell(ConsumerEvent::Stopped { partition: self.key(number), reason });
        self.publish_counts();
    }

    /// Counts an error of the client by what it means, and remembers what lasts.
    pub(super) fn count(&self, error: &KafkaError, reason: &str) -> Option<BrokerTrouble> {
        let trouble = error.rdkafka_error_code().and_then(|code| BrokerTrouble::of_report(code, reason));
        self.parts.metrics.count_client_error(trouble);
        if let Some(trouble) = trouble {
            self.parts.health.report(trouble, reason, self.parts.clock.monotonic());
        }
        trouble
    }

    /// Finds out what exactly is wrong, on a thread of its own: it may take seconds, and the client reports the same
    /// fault of a broker once in 30 seconds.
    fn explain(&self, trouble: BrokerTrouble, reason: &str) {
        let (kafka, health, said) = (self.parts.kafka.clone(), self.parts.health.clone(), reason.to_owned());
        let thread = std::thread::Builder::new().name("kafka-inspect".to_owned());
        let started = thread.spawn(move || {
            let what = explained(&kafka, trouble, &said);
            tracing::error!("kafka cannot be used ({}): {what}", trouble.label());
            health.explain(trouble, what);
        });
        if let Err(error) = started {
            tracing::error!(%error, "kafka cannot be used ({}): {reason}", trouble.label());
        }
    }

    pub(super) fn key(&self, partition: i32) -> PartitionKey {
        PartitionKey { cluster: self.cluster(), topic: Arc::clone(&self.topic), partition }
    }

    fn start(&self, consumer: &BaseConsumer<Self>, number: i32) -> Start {
        let key = self.key(number);
        // Before the position is taken: when the broker cannot say, no epoch is spent.
        let (log_start, log_end) = match consumer.fetch_watermarks(self.topic(), number, LOG_ENDS_TIMEOUT) {
            Ok(ends) => ends,
            Err(error) => {
                tracing::warn!(kafka.partition = number, %error, "the log's ends of {key} are not known yet");
                return Start::Later;
            }
        };
        match self.parts.start_positions.take(&key, log_start) {
            Ok(StartPosition { owner_epoch, next_offset }) => {
                match StopReason::of(&key, next_offset, log_start, log_end) {
                    Some(reason) => Start::Never(reason),
                    None => {
                        let now = self.parts.clock.monotonic();
                        Start::At(OwnedPartition::new(key, owner_epoch, next_offset, now))
                    }
                }
            }
            Err(error) => {
                let cause = &error.source;
                tracing::warn!(kafka.partition = number, "{error}: {cause}; {key} waits, nothing is fetched");
                Start::Later
            }
        }
    }

    fn forget(&self, number: i32) {
        self.parts.metrics.forget_partition(number);
        self.parts.health.clear(number);
    }

    fn own(&self, owned: OwnedPartition) {
        let OwnedPartition { key, owner_epoch, next_offset, .. } = &owned;
        tracing::info!(
            kafka.partition = key.partition,
            "{key} begins at {next_offset} under {owner_epoch:?}"
        );
        let assignment =
            Assignment { partition: key.clone(), owner_epoch: *owner_epoch, next_offset: *next_offset };
        self.partitions().insert(key.partition, PartitionState::Owned(owned));
        self.tell(ConsumerEvent::Assigned(assignment));
    }

    fn wait(&self, number: i32) {
        let retry_at = self.parts.clock.monotonic() + self.parts.ingest.position_retry();
        self.partitions().insert(number, PartitionState::Waiting { retry_at });
    }

    fn membership(&self) -> MutexGuard<'_, Membership> {
        self.membership.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish_counts(&self) {
        let (owned, waiting, stopped) = self.partitions().counts();
        self.parts.metrics.set_partitions(owned, waiting, stopped);
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, kind: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let elements = list.elements();
        let numbers: Vec<i32> =
            elements.iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect();
        self.parts.metrics.count_rebalance();
        if kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.membership().join(self.parts.clock.monotonic());
            self.begin(consumer, &numbers);
        } else {
            if consumer.assignment_lost() {
                tracing::warn!(
                    "the session with the group has ended; partitions {numbers:?} are lost, joining again"
                );
                self.membership().lose();
            }
            self.end(consumer, &numbers);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        match result {
            // Nothing to commit is no failure.
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
            Err(error) => {
                self.parts.metrics.count_commit_failure();
                tracing::warn!(%error, "the copy of offsets was not committed to kafka; the next one repeats it");
            }
        }
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_client_line(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        publish_lag(&statistics, &self.topic, &mut self.partitions(), &self.parts);
        if connections_stand(&statistics) {
            self.parts.health.connected();
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // The end of a log is no fault; the poll loop gets it too.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        match self.count(&error, reason) {
            Some(trouble) if trouble.is_of_connection() => self.explain(trouble, reason),
            // The poll loop, which gets it too, writes it down now and then.
            Some(_) => tracing::debug!(%error, "kafka consumer: {reason}"),
            None => tracing::warn!(%error, "kafka consumer: {reason}"),
        }
    }
}
