//! Who did what to which case: rows that are only ever added, in the transaction of the action.

use chrono::{DateTime, Utc};
use schemas::ids::{
    ApiKeyId, AttachmentId, DecisionId, ManualCheckId, ObjectionId, ReviewTaskId, ReviewerId, SubjectId,
    ViolationId,
};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::fmt;
use uuid::Uuid;

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The stream half.
    Stream,
    /// A job, by name.
    Job(&'static str),
    /// A person who reviews cases.
    Reviewer(ReviewerId),
    /// A caller who stands for no named person, by its row in `subject`.
    Subject(SubjectId),
    /// A citizen who knows a case's reference.
    Citizen,
    /// Whoever ran a command on the server, e.g. an import.
    Operator,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream => formatter.write_str("stream"),
            Self::Job(name) => write!(formatter, "job:{name}"),
            Self::Reviewer(id) => write!(formatter, "reviewer:{id}"),
            Self::Subject(id) => write!(formatter, "{id}"),
            Self::Citizen => formatter.write_str("citizen"),
            Self::Operator => formatter.write_str("operator"),
        }
    }
}

/// Who acted, as a row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredActor {
    /// The stream half, or a job; the name is that of the program that wrote the row.
    Machine(String),
    /// A person who reviews cases.
    Reviewer(ReviewerId),
    /// A caller who stands for no named person.
    Subject(SubjectId),
    /// A citizen who knows a case's reference.
    Citizen,
    /// Whoever ran a command on the server.
    Operator,
}

impl StoredActor {
    /// Reads what [`Actor`] shows; `None` for what it never shows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("reviewer", id)) => id.parse().ok().map(Self::Reviewer),
            Some(("job", _)) => Some(Self::Machine(text.to_owned())),
            Some(_) => None,
            None if text == Actor::Stream.to_string() => Some(Self::Machine(text.to_owned())),
            None if text == Actor::Citizen.to_string() => Some(Self::Citizen),
            None if text == Actor::Operator.to_string() => Some(Self::Operator),
            None => text.parse().ok().map(Self::Subject),
        }
    }
}

impl fmt::Display for StoredActor {
    /// As in the row.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(name) => formatter.write_str(name),
            Self::Reviewer(id) => Actor::Reviewer(id.clone()).fmt(formatter),
            Self::Subject(id) => Actor::Subject(*id).fmt(formatter),
            Self::Citizen => Actor::Citizen.fmt(formatter),
            Self::Operator => Actor::Operator.fmt(formatter),
        }
    }
}

/// What was acted upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// A violation.
    Violation(ViolationId),
    /// A manual check.
    ManualCheck(ManualCheckId),
    /// An objection.
    Objection(ObjectionId),
    /// An objection's attachment.
    Attachment(AttachmentId),
    /// A case in the reviewers' queue.
    ReviewTask(ReviewTaskId),
    /// A decision.
    Decision(DecisionId),
    /// An API key.
    ApiKey(ApiKeyId),
    /// A kind of imported fact, by name.
    Facts(&'static str),
    /// A partition of the stream, as `topic/number`.
    Partition(String),
}

impl Entity {
    /// Name of the kind in rows.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Violation(_) => "violation",
            Self::ManualCheck(_) => "manual_check",
            Self::Objection(_) => "objection",
            Self::Attachment(_) => "attachment",
            Self::ReviewTask(_) => "review_task",
            Self::Decision(_) => "decision",
            Self::ApiKey(_) => "api_key",
            Self::Facts(_) => "facts",
            Self::Partition(_) => "partition",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(id) => write!(formatter, "{id}"),
            Self::ManualCheck(id) => write!(formatter, "{id}"),
            Self::Objection(id) => write!(formatter, "{id}"),
            Self::Attachment(id) => write!(formatter, "{id}"),
            Self::ReviewTask(id) => write!(formatter, "{id}"),
            Self::Decision(id) => write!(formatter, "{id}"),
            Self::ApiKey(id) => write!(formatter, "{id}"),
            Self::Facts(name) => formatter.write_str(name),
            Self::Partition(name) => formatter.write_str(name),
        }
    }
}

schemas::closed_list! {
    /// What was done. A closed list: whoever does something new adds it here.
    pub enum AuditAction {
        /// A violation was issued.
        ViolationRecord = "violation.record",
        /// A doubtful sighting was recorded.
        ManualCheckRecord = "manual_check.record",
        /// An objection was filed.
        ObjectionFile = "objection.file",
        /// The citizen asked for a person.
        ObjectionAskForHuman = "objection.ask_for_human",
        /// The citizen added a document.
        ObjectionAddDocument = "objection.add_document",
        /// The time for a document ran out.
        ObjectionDocumentOverdue = "objection.document_overdue",
        /// Another objection to the same violation ended.
        ObjectionOtherEnded = "objection.other_ended",
        /// An objection was moved by another step.
        ObjectionMove = "objection.move",
        /// The machine answered.
        ObjectionTriage = "objection.triage",
        /// A reviewer took a task.
        ReviewClaim = "review.claim",
        /// A reviewer gave a task back.
        ReviewRelease = "review.release",
        /// A reviewer opened a picture; its rows stand in `frame_view`.
        ReviewViewFrame = "review.view_frame",
        /// A reviewer decided an objection.
        ReviewDecide = "review.decide",
        /// A reviewer dismissed a doubtful sighting.
        ReviewDismiss = "review.dismiss",
        /// An attempt to decide was refused.
        ReviewDecideRefused = "review.decide_refused",
        /// A key was issued.
        KeyIssue = "key.issue",
        /// A key was replaced.
        KeyRotate = "key.rotate",
        /// A key was ended.
        KeyRevoke = "key.revoke",
        /// A partition's position was moved by hand.
        PositionSkip = "position.skip",
        /// A dead letter was sent back to the stream.
        DeadLetterResend = "dead_letter.resend",
        /// A file of facts was imported.
        FactsImport = "facts.import",
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: AuditAction,
    /// To what.
    pub entity: Entity,
    /// What else a reader needs; never a plate together with a person, never a token.
    pub detail: Value,
}

/// Writes entries in the caller's transaction, at `recorded_at`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write_at(
    transaction: &mut PgConnection,
    entries: &[AuditEntry],
    recorded_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if entries.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into audit_event (id, recorded_at, actor, action, entity_kind, entity_id, detail)
         select id, $2, actor, action, entity_kind, entity_id, detail
         from unnest($1::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
             as entry (id, actor, action, entity_kind, entity_id, detail)",
        &entries.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        recorded_at,
        &entries.iter().map(|entry| entry.actor.to_string()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.action.label()).collect::<Vec<_>>() as _,
        &entries.iter().map(|entry| entry.entity.kind()).collect::<Vec<_>>() as _,
        &entries.iter().map(|entry| entry.entity.to_string()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| Json(&entry.detail)).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Writes one entry in the caller's transaction, at the database's time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write(transaction: &mut PgConnection, entry: &AuditEntry) -> Result<(), sqlx::Error> {
    let AuditEntry { actor, action, entity, detail } = entry;
    sqlx::query!(
        "insert into audit_event (id, recorded_at, actor, action, entity_kind, entity_id, detail)
         values ($1, now(), $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        actor.to_string(),
        action.label(),
        entity.kind(),
        entity.to_string(),
        detail,
    )
    .execute(transaction)
    .await?;
    Ok(())
}
