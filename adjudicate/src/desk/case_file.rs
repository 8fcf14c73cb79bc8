//! A case as its reviewer has it on the desk: the task, the evidence of each sighting, what the citizen said and the
//! machine found, what was opened under the lease, and who did what.

use super::objection_view::{ObjectionView, load};
use crate::case::read::{CaseEvidence, CaseReadError, manual_check_evidence, violation_evidence};
use crate::decision::store::pending_violations;
use crate::foundation::audit::{AuditAction, Entity, READINGS, StoredActor};
use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use crate::objection::ObjectionError;
use crate::review::{ReviewError, queue};
use chrono::{DateTime, Utc};
use schemas::decision::PendingViolation;
use schemas::evidence::Sha256Digest;
use schemas::ids::{LeaseId, ManualCheckId, ObjectionId, ReviewTaskId};
use schemas::review::{ReviewSubject, ReviewTask, ReviewTaskState};
use std::collections::BTreeSet;
use thiserror::Error;

/// A case with everything that is on file of it.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// The task as it stands.
    pub task: ReviewTask,
    /// Each sighting.
    pub evidence: Vec<CaseEvidence>,
    /// The objection, where it is one.
    pub objection: Option<ObjectionView>,
    /// The violations that wait for a verdict.
    pub pending: Vec<PendingViolation>,
    /// The pictures that were opened under the lease that is live now.
    pub opened: BTreeSet<Sha256Digest>,
    /// Who did what, oldest first.
    pub history: Vec<AuditedAction>,
}

/// One action, from the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedAction {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: StoredActor,
    /// What.
    pub action: AuditAction,
}

/// Why a case cannot be put on the desk.
#[derive(Debug, Error)]
pub enum CaseFileError {
    /// The task cannot be read.
    #[error("the task cannot be read")]
    Task(#[from] ReviewError),
    /// A sighting cannot be read.
    #[error("the evidence cannot be read")]
    Evidence(#[from] CaseReadError),
    /// The objection cannot be read.
    #[error("the objection cannot be read")]
    Objection(#[from] ObjectionError),
    /// What the task is about is not there: a fault of ours.
    #[error("the subject of task {0} is missing")]
    SubjectMissing(ReviewTaskId),
    /// The database failed.
    #[error("the case cannot be read")]
    Database(#[from] StoreError),
}

from_driver!(CaseFileError);

impl CaseFile {
    /// A picture of the case, with the sighting that it belongs to.
    #[must_use]
    pub fn picture(&self, digest: Sha256Digest) -> Option<(&CaseEvidence, &crate::case::store::StoredFile)> {
        self.evidence.iter().find_map(|evidence| {
            evidence.files.iter().find(|file| file.sha256 == digest).map(|file| (evidence, file))
        })
    }
}

/// Everything that is on file of a task's case.
///
/// # Errors
/// When there is no such task, the database fails, or a row does not read.
pub async fn case_file(database: &Database, id: ReviewTaskId) -> Result<CaseFile, CaseFileError> {
    let task = queue::task(database, id).await?;
    let lease = live_lease(&task);
    let (_, opened) = queue::frame_progress(database, id, lease).await?;
    let mut file = CaseFile {
        task,
        evidence: Vec::new(),
        objection: None,
        pending: Vec::new(),
        opened,
        history: Vec::new(),
    };
    let mut entities = vec![Entity::ReviewTask(id)];
    match file.task.subject {
        ReviewSubject::Objection(objection) => {
            add_objection(database, &mut file, objection, &mut entities).await?
        }
        ReviewSubject::ManualCheck(check) => {
            add_manual_check(database, &mut file, check, &mut entities).await?
        }
    }
    file.history = history(database, id, &entities).await?;
    Ok(file)
}

async fn add_objection(
    database: &Database,
    file: &mut CaseFile,
    objection: ObjectionId,
    entities: &mut Vec<Entity>,
) -> Result<(), CaseFileError> {
    let missing = CaseFileError::SubjectMissing(file.task.id);
    let view = load(database, objection).await?.ok_or(missing)?;
    entities.push(Entity::Objection(objection));
    for answer in &view.violations {
        let missing = CaseFileError::SubjectMissing(file.task.id);
        file.evidence.push(violation_evidence(database, answer.violation).await?.ok_or(missing)?);
        entities.push(Entity::Violation(answer.violation));
    }
    let mut connection = database.acquire().await?;
    file.pending = pending_violations(&mut connection, objection).await?;
    file.objection = Some(view);
    Ok(())
}

async fn add_manual_check(
    database: &Database,
    file: &mut CaseFile,
    check: ManualCheckId,
    entities: &mut Vec<Entity>,
) -> Result<(), CaseFileError> {
    let missing = CaseFileError::SubjectMissing(file.task.id);
    file.evidence.push(manual_check_evidence(database, check).await?.ok_or(missing)?);
    entities.push(Entity::ManualCheck(check));
    Ok(())
}

async fn history(
    database: &Database,
    task: ReviewTaskId,
    entities: &[Entity],
) -> Result<Vec<AuditedAction>, sqlx::Error> {
    let kinds: Vec<String> = entities.iter().map(|entity| entity.kind().to_owned()).collect();
    let ids: Vec<String> = entities.iter().map(ToString::to_string).collect();
    let readings = READINGS.map(AuditAction::label);
    let rows = sqlx::query_file!("src/desk/queries/history.sql", &kinds, &ids, task.uuid(), &readings as _)
        .fetch_all(database.pool())
        .await?;
    let read = rows.into_iter().map(|row| {
        let actor = StoredActor::parse(&row.actor).ok_or_else(|| decode("audit: unknown actor"))?;
        let action = AuditAction::from_label(&row.action).ok_or_else(|| decode("audit: unknown action"))?;
        Ok(AuditedAction { at: row.at, actor, action })
    });
    read.collect()
}

const fn live_lease(task: &ReviewTask) -> Option<LeaseId> {
    match &task.state {
        ReviewTaskState::Claimed(lease) => Some(lease.id),
        ReviewTaskState::Open | ReviewTaskState::Done => None,
    }
}
