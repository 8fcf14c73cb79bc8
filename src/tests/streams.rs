//! A consumer of the real broker, held by a test.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "in these tests every event that is not named is a failure"
)]

use ingest::config::{IngestConfig, KafkaConfig};
use ingest::consumer::{
    ConsumerEvents, ConsumerHandle, ConsumerHealth, ConsumerParts, StartPosition, StartPositionError,
    StartPositions, start_consumer,
};
use ingest::event::ConsumerEvent;
use ingest::metrics::IngestMetrics;
use ingest::record::RawRecord;
use schemas::clock::{Clock, SystemClock};
use schemas::delivery::{Delivery, OwnerEpoch, PartitionKey, abandon};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest wait for anything that must happen; a rebalance takes about one heartbeat.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Positions as PostgreSQL would keep them.
#[derive(Default)]
pub(crate) struct Positions {
    pub(crate) rows: Mutex<BTreeMap<i32, (i64, i64)>>,
    pub(crate) failures_left: Mutex<u32>,
}

impl Positions {
    pub(crate) fn with(rows: impl IntoIterator<Item = (i32, i64)>) -> Arc<Self> {
        let rows = rows.into_iter().map(|(partition, next)| (partition, (0, next))).collect();
        Arc::new(Self { rows: Mutex::new(rows), failures_left: Mutex::default() })
    }

    pub(crate) fn failing(times: u32) -> Arc<Self> {
        Arc::new(Self { rows: Mutex::default(), failures_left: Mutex::new(times) })
    }
}

impl StartPositions for Positions {
    fn take(&self, partition: &PartitionKey, log_start: i64) -> Result<StartPosition, StartPositionError> {
        let mut failures_left = self.failures_left.lock().unwrap();
        if *failures_left > 0 {
            *failures_left -= 1;
            return Err(StartPositionError {
                partition: partition.clone(),
                source: "the database is away".into(),
            });
        }
        let mut rows = self.rows.lock().unwrap();
        let row = rows.entry(partition.partition).or_insert((0, log_start));
        row.0 += 1;
        Ok(StartPosition { owner_epoch: OwnerEpoch(row.0), next_offset: row.1 })
    }
}

/// A running consumer and what it delivered.
pub(crate) struct TestConsumer {
    pub(crate) handle: ConsumerHandle,
    pub(crate) events: ConsumerEvents,
    pub(crate) health: ConsumerHealth,
    clock: Arc<dyn Clock>,
    /// Records whose outcome is still owed.
    pub(crate) held: Vec<Delivery<RawRecord>>,
}

impl TestConsumer {
    pub(crate) async fn start(
        kafka: &KafkaConfig,
        ingest: &IngestConfig,
        topic: &str,
        instance: &str,
        positions: Arc<Positions>,
    ) -> Self {
        let mut kafka = kafka.clone();
        kafka.instance = instance.to_owned();
        kafka.events_topic = topic.to_owned();
        let health = ConsumerHealth::default();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let parts = ConsumerParts {
            kafka,
            ingest: ingest.clone(),
            start_positions: positions,
            clock: Arc::clone(&clock),
            metrics: IngestMetrics::unregistered(),
            health: health.clone(),
        };
        let (handle, events) = start_consumer(parts).await.unwrap();
        Self { handle, events, health, clock, held: Vec::new() }
    }

    pub(crate) async fn next(&mut self) -> ConsumerEvent {
        let event = tokio::time::timeout(PATIENCE, self.events.receive()).await;
        event.expect("an event in time").expect("the consumer runs")
    }

    /// Partition, epoch and first offset of as many assignments.
    pub(crate) async fn assigned(&mut self, count: usize) -> BTreeMap<i32, (i64, i64)> {
        let mut assigned = BTreeMap::new();
        while assigned.len() < count {
            match self.next().await {
                ConsumerEvent::Assigned(new) => {
                    assigned.insert(new.partition.partition, (new.owner_epoch.0, new.next_offset));
                }
                ConsumerEvent::Record(delivery) => self.held.push(delivery),
                other => panic!("{other:?}"),
            }
        }
        assigned
    }

    /// Waits until as many records are held, and gives their partitions and offsets, sorted.
    pub(crate) async fn offsets(&mut self, count: usize) -> Vec<(i32, i64)> {
        while self.held.len() < count {
            match self.next().await {
                ConsumerEvent::Record(delivery) => self.held.push(delivery),
                ConsumerEvent::Assigned(_) => {}
                other => panic!("{other:?}"),
            }
        }
        self.held_offsets()
    }

    pub(crate) fn held_offsets(&self) -> Vec<(i32, i64)> {
        let place = |delivery: &Delivery<RawRecord>| {
            (delivery.position().partition.partition, delivery.position().offset)
        };
        let mut offsets: Vec<(i32, i64)> = self.held.iter().map(place).collect();
        offsets.sort_unstable();
        offsets
    }

    /// Whether nothing at all happens for a while that is long against a fetch.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        match tokio::time::timeout(Duration::from_millis(700), self.events.receive()).await {
            Ok(Some(ConsumerEvent::Record(delivery))) => {
                self.held.push(delivery);
                false
            }
            Ok(_) => false,
            Err(_) => true,
        }
    }

    /// What stands in its way, as `/ready` says it.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.health.problems(self.clock.monotonic())
    }

    pub(crate) async fn close(self) {
        abandon(self.held);
        self.handle.close(PATIENCE).await.unwrap();
        drop(self.events);
    }
}
