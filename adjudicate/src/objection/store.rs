//! Rows of objections.

use super::ObjectionError;
use super::new::{FiledObjection, FoundViolation, NewAttachment, NewObjection};
use crate::foundation::audit::Actor;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, NaiveDate, Utc};
use rules::flow::objection::{ObjectionEvent, ObjectionState, next};
use schemas::ids::{AttachmentId, ObjectionId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::closing::{AnsweredBy, ClosingAnswer};
use schemas::objection::stated_date::StatedDate;
use schemas::objection::{DocumentNumber, Ground, GroundCode, GroundDetails};
use schemas::reference::ViolationReference;
use sqlx::PgConnection;
use uuid::Uuid;

/// What a move needs to know of an objection; its row is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldObjection {
    /// Its id.
    pub id: ObjectionId,
    /// Its place in the order of filing.
    pub sequence: i64,
    /// Whose law applies.
    pub jurisdiction: Jurisdiction,
    /// Where it is.
    pub state: ObjectionState,
    /// Raised by every change.
    pub version: i64,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// Who objects, by the register's pseudonym.
    pub party: Option<String>,
    /// Whether a reason for lateness was given.
    pub lateness_reason_given: bool,
    /// When the citizen asked for a human.
    pub human_asked_at: Option<DateTime<Utc>>,
    /// Last civil day for a document that was asked for, even if it has come.
    pub document_due_on: Option<NaiveDate>,
    /// Since when the clock stands still.
    pub clock_held_from: Option<DateTime<Utc>>,
}

/// A violation of an objection that waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingAnswer {
    /// The violation.
    pub violation: ViolationId,
    /// The month that it lies in.
    pub recorded_at: DateTime<Utc>,
}

pub(super) struct HeldViolationRow {
    pub(super) violation_id: Uuid,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) reference: String,
    pub(super) plate_key: String,
    pub(super) jurisdiction: String,
    pub(super) cancelled: bool,
    pub(super) objections: i64,
}

/// Locks the violations' references in one order and reads what filing needs.
pub(super) async fn hold_violations(
    transaction: &mut PgConnection,
    references: &[ViolationReference],
) -> Result<Vec<HeldViolationRow>, sqlx::Error> {
    let references: Vec<&str> = references.iter().map(ViolationReference::as_str).collect();
    // By a function that runs as the owner: nobody else may lock rows that are never changed.
    sqlx::query!("select lock_violations($1)", &references as _).execute(&mut *transaction).await?;
    sqlx::query_file_as!(HeldViolationRow, "src/objection/queries/held_violations.sql", &references as _)
        .fetch_all(transaction)
        .await
}

/// Writes an objection with its parts and its first history row.
pub(super) async fn insert(
    transaction: &mut PgConnection,
    filed: &FiledObjection,
    new: &NewObjection,
    jurisdiction: Jurisdiction,
    violations: &[FoundViolation],
    actor: &Actor,
) -> Result<(), sqlx::Error> {
    let NewObjection {
        violations: _,
        plate,
        grounds: _,
        story,
        attachments,
        language,
        party,
        contact,
        lateness_reason,
    } = new;
    sqlx::query_file!(
        "src/objection/queries/insert_objection.sql",
        filed.id.uuid(),
        filed.reference.as_str(),
        jurisdiction.code(),
        plate.key(),
        language.code(),
        story.as_str(),
        lateness_reason.as_ref().map(|reason| reason.as_str()),
        party.as_ref().map(|party| party.as_str()),
        contact.as_ref().map(|contact| contact.as_str()),
        filed.filed_at,
        actor.to_string(),
    )
    .execute(&mut *transaction)
    .await?;
    insert_violations(transaction, filed.id, violations).await?;
    insert_grounds(transaction, filed.id, new).await?;
    for attachment in attachments {
        insert_attachment(transaction, filed.id, attachment, filed.filed_at).await?;
    }
    Ok(())
}

