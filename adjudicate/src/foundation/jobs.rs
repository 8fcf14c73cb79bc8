//! Work that is done again and again in the background: idempotent, without input, ended by a shutdown token.
//!
//! A job looks at what is and does what is missing. It may be stopped at any instant and run twice at once in two
//! processes; what it must not do twice it guards by row locks.

use crate::foundation::db::Database;
use crate::foundation::metrics::{JobMetrics, JobResult};
use crate::foundation::store_error::StoreError;
use async_trait::async_trait;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Wait after a first failure; doubled for each further one in a row.
const RETRY_DELAY_FIRST: Duration = Duration::from_millis(250);
/// Longest wait after failures in a row, where the job's own interval is not longer.
const RETRY_DELAY_MAX: Duration = Duration::from_secs(30);

/// Whether there may be more to do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Something was done: run again at once.
    Worked,
    /// Nothing was due: wait for the interval.
    Idle,
}

/// A run of a job failed; it is tried again.
#[derive(Debug, Error)]
#[error("the job failed")]
pub struct JobError(#[source] Box<dyn Error + Send + Sync>);

impl JobError {
    /// Takes the cause.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// One kind of background work.
#[async_trait]
pub trait Job: Send + Sync {
    /// Name in logs and metrics.
    fn name(&self) -> &'static str;

    /// Wait after a run that found nothing to do.
    fn interval(&self) -> Duration;

    /// One run.
    ///
    /// # Errors
    /// When it could not be finished; it is tried again after a wait that grows.
    async fn run_once(&self) -> Result<Progress, JobError>;
}

/// Runs all jobs until `shutdown` is cancelled; a run that is under way is finished.
pub async fn run_jobs(jobs: Vec<Arc<dyn Job>>, metrics: JobMetrics, shutdown: CancellationToken) {
    let mut running = JoinSet::new();
    for job in jobs {
        running.spawn(run_job(job, metrics.clone(), shutdown.clone()));
    }
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            // A job must not end alone: without the outbox, say, nothing reaches the outside and nobody notices.
            tracing::error!(error = &error as &dyn Error, "a job panicked; shutting down");
            shutdown.cancel();
        }
    }
}

/// Runs one job until `shutdown` is cancelled.
pub async fn run_job(job: Arc<dyn Job>, metrics: JobMetrics, shutdown: CancellationToken) {
    let mut failures_in_a_row = 0;
    metrics.begin(job.name());
    while !shutdown.is_cancelled() {
        let wait = match job.run_once().await {
            Ok(progress) => {
                failures_in_a_row = 0;
                metrics.count(job.name(), JobResult::Done);
                match progress {
                    Progress::Worked => Duration::ZERO,
                    Progress::Idle => job.interval(),
                }
            }
            Err(error) => {
                failures_in_a_row += 1;
                metrics.count(job.name(), JobResult::Failed);
                let wait = retry_delay(failures_in_a_row);
                tracing::warn!(
                    error = &error as &dyn Error,
                    job = job.name(),
                    wait_milliseconds = wait.as_millis(),
                    "job {} failed and will run again",
                    job.name()
                );
                wait
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Makes coming months' partitions before they are needed.
#[derive(Debug, Clone)]
pub struct MonthPartitions {
    /// The database.
    pub database: Database,
    /// How many months ahead.
    pub months_ahead: u32,
    /// How often to look.
    pub interval: Duration,
}

#[async_trait]
impl Job for MonthPartitions {
    fn name(&self) -> &'static str {
        "month_partitions"
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        let ahead = i32::try_from(self.months_ahead).map_err(JobError::new)?;
        let made = sqlx::query_scalar!(r#"select ensure_month_partitions($1) as "made!""#, ahead)
            .fetch_one(self.database.pool())
            .await
            .map_err(JobError::new)?;
        if made > 0 {
            tracing::info!(made, "made {made} month partitions");
        }
        Ok(Progress::Idle)
    }
}

/// Returns for how many months, from this one on and `ahead` at most, every table has its partition.
///
/// # Errors
/// When the database fails.
pub async fn ready_months(database: &Database, ahead: u32) -> Result<i64, StoreError> {
    let ahead = i32::try_from(ahead).unwrap_or(i32::MAX);
    let ready = sqlx::query_scalar!(
        r#"select count(*) as "ready!"
           from generate_series(0, $1::integer) as ahead,
                lateral (select date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead) as start) as month
           where not exists (
               select from unnest(month_partitioned_tables()) as parent
               where to_regclass(format('%I.%I', current_schema(), parent || to_char(month.start, '"_y"YYYY"m"MM'))) is null
           )"#,
        ahead,
    );
    Ok(ready.fetch_one(database.pool()).await?)
}

fn retry_delay(failures_in_a_row: u32) -> Duration {
    let factor = 2_u32.saturating_pow(failures_in_a_row.saturating_sub(1).min(16));
    RETRY_DELAY_FIRST.saturating_mul(factor).min(RETRY_DELAY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::Registry;
    use schemas::clock::SystemClock;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Counting {
        runs: AtomicU32,
        stop_after: u32,
        shutdown: CancellationToken,
        fails: bool,
    }

    #[async_trait]
    impl Job for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }

        fn interval(&self) -> Duration {
            Duration::from_secs(60)
        }

        async fn run_once(&self) -> Result<Progress, JobError> {
            if self.runs.fetch_add(1, Ordering::SeqCst) + 1 == self.stop_after {
                self.shutdown.cancel();
            }
            if self.fails { Err(JobError::new("no luck")) } else { Ok(Progress::Worked) }
        }
    }

    #[tokio::test]
    async fn a_job_runs_on_through_failures_until_shutdown() {
        let shutdown = CancellationToken::new();
        let job = Arc::new(Counting {
            runs: AtomicU32::new(0),
            stop_after: 3,
            shutdown: shutdown.clone(),
            fails: true,
        });
        let metrics = JobMetrics::register(&Registry::new(), Arc::new(SystemClock::new())).unwrap();
        run_jobs(vec![job.clone()], metrics.clone(), shutdown).await;
        assert_eq!(job.runs.load(Ordering::SeqCst), 3);
        assert_eq!(metrics.value("counting", JobResult::Failed), 3);
    }

    #[test]
    fn the_wait_after_failures_grows_to_its_bound() {
        assert_eq!(retry_delay(1), RETRY_DELAY_FIRST);
        assert_eq!(retry_delay(2), RETRY_DELAY_FIRST * 2);
        assert_eq!(retry_delay(1_000), RETRY_DELAY_MAX);
    }
}
