//! The stream half: bounded channels and the order of its stages, nothing else.
//!
//! Consumer → decode → frames → plates → rules → evidence → run of a partition → one transaction → committed offset.
//! Records are prepared side by side and in any order; what they come to is settled in runs without a gap, one
//! partition per transaction.

mod partition;
mod prepare;
mod settle;

pub use prepare::{Stages, StagesParts};
pub use settle::Settler;

use crate::config::PipelineConfig;
use anyhow::{Context, bail};
use ingest::consumer::{ConsumerControl, ConsumerEvents, ConsumerHandle};
use ingest::event::ConsumerEvent;
use ingest::record::RawRecord;
use partition::{Hold, OwnedPartition};
use prepare::Prepared;
use schemas::delivery::{Delivery, OwnerEpoch, PartitionKey, abandon};
use settle::SettleEnd;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long the consumer may take to close: librdkafka has no deadline of its own.
const CLOSE_SECONDS_MAX: u64 = 10;

/// Everything the stream half is wired from.
#[derive(Debug)]
pub struct PipelineParts {
    /// Limits.
    pub limits: PipelineConfig,
    /// The consumer.
    pub consumer: ConsumerHandle,
    /// What the consumer tells.
    pub events: ConsumerEvents,
    /// Record to effect.
    pub stages: Arc<Stages>,
    /// Run to transaction.
    pub settler: Arc<Settler>,
    /// `limits.events_in_flight_max` of them.
    pub slots: Arc<Semaphore>,
}

/// Runs until `shutdown`, then finishes what is in flight.
///
/// # Errors
/// When the consumer ends by itself, or a partition's order is broken, which is a fault of ours.
pub async fn run(parts: PipelineParts, shutdown: CancellationToken) -> anyhow::Result<()> {
    let PipelineParts { limits, consumer, events, stages, settler, slots } = parts;
    let mut pipeline = Pipeline::new(limits, consumer.control(), events, (stages, settler), slots);
    let result = pipeline.turn_until(&shutdown).await;
    pipeline.control.drain();
    let drained = if result.is_ok() { pipeline.drain().await } else { Ok(()) };
    pipeline.partitions.drain().for_each(|(_, partition)| partition.abandon());
    // What still works finds nobody listening and abandons its records itself; cut off, it would drop them silently.
    pipeline.tasks.detach_all();
    drop(pipeline);
    consumer.close(Duration::from_secs(CLOSE_SECONDS_MAX)).await?;
    result.and(drained)
}

/// A record has come through the stages.
struct PreparedRecord {
    partition: PartitionKey,
    owner_epoch: OwnerEpoch,
    offset: i64,
    prepared: Prepared,
}

/// A run has come to its end.
struct SettledRun {
    partition: PartitionKey,
    owner_epoch: OwnerEpoch,
    next_offset: i64,
    end: SettleEnd,
}

struct Pipeline {
    limits: PipelineConfig,
    control: ConsumerControl,
    events: ConsumerEvents,
    stages: Arc<Stages>,
    settler: Arc<Settler>,
    partitions: HashMap<PartitionKey, OwnedPartition>,
    slots: Arc<Semaphore>,
    prepared: (mpsc::Sender<PreparedRecord>, mpsc::Receiver<PreparedRecord>),
    settled: (mpsc::Sender<SettledRun>, mpsc::Receiver<SettledRun>),
    tasks: JoinSet<()>,
    in_flight: usize,
}

impl Pipeline {
    fn new(
        limits: PipelineConfig,
        control: ConsumerControl,
        events: ConsumerEvents,
        (stages, settler): (Arc<Stages>, Arc<Settler>),
        slots: Arc<Semaphore>,
    ) -> Self {
        Self {
            limits,
            control,
            events,
            stages,
            settler,
            partitions: HashMap::new(),
            slots,
            prepared: mpsc::channel(limits.events_in_flight_max),
            settled: mpsc::channel(limits.events_in_flight_max),
            tasks: JoinSet::new(),
            in_flight: 0,
        }
    }

