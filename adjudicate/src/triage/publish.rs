//! What is told of a machine's answers: messages of the topic `decisions`, and links of the chains.

use crate::foundation::outbox::{OutboxMessage, OutboxTopic};
use crate::objection::store::HeldObjection;
use chrono::{DateTime, SecondsFormat, Utc};
use schemas::ids::{EffectId, ObjectionId, TriageId, ViolationId};
use schemas::triage::{MachineAnswer, MachineAnswerKind, Reduction, TriageSuggestion, ViolationSuggestion};
use schemas::wire::decision_v1::{self, DecisionMade, MadeBy};
use schemas::wire::{CONTENT_TYPE, DECISION_TYPE, cloud_event};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Who writes these messages (CloudEvents `source`).
const MESSAGE_SOURCE: &str = "rasid";

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
        let reasons: BTreeSet<&str> = got.iter().filter_map(|one| reason(&one.answer)).collect();
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
    let headers = [
        (cloud_event::ID_HEADER, effect.uuid().to_string()),
        (cloud_event::SOURCE_HEADER, MESSAGE_SOURCE.to_owned()),
        (cloud_event::TYPE_HEADER, DECISION_TYPE.to_owned()),
        (cloud_event::SPEC_VERSION_HEADER, cloud_event::SPEC_VERSION.to_owned()),
        (cloud_event::TIME_HEADER, now.to_rfc3339_opts(SecondsFormat::Micros, true)),
        (cloud_event::CONTENT_TYPE_HEADER, CONTENT_TYPE.to_owned()),
    ];
    OutboxMessage {
        effect,
        topic: OutboxTopic::Decisions,
        key: objection.to_string(),
        subject: objection.uuid(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        payload,
    }
}

/// The link in the objection's chain: every answer with every feature.
pub(super) fn triage_record(moved: &HeldObjection, triage: TriageId, suggestion: &TriageSuggestion) -> Value {
    let answers = suggestion.violations.iter().map(|one| {
        let features =
            one.features.iter().map(|feature| json!([feature.name.label(), feature.value.to_string()]));
        let basis = one.basis.iter().map(|basis| json!([basis.subject.code(), basis.finding.label()]));
        json!({
            "violation": one.violation.to_string(),
            "answer": one.answer.label(),
            "reason": reason(&one.answer),
            "amount": amount(&one.answer),
            "basis": basis.collect::<Vec<_>>(),
            "features": features.collect::<Vec<_>>(),
        })
    });
    json!({
        "objection": moved.id.to_string(),
        "triage": triage.to_string(),
        "version": moved.version,
        "state": moved.state.label(),
        "rule_table_sha256": suggestion.rule_table_sha256,
        "answers": answers.collect::<Vec<_>>(),
    })
}

/// The link in a violation's chain; nothing when the answer changes nothing about what is asked.
pub(super) fn effect_record(
    objection: ObjectionId,
    triage: TriageId,
    suggestion: &ViolationSuggestion,
) -> Option<Value> {
    let effect = match &suggestion.answer {
        MachineAnswer::Cancel { .. } => "cancelled",
        MachineAnswer::Reduce(_) | MachineAnswer::SendToReview { meanwhile: Some(_) } => "reduced",
        MachineAnswer::ClosePaid { .. } => "closed_as_paid",
        MachineAnswer::RefuseOnForm { .. }
        | MachineAnswer::AskForDocument { .. }
        | MachineAnswer::WaitForOther
        | MachineAnswer::SendToReview { meanwhile: None } => return None,
    };
    Some(json!({
        "violation": suggestion.violation.to_string(),
        "objection": objection.to_string(),
        "triage": triage.to_string(),
        "effect": effect,
        "reason": reason(&suggestion.answer),
        "amount": amount(&suggestion.answer),
    }))
}

fn reason(answer: &MachineAnswer) -> Option<&'static str> {
    match answer {
        MachineAnswer::Cancel { ground, .. }
        | MachineAnswer::Reduce(Reduction { ground, .. })
        | MachineAnswer::SendToReview { meanwhile: Some(Reduction { ground, .. }) } => Some(ground.code()),
        MachineAnswer::ClosePaid { .. } => Some(schemas::objection::GroundCode::PaidOrAmountWrong.code()),
        MachineAnswer::RefuseOnForm { defect } => Some(defect.defect().code()),
        MachineAnswer::AskForDocument { .. } => Some(schemas::objection::FormDefect::DocumentMissing.code()),
        MachineAnswer::WaitForOther => Some(schemas::objection::FormDefect::AnotherLive.code()),
        MachineAnswer::SendToReview { meanwhile: None } => None,
    }
}

fn amount(answer: &MachineAnswer) -> Option<String> {
    match answer {
        MachineAnswer::Reduce(Reduction { to, .. })
        | MachineAnswer::SendToReview { meanwhile: Some(Reduction { to, .. }) } => Some(to.to_string()),
        MachineAnswer::ClosePaid { paid } => Some(paid.to_string()),
        MachineAnswer::Cancel { .. }
        | MachineAnswer::RefuseOnForm { .. }
        | MachineAnswer::AskForDocument { .. }
        | MachineAnswer::WaitForOther
        | MachineAnswer::SendToReview { meanwhile: None } => None,
    }
}
