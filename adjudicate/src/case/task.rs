//! Opens tasks: what a person has to do about a case. Who claims and closes them is the room of reviews.

use chrono::{DateTime, Utc};
use schemas::ids::{ObjectionId, ReviewTaskId};
use sqlx::PgConnection;

/// Objections stand before manual checks: a citizen waits.
const OBJECTION_PRIORITY: i16 = 10;

/// Puts an objection into the queue; the place it had keeps counting, so that nobody is set back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open_for_objection(
    transaction: &mut PgConnection,
    task: ReviewTaskId,
    objection: ObjectionId,
    filed_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into review_task (id, kind, objection_id, subject_recorded_at, priority, queued_at)
         values ($1, 'objection', $2, $3, $4, $3)",
        task.uuid(),
        objection.uuid(),
        filed_at,
        OBJECTION_PRIORITY,
    )
    .execute(transaction)
    .await?;
    Ok(())
}
