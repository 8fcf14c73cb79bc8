//! The Kafka consumer: a `BaseConsumer` polled by a thread of its own, which never waits for the pipeline.
//!
//! Why not rdkafka's async consumer: it turns blocking during a rebalance and can miss a wake-up for minutes. The
//! rebalance callback only takes positions, tells the pipeline by a [`ConsumerEvent`] and goes on; what must not
//! happen after a revoke is prevented by the owner epoch in the database, not by waiting here.

mod context;
mod in_flight;
mod membership;
mod orphans;
mod partitions;
mod poll;
mod statistics;

pub use in_flight::Credit;

pub(crate) use context::log_client_line;

use crate::config::{IngestConfig, KafkaConfig};
use crate::event::ConsumerEvent;
use crate::metrics::IngestMetrics;
use in_flight::{InFlight, InFlightLimits};
use orphans::OrphanWatch;
use poll::{Command, PollLoop};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use schemas::clock::Clock;
use schemas::delivery::{OwnerEpoch, PartitionKey, abandon};
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

/// Events of a rebalance that the channel to the pipeline has room for besides records.
const CONTROL_EVENTS_MAX: usize = 1_024;
/// Messages that librdkafka fetches ahead, in KiB over all partitions; its own default is 64 MiB.
const PREFETCH_KIBIBYTES_MAX: &str = "16384";
/// Messages that librdkafka fetches ahead for a partition.
const PREFETCH_MESSAGES_MIN: &str = "1000";
/// Longest wait between two attempts to reach a broker that is away; librdkafka's own default is 10 s, which a
/// partition would stand still after the broker is back.
pub(crate) const RECONNECT_MILLISECONDS_MAX: &str = "1000";
/// How often librdkafka reports the ends of the logs, for the lag metric.
const STATISTICS_INTERVAL_MILLISECONDS: &str = "5000";

/// Where a partition begins, and under which epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartPosition {
    /// Raised by taking the position; effects are written only under it.
    pub owner_epoch: OwnerEpoch,
    /// First offset that is not settled.
    pub next_offset: i64,
}

/// The position could not be taken; it is asked for again later.
#[derive(Debug, Error)]
#[error("the start position of {partition} could not be taken")]
pub struct StartPositionError {
    /// The partition.
    pub partition: PartitionKey,
    /// Why.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Where partitions begin; filled from PostgreSQL by the root package.
pub trait StartPositions: Send + Sync {
    /// Makes this process the partition's owner. A partition without a stored position begins at `log_start`.
    ///
    /// Called on the polling thread, inside the rebalance callback: it must give up well before
    /// `max.poll.interval.ms` (5 minutes) over all partitions, and may block until then.
    ///
    /// # Errors
    /// When the store cannot be reached; the partition then stays unassigned and is asked for again.
    fn take(&self, partition: &PartitionKey, log_start: i64) -> Result<StartPosition, StartPositionError>;
}

/// Why the consumer could not start or has ended.
#[derive(Debug, Error)]
pub enum ConsumerError {
    /// The client could not be made.
    #[error("the kafka consumer could not be made from the configuration")]
    Configuration(#[source] KafkaError),
    /// No broker answered.
    #[error(
        "no broker at '{brokers}' answered within {seconds} s; check kafka.brokers and that the broker runs"
    )]
    Unreachable {
        /// Addresses that were tried.
        brokers: String,
        /// How long.
        seconds: u64,
    },
    /// The topic does not exist.
    #[error("topic '{topic}' does not exist on '{brokers}'; create it, or correct kafka.events_topic")]
    NoTopic {
        /// The topic.
        topic: String,
        /// Addresses.
        brokers: String,
    },
    /// The topic could not be subscribed.
    #[error("topic '{topic}' could not be subscribed")]
    Subscribe {
        /// The topic.
        topic: String,
        /// Why.
        source: KafkaError,
    },
    /// Another process has the same static member id.
    #[error(
        "another process joined group '{group}' as instance '{instance}'; give each process its own kafka.instance"
    )]
    Fenced {
        /// The group.
        group: String,
        /// The instance.
        instance: String,
    },
    /// The client says that it cannot go on.
    #[error("the kafka consumer failed for good; restart the process")]
    Fatal(#[source] KafkaError),
    /// The thread could not be started, or ended without saying why.
    #[error("the kafka consumer's thread is gone")]
    Thread,
    /// Closing took longer than allowed.
    #[error("the kafka consumer did not close within {seconds} s; end the process, nothing is lost")]
    CloseTimedOut {
        /// How long was waited.
        seconds: u64,
    },
}

/// What the consumer needs from its surroundings.
#[derive(Clone)]
pub struct ConsumerParts {
    /// Broker, group, topic.
    pub kafka: KafkaConfig,
    /// Limits.
    pub ingest: IngestConfig,
    /// Where partitions begin.
    pub start_positions: Arc<dyn StartPositions>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Counters.
    pub metrics: IngestMetrics,
}

impl std::fmt::Debug for ConsumerParts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ConsumerParts").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}

/// Events from the consumer. What is left unread when this is dropped is abandoned: the next owner gets it again.
#[derive(Debug)]
pub struct ConsumerEvents {
    receiver: mpsc::Receiver<ConsumerEvent>,
}

impl ConsumerEvents {
    /// The next event; nothing once the consumer has ended.
    pub async fn receive(&mut self) -> Option<ConsumerEvent> {
        self.receiver.recv().await
    }
}

impl Drop for ConsumerEvents {
    fn drop(&mut self) {
        self.receiver.close();
        while let Ok(event) = self.receiver.try_recv() {
            abandon_event(event);
        }
    }
}

