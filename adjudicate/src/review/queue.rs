//! Claiming, holding, looking and giving back.

use super::draw;
use super::store::{self, TaskRow};
use super::{Assignment, ReviewConfig, ReviewError};
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Utc};
use schemas::evidence::Sha256Digest;
use schemas::ids::{LeaseId, ReviewTaskId, ReviewerId};
use schemas::review::{Lease, LiveLease, ReviewTask, ReviewTaskKind, ReviewTaskState};
use serde_json::json;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Tasks of one page of the list.
pub const QUEUE_PAGE_MAX: u32 = 200;

/// Which tasks to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueFilter {
    /// Only of this kind.
    pub kind: Option<ReviewTaskKind>,
    /// Only those that nobody holds.
    pub only_open: bool,
}

/// One line of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// The task.
    pub task: ReviewTask,
    /// The objection's reference, where it is one.
    pub reference: Option<String>,
    /// ISO 3166-1 alpha-2, where known.
    pub jurisdiction: Option<String>,
    /// ASCII key of the plate, as far as it was read.
    pub plate_key: Option<String>,
    /// Codes of the objection's grounds, or labels of the check's reasons.
    pub reasons: Vec<String>,
    /// Violations that wait for a verdict; 0 for a manual check.
    pub violations: i64,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepth {
    /// Which tasks.
    pub kind: ReviewTaskKind,
    /// Not decided yet.
    pub tasks: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<DateTime<Utc>>,
}

/// The queue: sooner first, then oldest first; at most `limit`, beginning behind `after`.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn list(
    database: &Database,
    filter: QueueFilter,
    after: Option<ReviewTaskId>,
    limit: u32,
) -> Result<Vec<QueueEntry>, ReviewError> {
    let kinds = filter.kind.map_or(ReviewTaskKind::ALL.to_vec(), |kind| vec![kind]);
    let kinds: Vec<&str> = kinds.into_iter().map(ReviewTaskKind::label).collect();
    let rows = sqlx::query_file!(
        "src/review/queries/list.sql",
        &kinds as _,
        filter.only_open,
        after.map(ReviewTaskId::uuid),
        i64::from(limit.min(QUEUE_PAGE_MAX)),
    )
    .fetch_all(database.pool())
    .await?;
    let entry = rows.into_iter().map(|row| {
        let task = TaskRow {
            id: row.id,
            kind: row.kind,
            case_id: row.case_id,
            case_opened_at: row.case_opened_at,
            priority: row.priority,
            queued_at: row.queued_at,
            state: row.state,
            reviewer_id: row.reviewer_id,
            lease_id: row.lease_id,
            lease_until: row.lease_until,
            version: row.version,
            read_at: row.read_at,
        };
        Ok(QueueEntry {
            task: task.task()?,
            reference: row.reference,
            jurisdiction: row.jurisdiction,
            plate_key: row.plate_key,
            reasons: row.reasons,
            violations: row.violations,
        })
    });
    entry.collect()
}

/// How much waits, by kind.
///
/// # Errors
/// When the database fails.
pub async fn depth(database: &Database) -> Result<Vec<QueueDepth>, StoreError> {
    let rows = sqlx::query!(
        r#"select kind, count(*) as "tasks!", min(queued_at) as oldest
           from review_task where state <> 'done' group by kind"#
    )
    .fetch_all(database.pool())
    .await?;
    let of = |kind: ReviewTaskKind| {
        let row = rows.iter().find(|row| row.kind == kind.label());
        QueueDepth { kind, tasks: row.map_or(0, |row| row.tasks), oldest: row.and_then(|row| row.oldest) }
    };
    Ok(ReviewTaskKind::ALL.map(of).to_vec())
}

/// One task as it stands now, by the database's clock.
///
/// # Errors
/// When there is none, the database fails or the row does not read.
pub async fn task(database: &Database, id: ReviewTaskId) -> Result<ReviewTask, ReviewError> {
    let mut connection = database.acquire().await?;
    store::read(&mut connection, id).await?.task()
}

