//! Drives objections that the machine has to look at: idempotent, in as many processes as there are.
//!
//! One objection is one transaction: suggestion, answers, moves, queue row, messages, audit and chain are written
//! together or not at all. What another process holds is passed over.

use super::{publish, store};
use crate::case::effect::EFFECT_DOMAIN;
use crate::case::task;
use crate::facts::FactsError;
use crate::facts::holidays;
use crate::facts::store::{FactsQuestion, gather};
use crate::facts::tariffs::{self, TariffsError};
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::chain::{self, ChainDomain};
use crate::foundation::db::Database;
use crate::foundation::jobs::{Job, JobError, Progress};
use crate::foundation::outbox;
use crate::foundation::service_metrics::ServiceMetrics;
use crate::foundation::store_error::{StoreError, from_driver};
use crate::objection::ObjectionError;
use crate::objection::steps;
use crate::objection::store::{self as objections, HeldObjection};
use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use rules::canonical::canonical_bytes;
use rules::flow::objection::{ObjectionEvent, ObjectionState};
use rules::policy::Policies;
use rules::policy::calendar;
use rules::replay::triage::{TriageRecord, record_triage};
use rules::triage::suggest::suggest;
use rules::triage::{TriageInput, TriageRules};
use schemas::clock::Clock;
use schemas::error_chain::ErrorChain;
use schemas::ground_table::GroundTable;
use schemas::ids::ObjectionId;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::closing::AnsweredBy;
use schemas::triage::{MachineAnswerKind, TriageSuggestion, overall_result};
use serde_json::json;
use sqlx::PgConnection;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Name in audit, logs and metrics.
pub const JOB_NAME: &str = "triage";
/// Form of the chain's link of a machine's answers.
pub const TRIAGE_DOMAIN: ChainDomain = ChainDomain::new("rasid.triage.v1");
/// Wait before an objection that failed is tried again; doubled for each further failure.
const RETRY_DELAY_FIRST_SECONDS: f64 = 1.0;
/// Version of an objection that was filed and not changed since.
const FIRST_VERSION: i64 = 1;
/// Longest wait before an objection that failed is tried again.
const RETRY_DELAY_MAX_SECONDS: f64 = 600.0;

