//! What is told of a machine's answers: messages of the topic `decisions`, and links of the chains.

use super::store::effect_of;
use crate::foundation::outbox::{OutboxMessage, OutboxTopic};
use crate::objection::store::HeldObjection;
use chrono::{DateTime, Utc};
use rules::replay::triage::{TriageRecord, answers_value, reason_code};
use schemas::ids::{EffectId, ObjectionId, TriageId, ViolationId};
use schemas::triage::{MachineAnswer, MachineAnswerKind, TriageSuggestion, ViolationSuggestion};
use schemas::wire::DECISION_TYPE;
use schemas::wire::decision_v1::{self, DecisionMade, MadeBy};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One message for each kind of answer, with the violations that got it. What is reduced while a human looks at the
/// rest is told as a reduction too.
pub(super) fn machine_messages(
    objection: ObjectionId,
    suggestion: &TriageSuggestion,
    now: DateTime<Utc>,
) -> Vec<OutboxMessage> {
    let reduced_meanwhile =
        |answer: &MachineAnswer| matches!(answer, MachineAnswer::SendToReview { meanwhile: Some(_) });
    let told = |kind: MachineAnswerKind| {
        let got = |one: &&ViolationSuggestion| {
            let also = kind == MachineAnswerKind::Reduced && reduced_meanwhile(&one.answer);
            one.answer.kind() == kind || also
        };
        let got: Vec<&ViolationSuggestion> = suggestion.violations.iter().filter(got).collect();
        let violations: Vec<ViolationId> = got.iter().map(|one| one.violation).collect();
        let reasons: BTreeSet<&str> = got.iter().filter_map(|one| reason_code(&one.answer)).collect();
        let reasons: Vec<String> = reasons.into_iter().map(str::to_owned).collect();
        (!violations.is_empty())
            .then(|| decision_message(objection, &violations, kind.label(), MadeBy::Machine, &reasons, now))
    };
    MachineAnswerKind::ALL.into_iter().filter_map(told).collect()
}

/// A message of the topic `decisions`; all of one objection keep their order.
pub(crate) fn decision_message(
    objection: ObjectionId,
    violations: &[ViolationId],
    verdict: &str,
    made_by: MadeBy<'_>,
    reasons: &[String],
    now: DateTime<Utc>,
) -> OutboxMessage {
    let effect = EffectId::generate();
    let payload = decision_v1::encode(&DecisionMade {
        effect,
        objection,
        violations,
        verdict,
        made_by,
        reasons,
        made_at: now,
    });
    OutboxMessage::new(effect, OutboxTopic::Decisions, DECISION_TYPE, objection.uuid(), now, payload)
}

/// The link in the objection's chain: every answer with every feature, and the digest of what was looked at.
pub(super) fn triage_record(
    moved: &HeldObjection,
    triage: TriageId,
    suggestion: &TriageSuggestion,
    record: &TriageRecord,
) -> Value {
    json!({
        "objection": moved.id.to_string(),
        "triage": triage.to_string(),
        "version": moved.version,
        "state": moved.state.label(),
        "rule_table_sha256": suggestion.rule_table_sha256,
        "input_sha256": record.input_sha256().to_string(),
        "answers": answers_value(suggestion),
    })
}

/// The link in a violation's chain; `None` if the answer changes nothing about what is due.
pub(super) fn effect_record(
    objection: ObjectionId,
    triage: TriageId,
    suggestion: &ViolationSuggestion,
) -> Option<Value> {
    let effect = effect_of(&suggestion.answer)?;
    Some(json!({
        "violation": suggestion.violation.to_string(),
        "objection": objection.to_string(),
        "triage": triage.to_string(),
        "effect": effect.label(),
        "reason": reason_code(&suggestion.answer),
        "amount": effect.amount().map(|amount| amount.to_string()),
    }))
}
