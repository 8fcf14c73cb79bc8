//! What the consumer needs, and where partitions begin.

use super::health::ConsumerHealth;
use crate::config::{IngestConfig, KafkaConfig};
use crate::metrics::IngestMetrics;
use schemas::clock::Clock;
use schemas::delivery::{OwnerEpoch, PartitionKey};
use std::sync::Arc;
use thiserror::Error;

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
    /// Told what keeps the consumer from its work.
    pub health: ConsumerHealth,
}

impl std::fmt::Debug for ConsumerParts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ConsumerParts").field("kafka", &self.kafka).finish_non_exhaustive()
    }
}
