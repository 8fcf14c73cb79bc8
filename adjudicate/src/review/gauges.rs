//! The job that measures how much waits for a person, and for the machine.

use super::queue;
use crate::foundation::db::Database;
use crate::foundation::jobs::{Job, JobError, Progress};
use crate::foundation::service_metrics::ServiceMetrics;
use crate::foundation::store_error::StoreError;
use crate::objection;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use schemas::clock::Clock;
use std::sync::Arc;
use std::time::Duration;

/// Measures the queue now and then.
#[derive(Debug)]
pub struct QueueGauges {
    /// The database.
    pub database: Database,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where to.
    pub metrics: ServiceMetrics,
    /// How often.
    pub interval: Duration,
}

impl QueueGauges {
    /// Measures how much waits and since when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measure(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for depth in queue::depth(&self.database).await? {
            self.metrics.set_waiting(depth.kind, depth.tasks, age_seconds(now, depth.oldest));
        }
        let untriaged = objection::store::oldest_untriaged(&self.database).await?;
        self.metrics.set_untriaged(age_seconds(now, untriaged));
        Ok(())
    }
}

#[async_trait]
impl Job for QueueGauges {
    fn name(&self) -> &'static str {
        "queue_gauges"
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        self.measure().await.map_err(JobError::new)?;
        Ok(Progress::Idle)
    }
}

fn age_seconds(now: DateTime<Utc>, since: Option<DateTime<Utc>>) -> f64 {
    let seconds = since.map_or(0, |since| (now - since).num_seconds().max(0));
    f64::from(i32::try_from(seconds).unwrap_or(i32::MAX))
}