/// Claims the first task that nobody holds, or one drawn among the first; `None` when none waits. What another process
/// claims at the same instant is passed over.
///
/// # Errors
/// When the database fails.
pub async fn claim_next(
    database: &Database,
    reviewer: &ReviewerId,
    kind: Option<ReviewTaskKind>,
    config: ReviewConfig,
) -> Result<Option<ReviewTask>, ReviewError> {
    let mut transaction = database.begin().await?;
    let held = check_room(&mut transaction, reviewer, config.held_cases_max).await?;
    let id = match config.assignment {
        Assignment::Oldest => next(&mut transaction, kind).await?,
        Assignment::Random => draw::draw(&mut transaction, reviewer, (kind, held), config).await?,
    };
    let Some(id) = id else { return Ok(None) };
    let task = take(&mut transaction, id, reviewer, config).await?;
    transaction.commit().await?;
    Ok(Some(task))
}

/// Claims one task. Who holds it already keeps the lease, prolonged, with everything that was opened under it.
///
/// # Errors
/// When there is no such task, another reviewer holds it, it is decided, cases are given out at random, or the database
/// fails.
pub async fn claim(
    database: &Database,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    config: ReviewConfig,
) -> Result<ReviewTask, ReviewError> {
    let mut transaction = database.begin().await?;
    let held = store::hold(&mut transaction, id).await?.task()?;
    let task = match held.state {
        ReviewTaskState::Done => return Err(schemas::review::LeaseError::Done.into()),
        ReviewTaskState::Claimed(lease) if lease.reviewer == *reviewer => {
            prolong(&mut transaction, id, lease.id, config).await?;
            store::read(&mut transaction, id).await?.task()?
        }
        ReviewTaskState::Claimed(_) => return Err(ReviewError::HeldByOther(id)),
        ReviewTaskState::Open if config.assignment == Assignment::Random => return Err(ReviewError::Drawn),
        ReviewTaskState::Open => {
            check_room(&mut transaction, reviewer, config.held_cases_max).await?;
            take(&mut transaction, id, reviewer, config).await?
        }
    };
    transaction.commit().await?;
    Ok(task)
}

/// Prolongs a lease that is still live, to the end of the longest hold at most.
///
/// # Errors
/// When the caller does not hold the task, or the database fails.
pub async fn renew(
    database: &Database,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    lease: LeaseId,
    config: ReviewConfig,
) -> Result<Lease, ReviewError> {
    let mut transaction = database.begin().await?;
    let live = held_by(&mut transaction, id, reviewer, lease).await?;
    let until = prolong(&mut transaction, id, live.lease(), config).await?;
    transaction.commit().await?;
    Ok(Lease { id: lease, reviewer: reviewer.clone(), until })
}

/// Gives a task back before its lease ends.
///
/// # Errors
/// When the caller does not hold it, or the database fails.
pub async fn release(
    database: &Database,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    lease: LeaseId,
) -> Result<(), ReviewError> {
    let mut transaction = database.begin().await?;
    held_by(&mut transaction, id, reviewer, lease).await?;
    sqlx::query!(
        "update review_task
         set state = 'open', reviewer_id = null, lease_id = null, lease_until = null, version = version + 1
         where id = $1",
        id.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    record(&mut transaction, id, reviewer, AuditAction::ReviewRelease, lease).await?;
    transaction.commit().await?;
    Ok(())
}

/// Notes that the holder of a task fetched one of its frames. Call it before the bytes are sent: a decision rests on it.
///
/// # Errors
/// When the caller does not hold the task, the case has no such frame, or the database fails.
pub async fn record_frame_view(
    database: &Database,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    lease: LeaseId,
    frame: Sha256Digest,
) -> Result<(), ReviewError> {
    let mut transaction = database.begin().await?;
    let row = store::read(&mut transaction, id).await?;
    LiveLease::check(&row.task()?, reviewer, lease, row.read_at)?;
    if !store::required_frames(&mut transaction, &row).await?.contains(&frame) {
        return Err(ReviewError::NoSuchFrame(frame));
    }
    sqlx::query!(
        "insert into frame_view (task_id, lease_id, sha256, reviewer_id) values ($1, $2, $3, $4)
         on conflict do nothing",
        id.uuid(),
        lease.uuid(),
        frame.as_bytes().as_slice(),
        reviewer.as_str(),
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// The frames that must be opened, and those that were under this lease.
///
/// # Errors
/// When there is no such task or the database fails.
pub async fn frame_progress(
    database: &Database,
    id: ReviewTaskId,
    lease: Option<LeaseId>,
) -> Result<(BTreeSet<Sha256Digest>, BTreeSet<Sha256Digest>), ReviewError> {
    let mut connection = database.acquire().await?;
    let row = store::read(&mut connection, id).await?;
    let required = store::required_frames(&mut connection, &row).await?;
    let viewed = match lease {
        Some(lease) => store::viewed_frames(&mut connection, id, lease).await?,
        None => BTreeSet::new(),
    };
    Ok((required, viewed))
}

/// Locks the task and checks that the caller holds it, by the database's clock.
async fn held_by(
    transaction: &mut PgConnection,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    lease: LeaseId,
) -> Result<LiveLease, ReviewError> {
    let row = store::hold(transaction, id).await?;
    Ok(LiveLease::check(&row.task()?, reviewer, lease, row.read_at)?)
}

/// Locks the first task that nobody holds, of a kind or of any.
async fn next(
    transaction: &mut PgConnection,
    kind: Option<ReviewTaskKind>,
) -> Result<Option<ReviewTaskId>, sqlx::Error> {
    let id = match kind {
        None => sqlx::query_file_scalar!("src/review/queries/next.sql").fetch_optional(transaction).await?,
        Some(kind) => {
            sqlx::query_file_scalar!("src/review/queries/next_of_kind.sql", kind.label())
                .fetch_optional(transaction)
                .await?
        }
    };
    Ok(id.map(ReviewTaskId::from_uuid))
}

/// Refuses who holds as many cases as one may, and returns how many are held; claims of one reviewer are made one after
/// the other.
async fn check_room(
    transaction: &mut PgConnection,
    reviewer: &ReviewerId,
    held_cases_max: u32,
) -> Result<i64, ReviewError> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0)) as locked", reviewer.as_str())
        .fetch_one(&mut *transaction)
        .await?;
    let held = sqlx::query_scalar!(
        r#"select count(*) as "held!" from review_task
           where state = 'claimed' and reviewer_id = $1 and lease_until > statement_timestamp()"#,
        reviewer.as_str()
    )
    .fetch_one(transaction)
    .await?;
    if held < i64::from(held_cases_max) { Ok(held) } else { Err(ReviewError::TooMany(held_cases_max)) }
}

