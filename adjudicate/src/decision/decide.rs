//! Deciding a case: one transaction by compare-and-set, or nothing.

use super::{DecisionError, store};
use crate::foundation::audit::{self, Actor, AuditEntry, Entity};
use crate::foundation::chain::{self, ChainDomain};
use crate::foundation::db::Database;
use crate::foundation::outbox;
use crate::foundation::service_metrics::ServiceMetrics;
use crate::objection::store as objections;
use crate::review::ReviewError;
use crate::review::store as review;
use crate::triage::job::EFFECT_DOMAIN;
use crate::triage::publish;
use chrono::{DateTime, Utc};
use rules::canonical::canonical_bytes;
use rules::flow::objection::ObjectionEvent;
use schemas::decision::{Dismissal, HumanDecision, Reason, Verdict};
use schemas::ids::{DecisionId, LeaseId, ManualCheckId, ObjectionId, ReviewTaskId, ReviewerId, ViolationId};
use schemas::review::{EvidenceOpened, LeaseError, LiveLease, ReviewSubject};
use schemas::text::Language;
use schemas::wire::decision_v1::MadeBy;
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Form of the link of a human's decision.
pub const DECISION_DOMAIN: ChainDomain = ChainDomain::new("rasid.decision.v1");

/// Who decides which task under which lease.
#[derive(Debug, Clone)]
pub struct DecisionCall<'c> {
    /// The task.
    pub task: ReviewTaskId,
    /// The caller.
    pub reviewer: &'c ReviewerId,
    /// The lease that the caller claimed.
    pub lease: LeaseId,
    /// The version that the caller read (`If-Match`).
    pub version: i64,
    /// Why.
    pub reason: Reason,
}

/// Decides an objection: a verdict on every violation that waits for one.
///
/// # Errors
/// Which of missing, held elsewhere, decided, stale, frames unseen and bad input it was; a refused attempt leaves an
/// audit row and nothing else.
pub async fn decide_objection(
    database: &Database,
    call: &DecisionCall<'_>,
    verdicts: BTreeMap<ViolationId, Verdict>,
    metrics: &ServiceMetrics,
    now: DateTime<Utc>,
) -> Result<DecisionId, DecisionError> {
    let mut transaction = database.begin().await?;
    match write_decision(&mut transaction, call, verdicts, now).await {
        Ok(decision) => {
            transaction.commit().await?;
            decision.verdicts().values().for_each(|verdict| metrics.count_verdict(*verdict));
            Ok(decision.id())
        }
        Err(error) => {
            transaction.rollback().await?;
            refuse(database, call, error).await
        }
    }
}

/// Dismisses a sighting that was too doubtful to issue: nothing is issued.
///
/// # Errors
/// As [`decide_objection`].
pub async fn dismiss_manual_check(
    database: &Database,
    call: &DecisionCall<'_>,
    metrics: &ServiceMetrics,
    now: DateTime<Utc>,
) -> Result<DecisionId, DecisionError> {
    let mut transaction = database.begin().await?;
    match write_dismissal(&mut transaction, call, now).await {
        Ok(dismissal) => {
            transaction.commit().await?;
            metrics.count_dismissal();
            Ok(dismissal.id())
        }
        Err(error) => {
            transaction.rollback().await?;
            refuse(database, call, error).await
        }
    }
}

async fn write_decision(
    transaction: &mut PgConnection,
    call: &DecisionCall<'_>,
    verdicts: BTreeMap<ViolationId, Verdict>,
    now: DateTime<Utc>,
) -> Result<HumanDecision, DecisionError> {
    let (subject, evidence) = opened(transaction, call).await?;
    let ReviewSubject::Objection(objection) = subject else {
        return Err(DecisionError::OtherKind(call.task));
    };
    let pending = store::pending_violations(transaction, objection).await?;
    let decision = HumanDecision::new(objection, &pending, verdicts, call.reason.clone(), evidence)?;
    close_task(transaction, call).await?;
    store::insert_decision(transaction, call.task, &decision, now).await?;
    for (violation, verdict) in decision.verdicts() {
        objections::close_violation(transaction, objection, *violation, verdict.label(), "human", now)
            .await?;
    }
    let held = objections::hold(transaction, objection).await?;
    let actor = Actor::Reviewer(call.reviewer.clone());
    objections::move_by(transaction, &held, ObjectionEvent::HumanDecided, &actor, now).await?;
    outbox::enqueue(transaction, &messages(&decision, now)).await?;
    let labels = decision.verdicts().iter().map(|(id, verdict)| json!([id.to_string(), verdict.label()]));
    let detail = json!({ "objection": objection.to_string(), "verdicts": labels.collect::<Vec<_>>() });
    record(transaction, call, Entity::Decision(decision.id()), "review.decide", detail).await?;
    extend_chains(transaction, &decision).await?;
    Ok(decision)
}

async fn write_dismissal(
    transaction: &mut PgConnection,
    call: &DecisionCall<'_>,
    now: DateTime<Utc>,
) -> Result<Dismissal, DecisionError> {
    let (subject, evidence) = opened(transaction, call).await?;
    let ReviewSubject::ManualCheck(check) = subject else {
        return Err(DecisionError::OtherKind(call.task));
    };
    let dismissal = Dismissal::new(check, call.reason.clone(), evidence);
    close_task(transaction, call).await?;
    store::insert_dismissal(transaction, call.task, &dismissal, now).await?;
    let detail = json!({ "manual_check": check.to_string(), "verdict": "dismissed" });
    record(transaction, call, Entity::Decision(dismissal.id()), "review.dismiss", detail).await?;
    let bytes = canonical_bytes(&dismissal_record(&dismissal, check))?;
    chain::extend(transaction, check.uuid(), DECISION_DOMAIN, &bytes).await?;
    Ok(dismissal)
}

