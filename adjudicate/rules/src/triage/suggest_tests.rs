//! Every ground's and every defect's ways, and what no input may lead to.

use super::suggest::suggest;
use super::{ObjectionFacts, TriageInput, TriageRules};
use crate::facts::ownership::OwnershipComparison;
use crate::facts::tariff::TariffRerun;
use crate::facts::{
    Interval, LoggedPhase, PriorDecision, SignFacts, SignReading, SignalFact, ViolationFacts,
};
use crate::policy::Policies;
use crate::replay::triage::{record_triage, repeat_triage};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use schemas::camera_event::SpeedKmh;
use schemas::ids::{ObjectionId, ViolationId};
use schemas::jurisdiction::Jurisdiction;
use schemas::money::{Currency, Money};
use schemas::objection::{FormDefect, GroundCode};
use schemas::offence::OffenceKind;
use schemas::triage::{
    CheckSubject, DocumentKind, FeatureName, Finding, MachineAnswer, MachineAnswerKind, Reduction,
    RefusableDefect,
};
use std::collections::BTreeSet;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn riyals(amount: i64) -> Money {
    Money::new(amount.into(), Currency::SaudiRiyal).unwrap()
}

fn kmh(speed: u32) -> SpeedKmh {
    SpeedKmh::new(speed.into()).unwrap()
}

fn reading(limit: u32) -> SignReading {
    SignReading { since: at("2026-01-01T00:00:00Z"), in_order: true, limit: Some(kmh(limit)) }
}

/// A Saudi speed violation about which everything is in order.
pub(super) fn in_order() -> ViolationFacts {
    ViolationFacts {
        violation: ViolationId::generate(),
        jurisdiction: Jurisdiction::SaudiArabia,
        act: OffenceKind::Speed,
        captured_at: at("2026-05-03T10:00:00Z"),
        recorded_at: at("2026-05-03T10:01:00Z"),
        amount_due: riyals(800),
        cancelled: false,
        clock_offset_milliseconds: Some(120),
        certificates: vec![Interval {
            from: at("2026-01-01T00:00:00Z"),
            until: Some(at("2027-01-01T00:00:00Z")),
        }],
        sign: SignFacts { at_capture: Some(reading(80)), before: None },
        limit_enforced: Some(kmh(80)),
        signal: None,
        earlier_same_acts: 0,
        ownership: OwnershipComparison {
            holder_known: true,
            charged_held: Some(true),
            party_given: true,
            party_known: Some(true),
        },
        tariff: TariffRerun::Amount(riyals(800)),
        paid: None,
        served_at: Some(at("2026-05-03T11:00:00Z")),
        decided_before: Vec::new(),
        other_objections_live: 0,
    }
}

pub(super) fn red_light() -> ViolationFacts {
    let log =
        SignalFact { phase: LoggedPhase::Red, amber_milliseconds: Some(4_000), controller_fault: false };
    ViolationFacts {
        act: OffenceKind::RedLight,
        sign: SignFacts::default(),
        limit_enforced: None,
        signal: Some(log),
        ..in_order()
    }
}

pub(super) fn claims(grounds: &[GroundCode]) -> ObjectionFacts {
    ObjectionFacts {
        jurisdiction: Jurisdiction::SaudiArabia,
        filed_at: at("2026-05-10T10:00:00Z"),
        grounds: grounds.iter().copied().collect(),
        evidence: BTreeSet::new(),
        lateness_reason_given: false,
        human_asked: false,
        document_asked_before: false,
        outage_days: BTreeSet::new(),
    }
}

pub(super) fn answer(objection: &ObjectionFacts, facts: &ViolationFacts) -> MachineAnswer {
    let policies = Policies::compiled_in().unwrap();
    let rules = TriageRules::of(&policies, objection.jurisdiction);
    let input = TriageInput { objection: objection.clone(), violations: vec![facts.clone()] };
    let mut suggestion = suggest(&input, &rules);
    // Whatever is asked in these tests: a stored input gives the same answers, byte for byte.
    let recorded = record_triage(&input, &suggestion).unwrap();
    assert_eq!(repeat_triage(&recorded.input, &policies).unwrap(), recorded.answers);
    suggestion.violations.remove(0).answer
}

fn cancels(ground: GroundCode) -> MachineAnswer {
    MachineAnswer::Cancel { ground, reissue: false }
}

