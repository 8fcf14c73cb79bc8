//! Rows of the queue.

use super::ReviewError;
use chrono::{DateTime, Utc};
use schemas::evidence::Sha256Digest;
use schemas::ids::{LeaseId, ManualCheckId, ObjectionId, ReviewTaskId, ReviewerId};
use schemas::review::{Lease, ReviewSubject, ReviewTask, ReviewTaskKind, ReviewTaskState};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One row of `review_task`, with the database's time at which it was read.
#[derive(Debug)]
pub(crate) struct TaskRow {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) case_id: Uuid,
    pub(crate) case_opened_at: DateTime<Utc>,
    pub(crate) priority: i16,
    pub(crate) queued_at: DateTime<Utc>,
    pub(crate) state: String,
    pub(crate) reviewer_id: Option<String>,
    pub(crate) lease_id: Option<Uuid>,
    pub(crate) lease_until: Option<DateTime<Utc>>,
    pub(crate) version: i64,
    pub(crate) read_at: DateTime<Utc>,
}

impl TaskRow {
    /// The task as it stood when the row was read: a lease that had run out by then is none.
    pub(crate) fn task(&self) -> Result<ReviewTask, ReviewError> {
        let id = ReviewTaskId::from_uuid(self.id);
        let unreadable = |what| ReviewError::Unreadable { task: id, what };
        let subject = match ReviewTaskKind::from_label(&self.kind) {
            Some(ReviewTaskKind::Objection) => ReviewSubject::Objection(ObjectionId::from_uuid(self.case_id)),
            Some(ReviewTaskKind::ManualCheck) => {
                ReviewSubject::ManualCheck(ManualCheckId::from_uuid(self.case_id))
            }
            None => return Err(unreadable("kind")),
        };
        let state = match (self.state.as_str(), self.lease()) {
            ("open", _) => ReviewTaskState::Open,
            ("done", _) => ReviewTaskState::Done,
            ("claimed", Some(lease)) if lease.until > self.read_at => ReviewTaskState::Claimed(lease),
            ("claimed", Some(_)) => ReviewTaskState::Open,
            _ => return Err(unreadable("state")),
        };
        let Self { priority, queued_at, version, .. } = *self;
        Ok(ReviewTask { id, subject, priority, queued_at, state, version })
    }

    pub(crate) fn lease(&self) -> Option<Lease> {
        Some(Lease {
            id: LeaseId::from_uuid(self.lease_id?),
            reviewer: ReviewerId::parse(self.reviewer_id.as_deref()?).ok()?,
            until: self.lease_until?,
        })
    }
}

/// Reads a task and locks it.
pub(crate) async fn hold(transaction: &mut PgConnection, id: ReviewTaskId) -> Result<TaskRow, ReviewError> {
    // The clock is read by a second statement: the first may have waited for the lock.
    sqlx::query_scalar!("select id from review_task where id = $1 for update", id.uuid())
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(ReviewError::Missing(id))?;
    read(transaction, id).await
}

/// Reads a task.
pub(crate) async fn read(connection: &mut PgConnection, id: ReviewTaskId) -> Result<TaskRow, ReviewError> {
    sqlx::query_as!(
        TaskRow,
        r#"select id, kind, case_id, case_opened_at, priority, queued_at, state, reviewer_id,
                  lease_id, lease_until, version, clock_timestamp() as "read_at!"
           from review_task where id = $1"#,
        id.uuid()
    )
    .fetch_optional(connection)
    .await?
    .ok_or(ReviewError::Missing(id))
}

/// Digests of all frames of a task's case: of every violation that waits for a verdict, or of the sighting.
pub(crate) async fn required_frames(
    connection: &mut PgConnection,
    task: &TaskRow,
) -> Result<BTreeSet<Sha256Digest>, ReviewError> {
    let rows =
        sqlx::query_file_scalar!("src/review/queries/required_frames.sql", task.case_id, task.case_opened_at)
            .fetch_all(connection)
            .await?;
    digests(ReviewTaskId::from_uuid(task.id), rows)
}

/// Digests of the frames that were fetched under a lease.
pub(crate) async fn viewed_frames(
    connection: &mut PgConnection,
    task: ReviewTaskId,
    lease: LeaseId,
) -> Result<BTreeSet<Sha256Digest>, ReviewError> {
    let rows = sqlx::query_scalar!(
        "select sha256 from frame_view where task_id = $1 and lease_id = $2",
        task.uuid(),
        lease.uuid()
    )
    .fetch_all(connection)
    .await?;
    digests(task, rows)
}

/// Closes a task that is held under `lease`; returns whether it was.
pub(crate) async fn close(
    transaction: &mut PgConnection,
    task: ReviewTaskId,
    lease: LeaseId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update review_task set state = 'done', done_at = clock_timestamp(), version = version + 1
         where id = $1 and state = 'claimed' and lease_id = $2 and lease_until > clock_timestamp()",
        task.uuid(),
        lease.uuid(),
    )
    .execute(transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn digests(task: ReviewTaskId, rows: Vec<Vec<u8>>) -> Result<BTreeSet<Sha256Digest>, ReviewError> {
    let digest = |bytes: Vec<u8>| {
        Sha256Digest::from_bytes(&bytes).map_err(|_| ReviewError::Unreadable { task, what: "frame" })
    };
    rows.into_iter().map(digest).collect()
}
