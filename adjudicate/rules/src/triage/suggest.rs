//! The machine's answers on an objection. Pure: the same inputs give the same answers.

use super::favour::{self, GroundCheck};
use super::form::{self, FormCheck};
use super::support::Support;
use super::{ObjectionFacts, TriageInput, TriageRules, explain, features};
use crate::facts::ViolationFacts;
use schemas::objection::{FormDefect, GroundCode};
use schemas::text::BilingualText;
use schemas::triage::{
    CheckSubject, Finding, MachineAnswer, Reduction, RefusableDefect, SuggestionBasis, TriageSuggestion,
    ViolationSuggestion,
};

/// Answers every violation of `input`.
///
/// Order of the rules, the first that fits decides: another live objection waits its turn; what the facts support to a
/// cancellation is cancelled, whatever was claimed and however late; a defect of form refuses; what the facts support to
/// less is reduced; a missing document is due for; everything else is a human's. Whoever asked for a human is
/// neither refused, nor made to wait, nor asked for a document.
#[must_use]
pub fn suggest(input: &TriageInput, rules: &TriageRules<'_>) -> TriageSuggestion {
    let TriageInput { objection, violations } = input;
    TriageSuggestion {
        violations: violations.iter().map(|facts| answer(objection, facts, rules)).collect(),
        rule_table_sha256: rules.sha256().to_string(),
    }
}

/// Everything that was checked about one violation.
struct Checked {
    grounds: Vec<GroundCheck>,
    forms: Vec<(RefusableDefect, FormCheck)>,
    another_live: FormCheck,
}

fn answer(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
) -> ViolationSuggestion {
    let deadline = form::deadline(objection, facts, rules);
    let checked = Checked {
        grounds: favour::checks(facts, rules),
        forms: form::checks(objection, facts, rules, deadline),
        another_live: form::another_live(facts, rules, deadline),
    };
    let (answer, explanation) = decide(objection, facts, rules, &checked);
    let same_before = form::same_decided_before(objection, facts);
    ViolationSuggestion {
        violation: facts.violation,
        answer,
        explanation,
        basis: basis(objection, checked),
        features: features::features_of(objection, facts, rules, deadline, same_before),
    }
}

fn decide(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    checked: &Checked,
) -> (MachineAnswer, BilingualText) {
    let for_machine = !objection.human_asked;
    // Also who asked for a person waits for the other one: a violation is before one person at a time.
    if checked.another_live.finding == Finding::Defect {
        return (MachineAnswer::WaitForOther, explain::waiting(rules.grounds()));
    }
    if let Some(cancelled) = cancellation(objection, facts, checked) {
        return cancelled;
    }
    let reduction = reduction(checked);
    let heard = heard_by_a_person(objection, facts, rules, checked);
    let refusal = heard.or_else(|| refusal(facts, rules, checked).filter(|_| for_machine));
    let nothing_else = objection.grounds.iter().all(|ground| *ground == GroundCode::PaidOrAmountWrong);
    if let Some((reduction, why)) = reduction {
        // A defect of form drops no other ground without a word: those go to a person, with the lower sum meanwhile.
        return if nothing_else && (for_machine || refusal.is_some()) {
            (MachineAnswer::Reduce(reduction), explain::reduced(why))
        } else {
            let meanwhile = Some(reduction);
            (
                MachineAnswer::SendToReview { meanwhile },
                explain::sent_to_review(Some(why), rules.policy().words()),
            )
        };
    }
    if let Some((paid, why)) = payment(checked).filter(|_| for_machine && nothing_else) {
        return (paid, explain::closed_as_paid(why));
    }
    if let Some(refused) = refusal {
        return refused;
    }
    let documents = form::missing_documents(objection, rules);
    if for_machine && !objection.document_asked_before && !documents.is_empty() {
        let text = explain::asked_for(&documents, rules.grounds());
        return (MachineAnswer::AskForDocument { documents }, text);
    }
    (MachineAnswer::SendToReview { meanwhile: None }, explain::sent_to_review(None, rules.policy().words()))
}

