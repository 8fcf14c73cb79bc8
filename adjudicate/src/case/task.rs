//! Opens tasks: what a person has to do about a case. Who claims and closes them is the room of reviews.

use chrono::{DateTime, Utc};
use schemas::ids::ObjectionId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Objections stand before manual checks: a citizen waits.
const OBJECTION_PRIORITY: i16 = 10;
/// Place of a doubtful sighting.
const MANUAL_CHECK_PRIORITY: i16 = 0;

/// Puts an objection into the queue; the place it had keeps counting, so that nobody is set back.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open_for_objection(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    filed_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    open(transaction, "objection", &[objection.uuid()], filed_at, OBJECTION_PRIORITY).await
}

/// Puts doubtful sightings into the queue, in the transaction that records them.
///
/// # Errors
/// When the database fails.
pub(super) async fn open_for_manual_checks(
    transaction: &mut PgConnection,
    recorded_at: DateTime<Utc>,
    checks: &[Uuid],
) -> Result<(), sqlx::Error> {
    open(transaction, "manual_check", checks, recorded_at, MANUAL_CHECK_PRIORITY).await
}

async fn open(
    transaction: &mut PgConnection,
    kind: &str,
    cases: &[Uuid],
    opened_at: DateTime<Utc>,
    priority: i16,
) -> Result<(), sqlx::Error> {
    if cases.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into review_task (kind, case_id, case_opened_at, priority, queued_at)
         select $1, case_id, $3, $4, $3 from unnest($2::uuid[]) as opened (case_id)",
        kind,
        cases,
        opened_at,
        priority,
    )
    .execute(transaction)
    .await?;
    Ok(())
}
