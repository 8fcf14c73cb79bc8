//! Deciding a case: whatever the door, under the caller's own hold and the version that was read.

use super::claim::held_lease;
use crate::decision::DecisionError;
use crate::decision::decide::{DecisionCall, Verdicts, decide as write};
use crate::foundation::db::Database;
use crate::foundation::service_metrics::ServiceMetrics;
use chrono::{DateTime, Utc};
use schemas::decision::Reason;
use schemas::ids::{DecisionId, ReviewTaskId, ReviewerId};

/// Who decides which case as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'c> {
    /// The caller.
    pub reviewer: &'c ReviewerId,
    /// The task.
    pub task: ReviewTaskId,
    /// The version that the caller read.
    pub version: i64,
}

/// Decides a case.
///
/// # Errors
/// When the caller does not hold the task, the case changed since it was read, frames were not opened, the verdicts are
/// incomplete or not allowed, or the database fails.
pub async fn decide(
    database: &Database,
    decider: Decider<'_>,
    verdicts: Verdicts,
    reason: Reason,
    metrics: &ServiceMetrics,
    now: DateTime<Utc>,
) -> Result<DecisionId, DecisionError> {
    let Decider { reviewer, task, version } = decider;
    let lease = held_lease(database, task, reviewer).await?;
    let call = DecisionCall { task, reviewer, lease, version, reason };
    write(database, &call, verdicts, metrics, now).await
}
