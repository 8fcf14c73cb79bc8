//! Everything that triage looked at, by name. The input is taken apart field by field: a new field does not compile
//! until it is named here, and it can only be named by the closed list.

use super::{ObjectionFacts, TriageRules, clock_tolerance};
use crate::facts::ownership::OwnershipComparison;
use crate::facts::tariff::TariffRerun;
use crate::facts::{SignFacts, SignReading, SignalFact, ViolationFacts};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemas::camera_event::SpeedKmh;
use schemas::triage::{Feature, FeatureName, FeatureValue};

/// The features of one violation within an objection.
pub(super) fn features_of(
    objection: &ObjectionFacts,
    violation: &ViolationFacts,
    rules: &TriageRules<'_>,
    deadline: NaiveDate,
    same_decided_before: bool,
) -> Vec<Feature> {
    let mut features = of_objection(objection, deadline);
    features.extend(of_violation(violation, same_decided_before));
    let tolerance = clock_tolerance(rules, violation.act);
    let amber = rules.policy().red_light().minimum_amber_milliseconds;
    features.extend(named([
        (FeatureName::ClockToleranceMilliseconds, FeatureValue::Number(tolerance)),
        (FeatureName::AmberMinimumMilliseconds, FeatureValue::Number(amber.into())),
    ]));
    features
}

fn of_objection(objection: &ObjectionFacts, deadline: NaiveDate) -> Vec<Feature> {
    let ObjectionFacts {
        // Says which rules apply, and is not looked at beyond that.
        jurisdiction: _,
        filed_at,
        grounds,
        evidence,
        lateness_reason_given,
        human_asked,
        document_asked_before,
        // Go into the deadline.
        outage_days: _,
        rest_days: _,
    } = objection;
    let codes = grounds.iter().map(|ground| ground.code()).collect();
    named([
        (FeatureName::FiledAt, FeatureValue::Instant(*filed_at)),
        (FeatureName::ObjectionDeadline, FeatureValue::Day(deadline)),
        (FeatureName::GroundsClaimed, FeatureValue::Codes(codes)),
        (FeatureName::DocumentsGiven, count(evidence.len())),
        (FeatureName::LatenessReasonGiven, FeatureValue::Flag(*lateness_reason_given)),
        (FeatureName::HumanAsked, FeatureValue::Flag(*human_asked)),
        (FeatureName::DocumentAskedBefore, FeatureValue::Flag(*document_asked_before)),
    ])
}

fn of_violation(facts: &ViolationFacts, same_decided_before: bool) -> Vec<Feature> {
    let ViolationFacts {
        violation: _,
        jurisdiction: _,
        act,
        captured_at,
        recorded_at,
        amount_due,
        cancelled,
        clock_offset_milliseconds,
        certificates,
        sign,
        limit_enforced,
        signal,
        earlier_same_acts,
        ownership,
        tariff,
        paid,
        served_at,
        // Compared with this objection's grounds and evidence; the outcome is the feature.
        decided_before: _,
        other_objections_live,
        // Goes into the deadline.
        clock_held_seconds: _,
    } = facts;
    let in_force = certificates.iter().any(|certificate| certificate.covers(*captured_at));
    let mut features = named([
        (FeatureName::ActCode, FeatureValue::Codes(vec![act.code()])),
        (FeatureName::CapturedAt, FeatureValue::Instant(*captured_at)),
        (FeatureName::RecordedAt, FeatureValue::Instant(*recorded_at)),
        (FeatureName::AmountDue, FeatureValue::Amount(*amount_due)),
        (FeatureName::CancelledBefore, FeatureValue::Flag(*cancelled)),
        (FeatureName::ClockOffsetMilliseconds, known(*clock_offset_milliseconds, FeatureValue::Number)),
        (FeatureName::CertificatesOnFile, count(certificates.len())),
        (FeatureName::CertificateInForce, FeatureValue::Flag(in_force)),
        (FeatureName::LimitEnforced, limit_enforced.map_or(FeatureValue::None, speed)),
        (FeatureName::EarlierSameActs, FeatureValue::Number((*earlier_same_acts).into())),
        (FeatureName::AmountByTariff, tariff_value(*tariff)),
        (FeatureName::AmountPaid, paid.map_or(FeatureValue::None, FeatureValue::Amount)),
        (FeatureName::ServedAt, known(*served_at, FeatureValue::Instant)),
        (FeatureName::SameDecidedBefore, FeatureValue::Flag(same_decided_before)),
        (FeatureName::OtherObjectionsLive, FeatureValue::Number((*other_objections_live).into())),
    ]);
    features.extend(of_sign(*sign));
    features.extend(of_signal(*signal));
    features.extend(of_ownership(*ownership));
    features
}

fn of_sign(sign: SignFacts) -> Vec<Feature> {
    let SignFacts { at_capture, before } = sign;
    let shown = |reading: Option<SignReading>| match reading {
        Some(SignReading { limit, .. }) => limit.map_or(FeatureValue::None, speed),
        None => FeatureValue::Unknown,
    };
    named([
        (FeatureName::SignStateKnown, FeatureValue::Flag(at_capture.is_some())),
        (FeatureName::SignInOrder, known(at_capture, |reading| FeatureValue::Flag(reading.in_order))),
        (FeatureName::LimitShown, shown(at_capture)),
        (FeatureName::LimitShownBefore, shown(before)),
    ])
}

fn of_signal(signal: Option<SignalFact>) -> Vec<Feature> {
    let amber = signal.and_then(|fact| fact.amber_milliseconds);
    named([
        (FeatureName::SignalLogged, FeatureValue::Flag(signal.is_some())),
        (FeatureName::SignalFault, known(signal, |fact| FeatureValue::Flag(fact.controller_fault))),
        (FeatureName::SignalPhase, known(signal, |fact| FeatureValue::Codes(vec![fact.phase.label()]))),
        (FeatureName::AmberMilliseconds, known(amber, |length| FeatureValue::Number(length.into()))),
    ])
}

fn of_ownership(ownership: OwnershipComparison) -> Vec<Feature> {
    let OwnershipComparison { holder_known, charged_held, party_given, party_known } = ownership;
    named([
        (FeatureName::HolderKnown, FeatureValue::Flag(holder_known)),
        (FeatureName::ChargedPartyHeldVehicle, known(charged_held, FeatureValue::Flag)),
        (FeatureName::PartyGiven, FeatureValue::Flag(party_given)),
        (FeatureName::PartyKnown, known(party_known, FeatureValue::Flag)),
    ])
}

fn named<const N: usize>(pairs: [(FeatureName, FeatureValue); N]) -> Vec<Feature> {
    pairs.into_iter().map(|(name, value)| Feature { name, value }).collect()
}

fn known<T>(value: Option<T>, make: impl FnOnce(T) -> FeatureValue) -> FeatureValue {
    value.map_or(FeatureValue::Unknown, make)
}

fn count(length: usize) -> FeatureValue {
    FeatureValue::Number(i64::try_from(length).unwrap_or(i64::MAX))
}

/// Hundredths of km/h, so that the stored number is whole.
fn speed(speed: SpeedKmh) -> FeatureValue {
    (speed.value() * Decimal::ONE_HUNDRED).to_i64().map_or(FeatureValue::Unknown, FeatureValue::Number)
}

fn tariff_value(tariff: TariffRerun) -> FeatureValue {
    match tariff {
        TariffRerun::Amount(amount) => FeatureValue::Amount(amount),
        TariffRerun::NoOffence => FeatureValue::None,
        TariffRerun::Unknown => FeatureValue::Unknown,
    }
}
