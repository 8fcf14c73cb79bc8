//! The job that measures what comes to an end: keys, certificates, the months that tables are prepared for.

use adjudicate::access::expiry::soonest_access_key;
use adjudicate::foundation::db::Database;
use adjudicate::foundation::jobs::{Job, JobError, Progress, ready_months};
use adjudicate::registry::expiry::{soonest_camera_key, soonest_certificate};
use async_trait::async_trait;
use prometheus::core::Collector;
use prometheus::{GaugeVec, IntGauge, Opts, Registry};
use std::time::Duration;

schemas::closed_list! {
    /// What comes to an end. A closed list.
    pub enum Expiring {
        /// The last key of a reviewer, clerk, partner, auditor or administrator.
        AccessKey = "access_key",
        /// The last signing key of a camera.
        CameraKey = "camera_key",
        /// The last calibration certificate of a camera.
        Certificate = "certificate",
    }
}

/// What comes to an end.
#[derive(Debug, Clone)]
pub struct UpkeepMetrics {
    expiry: GaugeVec,
    ready_months: IntGauge,
}

impl UpkeepMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let expiry = Opts::new(
            "rasid_expiry_seconds",
            "Time until the first holder is without one, negative once it is; kind: access_key, camera_key, certificate; \
             no series where nothing ends",
        );
        let metrics = Self {
            expiry: GaugeVec::new(expiry, &["kind"])?,
            ready_months: IntGauge::new(
                "rasid_month_partitions_ready_months",
                "Months, from this one on, for which every table has its partition",
            )?,
        };
        metrics.collectors().into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(metrics)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { expiry, ready_months } = self.clone();
        vec![Box::new(expiry), Box::new(ready_months)]
    }

    fn set_expiry(&self, kind: Expiring, seconds: Option<f64>) {
        match seconds {
            Some(seconds) => self.expiry.with_label_values(&[kind.label()]).set(seconds),
            // An error says that it never had a series, which is no matter.
            None => drop(self.expiry.remove_label_values(&[kind.label()])),
        }
    }
}

/// Measures now and then.
#[derive(Debug)]
pub struct UpkeepGauges {
    /// The database.
    pub database: Database,
    /// How many months ahead partitions are made.
    pub months_ahead: u32,
    /// Where to.
    pub metrics: UpkeepMetrics,
    /// How often.
    pub interval: Duration,
}

#[async_trait]
impl Job for UpkeepGauges {
    fn name(&self) -> &'static str {
        "upkeep_gauges"
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        let database = &self.database;
        let months = ready_months(database, self.months_ahead).await.map_err(JobError::new)?;
        self.metrics.ready_months.set(months);
        let soonest = [
            (Expiring::AccessKey, soonest_access_key(database).await),
            (Expiring::CameraKey, soonest_camera_key(database).await),
            (Expiring::Certificate, soonest_certificate(database).await),
        ];
        for (kind, seconds) in soonest {
            self.metrics.set_expiry(kind, seconds.map_err(JobError::new)?);
        }
        Ok(Progress::Idle)
    }
}