/// Locks the task, checks lease and version, and proves that every frame was fetched under the lease.
async fn opened(
    transaction: &mut PgConnection,
    call: &DecisionCall<'_>,
) -> Result<(ReviewSubject, EvidenceOpened), DecisionError> {
    let row = review::hold(transaction, call.task).await?;
    let task = row.task()?;
    let lease = LiveLease::check(&task, call.reviewer, call.lease, row.read_at).map_err(ReviewError::from)?;
    if task.version != call.version {
        return Err(DecisionError::Stale { task: call.task, read: call.version, now: task.version });
    }
    let required = review::required_frames(transaction, &row).await?;
    let viewed = review::viewed_frames(transaction, call.task, call.lease).await?;
    Ok((task.subject, EvidenceOpened::prove(lease, required, &viewed)?))
}

/// The lease is checked once more by the write itself: it may have run out between the two.
async fn close_task(transaction: &mut PgConnection, call: &DecisionCall<'_>) -> Result<(), DecisionError> {
    if review::close(transaction, call.task, call.lease).await? {
        Ok(())
    } else {
        Err(ReviewError::from(LeaseError::NotHeld).into())
    }
}

/// Leaves an audit row of an attempt that was refused, and hands the refusal on.
async fn refuse<T>(
    database: &Database,
    call: &DecisionCall<'_>,
    error: DecisionError,
) -> Result<T, DecisionError> {
    if let Some(refusal) = error.refusal() {
        let mut connection = database.acquire().await?;
        let detail = json!({ "refusal": refusal });
        record(&mut connection, call, Entity::ReviewTask(call.task), "review.decide_refused", detail).await?;
    }
    Err(error)
}

async fn record(
    connection: &mut PgConnection,
    call: &DecisionCall<'_>,
    entity: Entity,
    action: &'static str,
    detail: Value,
) -> Result<(), sqlx::Error> {
    let actor = Actor::Reviewer(call.reviewer.clone());
    audit::write(connection, &AuditEntry { actor, action, entity, detail }).await
}

/// One message for each kind of verdict, with the violations that got it.
fn messages(decision: &HumanDecision, now: DateTime<Utc>) -> Vec<outbox::OutboxMessage> {
    let mut groups: BTreeMap<&'static str, Vec<ViolationId>> = BTreeMap::new();
    for (violation, verdict) in decision.verdicts() {
        groups.entry(verdict.label()).or_default().push(*violation);
    }
    let made_by = MadeBy::Human(decision.reviewer());
    let objection = decision.objection();
    let message = |(verdict, violations): (&&str, &Vec<ViolationId>)| {
        publish::decision_message(objection, violations, verdict, made_by, &[], now)
    };
    groups.iter().map(message).collect()
}

/// The decision in the objection's chain, and what it does to each violation in that violation's chain; in the order
/// of the cases' ids.
async fn extend_chains(
    transaction: &mut PgConnection,
    decision: &HumanDecision,
) -> Result<(), DecisionError> {
    let record = decision_record(decision, decision.objection());
    let mut links = vec![(decision.objection().uuid(), DECISION_DOMAIN, canonical_bytes(&record)?)];
    for (violation, verdict) in decision.verdicts() {
        let effect = json!({
            "violation": violation.to_string(),
            "objection": decision.objection().to_string(),
            "decision": decision.id().to_string(),
            "effect": verdict.label(),
            "amount": reduced_to(*verdict),
        });
        links.push((violation.uuid(), EFFECT_DOMAIN, canonical_bytes(&effect)?));
    }
    links.sort_by_key(|(case, _, _)| *case);
    for (case, domain, bytes) in links {
        chain::extend(transaction, case, domain, &bytes).await?;
    }
    Ok(())
}

fn decision_record(decision: &HumanDecision, objection: ObjectionId) -> Value {
    let verdicts = decision.verdicts().iter();
    let verdict = |(violation, verdict): (&ViolationId, &Verdict)| {
        json!([violation.to_string(), verdict.label(), reduced_to(*verdict)])
    };
    json!({
        "decision": decision.id().to_string(),
        "objection": objection.to_string(),
        "reviewer": decision.reviewer().as_str(),
        "lease": decision.evidence().lease().lease().to_string(),
        "frames": frames(decision.evidence()),
        "verdicts": verdicts.map(verdict).collect::<Vec<_>>(),
        "reason_arabic": decision.reason().in_language(Language::Arabic),
        "reason_english": decision.reason().in_language(Language::English),
    })
}

fn dismissal_record(dismissal: &Dismissal, check: ManualCheckId) -> Value {
    json!({
        "decision": dismissal.id().to_string(),
        "manual_check": check.to_string(),
        "reviewer": dismissal.reviewer().as_str(),
        "lease": dismissal.evidence().lease().lease().to_string(),
        "frames": frames(dismissal.evidence()),
        "verdict": "dismissed",
        "reason_arabic": dismissal.reason().in_language(Language::Arabic),
        "reason_english": dismissal.reason().in_language(Language::English),
    })
}

fn frames(evidence: &EvidenceOpened) -> Vec<String> {
    evidence.frames().iter().map(ToString::to_string).collect()
}

fn reduced_to(verdict: Verdict) -> Option<String> {
    match verdict {
        Verdict::Reduce { to } => Some(to.to_string()),
        Verdict::Uphold | Verdict::Cancel => None,
    }
}
