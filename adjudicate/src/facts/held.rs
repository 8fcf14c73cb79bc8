//! How long the clock of a violation stood still, over all objections to it.

use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Utc};
use schemas::ids::ViolationId;
use sqlx::PgConnection;

/// Returns the seconds for which documents were awaited; with `now` those of a wait under way as well.
///
/// # Errors
/// When the database fails.
pub(crate) async fn seconds(
    connection: &mut PgConnection,
    violation: ViolationId,
    now: Option<DateTime<Utc>>,
) -> Result<u64, sqlx::Error> {
    let seconds = sqlx::query_scalar!(
        r#"select coalesce(sum(objection.clock_held_seconds
                   + coalesce(greatest(0, extract(epoch from $2::timestamptz - objection.clock_held_from)), 0)), 0)::bigint
                   as "seconds!"
           from objection_violation
           join objection on objection.id = objection_violation.objection_id
           where objection_violation.violation_id = $1"#,
        violation.uuid(),
        now,
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(seconds).unwrap_or(0))
}

/// The same, for pages: until `now`.
///
/// # Errors
/// When the database fails.
pub async fn seconds_until(
    database: &Database,
    violation: ViolationId,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut connection = database.pool().acquire().await?;
    Ok(seconds(&mut connection, violation, Some(now)).await?)
}
