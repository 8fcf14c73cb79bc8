//! Every ground that was filed is heard, whatever stands beside it.

use super::suggest::suggest;
use super::suggest_tests::{REVIEW, answer, at, claims, in_order, refuses, riyals};
use super::{ObjectionFacts, TriageInput, TriageRules};
use crate::facts::tariff::TariffRerun;
use crate::facts::{PriorDecision, ViolationFacts};
use crate::policy::Policies;
use schemas::ids::ObjectionId;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::GroundCode;
use schemas::triage::{
    CheckSubject, Finding, MachineAnswer, Reduction, RefusableDefect, ViolationSuggestion,
};
use std::collections::BTreeSet;

const G20: GroundCode = GroundCode::PaidOrAmountWrong;

fn paid() -> ViolationFacts {
    ViolationFacts { paid: Some(riyals(800)), ..in_order() }
}

fn lower(facts: ViolationFacts) -> ViolationFacts {
    ViolationFacts { tariff: TariffRerun::Amount(riyals(300)), ..facts }
}

/// A person decided on these grounds before.
fn decided(facts: ViolationFacts, grounds: &[GroundCode]) -> ViolationFacts {
    let (grounds, evidence) = (grounds.iter().copied().collect(), BTreeSet::new());
    let prior = PriorDecision { objection: ObjectionId::generate(), grounds, evidence };
    ViolationFacts { decided_before: vec![prior], ..facts }
}

fn late(objection: ObjectionFacts) -> ObjectionFacts {
    ObjectionFacts { filed_at: at("2026-12-01T10:00:00Z"), ..objection }
}

fn suggestion(objection: &ObjectionFacts, facts: &ViolationFacts) -> ViolationSuggestion {
    let policies = Policies::compiled_in().unwrap();
    let rules = TriageRules::of(&policies, objection.jurisdiction);
    let input = TriageInput { objection: objection.clone(), violations: vec![facts.clone()] };
    suggest(&input, &rules).violations.remove(0)
}

#[test]
fn who_has_paid_and_may_contest_the_amount_is_heard_by_a_person_and_not_closed_as_paid() {
    for jurisdiction in Jurisdiction::ALL {
        let claimed = ObjectionFacts { jurisdiction, ..claims(&[G20]) };
        let one = suggestion(&claimed, &paid());
        assert_eq!(one.answer, REVIEW, "{jurisdiction}");
        assert!(one.explanation.english.starts_with("The ledger shows 800"), "{}", one.explanation.english);
        let halves: Vec<_> = one
            .basis
            .iter()
            .filter(|basis| basis.subject == CheckSubject::Ground(G20))
            .map(|basis| basis.finding)
            .collect();
        assert_eq!(halves, [Finding::NotSupported, Finding::InFavour], "the amount, the payment");
    }
    let part = ViolationFacts { paid: Some(riyals(799)), ..in_order() };
    assert_eq!(answer(&claims(&[G20]), &part), REVIEW);
}

#[test]
fn what_is_paid_is_closed_once_the_amount_is_settled_and_both_are_told() {
    let closed = MachineAnswer::ClosePaid { paid: riyals(800) };
    // A person decided on the amount; the receipt is new.
    let receipt = ObjectionFacts { evidence: BTreeSet::from(["r".to_owned()]), ..claims(&[G20]) };
    let one = suggestion(&receipt, &decided(paid(), &[G20]));
    assert_eq!(one.answer, closed);
    assert!(one.explanation.english.contains("decided on the amount before"), "{}", one.explanation.english);
    // Too late for the amount, which a person may still be asked about.
    let one = suggestion(&late(claims(&[G20])), &paid());
    assert_eq!(one.answer, closed);
    assert!(one.explanation.english.contains("after the time limit"), "{}", one.explanation.english);
    assert!(one.explanation.english.contains("closed as paid"), "{}", one.explanation.english);
    // A decision on another ground settles nothing of this one.
    assert_eq!(answer(&receipt, &decided(paid(), &[GroundCode::Sold])), REVIEW);
}

#[test]
fn who_has_paid_what_turns_out_too_much_gets_the_lower_sum_and_a_person() {
    let reduction = Reduction { ground: G20, to: riyals(300) };
    let meanwhile = MachineAnswer::SendToReview { meanwhile: Some(reduction) };
    let one = suggestion(&claims(&[G20]), &lower(paid()));
    assert_eq!(one.answer, meanwhile);
    for words in ["The ledger shows 800", "the amount is 300"] {
        assert!(one.explanation.english.contains(words), "{words}: {}", one.explanation.english);
    }
    assert_eq!(answer(&claims(&[G20]), &lower(in_order())), MachineAnswer::Reduce(reduction));
}

