//! The machine's answers on an objection. Pure: the same inputs give the same answers.

use super::favour::{self, GroundCheck};
use super::form::{self, FormCheck};
use super::support::Support;
use super::{ObjectionFacts, TriageInput, TriageRules, explain, features};
use crate::facts::{PriorDecision, ViolationFacts};
use schemas::money::Money;
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
/// less is reduced; what is paid is closed once nothing is left to say of its amount; a missing document is due for;
/// everything else is a human's. Whoever asked for a human is neither refused, nor made to wait, nor asked for a document.
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
    let heard = heard_by_a_person(objection, facts, rules, checked);
    let is_heard = heard.is_some();
    let refusal = heard.or_else(|| refusal(objection, facts, rules, checked).filter(|_| for_machine));
    // What is cancelled can neither become less nor be paid.
    let reduction = reduction(checked).filter(|_| !facts.cancelled);
    let paid = payment(objection, checked).filter(|_| !facts.cancelled);
    let nothing_else = objection.grounds.iter().all(|ground| *ground == GroundCode::PaidOrAmountWrong);
    let review = |reduced: Option<&BilingualText>| {
        let text = explain::sent_to_review(reduced, rules.policy().words());
        paid.map_or_else(|| text.clone(), |(_, why)| explain::joined(why, &text))
    };
    if let Some((reduction, why)) = reduction {
        // A defect of form drops no other ground without a word, and who has paid what is now too much is owed some of it:
        // that goes to a person, with the lower sum meanwhile.
        let is_answered = nothing_else && (paid.is_none() || is_heard) && (for_machine || refusal.is_some());
        return if is_answered {
            (MachineAnswer::Reduce(reduction), explain::reduced(why))
        } else {
            (MachineAnswer::SendToReview { meanwhile: Some(reduction) }, review(Some(why)))
        };
    }
    if let Some((paid, why)) = paid {
        if nothing_else
            && (for_machine || is_heard)
            && let Some(rest) = amount_settled(facts, refusal.as_ref())
        {
            let text = explain::joined(&explain::closed_as_paid(why), &rest);
            return (MachineAnswer::ClosePaid { paid }, text);
        }
        if let Some((refused, text)) = refusal {
            return (refused, explain::joined(why, &text));
        }
    } else if let Some(refused) = refusal {
        return refused;
    }
    let documents = form::missing_documents(objection, rules);
    if for_machine && !objection.document_asked_before && !documents.is_empty() {
        let text = explain::asked_for(&documents, rules.grounds());
        return (MachineAnswer::AskForDocument { documents }, text);
    }
    (MachineAnswer::SendToReview { meanwhile: None }, review(None))
}

/// Whoever names G20 may have paid, or contest the amount, or both: paying answers one half. Returns what is said of the
/// other, the amount, where nobody has to look at it: a defect of form stands against that, or a person decided on it
/// before. `None` where a person has to.
fn amount_settled(
    facts: &ViolationFacts,
    refusal: Option<&(MachineAnswer, BilingualText)>,
) -> Option<BilingualText> {
    let heard = |prior: &PriorDecision| prior.grounds.contains(&GroundCode::PaidOrAmountWrong);
    match refusal {
        Some((_, why)) => Some(why.clone()),
        None => facts.decided_before.iter().any(heard).then(explain::amount_decided_before),
    }
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

/// What is paid, where the objection speaks of it.
fn payment<'c>(objection: &ObjectionFacts, checked: &'c Checked) -> Option<(Money, &'c BilingualText)> {
    let paid = checked.grounds.iter().find_map(|check| match check.support {
        Support::Paid(paid) => Some((paid, &check.text)),
        Support::Cancel { .. } | Support::Reduce(_) | Support::Not | Support::FactMissing => None,
    });
    paid.filter(|_| objection.grounds.contains(&GroundCode::PaidOrAmountWrong))
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

/// The first defect of form that speaks against the objection. That a fine is paid speaks against none that is about the
/// payment or the amount.
fn refusal(
    objection: &ObjectionFacts,
    facts: &ViolationFacts,
    rules: &TriageRules<'_>,
    checked: &Checked,
) -> Option<(MachineAnswer, BilingualText)> {
    let about_payment = objection.grounds.contains(&GroundCode::PaidOrAmountWrong);
    let stands = |(defect, check): &&(RefusableDefect, FormCheck)| {
        check.finding == Finding::Defect && !(about_payment && *defect == RefusableDefect::AlreadyPaid)
    };
    let (defect, check) = checked.forms.iter().find(stands)?;
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
