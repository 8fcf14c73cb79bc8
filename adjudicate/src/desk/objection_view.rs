//! An objection as its citizen and its reviewer see it.

use crate::foundation::columns::optional_money;
use crate::foundation::db::Database;
use crate::objection::ObjectionError;
use crate::objection::store::grounds;
use crate::triage::store::{StoredSuggestion, latest_suggestions};
use chrono::{DateTime, NaiveDate, Utc};
use rules::flow::objection::{ObjectionEvent, ObjectionState};
use schemas::attachment::Attachment;
use schemas::decision::Verdict;
use schemas::evidence::Sha256Digest;
use schemas::ids::{AttachmentId, ObjectionId, ReviewerId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::closing::{AnsweredBy, ClosingAnswer};
use schemas::objection::{Ground, Story};
use schemas::plate::PlateNumber;
use schemas::reference::{ObjectionReference, ViolationReference};
use schemas::text::Language;
use schemas::triage::MachineAnswerKind;
use sqlx::PgConnection;

/// The first row of every history; no move leads to it.
pub const FILED_EVENT: &str = "filed";

/// An objection with its parts, its answers and its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionView {
    /// Its id.
    pub id: ObjectionId,
    /// What the citizen quotes.
    pub reference: ObjectionReference,
    /// Whose law applies.
    pub jurisdiction: Jurisdiction,
    /// ASCII key of the plate of its violations.
    pub plate_key: String,
    /// Where it is.
    pub state: ObjectionState,
    /// Raised by every change; the `ETag`.
    pub version: i64,
    /// The answer that it counts as; `None` before the first.
    pub overall_result: Option<MachineAnswerKind>,
    /// Language of the answer.
    pub language: Language,
    /// The citizen's words.
    pub story: Story,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// When the citizen asked for a human.
    pub human_asked_at: Option<DateTime<Utc>>,
    /// Last civil day for the document that was asked for.
    pub document_due_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Why, the main ground first.
    pub grounds: Vec<Ground>,
    /// What was added.
    pub attachments: Vec<Attachment>,
    /// Each violation with its answer.
    pub violations: Vec<ViolationAnswer>,
    /// Where it went.
    pub history: Vec<HistoryEntry>,
}

/// One violation within an objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViolationAnswer {
    /// The violation.
    pub violation: ViolationId,
    /// What the citizen quotes.
    pub reference: ViolationReference,
    /// The answer that closed it, and whose it is.
    pub closing: Option<(ClosingAnswer, AnsweredBy)>,
    /// The machine's latest answer with all that it rests on.
    pub machine: Option<StoredSuggestion>,
    /// The human's answer.
    pub human: Option<HumanAnswer>,
}