#[test]
fn that_a_fine_is_paid_bars_other_grounds_in_saudi_arabia_but_not_the_one_about_payment() {
    let other = claims(&[GroundCode::PlateMisread]);
    assert_eq!(answer(&other, &paid()), refuses(RefusableDefect::AlreadyPaid));
    assert_eq!(answer(&claims(&[GroundCode::PlateMisread, G20]), &paid()), REVIEW);
    let both = late(claims(&[GroundCode::PlateMisread, G20]));
    let one = suggestion(&both, &paid());
    assert_eq!(one.answer, refuses(RefusableDefect::Late));
    assert!(one.explanation.english.starts_with("The ledger shows 800"), "{}", one.explanation.english);
}

#[test]
fn what_is_cancelled_is_neither_reduced_nor_closed_as_paid() {
    let facts = ViolationFacts { cancelled: true, ..lower(paid()) };
    assert_eq!(answer(&claims(&[G20]), &facts), refuses(RefusableDefect::AlreadyDecided));
}

/// Sets of up to three grounds.
fn sets() -> impl Iterator<Item = BTreeSet<GroundCode>> {
    let all = GroundCode::ALL;
    let triples = all.into_iter().flat_map(move |one| {
        all.into_iter()
            .flat_map(move |two| all.into_iter().map(move |three| BTreeSet::from([one, two, three])))
    });
    triples.collect::<BTreeSet<_>>().into_iter()
}

fn situations() -> Vec<ViolationFacts> {
    let all = GroundCode::ALL;
    vec![
        in_order(),
        paid(),
        lower(in_order()),
        lower(paid()),
        decided(paid(), &all),
        decided(lower(paid()), &all),
        ViolationFacts { cancelled: true, ..lower(paid()) },
        ViolationFacts { tariff: TariffRerun::Unknown, ..paid() },
        ViolationFacts { other_objections_live: 1, ..lower(paid()) },
    ]
}

fn is_heard(objection: &ObjectionFacts, facts: &ViolationFacts, one: &ViolationSuggestion) -> bool {
    let alone = objection.grounds == BTreeSet::from([G20]);
    let told = |words: &str| one.explanation.english.contains(words);
    let is_paid = facts.paid.is_some() && objection.grounds.contains(&G20) && !facts.cancelled;
    let is_lower = facts.tariff == TariffRerun::Amount(riyals(300)) && !facts.cancelled;
    match &one.answer {
        // Nothing is left to answer.
        MachineAnswer::Cancel { .. } => true,
        MachineAnswer::Reduce(_) => alone && is_lower,
        MachineAnswer::ClosePaid { .. } => {
            alone && is_paid && !is_lower && (told("on the amount before") || told("not looked at"))
        }
        // The defect stands against every ground; what the facts say in favour is not lost by it.
        MachineAnswer::RefuseOnForm { defect } => {
            let is_about_payment =
                *defect == RefusableDefect::AlreadyPaid && objection.grounds.contains(&G20);
            !is_lower && !is_about_payment && (!is_paid || told("The ledger shows"))
        }
        // Put off, to a person who hears all of them in the end.
        MachineAnswer::AskForDocument { .. } | MachineAnswer::WaitForOther => true,
        MachineAnswer::SendToReview { meanwhile } => {
            meanwhile.is_some() == is_lower && (!is_paid || told("The ledger shows"))
        }
    }
}

#[test]
fn every_ground_is_heard_in_every_set_of_three_whatever_the_facts() {
    let policies = Policies::compiled_in().unwrap();
    for (number, grounds) in sets().enumerate() {
        // Each set with every fact, and with one of the ways to file in turn.
        let filed = ObjectionFacts { grounds, ..claims(&[]) };
        let objection = match number % 3 {
            0 => filed,
            1 => late(filed),
            _ => ObjectionFacts { human_asked: true, ..filed },
        };
        let rules = TriageRules::of(&policies, objection.jurisdiction);
        let input = TriageInput { objection: objection.clone(), violations: situations() };
        for (facts, one) in input.violations.iter().zip(suggest(&input, &rules).violations) {
            assert!(is_heard(&objection, facts, &one), "{:?}\n{facts:?}\n{one:?}", objection.grounds);
            for ground in &objection.grounds {
                let claimed = |basis: &schemas::triage::SuggestionBasis| {
                    basis.claimed && basis.subject == CheckSubject::Ground(*ground)
                };
                assert!(one.basis.iter().any(claimed), "{ground} is not among what was looked at");
            }
        }
    }
}