/// Gives a task that is locked and that nobody holds to `reviewer`, under a new lease. The database makes its id, so that
/// the hold's beginning stands in it by the clock that rules its end.
async fn take(
    transaction: &mut PgConnection,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    config: ReviewConfig,
) -> Result<ReviewTask, ReviewError> {
    let taken = sqlx::query_as!(
        TaskRow,
        r#"update review_task
           set state = 'claimed', reviewer_id = $2, lease_id = uuidv7(),
               lease_until = clock_timestamp() + make_interval(secs => $3), version = version + 1
           where id = $1
           returning id, kind, case_id, case_opened_at, priority, queued_at, state, reviewer_id,
                     lease_id, lease_until, version, clock_timestamp() as "read_at!""#,
        id.uuid(),
        reviewer.as_str(),
        f64::from(config.lease_seconds),
    )
    .fetch_one(&mut *transaction)
    .await?;
    let lease = taken.lease().ok_or(ReviewError::Unreadable { task: id, what: "lease_id" })?.id;
    record(transaction, id, reviewer, AuditAction::ReviewClaim, lease).await?;
    taken.task()
}

async fn prolong(
    transaction: &mut PgConnection,
    id: ReviewTaskId,
    lease: LeaseId,
    config: ReviewConfig,
) -> Result<DateTime<Utc>, ReviewError> {
    let until = sqlx::query_scalar!(
        r#"update review_task
           set lease_until = least(clock_timestamp() + make_interval(secs => $3),
                                   uuid_extract_timestamp(lease_id) + make_interval(secs => $4))
           where id = $1 and lease_id = $2 and state = 'claimed' returning lease_until as "until!""#,
        id.uuid(),
        lease.uuid(),
        f64::from(config.lease_seconds),
        f64::from(config.hold_seconds_max),
    )
    .fetch_optional(transaction)
    .await?;
    until.ok_or(ReviewError::Missing(id))
}

async fn record(
    transaction: &mut PgConnection,
    id: ReviewTaskId,
    reviewer: &ReviewerId,
    action: AuditAction,
    lease: LeaseId,
) -> Result<(), sqlx::Error> {
    let entry = AuditEntry {
        actor: Actor::Reviewer(reviewer.clone()),
        action,
        entity: Entity::ReviewTask(id),
        detail: json!({ "lease": lease.to_string() }),
    };
    audit::write(transaction, &entry).await
}