/// Adds an attachment; returns whether it was new.
pub(super) async fn insert_attachment(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    attachment: &NewAttachment,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let NewAttachment { sha256, media_type, size_bytes } = attachment;
    let done = sqlx::query!(
        "insert into attachment (id, case_id, sha256, media_type, size_bytes, added_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (case_id, sha256) do nothing",
        AttachmentId::generate().uuid(),
        objection.uuid(),
        sha256.as_bytes().as_slice(),
        media_type.label(),
        i64::try_from(*size_bytes).unwrap_or(i64::MAX),
        now,
    )
    .execute(transaction)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// How many attachments an objection has.
pub(super) async fn attachment_count(
    connection: &mut PgConnection,
    objection: ObjectionId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from attachment where case_id = $1"#, objection.uuid())
        .fetch_one(connection)
        .await
}

/// Locks an objection and reads what a move needs.
///
/// # Errors
/// When there is none, the database fails, or the row does not read.
pub(crate) async fn hold(
    transaction: &mut PgConnection,
    id: ObjectionId,
) -> Result<HeldObjection, ObjectionError> {
    let row = sqlx::query_file!("src/objection/queries/hold_objection.sql", id.uuid())
        .fetch_optional(transaction)
        .await?
        .ok_or(ObjectionError::NotFound(id))?;
    let unreadable = |what| ObjectionError::Unreadable { objection: id, what };
    Ok(HeldObjection {
        id,
        sequence: row.sequence,
        jurisdiction: row.jurisdiction.parse().map_err(|_| unreadable("jurisdiction"))?,
        state: row.state.parse().map_err(|_| unreadable("state"))?,
        version: row.version,
        filed_at: row.filed_at,
        party: row.party,
        lateness_reason_given: row.lateness_reason_given,
        human_asked_at: row.human_asked_at,
        document_due_on: row.document_due_on,
        clock_held_from: row.clock_held_from,
    })
}

/// Moves an objection by compare-and-set on its state and version, and writes its history row. Returns the objection
/// as it is afterwards.
///
/// # Errors
/// When there is no such move, somebody else moved it first, or the database fails.
pub(crate) async fn move_by(
    transaction: &mut PgConnection,
    held: &HeldObjection,
    event: ObjectionEvent,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<HeldObjection, ObjectionError> {
    let to = next(held.state, event)?;
    let version = sqlx::query_file_scalar!(
        "src/objection/queries/move_objection.sql",
        held.id.uuid(),
        held.state.label(),
        held.version,
        to.label(),
        event.label(),
        actor.to_string(),
        now,
        !to.is_live(),
    )
    .fetch_optional(transaction)
    .await?
    .ok_or(ObjectionError::Moved(held.id))?;
    Ok(HeldObjection { state: to, version, ..held.clone() })
}

/// The violations that wait for an answer, in the citizen's order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn pending(
    connection: &mut PgConnection,
    objection: ObjectionId,
) -> Result<Vec<PendingAnswer>, sqlx::Error> {
    let rows = sqlx::query!(
        "select violation_id, violation_recorded_at from objection_violation
         where objection_id = $1 and answer is null order by ordinal",
        objection.uuid()
    )
    .fetch_all(connection)
    .await?;
    let pending = rows.into_iter().map(|row| PendingAnswer {
        violation: ViolationId::from_uuid(row.violation_id),
        recorded_at: row.violation_recorded_at,
    });
    Ok(pending.collect())
}

/// When the oldest objection was filed that the machine has not looked at; `None` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn oldest_untriaged(database: &Database) -> Result<Option<DateTime<Utc>>, StoreError> {
    sqlx::query_scalar!("select min(filed_at) from objection where state = 'filed'")
        .fetch_one(database.pool())
        .await
        .map_err(StoreError::from)
}

/// Writes the answer that closes a violation within an objection.
///
/// # Errors
/// When the database fails.
pub(crate) async fn close_violation(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    violation: ViolationId,
    (answer, answered_by): (ClosingAnswer, AnsweredBy),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update objection_violation set answer = $3, answered_by = $4, answered_at = $5
         where objection_id = $1 and violation_id = $2 and answer is null",
        objection.uuid(),
        violation.uuid(),
        answer.label(),
        answered_by.label(),
        now,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Opens again what the machine closed without cancelling it; returns how many.
pub(super) async fn reopen_violations(
    transaction: &mut PgConnection,
    objection: ObjectionId,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update objection_violation set answer = null, answered_by = null, answered_at = null
         where objection_id = $1 and answered_by = 'machine' and answer <> 'cancelled'",
        objection.uuid()
    )
    .execute(transaction)
    .await?;
    Ok(done.rows_affected())
}

