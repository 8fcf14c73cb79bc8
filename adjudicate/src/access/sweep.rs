//! The job that deletes what the HTTP half no longer needs: ended sessions, old answers.

use super::session::sweep_sessions;
use crate::foundation::db::Database;
use crate::foundation::idempotency::sweep_answers;
use crate::foundation::jobs::{Job, JobError, Progress};
use async_trait::async_trait;
use std::time::Duration;

const SWEEP_INTERVAL: Duration = Duration::from_secs(600);

/// Deletes ended sessions and answers that were kept long enough.
#[derive(Debug, Clone)]
pub struct HttpSweep {
    /// The jobs' own connections.
    pub database: Database,
    /// How long answers are kept: `http.idempotency_keep_hours`.
    pub answers_keep_hours: u32,
}

#[async_trait]
impl Job for HttpSweep {
    fn name(&self) -> &'static str {
        "http_sweep"
    }

    fn interval(&self) -> Duration {
        SWEEP_INTERVAL
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        sweep_sessions(&self.database).await.map_err(JobError::new)?;
        sweep_answers(&self.database, self.answers_keep_hours).await.map_err(JobError::new)?;
        Ok(Progress::Idle)
    }
}
