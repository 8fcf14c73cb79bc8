//! The record by which the machine's answers to an objection can be repeated.
//!
//! Canonical JSON of every fact that triage was given, under the digest of the rules that it went by.

use super::unreadable::UnreadableRecord;
use super::value::value;
use super::violation_facts::ViolationFactsRecord;
use crate::canonical::{CanonicalError, canonical_bytes};
use crate::policy::Policies;
use crate::triage::suggest::suggest;
use crate::triage::{ObjectionFacts, TriageInput, TriageRules};
use chrono::{DateTime, NaiveDate, Utc};
use schemas::evidence::Sha256Digest;
use schemas::objection::{FormDefect, GroundCode};
use schemas::triage::{MachineAnswer, Reduction, TriageSuggestion, ViolationSuggestion};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

/// First field of every record; a change of form gives another.
pub const TRIAGE_RECORD_FORM: &str = "rasid.triage-input.v1";

/// Canonical bytes of what triage looked at and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriageRecord {
    /// Every fact.
    pub input: Vec<u8>,
    /// Every answer.
    pub answers: Vec<u8>,
}

/// Why answers were not repeated.
#[derive(Debug, Error)]
pub enum RepeatTriageError {
    /// The record cannot be read.
    #[error(transparent)]
    Unreadable(#[from] UnreadableRecord),
    /// The rules that are given are not those that the record names.
    #[error("the record was made with rules {recorded}, not with {given}")]
    OtherRules {
        /// Named in the record.
        recorded: String,
        /// Given.
        given: String,
    },
    /// The answers have no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InputRecord {
    form: String,
    rule_table_sha256: String,
    objection: ObjectionRecord,
    violations: Vec<ViolationFactsRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectionRecord {
    jurisdiction: String,
    filed_at: DateTime<Utc>,
    grounds: Vec<String>,
    evidence: Vec<String>,
    lateness_reason_given: bool,
    human_asked: bool,
    document_asked_before: bool,
    outage_days: Vec<NaiveDate>,
    /// Records of before days were announced lack it.
    #[serde(default)]
    rest_days: Vec<NaiveDate>,
}

/// Returns the canonical bytes of an input and of the answers to it.
///
/// # Errors
/// When a text cannot be written as JSON.
pub fn record_triage(
    input: &TriageInput,
    suggestion: &TriageSuggestion,
) -> Result<TriageRecord, CanonicalError> {
    let TriageInput { objection, violations } = input;
    let input = InputRecord {
        form: TRIAGE_RECORD_FORM.to_owned(),
        rule_table_sha256: suggestion.rule_table_sha256.clone(),
        objection: ObjectionRecord::from(objection),
        violations: violations.iter().map(ViolationFactsRecord::from).collect(),
    };
    let answers = canonical_bytes(&answers_value(suggestion))?;
    Ok(TriageRecord { input: canonical_bytes(&input)?, answers })
}

/// Answers a stored input once more and returns the canonical bytes of the answers.
///
/// # Errors
/// When the input cannot be read, or `policies` and the grounds and holidays of this program are not the rules that it
/// names.
pub fn repeat_triage(input: &[u8], policies: &Policies) -> Result<Vec<u8>, RepeatTriageError> {
    let record: InputRecord = serde_json::from_slice(input).map_err(UnreadableRecord::from)?;
    if record.form != TRIAGE_RECORD_FORM {
        return Err(UnreadableRecord::OtherForm(record.form).into());
    }
    let violations = record.violations.iter().map(TryFrom::try_from).collect::<Result<_, _>>()?;
    let input = TriageInput { objection: ObjectionFacts::try_from(&record.objection)?, violations };
    let rules = TriageRules::of(policies, input.objection.jurisdiction);
    let given = rules.sha256().to_string();
    if given != record.rule_table_sha256 {
        return Err(RepeatTriageError::OtherRules { recorded: record.rule_table_sha256, given });
    }
    Ok(canonical_bytes(&answers_value(&suggest(&input, &rules)))?)
}

/// Returns every answer with every feature and check, as it stands in the objection's chain.
#[must_use]
pub fn answers_value(suggestion: &TriageSuggestion) -> Value {
    suggestion.violations.iter().map(answer_value).collect()
}

/// Returns the code of the ground or defect behind an answer; `None` if it has none.
#[must_use]
pub const fn reason_code(answer: &MachineAnswer) -> Option<&'static str> {
    match answer {
        MachineAnswer::Cancel { ground, .. }
        | MachineAnswer::Reduce(Reduction { ground, .. })
        | MachineAnswer::SendToReview { meanwhile: Some(Reduction { ground, .. }) } => Some(ground.code()),
        MachineAnswer::ClosePaid { .. } => Some(GroundCode::PaidOrAmountWrong.code()),
        MachineAnswer::RefuseOnForm { defect } => Some(defect.defect().code()),
        MachineAnswer::AskForDocument { .. } => Some(FormDefect::DocumentMissing.code()),
        MachineAnswer::WaitForOther => Some(FormDefect::AnotherLive.code()),
        MachineAnswer::SendToReview { meanwhile: None } => None,
    }
}

fn answer_value(one: &ViolationSuggestion) -> Value {
    let ViolationSuggestion { violation, answer, explanation, basis, features } = one;
    let features = features.iter().map(|feature| json!([feature.name.label(), feature.value.to_string()]));
    let basis = basis.iter().map(|basis| {
        json!([
            basis.subject.code(),
            basis.claimed,
            basis.finding.label(),
            basis.text.arabic,
            basis.text.english
        ])
    });
    json!({
        "violation": violation.to_string(),
        "answer": answer.label(),
        "reason": reason_code(answer),
        "amount": amount(answer),
        "reissue": matches!(answer, MachineAnswer::Cancel { reissue: true, .. }),
        "documents": documents(answer),
        "explanation_arabic": explanation.arabic,
        "explanation_english": explanation.english,
        "basis": basis.collect::<Vec<_>>(),
        "features": features.collect::<Vec<_>>(),
    })
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

fn documents(answer: &MachineAnswer) -> Vec<&'static str> {
    match answer {
        MachineAnswer::AskForDocument { documents } => documents.iter().map(|kind| kind.label()).collect(),
        MachineAnswer::Cancel { .. }
        | MachineAnswer::Reduce(_)
        | MachineAnswer::ClosePaid { .. }
        | MachineAnswer::RefuseOnForm { .. }
        | MachineAnswer::WaitForOther
        | MachineAnswer::SendToReview { .. } => Vec::new(),
    }
}

impl From<&ObjectionFacts> for ObjectionRecord {
    fn from(facts: &ObjectionFacts) -> Self {
        let ObjectionFacts {
            jurisdiction,
            filed_at,
            grounds,
            evidence,
            lateness_reason_given,
            human_asked,
            document_asked_before,
            outage_days,
            rest_days,
        } = facts;
        Self {
            jurisdiction: jurisdiction.code().to_owned(),
            filed_at: *filed_at,
            grounds: grounds.iter().map(|ground| ground.code().to_owned()).collect(),
            evidence: evidence.iter().cloned().collect(),
            lateness_reason_given: *lateness_reason_given,
            human_asked: *human_asked,
            document_asked_before: *document_asked_before,
            outage_days: outage_days.iter().copied().collect(),
            rest_days: rest_days.iter().copied().collect(),
        }
    }
}

impl TryFrom<&ObjectionRecord> for ObjectionFacts {
    type Error = UnreadableRecord;

    fn try_from(record: &ObjectionRecord) -> Result<Self, UnreadableRecord> {
        let grounds = record.grounds.iter().map(|code| value("a ground", code.parse()));
        Ok(Self {
            jurisdiction: value("a country", record.jurisdiction.parse())?,
            filed_at: record.filed_at,
            grounds: grounds.collect::<Result<_, _>>()?,
            evidence: record.evidence.iter().cloned().collect(),
            lateness_reason_given: record.lateness_reason_given,
            human_asked: record.human_asked,
            document_asked_before: record.document_asked_before,
            outage_days: record.outage_days.iter().copied().collect(),
            rest_days: record.rest_days.iter().copied().collect(),
        })
    }
}

impl TriageRecord {
    /// Returns the digest that the stored input is named by.
    #[must_use]
    pub fn input_sha256(&self) -> Sha256Digest {
        Sha256Digest::of(&self.input)
    }
}
