//! Tasks and cases as JSON for reviewers and auditors.

use super::objections_out::ObjectionOut;
use super::violations::{CalculationOut, MoneyOut, TextOut, calculation_out};
use adjudicate::case::documents::{FrameReadsDocument, SightingDocument};
use adjudicate::case::read::{CaseEvidence, CaseOutcome};
use adjudicate::case::store::StoredFile;
use adjudicate::desk::case_file::{AuditedAction, CaseFile};
use adjudicate::review::queue::QueueEntry;
use chrono::{DateTime, Utc};
use rules::reason_text::reason_text;
use schemas::evidence::Sha256Digest;
use schemas::review::{ReviewTask, ReviewTaskState};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueOut {
    /// Soonest first.
    pub items: Vec<QueueItemOut>,
    /// Give it as `after` for the next page; nothing on the last one.
    pub next: Option<String>,
}

/// A task in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueItemOut {
    /// The task.
    #[serde(flatten)]
    pub task: TaskOut,
    /// Reference of the objection, where it is one.
    pub reference: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub jurisdiction: Option<String>,
    /// Key of the plate, as far as it was read.
    pub plate: Option<String>,
    /// Codes of grounds, or labels of the check's reasons.
    pub reasons: Vec<String>,
    /// Violations that wait for a verdict.
    pub violations: i64,
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskOut {
    /// Its id.
    #[schema(example = "rev_0190b2c4f0a07c3e8a3f5d1e2b4c6d80")]
    pub id: String,
    /// `objection` or `manual_check`.
    pub kind: &'static str,
    /// Higher is sooner.
    pub priority: i16,
    /// When it was put into the queue.
    pub queued_at: DateTime<Utc>,
    /// `open`, `claimed` or `done`.
    pub state: &'static str,
    /// Who holds it, until when.
    pub held: Option<HoldOut>,
    /// The version; the entity tag holds it.
    pub version: i64,
}

/// A reviewer's hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldOut {
    /// Who.
    pub reviewer: String,
    /// Until when, by the database's clock.
    pub until: DateTime<Utc>,
}

/// A case with its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseOut {
    /// The task.
    pub task: TaskOut,
    /// Each sighting.
    pub sightings: Vec<SightingOut>,
    /// The objection, where it is one.
    pub objection: Option<ObjectionOut>,
    /// The violations that wait for a verdict.
    pub pending: Vec<PendingOut>,
    /// Who did what, oldest first.
    pub history: Vec<DeedOut>,
}

/// A violation that waits for a verdict.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingOut {
    /// Its reference, for the decision.
    pub reference: String,
    /// What is due now.
    pub amount_due: MoneyOut,
}

/// One sighting with its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct SightingOut {
    /// Reference of the violation; `None` for a manual check.
    pub reference: Option<String>,
    /// Why nothing was issued, for a manual check.
    pub reasons: Vec<ReasonOut>,
    /// Key of the plate, as far as it was read.
    pub plate: Option<String>,
    /// Code of the act.
    pub act: String,
    /// When.
    pub captured_at: Option<DateTime<Utc>>,
    /// Where.
    pub site: TextOut,
    /// By which camera.
    pub camera: String,
    /// How the amount was reached.
    pub calculation: CalculationOut,
    /// What was read, frame by frame and character by character.
    #[schema(value_type = Vec<Object>)]
    pub reads: Vec<FrameReadsDocument>,
    /// What the camera said.
    #[schema(value_type = Object)]
    pub sighting: SightingDocument,
    /// The pictures.
    pub frames: Vec<CaseFrameOut>,
}

/// Why nothing was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonOut {
    /// Stable name.
    pub code: &'static str,
    /// In words.
    pub text: TextOut,
}

/// One picture of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseFrameOut {
    /// Of the original bytes, hexadecimal.
    pub sha256: String,
    /// What it shows.
    pub role: String,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// Where its holder fetches it.
    pub address: String,
    /// Whether it was opened under the lease that is live now.
    pub opened: bool,
}

/// One deed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeedOut {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: &'static str,
}