pub(super) const REVIEW: MachineAnswer = MachineAnswer::SendToReview { meanwhile: None };

pub(super) fn refuses(defect: RefusableDefect) -> MachineAnswer {
    MachineAnswer::RefuseOnForm { defect }
}

#[test]
fn when_everything_is_in_order_a_human_decides() {
    for ground in [GroundCode::Other, GroundCode::InstrumentNotCertified, GroundCode::PlateMisread] {
        assert_eq!(answer(&claims(&[ground]), &in_order()), REVIEW, "{ground}");
    }
}

#[test]
fn g14_a_certificate_out_of_force_cancels_whatever_was_claimed() {
    let expired = Interval { from: at("2025-01-01T00:00:00Z"), until: Some(at("2026-01-01T00:00:00Z")) };
    let facts = ViolationFacts { certificates: vec![expired], ..in_order() };
    for ground in [GroundCode::Other, GroundCode::InstrumentNotCertified] {
        assert_eq!(answer(&claims(&[ground]), &facts), cancels(GroundCode::InstrumentNotCertified));
    }
}

#[test]
fn g14_without_any_certificate_on_file_a_human_decides() {
    let facts = ViolationFacts { certificates: Vec::new(), ..in_order() };
    assert_eq!(answer(&claims(&[GroundCode::InstrumentNotCertified]), &facts), REVIEW);
}

#[test]
fn g15_a_clock_beyond_its_tolerance_cancels_and_one_at_it_does_not() {
    let with = |offset| ViolationFacts { clock_offset_milliseconds: offset, ..in_order() };
    let claimed = claims(&[GroundCode::ClockDoubtful]);
    assert_eq!(answer(&claimed, &with(Some(-10_001))), cancels(GroundCode::ClockDoubtful));
    assert_eq!(answer(&claimed, &with(Some(10_000))), REVIEW);
    assert_eq!(answer(&claimed, &with(None)), REVIEW);
    let red = ViolationFacts { clock_offset_milliseconds: Some(1_001), ..red_light() };
    assert_eq!(answer(&claimed, &red), cancels(GroundCode::ClockDoubtful));
}

#[test]
fn g12_a_sign_that_showed_more_cancels_and_one_that_showed_less_does_not() {
    let with = |limit| ViolationFacts {
        sign: SignFacts { at_capture: Some(reading(limit)), before: None },
        ..in_order()
    };
    let claimed = claims(&[GroundCode::LimitWrong]);
    assert_eq!(answer(&claimed, &with(100)), cancels(GroundCode::LimitWrong));
    assert_eq!(answer(&claimed, &with(60)), REVIEW);
    let unknown = ViolationFacts { sign: SignFacts::default(), ..in_order() };
    assert_eq!(answer(&claimed, &unknown), REVIEW);
}

#[test]
fn g12_a_sign_that_had_just_changed_from_more_cancels() {
    let changed = |seconds| {
        let facts = in_order();
        let now = SignReading { since: facts.captured_at - TimeDelta::seconds(seconds), ..reading(80) };
        ViolationFacts { sign: SignFacts { at_capture: Some(now), before: Some(reading(120)) }, ..facts }
    };
    let claimed = claims(&[GroundCode::LimitWrong]);
    assert_eq!(answer(&claimed, &changed(59)), cancels(GroundCode::LimitWrong));
    assert_eq!(answer(&claimed, &changed(60)), REVIEW);
}

#[test]
fn g11_a_sign_that_was_out_cancels() {
    let out = SignReading { in_order: false, limit: None, ..reading(80) };
    let facts = ViolationFacts { sign: SignFacts { at_capture: Some(out), before: None }, ..in_order() };
    assert_eq!(answer(&claims(&[GroundCode::Other]), &facts), cancels(GroundCode::SignMissing));
}

