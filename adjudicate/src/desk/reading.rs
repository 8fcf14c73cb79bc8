//! Who of the staff read what: written down before it is shown, at most once an hour for each reader and thing.

use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use schemas::ids::{AttachmentId, LeaseId, ReviewTaskId};
use serde_json::json;

/// What was read of a task's case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The case's file.
    File,
    /// Pictures, whole or a part of one, under a lease.
    Pictures(LeaseId),
    /// A citizen's document.
    Document(AttachmentId),
}

/// Writes down that `actor` reads something of a task's case.
///
/// # Errors
/// When the database fails: then it must not be shown.
pub async fn note(
    database: &Database,
    actor: Actor,
    task: ReviewTaskId,
    reading: Reading,
) -> Result<(), StoreError> {
    let (action, entity, detail) = match reading {
        Reading::File => (AuditAction::CaseRead, Entity::ReviewTask(task), json!({})),
        Reading::Pictures(lease) => {
            (AuditAction::CaseReadPictures, Entity::ReviewTask(task), json!({ "lease": lease.to_string() }))
        }
        Reading::Document(attachment) => {
            let detail = json!({ "task": task.to_string() });
            (AuditAction::CaseReadDocument, Entity::Attachment(attachment), detail)
        }
    };
    let mut connection = database.acquire().await?;
    Ok(audit::write_reading(&mut connection, &AuditEntry { actor, action, entity, detail }).await?)
}