impl QueueOut {
    /// A page of at most `limit`.
    #[must_use]
    pub fn of(entries: &[QueueEntry], limit: u32) -> Self {
        let next =
            entries.last().filter(|_| entries.len() == limit as usize).map(|last| last.task.id.to_string());
        Self { items: entries.iter().map(QueueItemOut::from).collect(), next }
    }
}

impl From<&QueueEntry> for QueueItemOut {
    fn from(entry: &QueueEntry) -> Self {
        let QueueEntry { task, reference, jurisdiction, plate_key, reasons, violations } = entry;
        Self {
            task: TaskOut::of(task),
            reference: reference.clone(),
            jurisdiction: jurisdiction.clone(),
            plate: plate_key.clone(),
            reasons: reasons.clone(),
            violations: *violations,
        }
    }
}

impl TaskOut {
    /// A task as it stands.
    #[must_use]
    pub fn of(task: &ReviewTask) -> Self {
        let ReviewTask { id, subject, priority, queued_at, state, version } = task;
        let (state, held) = match state {
            ReviewTaskState::Open => ("open", None),
            ReviewTaskState::Claimed(lease) => {
                ("claimed", Some(HoldOut { reviewer: lease.reviewer.to_string(), until: lease.until }))
            }
            ReviewTaskState::Done => ("done", None),
        };
        Self {
            id: id.to_string(),
            kind: subject.kind().label(),
            priority: *priority,
            queued_at: *queued_at,
            state,
            held,
            version: *version,
        }
    }
}

impl CaseOut {
    /// A case with everything on file but its pictures.
    #[must_use]
    pub fn of(file: &CaseFile) -> Self {
        let CaseFile { task, evidence, objection, pending, opened, history } = file;
        let address = format!("/api/v1/review-tasks/{}", task.id);
        let references: Vec<_> = evidence.iter().filter_map(reference_of).collect();
        let pending = pending.iter().filter_map(|one| {
            let (_, reference) = references.iter().find(|(id, _)| *id == one.violation)?;
            Some(PendingOut { reference: reference.clone(), amount_due: one.amount_due.into() })
        });
        Self {
            task: TaskOut::of(task),
            sightings: evidence.iter().map(|one| SightingOut::of(one, opened, &address)).collect(),
            objection: objection.as_ref().map(ObjectionOut::of),
            pending: pending.collect(),
            history: history.iter().map(DeedOut::from).collect(),
        }
    }
}

impl SightingOut {
    fn of(evidence: &CaseEvidence, opened: &BTreeSet<Sha256Digest>, address: &str) -> Self {
        let reasons = match &evidence.outcome {
            CaseOutcome::Violation(_) => Vec::new(),
            CaseOutcome::ManualCheck(doubtful) => {
                let reasons = doubtful.reasons.iter();
                reasons
                    .map(|reason| ReasonOut {
                        code: reason.label(),
                        text: TextOut::from(&reason_text(*reason)),
                    })
                    .collect()
            }
        };
        let frame = |file: &StoredFile| CaseFrameOut {
            sha256: file.sha256.to_string(),
            role: file.role.clone(),
            width: file.width,
            height: file.height,
            address: format!("{address}/frames/{}", file.sha256),
            opened: opened.contains(&file.sha256),
        };
        Self {
            reference: reference_of(evidence).map(|(_, reference)| reference),
            reasons,
            plate: evidence.plate.as_ref().map(ToString::to_string),
            act: evidence.act_code.clone(),
            captured_at: evidence.captured_at,
            site: TextOut::from(&evidence.site),
            camera: evidence.camera_id.clone(),
            calculation: calculation_out(&evidence.calculation, &evidence.rule_table_sha256),
            reads: evidence.reads.clone(),
            sighting: evidence.sighting.clone(),
            frames: evidence.files.iter().map(frame).collect(),
        }
    }
}

impl From<&AuditedAction> for DeedOut {
    fn from(deed: &AuditedAction) -> Self {
        let AuditedAction { at, actor, action } = deed;
        Self { at: *at, actor: actor.to_string(), action: action.label() }
    }
}

fn reference_of(evidence: &CaseEvidence) -> Option<(schemas::ids::ViolationId, String)> {
    match &evidence.outcome {
        CaseOutcome::Violation(issued) => Some((issued.id, issued.reference.to_string())),
        CaseOutcome::ManualCheck(_) => None,
    }
}