#[test]
fn g13_a_short_amber_another_phase_or_a_fault_cancels() {
    let with = |signal| ViolationFacts { signal, ..red_light() };
    let log = |phase, amber, controller_fault| {
        Some(SignalFact { phase, amber_milliseconds: amber, controller_fault })
    };
    let claimed = claims(&[GroundCode::SignalFault]);
    let cancelled = cancels(GroundCode::SignalFault);
    assert_eq!(answer(&claimed, &with(log(LoggedPhase::Red, Some(2_999), false))), cancelled);
    assert_eq!(answer(&claimed, &with(log(LoggedPhase::Red, Some(3_000), true))), cancelled);
    assert_eq!(answer(&claimed, &with(log(LoggedPhase::Green, None, false))), cancelled);
    assert_eq!(answer(&claimed, &with(log(LoggedPhase::Dark, None, false))), cancelled);
    assert_eq!(answer(&claimed, &with(log(LoggedPhase::Red, Some(3_000), false))), REVIEW);
    assert_eq!(answer(&claimed, &with(log(LoggedPhase::Red, None, false))), REVIEW);
    assert_eq!(answer(&claimed, &with(None)), REVIEW);
}

#[test]
fn g19_an_earlier_violation_of_the_same_act_cancels() {
    let facts = ViolationFacts { earlier_same_acts: 1, ..in_order() };
    assert_eq!(answer(&claims(&[GroundCode::Other]), &facts), cancels(GroundCode::DuplicateAct));
    assert_eq!(answer(&claims(&[GroundCode::DuplicateAct]), &in_order()), REVIEW);
}

#[test]
fn g04_a_vehicle_held_by_another_moves_to_the_owner_at_the_time() {
    let with = |charged_held| {
        let facts = in_order();
        ViolationFacts { ownership: OwnershipComparison { charged_held, ..facts.ownership }, ..facts }
    };
    let claimed = claims(&[GroundCode::Sold]);
    let moved = MachineAnswer::Cancel { ground: GroundCode::Sold, reissue: true };
    assert_eq!(answer(&claimed, &with(Some(false))), moved);
    // The register does not carry it: the contract is asked for, and then a human looks.
    let contract = MachineAnswer::AskForDocument { documents: vec![DocumentKind::SaleContract] };
    assert_eq!(answer(&claimed, &with(Some(true))), contract);
    assert_eq!(answer(&claimed, &with(None)), contract);
    let with_contract = ObjectionFacts { evidence: BTreeSet::from(["4711".to_owned()]), ..claimed };
    assert_eq!(answer(&with_contract, &with(Some(true))), REVIEW);
}

#[test]
fn a_ground_that_ends_the_case_is_preferred_to_one_that_moves_it_to_another() {
    let facts = in_order();
    let ownership = OwnershipComparison { charged_held: Some(false), ..facts.ownership };
    let facts = ViolationFacts { ownership, earlier_same_acts: 1, ..facts };
    assert_eq!(answer(&claims(&[GroundCode::Other]), &facts), cancels(GroundCode::DuplicateAct));
}

#[test]
fn g20_an_amount_that_was_too_high_is_reduced() {
    let facts = ViolationFacts { tariff: TariffRerun::Amount(riyals(300)), ..in_order() };
    let reduction = Reduction { ground: GroundCode::PaidOrAmountWrong, to: riyals(300) };
    assert_eq!(answer(&claims(&[GroundCode::PaidOrAmountWrong]), &facts), MachineAnswer::Reduce(reduction));
    // Who claims more than the amount gets the reduction at once and a human for the rest.
    let more = answer(&claims(&[GroundCode::PlateMisread]), &facts);
    assert_eq!(more, MachineAnswer::SendToReview { meanwhile: Some(reduction) });
}

#[test]
fn g20_an_amount_that_was_too_low_is_never_raised() {
    let facts = ViolationFacts { tariff: TariffRerun::Amount(riyals(1_200)), ..in_order() };
    assert_eq!(answer(&claims(&[GroundCode::PaidOrAmountWrong]), &facts), REVIEW);
}

#[test]
fn g20_no_offence_by_the_tariff_cancels_and_an_unknown_tariff_goes_to_a_human() {
    let with = |tariff| ViolationFacts { tariff, ..in_order() };
    let claimed = claims(&[GroundCode::PaidOrAmountWrong]);
    assert_eq!(answer(&claimed, &with(TariffRerun::NoOffence)), cancels(GroundCode::PaidOrAmountWrong));
    assert_eq!(answer(&claimed, &with(TariffRerun::Unknown)), REVIEW);
}

