//! What the decision form shows, and what was entered in it.

use super::wording::Wording;
use crate::uploads::draft::{FormKind, FormSubject};
use adjudicate::case::read::CaseOutcome;
use adjudicate::desk::case_file::CaseFile;
use schemas::decision::PendingViolation;
use schemas::ids::{ReviewTaskId, ViolationId};
use schemas::review::ReviewTaskKind;
use std::collections::BTreeMap;

/// Which form the decision on a task is.
#[must_use]
pub fn decision_subject(task: ReviewTaskId) -> FormSubject {
    FormSubject::new(FormKind::Decision, task)
}

/// What was entered; shown again when it was refused.
#[derive(Debug, Clone, Default)]
pub struct DecisionInput(pub BTreeMap<String, String>);

/// The form as the template shows it.
#[derive(Debug, Clone)]
pub struct DecisionForm {
    /// The form's own token: what was typed outlives a session that ends.
    pub submission: String,
    /// The version that the page was made from.
    pub version: i64,
    /// Those that wait for a verdict.
    pub violations: Vec<VerdictField>,
    /// Whether it is on a doubtful sighting.
    pub is_manual_check: bool,
    /// As entered.
    pub reason_arabic: String,
    /// As entered.
    pub reason_english: String,
}

/// The choice on one violation.
#[derive(Debug, Clone)]
pub struct VerdictField {
    /// Names the inputs.
    pub id: String,
    /// What the citizen quotes.
    pub reference: String,
    /// What is due now.
    pub amount_due: String,
    /// Of the amount.
    pub currency: &'static str,
    /// As entered: `upheld`, `cancelled`, `reduced` or nothing.
    pub chosen: String,
    /// As entered.
    pub amount: String,
}

impl DecisionInput {
    /// The text of a field; empty if it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl DecisionForm {
    /// The form of a case, with what was entered before.
    #[must_use]
    pub fn of(wording: Wording<'_>, file: &CaseFile, input: &DecisionInput, submission: String) -> Self {
        let field = |pending: &PendingViolation| VerdictField {
            id: pending.violation.to_string(),
            reference: reference_of(file, pending.violation),
            amount_due: wording.money(pending.amount_due),
            currency: pending.amount_due.currency().code(),
            chosen: input.get(&format!("verdict-{}", pending.violation)).to_owned(),
            amount: input.get(&format!("amount-{}", pending.violation)).to_owned(),
        };
        Self {
            submission,
            version: file.task.version,
            violations: file.pending.iter().map(field).collect(),
            is_manual_check: file.task.subject.kind() == ReviewTaskKind::ManualCheck,
            reason_arabic: input.get("reason_arabic").to_owned(),
            reason_english: input.get("reason_english").to_owned(),
        }
    }
}

fn reference_of(file: &CaseFile, violation: ViolationId) -> String {
    let reference = file.evidence.iter().find_map(|evidence| match &evidence.outcome {
        CaseOutcome::Violation(issued) if issued.id == violation => Some(issued.reference.to_string()),
        CaseOutcome::Violation(_) | CaseOutcome::ManualCheck(_) => None,
    });
    reference.unwrap_or_default()
}