/// Drops an event on purpose, with the record in it.
fn abandon_event(event: ConsumerEvent) {
    match event {
        ConsumerEvent::Record(delivery) => abandon([delivery]),
        ConsumerEvent::Assigned(_)
        | ConsumerEvent::Revoked { .. }
        | ConsumerEvent::Stopped { .. }
        | ConsumerEvent::Failed(_) => {}
    }
}

/// What the pipeline tells the consumer. Calls do not wait; after the consumer has ended they do nothing.
#[derive(Debug, Clone)]
pub struct ConsumerControl {
    commands: blocking::Sender<Command>,
}

impl ConsumerControl {
    /// Stops delivering the partition's records until [`ConsumerControl::resume`]; a few may still arrive.
    pub fn pause(&self, partition: &PartitionKey) {
        self.send(Command::Pause(partition.clone()));
    }

    /// Goes on after [`ConsumerControl::pause`].
    pub fn resume(&self, partition: &PartitionKey) {
        self.send(Command::Resume(partition.clone()));
    }

    /// Says that everything before `next_offset` is settled, for the copy of offsets in Kafka.
    pub fn settled(&self, partition: &PartitionKey, owner_epoch: OwnerEpoch, next_offset: i64) {
        self.send(Command::Settled { partition: partition.clone(), owner_epoch, next_offset });
    }

    /// Delivers no more records but stays in the group, so that what is in flight can be settled.
    pub fn drain(&self) {
        self.send(Command::Drain);
    }

    fn send(&self, command: Command) {
        // The thread ends only after it has said so by an event; nobody waits for a command.
        let _ = self.commands.send(command);
    }
}

/// The running consumer.
#[derive(Debug)]
pub struct ConsumerHandle {
    control: ConsumerControl,
    cluster: Arc<str>,
    finished: oneshot::Receiver<()>,
    _orphans: OrphanWatch,
}

impl ConsumerHandle {
    /// What the pipeline steers it with.
    #[must_use]
    pub fn control(&self) -> ConsumerControl {
        self.control.clone()
    }

    /// Kafka's cluster id.
    #[must_use]
    pub const fn cluster(&self) -> &Arc<str> {
        &self.cluster
    }

    /// Copies the last settled offsets to Kafka and closes. A static member keeps its partitions for the session
    /// timeout, so that a restart resumes at once.
    ///
    /// # Errors
    /// When closing takes longer than `deadline`: librdkafka closes without a deadline of its own. The thread is
    /// then left alone; the process may end.
    pub async fn close(self, deadline: Duration) -> Result<(), ConsumerError> {
        self.control.send(Command::Close);
        match tokio::time::timeout(deadline, self.finished).await {
            // An error means that the thread ended without the message, which is an end too.
            Ok(Ok(()) | Err(_)) => Ok(()),
            Err(_) => Err(ConsumerError::CloseTimedOut { seconds: deadline.as_secs() }),
        }
    }
}

/// Starts the consumer: waits for the broker's cluster id, then joins the group.
///
/// # Errors
/// When the configuration is refused, no broker answers in time or the topic does not exist.
pub async fn start_consumer(parts: ConsumerParts) -> Result<(ConsumerHandle, ConsumerEvents), ConsumerError> {
    let capacity = parts.ingest.process_records_max + CONTROL_EVENTS_MAX;
    let (events, receiver) = mpsc::channel(capacity);
    let (commands, command_receiver) = blocking::channel();
    let (started_sender, started) = oneshot::channel();
    let (finished_sender, finished) = oneshot::channel();
    let orphans = OrphanWatch::start(&parts).map_err(|_| ConsumerError::Thread)?;
    let thread = std::thread::Builder::new().name("kafka-consumer".to_owned());
    let body = move || {
        match PollLoop::start(parts, events, command_receiver) {
            Ok(poll_loop) => {
                let reported = started_sender.send(Ok(poll_loop.cluster()));
                poll_loop.run(reported.is_ok());
            }
            Err(error) => drop(started_sender.send(Err(error))),
        }
        let _ = finished_sender.send(());
    };
    thread.spawn(body).map_err(|_| ConsumerError::Thread)?;
    let cluster = started.await.map_err(|_| ConsumerError::Thread)??;
    Ok((
        ConsumerHandle { control: ConsumerControl { commands }, cluster, finished, _orphans: orphans },
        ConsumerEvents { receiver },
    ))
}

/// The client's settings. Every promise of the consumer that librdkafka could break stands here.
fn client_config(kafka: &KafkaConfig) -> ClientConfig {
    let session_timeout = kafka.session_timeout_milliseconds;
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &kafka.brokers)
        .set("group.id", &kafka.group)
        .set("group.instance.id", &kafka.instance)
        .set("client.id", &kafka.instance)
        .set("group.protocol", "classic")
        // Cooperative: partitions that stay are not interrupted, and one can be added later, when the
        // database answers again.
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", session_timeout.to_string())
        .set("heartbeat.interval.ms", (session_timeout / 5).to_string())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("allow.auto.create.topics", "false")
        .set("reconnect.backoff.max.ms", RECONNECT_MILLISECONDS_MAX)
        .set("queued.max.messages.kbytes", PREFETCH_KIBIBYTES_MAX)
        .set("queued.min.messages", PREFETCH_MESSAGES_MIN)
        .set("statistics.interval.ms", STATISTICS_INTERVAL_MILLISECONDS)
        .set_log_level(RDKafkaLogLevel::Info);
    config
}

fn is_fencing(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::FencedInstanceId)
}

/// Tells apart what a fatal error means.
fn fatal_error(kafka: &KafkaConfig, error: KafkaError) -> ConsumerError {
    if is_fencing(&error) {
        ConsumerError::Fenced { group: kafka.group.clone(), instance: kafka.instance.clone() }
    } else {
        ConsumerError::Fatal(error)
    }
}