    async fn turn_until(&mut self, shutdown: &CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                Some(record) = self.prepared.1.recv() => self.on_prepared(record)?,
                Some(run) = self.settled.1.recv() => self.on_settled(run)?,
                Some(ended) = self.tasks.join_next() => check_task(ended)?,
                event = self.events.receive(), if self.slots.available_permits() > 0 => match event {
                    Some(event) => self.on_event(event)?,
                    None => bail!("the consumer ended without saying why"),
                },
            }
        }
    }

    /// Finishes what was begun; records that still come are left to the next owner.
    async fn drain(&mut self) -> anyhow::Result<()> {
        while self.in_flight > 0 || self.partitions.values().any(OwnedPartition::is_settling) {
            tokio::select! {
                Some(record) = self.prepared.1.recv() => self.on_prepared(record)?,
                Some(run) = self.settled.1.recv() => self.on_settled(run)?,
                Some(ended) = self.tasks.join_next() => check_task(ended)?,
                Some(event) = self.events.receive() => match event {
                    ConsumerEvent::Record(delivery) => abandon([delivery]),
                    ConsumerEvent::Assigned(_)
                    | ConsumerEvent::Ended { .. }
                    | ConsumerEvent::Revoked { .. }
                    | ConsumerEvent::Stopped { .. }
                    | ConsumerEvent::Failed(_) => {}
                },
            }
        }
        Ok(())
    }

    fn on_event(&mut self, event: ConsumerEvent) -> anyhow::Result<()> {
        match event {
            ConsumerEvent::Assigned(assignment) => {
                tracing::info!(kafka.partition = %assignment.partition, "took {}", assignment.partition);
                let partition = OwnedPartition::new(assignment, self.limits.held_back_events_max);
                if let Some(before) = self.partitions.insert(partition.key.clone(), partition) {
                    before.abandon();
                }
                Ok(())
            }
            ConsumerEvent::Record(delivery) => self.on_record(delivery),
            ConsumerEvent::Ended { partition, owner_epoch, log_end } => {
                let owned = self.partitions.get_mut(&partition);
                if let Some(owned) = owned.filter(|owned| owned.owner_epoch == owner_epoch) {
                    owned.end(log_end);
                    self.settle_next(&partition);
                }
                Ok(())
            }
            ConsumerEvent::Revoked { partition, owner_epoch } => {
                self.give_up(&partition, owner_epoch);
                Ok(())
            }
            ConsumerEvent::Stopped { partition, reason } => {
                tracing::error!(kafka.partition = %partition, "{partition} is stopped: {reason}");
                if let Some(stopped) = self.partitions.remove(&partition) {
                    stopped.abandon();
                }
                Ok(())
            }
            ConsumerEvent::Failed(error) => Err(anyhow::Error::new(error).context("the consumer failed")),
        }
    }

    fn on_record(&mut self, delivery: Delivery<RawRecord>) -> anyhow::Result<()> {
        let position = delivery.position().clone();
        let owned = self.partitions.get_mut(&position.partition);
        let Some(partition) = owned.filter(|owned| owned.owner_epoch == position.owner_epoch) else {
            abandon([delivery]);
            return Ok(());
        };
        if let Err(error) = partition.deliver(position.offset) {
            abandon([delivery]);
            return Err(error.into());
        }
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            abandon([delivery]);
            bail!("a record was taken without a free slot");
        };
        let (stages, done) = (Arc::clone(&self.stages), self.prepared.0.clone());
        self.in_flight += 1;
        self.tasks.spawn(async move {
            let prepared = stages.prepare(delivery).await;
            drop(slot);
            let record = PreparedRecord {
                partition: position.partition,
                owner_epoch: position.owner_epoch,
                offset: position.offset,
                prepared,
            };
            if let Err(mpsc::error::SendError(unheard)) = done.send(record).await {
                abandon([unheard.prepared.delivery]);
            }
        });
        Ok(())
    }

    fn on_prepared(&mut self, record: PreparedRecord) -> anyhow::Result<()> {
        self.in_flight -= 1;
        let PreparedRecord { partition: key, owner_epoch, offset, prepared } = record;
        let owned = self.partitions.get_mut(&key).filter(|owned| owned.owner_epoch == owner_epoch);
        let Some(partition) = owned else {
            abandon([prepared.delivery]);
            return Ok(());
        };
        partition.complete(offset, prepared)?;
        match partition.hold() {
            Some(Hold::Pause) => self.control.pause(&key),
            Some(Hold::Resume) => self.control.resume(&key),
            None => {}
        }
        self.settle_next(&key);
        Ok(())
    }

    fn settle_next(&mut self, key: &PartitionKey) {
        let Some(partition) = self.partitions.get_mut(key) else { return };
        let Some(run) = partition.next_run(self.limits.run_events_max) else { return };
        let (settler, done) = (Arc::clone(&self.settler), self.settled.0.clone());
        self.tasks.spawn(async move {
            let (partition, owner_epoch, next_offset) =
                (run.partition.clone(), run.owner_epoch, run.next_offset);
            let end = settler.settle(run).await;
            // Nobody listens any more only after the drain's end, when the position says what was settled.
            let _unheard = done.send(SettledRun { partition, owner_epoch, next_offset, end }).await;
        });
    }

    fn on_settled(&mut self, run: SettledRun) -> anyhow::Result<()> {
        let SettledRun { partition: key, owner_epoch, next_offset, end } = run;
        match end {
            SettleEnd::Settled => {
                let owned = self.partitions.get_mut(&key).filter(|owned| owned.owner_epoch == owner_epoch);
                if let Some(partition) = owned {
                    partition.settled();
                    self.control.settled(&key, owner_epoch, next_offset);
                    if let Some(Hold::Resume) = partition.hold() {
                        self.control.resume(&key);
                    }
                    self.settle_next(&key);
                }
                Ok(())
            }
            SettleEnd::Fenced => {
                tracing::warn!(kafka.partition = %key, "{key} was taken by another process; its records are left to it");
                self.give_up(&key, owner_epoch);
                Ok(())
            }
            SettleEnd::Broken(error) => Err(error.context(format!("a run of {key} could not be settled"))),
        }
    }

    fn give_up(&mut self, key: &PartitionKey, owner_epoch: OwnerEpoch) {
        if self.partitions.get(key).is_some_and(|owned| owned.owner_epoch == owner_epoch)
            && let Some(partition) = self.partitions.remove(key)
        {
            tracing::info!(kafka.partition = %key, waiting = partition.waiting(), "gave up {key}");
            partition.abandon();
        }
    }
}

/// A task that panicked leaves its record without an outcome: the process must end loudly, and the next start gets
/// the record again.
fn check_task(ended: Result<(), JoinError>) -> anyhow::Result<()> {
    ended.context("a stage panicked")
}