#[test]
fn f01_a_late_objection_is_refused_only_with_a_sourced_limit_and_without_a_reason() {
    // 30 days from 3 May end on 2 June 2026, a Tuesday.
    let filed = |when| ObjectionFacts { filed_at: at(when), ..claims(&[GroundCode::Other]) };
    assert_eq!(answer(&filed("2026-06-02T20:59:59Z"), &in_order()), REVIEW);
    assert_eq!(answer(&filed("2026-06-02T21:00:00Z"), &in_order()), refuses(RefusableDefect::Late));
    let reason = ObjectionFacts { lateness_reason_given: true, ..filed("2026-08-01T10:00:00Z") };
    assert_eq!(answer(&reason, &in_order()), REVIEW);
    // Who was never told is never late.
    let never_told = ViolationFacts { served_at: None, ..in_order() };
    assert_eq!(answer(&filed("2026-08-01T10:00:00Z"), &never_told), REVIEW);
    let egypt = ObjectionFacts { jurisdiction: Jurisdiction::Egypt, ..filed("2028-08-01T10:00:00Z") };
    let facts = ViolationFacts { jurisdiction: Jurisdiction::Egypt, ..in_order() };
    assert_eq!(answer(&egypt, &facts), REVIEW);
}

#[test]
fn f01_late_service_an_outage_and_a_day_of_rest_lengthen_the_limit() {
    let objection = ObjectionFacts { filed_at: at("2026-06-10T10:00:00Z"), ..claims(&[GroundCode::Other]) };
    assert_eq!(answer(&objection, &in_order()), refuses(RefusableDefect::Late));
    let served_late = ViolationFacts { served_at: Some(at("2026-05-12T10:00:00Z")), ..in_order() };
    assert_eq!(answer(&objection, &served_late), REVIEW);
    let days = (20..28).map(|day| format!("2026-05-{day}").parse().unwrap()).collect();
    let outage = ObjectionFacts { outage_days: days, ..objection };
    assert_eq!(answer(&outage, &in_order()), REVIEW);
    // 30 days from 6 May end on Friday, 5 June: Sunday is the last day.
    let friday = ViolationFacts { served_at: Some(at("2026-05-06T10:00:00Z")), ..in_order() };
    let sunday = ObjectionFacts { filed_at: at("2026-06-07T10:00:00Z"), ..claims(&[GroundCode::Other]) };
    assert_eq!(answer(&sunday, &friday), REVIEW);
}

#[test]
fn f02_the_same_again_is_refused_and_new_evidence_is_not() {
    let prior = PriorDecision {
        objection: ObjectionId::generate(),
        grounds: BTreeSet::from([GroundCode::Other, GroundCode::WasElsewhere]),
        evidence: BTreeSet::from(["a".to_owned()]),
    };
    let facts = ViolationFacts { decided_before: vec![prior], ..in_order() };
    assert_eq!(answer(&claims(&[GroundCode::Other]), &facts), refuses(RefusableDefect::AlreadyDecided));
    assert_eq!(answer(&claims(&[GroundCode::PlateMisread]), &facts), REVIEW);
    let new = ObjectionFacts { evidence: BTreeSet::from(["b".to_owned()]), ..claims(&[GroundCode::Other]) };
    assert_eq!(answer(&new, &facts), REVIEW);
}

#[test]
fn f03_a_stranger_is_refused_and_somebody_unknown_is_not() {
    let with = |party_known| {
        let facts = in_order();
        ViolationFacts { ownership: OwnershipComparison { party_known, ..facts.ownership }, ..facts }
    };
    let claimed = claims(&[GroundCode::Other]);
    assert_eq!(answer(&claimed, &with(Some(false))), refuses(RefusableDefect::NotAParty));
    assert_eq!(answer(&claimed, &with(None)), REVIEW);
}

#[test]
fn f04_a_paid_fine_is_refused_in_saudi_arabia_and_not_in_egypt() {
    let facts = ViolationFacts { paid: Some(riyals(800)), ..in_order() };
    let claimed = claims(&[GroundCode::Other]);
    assert_eq!(answer(&claimed, &facts), refuses(RefusableDefect::AlreadyPaid));
    let egypt = ObjectionFacts { jurisdiction: Jurisdiction::Egypt, ..claimed };
    assert_eq!(answer(&egypt, &facts), REVIEW);
}