/// Notes that the citizen asked for a human, and perhaps why the objection comes late.
pub(super) async fn note_human_asked(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    lateness_reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update objection
         set human_asked_at = coalesce(human_asked_at, $2), lateness_reason = coalesce($3, lateness_reason),
             triage_after = now()
         where id = $1",
        objection.uuid(),
        now,
        lateness_reason,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Holds the clock while a document is awaited, until the end of `due_on`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn hold_clock(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    due_on: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update objection set document_due_on = $2, clock_held_from = $3 where id = $1",
        objection.uuid(),
        due_on,
        now,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Lets the clock run again and adds up how long it stood; the machine looks at the objection at once.
pub(super) async fn release_clock(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update objection
         set clock_held_seconds = clock_held_seconds
                 + coalesce(greatest(0, extract(epoch from $2 - clock_held_from)), 0)::bigint,
             clock_held_from = null,
             triage_after = now()
         where id = $1",
        objection.uuid(),
        now,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_violations(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    violations: &[FoundViolation],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into objection_violation
             (objection_id, ordinal, violation_id, violation_recorded_at, violation_reference)
         select $1, ordinal, violation_id, recorded_at, reference
         from unnest($2::uuid[], $3::timestamptz[], $4::text[])
             with ordinality as violation (violation_id, recorded_at, reference, ordinal)",
        objection.uuid(),
        &violations.iter().map(|one| one.id.uuid()).collect::<Vec<_>>(),
        &violations.iter().map(|one| one.recorded_at).collect::<Vec<_>>(),
        &violations.iter().map(|one| one.reference.as_str()).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_grounds(
    transaction: &mut PgConnection,
    objection: ObjectionId,
    new: &NewObjection,
) -> Result<(), sqlx::Error> {
    let details: Vec<GroundDetails> = new.grounds.iter().map(Ground::details).collect();
    let document = |details: &GroundDetails| details.document.as_ref().map(|one| one.as_str().to_owned());
    let other = |details: &GroundDetails| details.other_violation.as_ref().map(ToString::to_string);
    sqlx::query!(
        "insert into objection_ground
             (objection_id, ordinal, code, document_number, stated_date, other_violation_reference)
         select $1, ordinal, code, document_number, stated_date, other_violation_reference
         from unnest($2::text[], $3::text[], $4::date[], $5::text[])
             with ordinality as ground (code, document_number, stated_date, other_violation_reference, ordinal)",
        objection.uuid(),
        &new.grounds.iter().map(|ground| ground.code().code()).collect::<Vec<_>>() as _,
        &details.iter().map(document).collect::<Vec<_>>() as _,
        &details.iter().map(|details| details.date.map(StatedDate::day)).collect::<Vec<_>>() as _,
        &details.iter().map(other).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// The grounds of an objection, the main one first.
///
/// # Errors
/// When the database fails or a row does not read.
pub(crate) async fn grounds(
    connection: &mut PgConnection,
    id: ObjectionId,
) -> Result<Vec<Ground>, ObjectionError> {
    let rows = sqlx::query!(
        "select code, document_number, stated_date, other_violation_reference
         from objection_ground where objection_id = $1 order by ordinal",
        id.uuid()
    )
    .fetch_all(connection)
    .await?;
    let unreadable = || ObjectionError::Unreadable { objection: id, what: "ground" };
    let read = rows.into_iter().map(|row| {
        let code: GroundCode = row.code.parse().map_err(|_| unreadable())?;
        let document = row.document_number.as_deref().map(DocumentNumber::parse).transpose();
        let other_violation = row.other_violation_reference.map(|reference| reference.parse()).transpose();
        let details = GroundDetails {
            document: document.map_err(|_| unreadable())?,
            date: row.stated_date.map(StatedDate::of).transpose().map_err(|_| unreadable())?,
            other_violation: other_violation.map_err(|_| unreadable())?,
        };
        Ground::from_parts(code, details).map_err(|_| unreadable())
    });
    read.collect()
}
