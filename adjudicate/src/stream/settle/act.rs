//! Which acts were seen before: the same plate, site, kind and an overlapping window, whichever camera saw it.

use super::stamp::Stamp;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// What makes two sightings one act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ActKey {
    pub(super) plate_key: String,
    pub(super) site: String,
    pub(super) kind: &'static str,
    pub(super) captured_at: DateTime<Utc>,
}

/// Claims acts for cases; returns the cases whose act was never seen before, in this run or any earlier one.
///
/// # Errors
/// When the database fails.
pub(super) async fn claim(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    acts: &[(Uuid, ActKey)],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    if acts.is_empty() {
        return Ok(HashSet::new());
    }
    let claimed = sqlx::query_file_scalar!(
        "src/stream/settle/queries/claim_acts.sql",
        &acts.iter().map(|(case_id, _)| *case_id).collect::<Vec<_>>(),
        &acts.iter().map(|(_, act)| act.plate_key.as_str()).collect::<Vec<_>>() as _,
        &acts.iter().map(|(_, act)| act.site.as_str()).collect::<Vec<_>>() as _,
        &acts.iter().map(|(_, act)| act.kind).collect::<Vec<_>>() as _,
        &acts.iter().map(|(_, act)| act.captured_at).collect::<Vec<_>>(),
        f64::from(stamp.act_window_seconds),
    )
    .fetch_all(transaction)
    .await?;
    Ok(claimed.into_iter().collect())
}

/// Gives back what cases have claimed that are dropped for another reason: the act was not theirs to tell.
///
/// # Errors
/// When the database fails.
pub(super) async fn release(
    transaction: &mut PgConnection,
    dropped: &HashSet<Uuid>,
) -> Result<(), sqlx::Error> {
    if dropped.is_empty() {
        return Ok(());
    }
    let dropped: Vec<Uuid> = dropped.iter().copied().collect();
    sqlx::query!("delete from act where case_id = any($1)", &dropped).execute(transaction).await?;
    Ok(())
}