/// The ground that ends the case: a claimed one before others, then in the order of the checks.
fn cancellation(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    checked: &Checked,
) -> Option<(MachineAnswer, BilingualText)> {
    if facts.cancelled {
        return None;
    }
    let ends = |check: &&GroundCheck| matches!(check.support, Support::Cancel { .. });
    let claimed = |check: &&GroundCheck| objection.grounds.contains(&check.ground);
    let mut support = checked.grounds.iter().filter(ends);
    let best = support.clone().find(claimed).or_else(|| support.next())?;
    let reissue = best.support == Support::Cancel { reissue: true };
    let answer = MachineAnswer::Cancel { ground: best.ground, reissue };
    Some((answer, explain::cancelled(&best.text, reissue)))
}

fn reduction(checked: &Checked) -> Option<(Reduction, &BilingualText)> {
    checked.grounds.iter().find_map(|check| match check.support {
        Support::Reduce(reduction) => Some((reduction, &check.text)),
        Support::Cancel { .. } | Support::Paid(_) | Support::Not | Support::FactMissing => None,
    })
}

fn payment(checked: &Checked) -> Option<(MachineAnswer, &BilingualText)> {
    checked.grounds.iter().find_map(|check| match check.support {
        Support::Paid(paid) => Some((MachineAnswer::ClosePaid { paid }, &check.text)),
        Support::Cancel { .. } | Support::Reduce(_) | Support::Not | Support::FactMissing => None,
    })
}

/// A person has decided on all these grounds and all this evidence: nobody decides on the same twice, asked or not.
fn heard_by_a_person(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    checked: &Checked,
) -> Option<(MachineAnswer, BilingualText)> {
    if !objection.human_asked || !form::same_decided_before(objection, facts) {
        return None;
    }
    let (defect, check) =
        checked.forms.iter().find(|(defect, _)| *defect == RefusableDefect::AlreadyDecided)?;
    let text = explain::refused(defect.defect(), &check.text, rules.grounds(), rules.policy().words());
    Some((MachineAnswer::RefuseOnForm { defect: *defect }, text))
}

fn refusal(
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    checked: &Checked,
) -> Option<(MachineAnswer, BilingualText)> {
    let (defect, check) = checked.forms.iter().find(|(_, check)| check.finding == Finding::Defect)?;
    let answer = MachineAnswer::RefuseOnForm { defect: *defect };
    if facts.cancelled && *defect == RefusableDefect::AlreadyDecided {
        return Some((answer, explain::cancelled_before()));
    }
    Some((answer, explain::refused(defect.defect(), &check.text, rules.grounds(), rules.policy().words())))
}

/// All checks in a fixed order: grounds, points of form; and the claimed grounds that no fact speaks about.
fn basis(objection: &ObjectionFacts, checked: Checked) -> Vec<SuggestionBasis> {
    let Checked { grounds, forms, another_live } = checked;
    let claimed = |ground: &GroundCode| objection.grounds.contains(ground);
    let looked_at: Vec<GroundCode> = grounds.iter().map(|check| check.ground).collect();
    let mut basis: Vec<SuggestionBasis> = grounds
        .into_iter()
        .map(|GroundCheck { ground, support, text }| SuggestionBasis {
            subject: CheckSubject::Ground(ground),
            claimed: claimed(&ground),
            finding: support.finding(),
            text,
        })
        .collect();
    let not_looked_at = objection.grounds.iter().filter(|ground| !looked_at.contains(ground));
    basis.extend(not_looked_at.map(|ground| SuggestionBasis {
        subject: CheckSubject::Ground(*ground),
        claimed: true,
        finding: Finding::FactMissing,
        text: explain::for_a_person_alone(),
    }));
    let forms = forms.into_iter().map(|(_, check)| check).chain([another_live]);
    basis.extend(forms.map(|FormCheck { defect, finding, text }| form_basis(defect, finding, text)));
    basis
}

const fn form_basis(defect: FormDefect, finding: Finding, text: BilingualText) -> SuggestionBasis {
    SuggestionBasis { subject: CheckSubject::Form(defect), claimed: false, finding, text }
}