#[test]
fn f05_an_objection_behind_another_waits_and_is_not_refused_whether_a_person_was_asked_for_or_not() {
    let facts = ViolationFacts { other_objections_live: 1, ..in_order() };
    for human_asked in [false, true] {
        let claimed = ObjectionFacts { human_asked, ..claims(&[GroundCode::Other]) };
        assert_eq!(answer(&claimed, &facts), MachineAnswer::WaitForOther);
    }
}

#[test]
fn f06_a_missing_document_is_asked_for_once() {
    let claimed = claims(&[GroundCode::MedicalEmergency]);
    let asked = MachineAnswer::AskForDocument { documents: vec![DocumentKind::MedicalPaper] };
    assert_eq!(answer(&claimed, &in_order()), asked);
    let again = ObjectionFacts { document_asked_before: true, ..claimed };
    assert_eq!(answer(&again, &in_order()), REVIEW);
}

#[test]
fn a_late_objection_is_still_cancelled_when_the_facts_carry_it() {
    let late = ObjectionFacts { filed_at: at("2026-12-01T10:00:00Z"), ..claims(&[GroundCode::Other]) };
    let facts = ViolationFacts { earlier_same_acts: 1, ..in_order() };
    assert_eq!(answer(&late, &facts), cancels(GroundCode::DuplicateAct));
}

#[test]
fn whoever_asked_for_a_human_gets_one_whatever_the_form() {
    let late = ObjectionFacts {
        filed_at: at("2026-12-01T10:00:00Z"),
        human_asked: true,
        ..claims(&[GroundCode::MedicalEmergency])
    };
    let facts = ViolationFacts { paid: Some(riyals(800)), ..in_order() };
    assert_eq!(answer(&late, &facts), REVIEW);
}

#[test]
fn every_answer_comes_with_both_languages_all_checks_and_all_features() {
    let policies = Policies::compiled_in().unwrap();
    let objection = claims(&[GroundCode::WasElsewhere]);
    let rules = TriageRules::of(&policies, objection.jurisdiction);
    let suggestion = suggest(&TriageInput { objection, violations: vec![in_order()] }, &rules);
    let one = &suggestion.violations[0];
    assert!(!one.explanation.arabic.is_empty() && !one.explanation.english.is_empty());
    let elsewhere = one.basis.iter().find(|basis| basis.claimed).unwrap();
    assert_eq!(elsewhere.subject, CheckSubject::Ground(GroundCode::WasElsewhere));
    let subjects: BTreeSet<&str> = one.basis.iter().map(|basis| basis.subject.code()).collect();
    for code in ["G04", "G11", "G12", "G14", "G15", "G19", "G20", "F01", "F02", "F03", "F04", "F05"] {
        assert!(subjects.contains(code), "{code}");
    }
    let names: BTreeSet<FeatureName> = one.features.iter().map(|feature| feature.name).collect();
    assert_eq!(names.len(), FeatureName::ALL.len());
    assert_eq!(one.features.len(), FeatureName::ALL.len());
    assert_eq!(suggestion.rule_table_sha256.len(), 64);
}

prop_compose! {
    fn any_facts()(
        red in any::<bool>(),
        cancelled in prop::bool::weighted(0.1),
        offset in prop::option::of(-20_000_i64..20_000),
        certificate in prop::option::of(any::<bool>()),
        shown in prop::option::of((any::<bool>(), 40_u32..140)),
        amber in prop::option::of((0_usize..4, prop::option::of(0_u32..6_000), any::<bool>())),
        earlier in prop_oneof![3 => Just(0_u32), 1 => 1_u32..3],
        charged in prop::option::of(any::<bool>()),
        party in prop::option::of(any::<bool>()),
        tariff in prop_oneof![Just(None), (1_i64..1_600).prop_map(Some)],
        paid in prop::option::of(1_i64..1_600),
        heard in any::<bool>(),
        live in prop_oneof![3 => Just(0_u32), 1 => Just(1_u32)],
    ) -> ViolationFacts {
        let facts = if red { red_light() } else { in_order() };
        let until = certificate.map(|valid| at(if valid { "2027-01-01T00:00:00Z" } else { "2026-02-01T00:00:00Z" }));
        let prior = PriorDecision {
            objection: ObjectionId::generate(),
            grounds: GroundCode::ALL.into_iter().collect(),
            evidence: BTreeSet::new(),
        };
        ViolationFacts {
            cancelled,
            clock_offset_milliseconds: offset,
            certificates: until.map(|until| Interval { from: at("2026-01-01T00:00:00Z"), until: Some(until) }).into_iter().collect(),
            sign: SignFacts {
                at_capture: shown.map(|(in_order, limit)| SignReading { in_order, ..reading(limit) }),
                before: None,
            },
            signal: amber.map(|(phase, amber_milliseconds, controller_fault)| SignalFact {
                phase: LoggedPhase::ALL[phase],
                amber_milliseconds,
                controller_fault,
            }),
            earlier_same_acts: earlier,
            ownership: OwnershipComparison { charged_held: charged, party_known: party, ..facts.ownership },
            tariff: tariff.map_or(TariffRerun::Unknown, |amount| TariffRerun::Amount(riyals(amount))),
            paid: paid.map(riyals),
            decided_before: heard.then_some(prior).into_iter().collect(),
            other_objections_live: live,
            ..facts
        }
    }
}

