//! Claiming a case, keeping it, giving it back: by page or by program, always the caller's own hold.

use crate::foundation::db::Database;
use crate::review::{ReviewConfig, ReviewError, queue};
use schemas::ids::{LeaseId, ReviewTaskId, ReviewerId};
use schemas::review::{LeaseError, ReviewTask, ReviewTaskKind, ReviewTaskState};

/// Claims the first task that nobody holds, or one drawn among the first; `None` if none waits.
///
/// # Errors
/// When the reviewer holds as many as one may, or the database fails.
pub async fn claim_next(
    database: &Database,
    reviewer: &ReviewerId,
    kind: Option<ReviewTaskKind>,
    config: ReviewConfig,
) -> Result<Option<ReviewTask>, ReviewError> {
    queue::claim_next(database, reviewer, kind, config).await
}

/// Claims one task. Who holds it already keeps what was opened.
///
/// # Errors
/// When there is no such task, another reviewer holds it, it is decided, or the database fails.
pub async fn claim(
    database: &Database,
    task: ReviewTaskId,
    reviewer: &ReviewerId,
    config: ReviewConfig,
) -> Result<ReviewTask, ReviewError> {
    queue::claim(database, task, reviewer, config).await
}

/// Prolongs the reviewer's hold and returns the task as it then stands.
///
/// # Errors
/// When the reviewer does not hold the task, or the database fails.
pub async fn renew(
    database: &Database,
    task: ReviewTaskId,
    reviewer: &ReviewerId,
    config: ReviewConfig,
) -> Result<ReviewTask, ReviewError> {
    let lease = held_lease(database, task, reviewer).await?;
    queue::renew(database, task, reviewer, lease, config).await?;
    queue::task(database, task).await
}

/// Gives a task back before its lease ends.
///
/// # Errors
/// When the reviewer does not hold it, or the database fails.
pub async fn release(
    database: &Database,
    task: ReviewTaskId,
    reviewer: &ReviewerId,
) -> Result<(), ReviewError> {
    let lease = held_lease(database, task, reviewer).await?;
    queue::release(database, task, reviewer, lease).await
}

/// The lease under which the reviewer holds the task now.
///
/// # Errors
/// When the reviewer does not hold it, there is no such task, or the database fails.
pub async fn held_lease(
    database: &Database,
    task: ReviewTaskId,
    reviewer: &ReviewerId,
) -> Result<LeaseId, ReviewError> {
    lease_of(&queue::task(database, task).await?, reviewer)
}

/// The lease under which the reviewer holds a task that was read.
///
/// # Errors
/// When the reviewer does not hold it.
pub fn lease_of(task: &ReviewTask, reviewer: &ReviewerId) -> Result<LeaseId, ReviewError> {
    match &task.state {
        ReviewTaskState::Claimed(lease) if lease.reviewer == *reviewer => Ok(lease.id),
        ReviewTaskState::Claimed(_) => Err(ReviewError::HeldByOther(task.id)),
        ReviewTaskState::Open => Err(LeaseError::NotHeld.into()),
        ReviewTaskState::Done => Err(LeaseError::Done.into()),
    }
}
