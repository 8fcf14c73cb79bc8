//! What a citizen does with an objection that is filed, by form or by program.

use crate::foundation::audit::Actor;
use crate::foundation::db::Database;
use crate::objection::ObjectionError;
use crate::objection::new::NewAttachment;
use crate::objection::steps;
use chrono::{DateTime, Utc};
use rules::flow::objection::ObjectionState;
use schemas::ids::ObjectionId;
use schemas::objection::LatenessReason;

/// Adds documents, each once; one that is there already changes nothing. Returns where the objection then is.
///
/// # Errors
/// When the objection is closed, has as many documents as are taken, or the database fails.
pub async fn add_documents(
    database: &Database,
    actor: &Actor,
    objection: ObjectionId,
    documents: &[NewAttachment],
    now: DateTime<Utc>,
) -> Result<Option<ObjectionState>, ObjectionError> {
    let mut state = None;
    for document in documents {
        state = Some(steps::add_attachment(database, actor.clone(), objection, document, now).await?);
    }
    Ok(state)
}

/// The one step from any answer of the machine to a person. Returns where the objection then is.
///
/// # Errors
/// When a person has it or had it, when nothing is left to look at, or when the database fails.
pub async fn ask_for_human(
    database: &Database,
    actor: Actor,
    objection: ObjectionId,
    lateness_reason: Option<&LatenessReason>,
    now: DateTime<Utc>,
) -> Result<ObjectionState, ObjectionError> {
    steps::ask_for_human(database, actor, objection, lateness_reason, now).await
}