/// A human's answer on one violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanAnswer {
    /// Who decided.
    pub reviewer: ReviewerId,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, Arabic.
    pub reason_arabic: Option<String>,
    /// Why, English.
    pub reason_english: Option<String>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// One move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What happened; `None` for the filing.
    pub event: Option<ObjectionEvent>,
    /// Where it was afterwards.
    pub state: ObjectionState,
    /// Who did it, as in the audit.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The objection of that reference, if it is against violations of that plate.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn find(
    database: &Database,
    reference: &ObjectionReference,
    plate: &PlateNumber,
) -> Result<Option<ObjectionView>, ObjectionError> {
    let id = sqlx::query_scalar!(
        "select id from objection where reference = $1 and plate_key = $2",
        reference.as_str(),
        plate.key(),
    )
    .fetch_optional(database.pool())
    .await?;
    match id {
        Some(id) => load(database, ObjectionId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// References of all objections against violations of that plate, newest first.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn of_plate(
    database: &Database,
    plate_key: &str,
) -> Result<Vec<(ObjectionReference, ObjectionState)>, ObjectionError> {
    let rows = sqlx::query!(
        "select id, reference, state from objection where plate_key = $1 order by sequence desc",
        plate_key
    )
    .fetch_all(database.pool())
    .await?;
    let read = rows.into_iter().map(|row| {
        let objection = ObjectionId::from_uuid(row.id);
        let unreadable = |what| ObjectionError::Unreadable { objection, what };
        let reference = row.reference.parse().map_err(|_| unreadable("reference"))?;
        Ok((reference, row.state.parse().map_err(|_| unreadable("state"))?))
    });
    read.collect()
}

/// The objection of that id.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn load(database: &Database, id: ObjectionId) -> Result<Option<ObjectionView>, ObjectionError> {
    let mut transaction = database.begin_with("begin isolation level repeatable read read only").await?;
    let Some(mut view) = head(&mut transaction, id).await? else { return Ok(None) };
    view.grounds = grounds(&mut transaction, id).await?;
    view.attachments = attachments(&mut transaction, id).await?;
    view.violations = violations(&mut transaction, id).await?;
    view.history = history(&mut transaction, id).await?;
    transaction.rollback().await?;
    Ok(Some(view))
}

async fn head(
    connection: &mut PgConnection,
    id: ObjectionId,
) -> Result<Option<ObjectionView>, ObjectionError> {
    let row = sqlx::query!(
        "select reference, jurisdiction, plate_key, state, version, overall_result, language, story, filed_at,
                human_asked_at, document_due_on, closed_at
         from objection where id = $1",
        id.uuid()
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let unreadable = |what| ObjectionError::Unreadable { objection: id, what };
    let overall =
        row.overall_result.as_deref().map(|label| MachineAnswerKind::from_label(label).ok_or(label));
    Ok(Some(ObjectionView {
        id,
        reference: row.reference.parse().map_err(|_| unreadable("reference"))?,
        jurisdiction: row.jurisdiction.parse().map_err(|_| unreadable("jurisdiction"))?,
        plate_key: row.plate_key,
        state: row.state.parse().map_err(|_| unreadable("state"))?,
        version: row.version,
        overall_result: overall.transpose().map_err(|_| unreadable("overall_result"))?,
        language: row.language.parse().map_err(|_| unreadable("language"))?,
        story: Story::parse(&row.story).map_err(|_| unreadable("story"))?,
        filed_at: row.filed_at,
        human_asked_at: row.human_asked_at,
        document_due_on: row.document_due_on,
        closed_at: row.closed_at,
        grounds: Vec::new(),
        attachments: Vec::new(),
        violations: Vec::new(),
        history: Vec::new(),
    }))
}

async fn attachments(
    connection: &mut PgConnection,
    id: ObjectionId,
) -> Result<Vec<Attachment>, ObjectionError> {
    let rows = sqlx::query!(
        "select id, sha256, media_type, size_bytes from attachment where case_id = $1 order by added_at, id",
        id.uuid()
    )
    .fetch_all(connection)
    .await?;
    let unreadable = || ObjectionError::Unreadable { objection: id, what: "attachment" };
    let read = rows.into_iter().map(|row| {
        Ok(Attachment {
            id: AttachmentId::from_uuid(row.id),
            sha256: Sha256Digest::from_bytes(&row.sha256).map_err(|_| unreadable())?,
            media_type: row.media_type.parse().map_err(|_| unreadable())?,
            size_bytes: u64::try_from(row.size_bytes).map_err(|_| unreadable())?,
        })
    });
    read.collect()
}

async fn violations(
    connection: &mut PgConnection,
    id: ObjectionId,
) -> Result<Vec<ViolationAnswer>, ObjectionError> {
    let rows =
        sqlx::query_file!("src/desk/queries/answers.sql", id.uuid()).fetch_all(&mut *connection).await?;
    let mut machine = latest_suggestions(connection, id).await?;
    let unreadable = |what| ObjectionError::Unreadable { objection: id, what };
    let mut answers = Vec::new();
    for row in rows {
        let violation = ViolationId::from_uuid(row.violation_id);
        let human = match (row.reviewer_id, row.verdict, row.decided_at) {
            (Some(reviewer), Some(label), Some(decided_at)) => {
                let to =
                    optional_money(row.amount, row.currency.as_deref()).map_err(|_| unreadable("amount"))?;
                Some(HumanAnswer {
                    reviewer: reviewer.parse().map_err(|_| unreadable("reviewer"))?,
                    verdict: Verdict::from_parts(&label, to).ok_or_else(|| unreadable("verdict"))?,
                    reason_arabic: row.reason_arabic,
                    reason_english: row.reason_english,
                    decided_at,
                })
            }
            (_, _, _) => None,
        };
        let closing = match (row.answer, row.answered_by) {
            (Some(answer), Some(by)) => Some(
                ClosingAnswer::from_label(&answer)
                    .zip(AnsweredBy::from_label(&by))
                    .ok_or_else(|| unreadable("answer"))?,
            ),
            (_, _) => None,
        };
        let place = machine.iter().position(|one| one.violation == violation);
        answers.push(ViolationAnswer {
            violation,
            reference: row.violation_reference.parse().map_err(|_| unreadable("violation"))?,
            closing,
            machine: place.map(|place| machine.swap_remove(place)),
            human,
        });
    }
    Ok(answers)
}

async fn history(
    connection: &mut PgConnection,
    id: ObjectionId,
) -> Result<Vec<HistoryEntry>, ObjectionError> {
    let rows = sqlx::query!(
        "select event, to_state, actor, recorded_at from objection_event where objection_id = $1 order by version",
        id.uuid()
    )
    .fetch_all(connection)
    .await?;
    let unreadable = || ObjectionError::Unreadable { objection: id, what: "history" };
    let read = rows.into_iter().map(|row| {
        let event = match row.event.as_str() {
            FILED_EVENT => None,
            label => Some(ObjectionEvent::from_label(label).ok_or_else(unreadable)?),
        };
        let state = row.to_state.parse().map_err(|_| unreadable())?;
        Ok(HistoryEntry { event, state, actor: row.actor, at: row.recorded_at })
    });
    read.collect()
}
