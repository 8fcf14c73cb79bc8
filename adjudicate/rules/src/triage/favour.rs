//! What the facts carry in the citizen's favour, whatever was claimed. Each check looks at one fact.

use super::carried::Carried;
use super::{TriageRules, clock_tolerance, explain, sign_grace};
use crate::facts::tariff::TariffRerun;
use crate::facts::{LoggedPhase, SignReading, SignalFact, ViolationFacts};
use schemas::camera_event::SpeedKmh;
use schemas::money::Money;
use schemas::objection::GroundCode;
use schemas::offence::Observation;
use schemas::text::BilingualText;
use schemas::triage::Reduction;

/// One ground, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroundCheck {
    pub(super) ground: GroundCode,
    pub(super) carried: Carried,
    pub(super) text: BilingualText,
}

const CANCEL: Carried = Carried::Cancel { reissue: false };

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
    checks.extend([same_act(facts), amount(facts, rules), ownership(facts)]);
    checks
}

fn certificate(facts: &ViolationFacts) -> GroundCheck {
    let ground = GroundCode::InstrumentNotCertified;
    let in_force = facts.certificates.iter().any(|certificate| certificate.covers(facts.captured_at));
    let carried = match (facts.certificates.is_empty(), in_force) {
        (true, _) => Carried::FactMissing,
        (false, true) => Carried::Not,
        (false, false) => CANCEL,
    };
    GroundCheck { ground, carried, text: explain::certificate(carried) }
}

fn clock(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let tolerance = clock_tolerance(rules, facts.act);
    let carried = match facts.clock_offset_milliseconds {
        None => Carried::FactMissing,
        Some(offset) if offset.unsigned_abs() > tolerance.unsigned_abs() => CANCEL,
        Some(_) => Carried::Not,
    };
    let text = explain::clock(carried, facts.clock_offset_milliseconds, tolerance);
    GroundCheck { ground: GroundCode::ClockDoubtful, carried, text }
}

/// The sign against the limit that the camera enforced: G11 when it was out, G12 when it showed a higher limit, or had
/// shown one until just before.
fn sign(facts: &ViolationFacts, rules: &TriageRules<'_>) -> [GroundCheck; 2] {
    let higher = |reading: SignReading| shows_more(reading.limit, facts.limit_enforced);
    let (out, limit) = match facts.sign.at_capture {
        None => (Carried::FactMissing, Carried::FactMissing),
        Some(SignReading { in_order: false, .. }) => (CANCEL, Carried::Not),
        Some(reading) if higher(reading) => (Carried::Not, CANCEL),
        Some(reading) => {
            let just_changed = facts.captured_at - reading.since < sign_grace(rules);
            let before = facts.sign.before.filter(|_| just_changed);
            match before {
                Some(before) if !before.in_order => (CANCEL, Carried::Not),
                Some(before) if higher(before) => (Carried::Not, CANCEL),
                Some(_) | None => (Carried::Not, Carried::Not),
            }
        }
    };
    [
        GroundCheck { ground: GroundCode::SignMissing, carried: out, text: explain::sign_out(out) },
        GroundCheck { ground: GroundCode::LimitWrong, carried: limit, text: explain::sign_limit(limit) },
    ]
}

fn shows_more(shown: Option<SpeedKmh>, enforced: Option<SpeedKmh>) -> bool {
    shown.zip(enforced).is_some_and(|(shown, enforced)| shown > enforced)
}

fn signal(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let shortest = rules.policy().red_light().minimum_amber_milliseconds;
    let carried = match facts.signal {
        None => Carried::FactMissing,
        Some(SignalFact { controller_fault: true, .. }) => CANCEL,
        Some(SignalFact { phase: LoggedPhase::Green | LoggedPhase::Amber | LoggedPhase::Dark, .. }) => CANCEL,
        Some(SignalFact { phase: LoggedPhase::Red, amber_milliseconds, .. }) => match amber_milliseconds {
            Some(amber) if amber < shortest => CANCEL,
            Some(_) => Carried::Not,
            None => Carried::FactMissing,
        },
    };
    GroundCheck {
        ground: GroundCode::SignalFault,
        carried,
        text: explain::signal(carried, facts.signal, shortest),
    }
}

fn same_act(facts: &ViolationFacts) -> GroundCheck {
    let carried = if facts.earlier_same_acts > 0 { CANCEL } else { Carried::Not };
    GroundCheck { ground: GroundCode::DuplicateAct, carried, text: explain::same_act(carried) }
}

/// The tariff run again, then the ledger.
fn amount(facts: &ViolationFacts, rules: &TriageRules<'_>) -> GroundCheck {
    let ground = GroundCode::PaidOrAmountWrong;
    let asked = facts.asked;
    let less = |amount: Money| amount.currency() == asked.currency() && amount.amount() < asked.amount();
    let carried = match facts.tariff {
        TariffRerun::NoOffence => CANCEL,
        TariffRerun::Amount(to) if less(to) => Carried::Reduce(Reduction { ground, to }),
        TariffRerun::Amount(_) | TariffRerun::Unknown => match facts.paid {
            Some(paid) if covers(paid, asked) => Carried::Paid(paid),
            Some(_) | None if facts.tariff == TariffRerun::Unknown => Carried::FactMissing,
            Some(_) | None => Carried::Not,
        },
    };
    GroundCheck { ground, carried, text: explain::amount(carried, asked, rules.policy().words()) }
}

/// Whether what was paid is all that is asked.
pub(super) fn covers(paid: Money, asked: Money) -> bool {
    paid.currency() == asked.currency() && paid.amount() >= asked.amount() && !paid.amount().is_zero()
}

fn ownership(facts: &ViolationFacts) -> GroundCheck {
    let carried = match facts.ownership.charged_held {
        None => Carried::FactMissing,
        Some(true) => Carried::Not,
        Some(false) => Carried::Cancel { reissue: true },
    };
    GroundCheck { ground: GroundCode::Sold, carried, text: explain::ownership(carried) }
}
