//! The Kafka consumer: a `BaseConsumer` polled by a thread of its own, which never waits for the pipeline.
//!
//! Why not rdkafka's async consumer: it turns blocking during a rebalance and can miss a wake-up for minutes. The
//! rebalance callback only takes positions, tells the pipeline by a [`ConsumerEvent`] and goes on; what must not
//! happen after a revoke is prevented by the owner epoch in the database, not by waiting here.

mod client;
mod context;
pub(crate) mod error;
mod health;
pub(crate) mod in_flight;
mod membership;
mod orphans;
mod partitions;
mod parts;
mod poll;
mod statistics;

pub use error::ConsumerError;
pub use health::ConsumerHealth;
pub use in_flight::Credit;
pub use parts::{ConsumerParts, StartPosition, StartPositionError, StartPositions};

use crate::event::ConsumerEvent;
use orphans::OrphanWatch;
use poll::{Command, PollLoop};
use schemas::delivery::{OwnerEpoch, PartitionKey};
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Events of a rebalance that the channel to the pipeline has room for besides records.
const CONTROL_EVENTS_MAX: usize = 1_024;
/// Events from the consumer. What is left unread when this is dropped is abandoned: the next owner gets it again.
#[derive(Debug)]
pub struct ConsumerEvents {
    receiver: mpsc::Receiver<ConsumerEvent>,
}

impl ConsumerEvents {
    /// Returns the next event; `None` once the consumer has ended.
    pub async fn receive(&mut self) -> Option<ConsumerEvent> {
        self.receiver.recv().await
    }
}

impl Drop for ConsumerEvents {
    fn drop(&mut self) {
        self.receiver.close();
        while let Ok(event) = self.receiver.try_recv() {
            event.abandon();
        }
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
