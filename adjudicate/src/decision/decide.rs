//! Deciding a case: one transaction by compare-and-set, or nothing.

use super::{DecisionError, store};
use crate::case::effect::{self, EFFECT_DOMAIN, Effect, EffectSource, NewEffect};
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::chain::{self, ChainDomain};
use crate::foundation::db::Database;
use crate::foundation::outbox;
use crate::foundation::service_metrics::ServiceMetrics;
use crate::objection::store as objections;
use crate::review::ReviewError;
use crate::review::store as review;
use crate::triage::publish;
use chrono::{DateTime, Utc};
use rules::canonical::canonical_bytes;
use rules::flow::objection::ObjectionEvent;
use schemas::decision::{CheckVerdict, HumanDecision, Judgement, Reason, Verdict};
use schemas::ids::{DecisionId, LeaseId, ManualCheckId, ObjectionId, ReviewTaskId, ReviewerId, ViolationId};
use schemas::objection::closing::AnsweredBy;
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

/// What the caller decided.
#[derive(Debug, Clone)]
pub enum Verdicts {
    /// On an objection: one on every violation that waits for one.
    Objection(BTreeMap<ViolationId, Verdict>),
    /// On a sighting that was too doubtful to issue.
    ManualCheck(CheckVerdict),
}

/// Decides a case.
///
/// # Errors
/// Which of missing, held elsewhere, decided, stale, frames unseen and bad input it was; a refused attempt leaves an
/// audit row and nothing else.
pub async fn decide(
    database: &Database,
    call: &DecisionCall<'_>,
    verdicts: Verdicts,
    metrics: &ServiceMetrics,
    now: DateTime<Utc>,
) -> Result<DecisionId, DecisionError> {
    let mut transaction = database.begin().await?;
    match write_decision(&mut transaction, call, verdicts, now).await {
        Ok(decision) => {
            transaction.commit().await?;
            match decision.judgement() {
                Judgement::Objection { verdicts, .. } => {
                    verdicts.values().for_each(|verdict| metrics.count_verdict(*verdict));
                }
                Judgement::ManualCheck { verdict: CheckVerdict::Dismiss, .. } => metrics.count_dismissal(),
            }
            Ok(decision.id())
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
    verdicts: Verdicts,
    now: DateTime<Utc>,
) -> Result<HumanDecision, DecisionError> {
    let (subject, evidence) = opened(transaction, call).await?;
    let reason = call.reason.clone();
    let decision = match (subject, verdicts) {
        (ReviewSubject::Objection(objection), Verdicts::Objection(verdicts)) => {
            let pending = store::pending_violations(transaction, objection).await?;
            let language = store::language(transaction, objection).await?;
            HumanDecision::on_objection((objection, language), &pending, verdicts, reason, evidence)?
        }
        (ReviewSubject::ManualCheck(check), Verdicts::ManualCheck(verdict)) => {
            HumanDecision::on_manual_check(check, verdict, reason, evidence)
        }
        (ReviewSubject::Objection(_), Verdicts::ManualCheck(_))
        | (ReviewSubject::ManualCheck(_), Verdicts::Objection(_)) => {
            return Err(DecisionError::OtherKind(call.task));
        }
    };
    close_task(transaction, call).await?;
    store::insert(transaction, call.task, &decision, now).await?;
    match decision.judgement() {
        Judgement::Objection { objection, verdicts } => {
            conclude_objection(transaction, call, &decision, (*objection, verdicts), now).await?;
        }
        Judgement::ManualCheck { check, verdict } => {
            let detail = json!({ "manual_check": check.to_string(), "verdict": verdict.label() });
            record(transaction, call, Entity::Decision(decision.id()), AuditAction::ReviewDismiss, detail)
                .await?;
        }
    }
    extend_chains(transaction, &decision).await?;
    Ok(decision)
}

/// What follows from a decision on an objection: answers, effects, the objection's own move, messages, audit.
async fn conclude_objection(
    transaction: &mut PgConnection,
    call: &DecisionCall<'_>,
    decision: &HumanDecision,
    (objection, verdicts): (ObjectionId, &BTreeMap<ViolationId, Verdict>),
    now: DateTime<Utc>,
) -> Result<(), DecisionError> {
    for (violation, verdict) in verdicts {
        let closing = (verdict.closing(), AnsweredBy::Human);
        objections::close_violation(transaction, objection, *violation, closing, now).await?;
    }
    effect::write(transaction, &effects(decision.id(), verdicts, now)).await?;
    let held = objections::hold(transaction, objection).await?;
    let actor = Actor::Reviewer(call.reviewer.clone());
    objections::move_by(transaction, &held, ObjectionEvent::HumanDecided, &actor, now).await?;
    outbox::enqueue(transaction, &messages(decision, (objection, verdicts), now)).await?;
    let labels = verdicts.iter().map(|(id, verdict)| json!([id.to_string(), verdict.label()]));
    let detail = json!({ "objection": objection.to_string(), "verdicts": labels.collect::<Vec<_>>() });
    record(transaction, call, Entity::Decision(decision.id()), AuditAction::ReviewDecide, detail).await?;
    Ok(())
}

fn effects(
    decision: DecisionId,
    verdicts: &BTreeMap<ViolationId, Verdict>,
    now: DateTime<Utc>,
) -> Vec<NewEffect> {
    let source = EffectSource::Decision(decision);
    let effect = |(violation, verdict): (&ViolationId, &Verdict)| {
        let effect = match verdict {
            Verdict::Uphold => return None,
            Verdict::Cancel => Effect::Cancelled { reissue: false },
            Verdict::Reduce { to } => Effect::Reduced { to: *to },
        };
        Some(NewEffect { violation: *violation, effect, source, decided_at: now })
    };
    verdicts.iter().filter_map(effect).collect()
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
        record(
            &mut connection,
            call,
            Entity::ReviewTask(call.task),
            AuditAction::ReviewDecideRefused,
            detail,
        )
        .await?;
    }
    Err(error)
}

async fn record(
    connection: &mut PgConnection,
    call: &DecisionCall<'_>,
    entity: Entity,
    action: AuditAction,
    detail: Value,
) -> Result<(), sqlx::Error> {
    let actor = Actor::Reviewer(call.reviewer.clone());
    audit::write(connection, &AuditEntry { actor, action, entity, detail }).await
}

/// One message for each kind of verdict, with the violations that got it.
fn messages(
    decision: &HumanDecision,
    (objection, verdicts): (ObjectionId, &BTreeMap<ViolationId, Verdict>),
    now: DateTime<Utc>,
) -> Vec<outbox::OutboxMessage> {
    let mut groups: BTreeMap<&'static str, Vec<ViolationId>> = BTreeMap::new();
    for (violation, verdict) in verdicts {
        groups.entry(verdict.label()).or_default().push(*violation);
    }
    let made_by = MadeBy::Human(decision.reviewer());
    let message = |(verdict, violations): (&&str, &Vec<ViolationId>)| {
        publish::decision_message(objection, violations, verdict, made_by, &[], now)
    };
    groups.iter().map(message).collect()
}

/// The decision in its case's chain, and what it does to each violation in that violation's chain; in the order of the
/// cases' ids.
async fn extend_chains(
    transaction: &mut PgConnection,
    decision: &HumanDecision,
) -> Result<(), DecisionError> {
    let mut links = Vec::new();
    match decision.judgement() {
        Judgement::Objection { objection, verdicts } => {
            let bytes = canonical_bytes(&objection_record(decision, *objection, verdicts))?;
            links.push((objection.uuid(), DECISION_DOMAIN, bytes));
            for (violation, verdict) in verdicts {
                let effect = json!({
                    "violation": violation.to_string(),
                    "objection": objection.to_string(),
                    "decision": decision.id().to_string(),
                    "effect": verdict.label(),
                    "amount": reduced_to(*verdict),
                });
                links.push((violation.uuid(), EFFECT_DOMAIN, canonical_bytes(&effect)?));
            }
        }
        Judgement::ManualCheck { check, verdict } => {
            let bytes = canonical_bytes(&check_record(decision, *check, *verdict))?;
            links.push((check.uuid(), DECISION_DOMAIN, bytes));
        }
    }
    links.sort_by_key(|(case, _, _)| *case);
    for (case, domain, bytes) in links {
        chain::extend(transaction, case, domain, &bytes).await?;
    }
    Ok(())
}

fn objection_record(
    decision: &HumanDecision,
    objection: ObjectionId,
    verdicts: &BTreeMap<ViolationId, Verdict>,
) -> Value {
    let verdict = |(violation, verdict): (&ViolationId, &Verdict)| {
        json!([violation.to_string(), verdict.label(), reduced_to(*verdict)])
    };
    json!({
        "decision": decision.id().to_string(),
        "objection": objection.to_string(),
        "reviewer": decision.reviewer().as_str(),
        "lease": decision.evidence().lease().lease().to_string(),
        "frames": frames(decision.evidence()),
        "verdicts": verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "reason_arabic": decision.reason().in_language(Language::Arabic),
        "reason_english": decision.reason().in_language(Language::English),
    })
}

fn check_record(decision: &HumanDecision, check: ManualCheckId, verdict: CheckVerdict) -> Value {
    json!({
        "decision": decision.id().to_string(),
        "manual_check": check.to_string(),
        "reviewer": decision.reviewer().as_str(),
        "lease": decision.evidence().lease().lease().to_string(),
        "frames": frames(decision.evidence()),
        "verdict": verdict.label(),
        "reason_arabic": decision.reason().in_language(Language::Arabic),
        "reason_english": decision.reason().in_language(Language::English),
    })
}

fn frames(evidence: &EvidenceOpened) -> Vec<String> {
    evidence.frames().iter().map(ToString::to_string).collect()
}

fn reduced_to(verdict: Verdict) -> Option<String> {
    verdict.reduced_to().map(|to| to.to_string())
}