prop_compose! {
    fn any_objection()(
        grounds in prop::collection::btree_set(prop::sample::select(&GroundCode::ALL), 1..4),
        day in 1_i64..200,
        evidence in any::<bool>(),
        reason in any::<bool>(),
        human_asked in any::<bool>(),
        asked_before in any::<bool>(),
    ) -> ObjectionFacts {
        ObjectionFacts {
            grounds,
            filed_at: at("2026-05-03T12:00:00Z") + TimeDelta::days(day),
            evidence: evidence.then(|| "4711".to_owned()).into_iter().collect(),
            lateness_reason_given: reason,
            human_asked,
            document_asked_before: asked_before,
            ..claims(&[])
        }
    }
}

proptest! {
    /// The machine's only refusals carry a defect that its own form check found; nobody who asked for a human is
    /// refused; and no answer asks more than was asked.
    #[test]
    fn no_input_leads_to_a_refusal_on_the_merits_or_to_a_higher_amount(objection in any_objection(), facts in any_facts()) {
        let policies = Policies::compiled_in().unwrap();
        let rules = TriageRules::of(&policies, objection.jurisdiction);
        let input = TriageInput { objection: objection.clone(), violations: vec![facts.clone()] };
        let suggestion = suggest(&input, &rules);
        let one = &suggestion.violations[0];
        let found = |subject| one.basis.iter().any(|basis| {
            basis.subject == subject && matches!(basis.finding, Finding::Defect | Finding::InFavour)
        });
        match &one.answer {
            MachineAnswer::RefuseOnForm { defect } => {
                prop_assert!(!objection.human_asked || super::form::same_decided_before(&objection, &facts));
                prop_assert!(found(CheckSubject::Form(defect.defect())));
            }
            MachineAnswer::Cancel { ground, .. } => prop_assert!(found(CheckSubject::Ground(*ground))),
            MachineAnswer::Reduce(reduction) | MachineAnswer::SendToReview { meanwhile: Some(reduction) } => {
                prop_assert!(reduction.to.amount() < facts.amount_due.amount());
                prop_assert!(found(CheckSubject::Ground(reduction.ground)));
            }
            MachineAnswer::ClosePaid { paid } => {
                prop_assert!(paid.amount() >= facts.amount_due.amount());
                prop_assert!(objection.grounds.contains(&GroundCode::PaidOrAmountWrong));
            }
            MachineAnswer::WaitForOther => prop_assert!(found(CheckSubject::Form(FormDefect::AnotherLive))),
            MachineAnswer::AskForDocument { documents } => prop_assert!(!documents.is_empty()),
            MachineAnswer::SendToReview { meanwhile: None } => {}
        }
        prop_assert_eq!(suggest(&input, &rules), suggestion);
    }

    /// A human asked for means a human, unless the facts end the case in the citizen's favour, or one has decided on the
    /// same already, or has another objection to the violation before him.
    #[test]
    fn whoever_asks_for_a_human_gets_one_or_a_cancellation(objection in any_objection(), facts in any_facts()) {
        let asked = ObjectionFacts { human_asked: true, ..objection };
        let facts = ViolationFacts { other_objections_live: 0, decided_before: Vec::new(), ..facts };
        let kind = answer(&asked, &facts).kind();
        prop_assert!(matches!(kind, MachineAnswerKind::SentToReview | MachineAnswerKind::Cancelled));
    }
}
