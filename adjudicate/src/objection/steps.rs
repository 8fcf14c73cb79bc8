//! What a citizen can do with an objection that is filed, and what the calendar does.

use super::new::NewAttachment;
use super::store::{self, HeldObjection};
use super::{ObjectionError, STEP_DOMAIN};
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::chain;
use crate::foundation::db::Database;
use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::canonical_bytes;
use rules::flow::objection::{ObjectionEvent, ObjectionState};
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::ids::ObjectionId;
use schemas::objection::LatenessReason;
use serde_json::{Value, json};
use sqlx::PgConnection;

/// The one step from any answer of the machine to a human. The machine looks once more, may only cancel, and hands
/// over.
///
/// # Errors
/// When a human has it or had it, when nothing is left to look at, or when the database fails.
pub async fn ask_for_human(
    database: &Database,
    actor: Actor,
    id: ObjectionId,
    lateness_reason: Option<&LatenessReason>,
    now: DateTime<Utc>,
) -> Result<ObjectionState, ObjectionError> {
    let mut transaction = database.begin().await?;
    let held = store::hold(&mut transaction, id).await?;
    let moved = store::move_by(&mut transaction, &held, ObjectionEvent::HumanAsked, &actor, now).await?;
    if held.state == ObjectionState::Answered && store::reopen_violations(&mut transaction, id).await? == 0 {
        return Err(ObjectionError::NothingLeft);
    }
    store::release_clock(&mut transaction, id, now).await?;
    let reason = lateness_reason.map(LatenessReason::as_str);
    store::note_human_asked(&mut transaction, id, reason, now).await?;
    let detail = json!({ "lateness_reason_given": lateness_reason.is_some() });
    record_step(&mut transaction, &moved, ObjectionEvent::HumanAsked, actor, detail, now).await?;
    transaction.commit().await?;
    Ok(moved.state)
}

/// Adds a document. One that is there already changes nothing.
///
/// # Errors
/// When the objection is closed, has as many documents as are taken, or the database fails.
pub async fn add_attachment(
    database: &Database,
    actor: Actor,
    id: ObjectionId,
    attachment: &NewAttachment,
    now: DateTime<Utc>,
) -> Result<ObjectionState, ObjectionError> {
    let mut transaction = database.begin().await?;
    let held = store::hold(&mut transaction, id).await?;
    if !store::insert_attachment(&mut transaction, id, attachment, now).await? {
        // A dropped transaction holds the objection for a while yet, and triage passes over what is held.
        transaction.rollback().await?;
        return Ok(held.state);
    }
    let most = i64::try_from(ATTACHMENTS_MAX).unwrap_or(i64::MAX);
    if store::attachment_count(&mut transaction, id).await? > most {
        transaction.rollback().await?;
        return Err(ObjectionError::TooManyAttachments);
    }
    let moved = store::move_by(&mut transaction, &held, ObjectionEvent::DocumentAdded, &actor, now).await?;
    store::release_clock(&mut transaction, id, now).await?;
    let detail = json!({ "sha256": attachment.sha256.to_string() });
    record_step(&mut transaction, &moved, ObjectionEvent::DocumentAdded, actor, detail, now).await?;
    transaction.commit().await?;
    Ok(moved.state)
}

/// Moves an objection that nobody has to do anything about: its document is overdue, or the objection before it ended.
///
/// # Errors
/// When it was moved meanwhile, or the database fails.
pub(crate) async fn move_on(
    database: &Database,
    actor: Actor,
    id: ObjectionId,
    event: ObjectionEvent,
    now: DateTime<Utc>,
) -> Result<ObjectionState, ObjectionError> {
    let mut transaction = database.begin().await?;
    let held = store::hold(&mut transaction, id).await?;
    let moved = store::move_by(&mut transaction, &held, event, &actor, now).await?;
    store::release_clock(&mut transaction, id, now).await?;
    record_step(&mut transaction, &moved, event, actor, json!({}), now).await?;
    transaction.commit().await?;
    Ok(moved.state)
}

async fn record_step(
    transaction: &mut PgConnection,
    moved: &HeldObjection,
    event: ObjectionEvent,
    actor: Actor,
    detail: Value,
    now: DateTime<Utc>,
) -> Result<(), ObjectionError> {
    let row_bytes = canonical_bytes(&json!({
        "objection": moved.id.to_string(),
        "version": moved.version,
        "event": event.label(),
        "state": moved.state.label(),
        "detail": detail,
        "at": now.to_rfc3339_opts(SecondsFormat::Micros, true),
    }))?;
    let action = match event {
        ObjectionEvent::HumanAsked => AuditAction::ObjectionAskForHuman,
        ObjectionEvent::DocumentAdded => AuditAction::ObjectionAddDocument,
        ObjectionEvent::DocumentOverdue => AuditAction::ObjectionDocumentOverdue,
        ObjectionEvent::OtherEnded => AuditAction::ObjectionOtherEnded,
        ObjectionEvent::MachineAnswered
        | ObjectionEvent::DocumentAsked
        | ObjectionEvent::PutBehindOther
        | ObjectionEvent::SentToReview
        | ObjectionEvent::HumanDecided => AuditAction::ObjectionMove,
    };
    let entry = AuditEntry { actor, action, entity: Entity::Objection(moved.id), detail };
    audit::write(&mut *transaction, &entry).await?;
    chain::extend(transaction, moved.id.uuid(), STEP_DOMAIN, &row_bytes).await?;
    Ok(())
}