/// Why an objection could not be looked at.
#[derive(Debug, Error)]
pub enum TriageError {
    /// The objection could not be read or moved.
    #[error("the objection cannot be read or moved")]
    Objection(#[from] ObjectionError),
    /// Its facts could not be read.
    #[error("the objection's facts cannot be read")]
    Facts(#[from] FactsError),
    /// The chain could not be extended.
    #[error("the chain cannot be extended")]
    Chain(#[from] chain::ChainError),
    /// The answer has no canonical form.
    #[error("the answer has no canonical form")]
    Canonical(#[from] rules::canonical::CanonicalError),
    /// The imported fines cannot be read.
    #[error(transparent)]
    Tariffs(#[from] TariffsError),
    /// The database failed.
    #[error("the answer cannot be written")]
    Database(#[from] StoreError),
}

from_driver!(TriageError);

/// The job.
#[derive(Debug)]
pub struct TriageJob {
    /// The database.
    pub database: Database,
    /// The rules of all countries as they were built; imported fines come on top.
    pub policies: Arc<Policies>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Objections of one run.
    pub batch_objections_max: u32,
    /// Wait after a run that found nothing.
    pub interval: Duration,
    /// Answers by kind and so on.
    pub metrics: ServiceMetrics,
}

#[async_trait]
impl Job for TriageJob {
    fn name(&self) -> &'static str {
        JOB_NAME
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        let moved = self.move_on().await.map_err(JobError::new)?;
        let mut answered = 0;
        for _ in 0..self.batch_objections_max {
            if !self.answer_one().await.map_err(JobError::new)? {
                break;
            }
            answered += 1;
        }
        Ok(if moved + answered > 0 { Progress::Worked } else { Progress::Idle })
    }
}

impl TriageJob {
    /// Looks at the objection that waits longest; returns whether there was one.
    ///
    /// # Errors
    /// When the database fails. An objection that fails by itself is deferred and does not stop others.
    pub async fn answer_one(&self) -> Result<bool, TriageError> {
        let mut transaction = self.database.begin().await?;
        let Some(id) = pick(&mut transaction).await? else { return Ok(false) };
        match self.answer(&mut transaction, id).await {
            Ok((kind, waited)) => {
                transaction.commit().await?;
                self.metrics.count_answer(kind);
                if let Some(waited) = waited {
                    self.metrics.count_triage(waited.to_std().unwrap_or_default());
                }
                Ok(true)
            }
            Err(error) => {
                transaction.rollback().await?;
                self.defer(id, &error).await?;
                Ok(true)
            }
        }
    }

    /// Answers it; returns what it counts as, and how long it waited if this is its first answer.
    async fn answer(
        &self,
        transaction: &mut PgConnection,
        id: ObjectionId,
    ) -> Result<(MachineAnswerKind, Option<TimeDelta>), TriageError> {
        let now = self.clock.now();
        let held = objections::hold(transaction, id).await?;
        let policies = tariffs::in_force(transaction, &self.policies).await?;
        let input = input(transaction, &held, &policies).await?;
        let rules = TriageRules::of(&policies, held.jurisdiction);
        let suggestion = suggest(&input, &rules);
        let counted = overall(transaction, &held, &suggestion).await?;
        let record = record_triage(&input, &suggestion)?;
        let triage = store::write(transaction, id, (&suggestion, &record), counted, now).await?;
        for answer in &suggestion.violations {
            if let Some(closing) = answer.answer.kind().closing() {
                let by = AnsweredBy::Machine;
                objections::close_violation(transaction, id, answer.violation, (closing, by), now).await?;
            }
        }
        let actor = Actor::Job(JOB_NAME);
        let moved = objections::move_by(transaction, &held, event_of(&suggestion), &actor, now).await?;
        follow_up(transaction, &moved, now).await?;
        outbox::enqueue(transaction, &publish::machine_messages(id, &suggestion, now)).await?;
        audit::write(transaction, &audit_entry(&moved, &suggestion)).await?;
        extend_chains(transaction, &moved, triage, &suggestion, &record).await?;
        Ok((counted, (held.version == FIRST_VERSION).then(|| now - held.filed_at)))
    }

    /// Moves objections whose document is overdue or whose turn has come; returns how many.
    async fn move_on(&self) -> Result<u32, TriageError> {
        let now = self.clock.now();
        let mut moved = 0;
        for (id, event) in due(&self.database, now).await? {
            match steps::move_on(&self.database, Actor::Job(JOB_NAME), id, event, now).await {
                Ok(_) => moved += 1,
                // The citizen or another process was quicker.
                Err(ObjectionError::Illegal(_) | ObjectionError::Moved(_) | ObjectionError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(moved)
    }

    /// Puts a failing objection off, so that others have their turn; an outage of the database is no fault of it.
    async fn defer(&self, id: ObjectionId, error: &TriageError) -> Result<(), TriageError> {
        let reason = ErrorChain(error).to_string();
        tracing::warn!(objection.id = %id, error = reason, "objection {id} could not be looked at and is deferred");
        sqlx::query!(
            "update objection
             set triage_attempts = triage_attempts + 1,
                 triage_error = $2,
                 triage_after = now() + make_interval(secs => least($4::float8, $3::float8 * power(2, least(triage_attempts, 20))))
             where id = $1 and state = 'filed'",
            id.uuid(),
            reason,
            RETRY_DELAY_FIRST_SECONDS,
            RETRY_DELAY_MAX_SECONDS,
        )
        .execute(self.database.pool())
        .await?;
        self.metrics.count_triage_failure();
        Ok(())
    }
}

async fn pick(transaction: &mut PgConnection) -> Result<Option<ObjectionId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from objection where state = 'filed' and triage_after <= now()
         order by triage_after, sequence limit 1 for update skip locked"
    )
    .fetch_optional(transaction)
    .await?;
    Ok(id.map(ObjectionId::from_uuid))
}

/// Objections that the calendar or another objection's end moves.
async fn due(
    database: &Database,
    now: DateTime<Utc>,
) -> Result<Vec<(ObjectionId, ObjectionEvent)>, sqlx::Error> {
    let today = |jurisdiction: Jurisdiction| now.with_timezone(&jurisdiction.time_zone()).date_naive();
    let rows = sqlx::query_file!(
        "src/triage/queries/due.sql",
        &Jurisdiction::ALL.map(Jurisdiction::code) as _,
        &Jurisdiction::ALL.map(today),
    )
    .fetch_all(database.pool())
    .await?;
    let event = |overdue| if overdue { ObjectionEvent::DocumentOverdue } else { ObjectionEvent::OtherEnded };
    Ok(rows.into_iter().map(|row| (ObjectionId::from_uuid(row.id), event(row.overdue))).collect())
}

/// What the objection counts as, over the answers that stand and the new ones.
async fn overall(
    transaction: &mut PgConnection,
    held: &HeldObjection,
    suggestion: &TriageSuggestion,
) -> Result<MachineAnswerKind, sqlx::Error> {
    let closed = sqlx::query_scalar!(
        r#"select answer as "answer!" from objection_violation where objection_id = $1 and answer is not null"#,
        held.id.uuid()
    )
    .fetch_all(transaction)
    .await?;
    let standing = closed.iter().filter_map(|answer| MachineAnswerKind::from_label(answer));
    let new = suggestion.violations.iter().map(|one| one.answer.kind());
    Ok(overall_result(standing.chain(new)).unwrap_or(MachineAnswerKind::SentToReview))
}

fn event_of(suggestion: &TriageSuggestion) -> ObjectionEvent {
    match suggestion.overall_result() {
        Some(MachineAnswerKind::Waiting) => ObjectionEvent::PutBehindOther,
        Some(MachineAnswerKind::DocumentAsked) => ObjectionEvent::DocumentAsked,
        Some(MachineAnswerKind::SentToReview) => ObjectionEvent::SentToReview,
        Some(
            MachineAnswerKind::Cancelled
            | MachineAnswerKind::Reduced
            | MachineAnswerKind::ClosedAsPaid
            | MachineAnswerKind::RefusedOnForm,
        )
        | None => ObjectionEvent::MachineAnswered,
    }
}

/// What must be there wherever the objection went.
async fn follow_up(
    transaction: &mut PgConnection,
    moved: &HeldObjection,
    now: DateTime<Utc>,
) -> Result<(), TriageError> {
    match moved.state {
        ObjectionState::InReview => {
            task::open_for_objection(transaction, moved.id, moved.filed_at).await?;
        }
        ObjectionState::AwaitingDocument => {
            let announced = holidays::announced_since(transaction, moved.jurisdiction, now).await?;
            let due_on = document_due_on(moved.jurisdiction, now, &announced);
            objections::hold_clock(transaction, moved.id, due_on, now).await?;
        }
        ObjectionState::Filed
        | ObjectionState::Waiting
        | ObjectionState::Answered
        | ObjectionState::Decided => {}
    }
    Ok(())
}

async fn input(
    transaction: &mut PgConnection,
    held: &HeldObjection,
    policies: &Policies,
) -> Result<TriageInput, TriageError> {
    let pending = objections::pending(transaction, held.id).await?;
    let oldest = pending.iter().map(|one| one.recorded_at).min().unwrap_or(held.filed_at);
    let objection = store::objection_facts(transaction, held, oldest).await?;
    let mut violations = Vec::new();
    for one in pending {
        let question = FactsQuestion {
            violation: one.violation,
            recorded_at: one.recorded_at,
            objection: held.id,
            objection_sequence: held.sequence,
            party: held.party.as_deref(),
        };
        violations.extend(gather(transaction, &question, policies).await?);
    }
    Ok(TriageInput { objection, violations })
}

fn document_due_on(
    jurisdiction: Jurisdiction,
    now: DateTime<Utc>,
    announced: &BTreeSet<NaiveDate>,
) -> NaiveDate {
    let today = now.with_timezone(&jurisdiction.time_zone()).date_naive();
    let days = Days::new(GroundTable::of(jurisdiction).document_days().into());
    let last = today.checked_add_days(days).unwrap_or(NaiveDate::MAX);
    calendar::HolidayCalendar::of(jurisdiction).working_day_from(last, announced)
}

fn audit_entry(moved: &HeldObjection, suggestion: &TriageSuggestion) -> AuditEntry {
    let answers = suggestion.violations.iter();
    AuditEntry {
        actor: Actor::Job(JOB_NAME),
        action: AuditAction::ObjectionTriage,
        entity: Entity::Objection(moved.id),
        detail: json!({
            "state": moved.state.label(),
            "answers": answers.map(|one| json!([one.violation.to_string(), one.answer.label()])).collect::<Vec<_>>(),
        }),
    }
}

/// A link in the objection's chain with everything, and one in the chain of each violation whose sum changed; cases in
/// the order of their ids, so that two transactions never wait for each other in a circle.
async fn extend_chains(
    transaction: &mut PgConnection,
    moved: &HeldObjection,
    triage: schemas::ids::TriageId,
    suggestion: &TriageSuggestion,
    record: &TriageRecord,
) -> Result<(), TriageError> {
    let link = publish::triage_record(moved, triage, suggestion, record);
    let mut links = vec![(moved.id.uuid(), TRIAGE_DOMAIN, canonical_bytes(&link)?)];
    for answer in &suggestion.violations {
        if let Some(effect) = publish::effect_record(moved.id, triage, answer) {
            links.push((answer.violation.uuid(), EFFECT_DOMAIN, canonical_bytes(&effect)?));
        }
    }
    links.sort_by_key(|(case, _, _)| *case);
    for (case, domain, bytes) in links {
        chain::extend(transaction, case, domain, &bytes).await?;
    }
    Ok(())
}
