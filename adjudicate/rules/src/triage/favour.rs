//! What the facts support in the citizen's favour, whatever was claimed. Each check looks at one fact.

use super::support::Support;
use super::{TriageRules, clock_tolerance, explain, sign_grace};
use crate::facts::tariff::TariffRerun;
use crate::facts::{LoggedPhase, SignReading, SignalFact, ViolationFacts};
use schemas::camera_event::SpeedKmh;
use schemas::money::Money;
use schemas::objection::GroundCode;
use schemas::offence::Observation;
use schemas::text::BilingualText;
use schemas::triage::Reduction;

/// One ground, checked; a ground of two halves is checked twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroundCheck {
    pub(super) ground: GroundCode,
    pub(super) support: Support,
    pub(super) text: BilingualText,
}

const CANCEL: Support = Support::Cancel { reissue: false };

/// All checks that apply to the act, in the order in which a ground is preferred: what ends the case for everybody
/// stands before what only moves it to another person.
pub(super) fn checks(facts: &ViolationFacts, rules: &TriageRules<'_>) -> Vec<GroundCheck> {
    let mut checks = vec![certificate(facts), clock(facts, rules)];
    for observation in facts.act.rests_on() {
        match observation {
            Observation::Speed => checks.extend(sign(facts, rules)),
            Observation::Section => {}
            Observation::Signal => checks.push(signal(facts, rules)),
        }
    }
    checks.extend([same_act(facts), amount(facts, rules), payment(facts, rules), ownership(facts)]);
    checks
}

fn certificate(facts: &ViolationFacts) -> GroundCheck {
    let ground = GroundCode::InstrumentNotCertified;
    let in_force = facts.certificates.iter().any(|certificate| certificate.covers(facts.captured_at));
    let support = match (facts.certificates.is_empty(), in_force) {
        (true, _) => Support::FactMissing,
        (false, true) => Support::Not,
        (false, false) => CANCEL,
    };
    GroundCheck { ground, support, text: explain::certificate(support) }
}

fn clock(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let tolerance = clock_tolerance(rules, facts.act);
    let support = match facts.clock_offset_milliseconds {
        None => Support::FactMissing,
        Some(offset) if offset.unsigned_abs() > tolerance.unsigned_abs() => CANCEL,
        Some(_) => Support::Not,
    };
    let text = explain::clock(support, facts.clock_offset_milliseconds, tolerance);
    GroundCheck { ground: GroundCode::ClockDoubtful, support, text }
}

/// The sign against the limit that the camera enforced: G11 when it was out, G12 when it showed a higher limit, or had
/// shown one until just before.
fn sign(facts: &ViolationFacts, rules: &TriageRules<'_>) -> [GroundCheck; 2] {
    let higher = |reading: SignReading| shows_more(reading.limit, facts.limit_enforced);
    let (out, limit) = match facts.sign.at_capture {
        None => (Support::FactMissing, Support::FactMissing),
        Some(SignReading { in_order: false, .. }) => (CANCEL, Support::Not),
        Some(reading) if higher(reading) => (Support::Not, CANCEL),
        Some(reading) => {
            let just_changed = facts.captured_at - reading.since < sign_grace(rules);
            let before = facts.sign.before.filter(|_| just_changed);
            match before {
                Some(before) if !before.in_order => (CANCEL, Support::Not),
                Some(before) if higher(before) => (Support::Not, CANCEL),
                Some(_) | None => (Support::Not, Support::Not),
            }
        }
    };
    [
        GroundCheck { ground: GroundCode::SignMissing, support: out, text: explain::sign_out(out) },
        GroundCheck { ground: GroundCode::LimitWrong, support: limit, text: explain::sign_limit(limit) },
    ]
}

fn shows_more(shown: Option<SpeedKmh>, enforced: Option<SpeedKmh>) -> bool {
    shown.zip(enforced).is_some_and(|(shown, enforced)| shown > enforced)
}

fn signal(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let shortest = rules.policy().red_light().minimum_amber_milliseconds;
    let support = match facts.signal {
        None => Support::FactMissing,
        Some(SignalFact { controller_fault: true, .. }) => CANCEL,
        Some(SignalFact { phase: LoggedPhase::Green | LoggedPhase::Amber | LoggedPhase::Dark, .. }) => CANCEL,
        Some(SignalFact { phase: LoggedPhase::Red, amber_milliseconds, .. }) => match amber_milliseconds {
            Some(amber) if amber < shortest => CANCEL,
            Some(_) => Support::Not,
            None => Support::FactMissing,
        },
    };
    GroundCheck {
        ground: GroundCode::SignalFault,
        support,
        text: explain::signal(support, facts.signal, shortest),
    }
}

fn same_act(facts: &ViolationFacts) -> GroundCheck {
    let support = if facts.earlier_same_acts > 0 { CANCEL } else { Support::Not };
    GroundCheck { ground: GroundCode::DuplicateAct, support, text: explain::same_act(support) }
}

/// The tariff run again: one half of G20. What was paid does not answer it.
fn amount(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let ground = GroundCode::PaidOrAmountWrong;
    let due = facts.amount_due;
    let less = |amount: Money| amount.currency() == due.currency() && amount.amount() < due.amount();
    let support = match facts.tariff {
        TariffRerun::NoOffence => CANCEL,
        TariffRerun::Amount(to) if less(to) => Support::Reduce(Reduction { ground, to }),
        TariffRerun::Amount(_) => Support::Not,
        TariffRerun::Unknown => Support::FactMissing,
    };
    GroundCheck { ground, support, text: explain::amount(support, due, rules.policy().words()) }
}

/// The ledger: the other half of G20.
fn payment(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let support = match facts.paid {
        Some(paid) if covers(paid, facts.amount_due) => Support::Paid(paid),
        Some(_) | None => Support::Not,
    };
    let text = explain::payment(support, rules.policy().words());
    GroundCheck { ground: GroundCode::PaidOrAmountWrong, support, text }
}

/// Whether what was paid is all that is due.
pub(super) fn covers(paid: Money, due: Money) -> bool {
    paid.currency() == due.currency() && paid.amount() >= due.amount() && !paid.amount().is_zero()
}

fn ownership(facts: &ViolationFacts) -> GroundCheck {
    let support = match facts.ownership.charged_held {
        None => Support::FactMissing,
        Some(true) => Support::Not,
        Some(false) => Support::Cancel { reissue: true },
    };
    GroundCheck { ground: GroundCode::Sold, support, text: explain::ownership(support) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;
    use crate::triage::suggest_tests::{in_order, red_light};
    use std::collections::BTreeSet;

    #[test]
    fn what_the_form_says_the_machine_looks_at_is_what_is_checked() {
        let policies = Policies::compiled_in().unwrap();
        for facts in [in_order(), red_light()] {
            let rules = TriageRules::of(&policies, facts.jurisdiction);
            let checked: BTreeSet<_> = checks(&facts, &rules).iter().map(|check| check.ground).collect();
            let offered = rules.grounds().offered(Some(facts.act));
            let told = offered.filter(|(_, entry)| !entry.facts.is_empty()).map(|(code, _)| code);
            assert_eq!(told.collect::<BTreeSet<_>>(), checked);
        }
    }
}
