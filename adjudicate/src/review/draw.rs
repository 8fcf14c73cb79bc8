//! Drawing a case among the oldest that nobody holds, so that no reviewer chooses whose case it is.
//!
//! Whoever gave a case back is not given it again at once, and it counts among those that he holds until its lease would
//! have ended: else cases could be drawn and given back until the wanted one comes.

use super::{ReviewConfig, ReviewError};
use crate::foundation::audit::{Actor, AuditAction, Entity};
use schemas::ids::{ReviewTaskId, ReviewerId};
use schemas::review::ReviewTaskKind;
use sqlx::PgConnection;

/// Locks one of the oldest tasks that nobody holds; `None` if none waits. The reviewer holds `held` others.
pub(super) async fn draw(
    transaction: &mut PgConnection,
    reviewer: &ReviewerId,
    (kind, held): (Option<ReviewTaskKind>, i64),
    config: ReviewConfig,
) -> Result<Option<ReviewTaskId>, ReviewError> {
    let mut candidates = oldest(transaction, kind, config.drawn_among_max).await?;
    let returned = returned(transaction, &candidates, reviewer, config.lease_seconds).await?;
    candidates.retain(|candidate| !returned.contains(candidate));
    let returned = i64::try_from(returned.len()).unwrap_or(i64::MAX);
    if held.saturating_add(returned) >= i64::from(config.held_cases_max) {
        return Err(ReviewError::ReturnedTooMany(config.held_cases_max));
    }
    let drawn = sqlx::query_scalar!(
        r#"select id from review_task
           where id = any ($1)
             and (state = 'open' or (state = 'claimed' and lease_until <= statement_timestamp()))
           order by random() limit 1
           for update skip locked"#,
        &candidates.iter().map(|candidate| candidate.uuid()).collect::<Vec<_>>(),
    )
    .fetch_optional(transaction)
    .await?;
    Ok(drawn.map(ReviewTaskId::from_uuid))
}

async fn oldest(
    transaction: &mut PgConnection,
    kind: Option<ReviewTaskKind>,
    most: u32,
) -> Result<Vec<ReviewTaskId>, sqlx::Error> {
    let kinds = kind.map_or(ReviewTaskKind::ALL.to_vec(), |kind| vec![kind]);
    let kinds: Vec<&str> = kinds.into_iter().map(ReviewTaskKind::label).collect();
    let ids = sqlx::query_file_scalar!("src/review/queries/oldest.sql", &kinds as _, i64::from(most))
        .fetch_all(transaction)
        .await?;
    Ok(ids.into_iter().map(ReviewTaskId::from_uuid).collect())
}

/// Those of `candidates` that the reviewer gave back within the length of a lease.
async fn returned(
    transaction: &mut PgConnection,
    candidates: &[ReviewTaskId],
    reviewer: &ReviewerId,
    lease_seconds: u32,
) -> Result<Vec<ReviewTaskId>, ReviewError> {
    let entities: Vec<Entity> = candidates.iter().map(|id| Entity::ReviewTask(*id)).collect();
    let kind = entities.first().map_or("", Entity::kind);
    let names: Vec<String> = entities.iter().map(ToString::to_string).collect();
    let returned = sqlx::query_scalar!(
        "select distinct entity_id from audit_event
         where entity_kind = $1 and entity_id = any ($2) and actor = $3 and action = $4
           and recorded_at > now() - make_interval(secs => $5)",
        kind,
        &names,
        Actor::Reviewer(reviewer.clone()).to_string(),
        AuditAction::ReviewRelease.label(),
        f64::from(lease_seconds),
    )
    .fetch_all(transaction)
    .await?;
    Ok(candidates.iter().filter(|candidate| returned.contains(&candidate.to_string())).copied().collect())
}
