//! Speeding: what is taken off the measured speed, and whether what remains is an offence.

use super::explain;
use super::finding::{ActFinding, ActVerdict, price_of};
use super::policy::{DeductionProfile, Policy};
use super::tariff::{Charge, Lookup};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::assessment::ManualCheckReason;
use schemas::camera_event::{SpeedAct, SpeedKmh};
use std::collections::BTreeSet;

/// A speed before and after the deduction, km/h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalSpeed {
    /// As the instrument showed it.
    pub measured: Decimal,
    /// What is taken off.
    pub deducted: Decimal,
    /// What counts: the difference, never below 0.
    pub counted: Decimal,
}

/// Takes the tolerance off: `v - max(minimum, ceil(percent % of v))`. Source: domain handbook 4, requirement 3.
#[must_use]
pub fn deduct(profile: DeductionProfile, measured: SpeedKmh) -> LegalSpeed {
    let measured = measured.value();
    let share = (measured * profile.percent / Decimal::ONE_HUNDRED).ceil();
    let deducted = share.max(profile.minimum_kmh).min(measured);
    LegalSpeed { measured, deducted, counted: measured - deducted }
}

/// Whether a measured speed is an offence, and its price if so.
///
/// The limit is the one that the camera had in force; whether the sign showed the same is asked elsewhere. Without
/// the instant of capture no row can be chosen, but a speed that is not above the limit is no offence on any day.
pub(super) fn judge<'p>(
    policy: &'p Policy,
    act: &SpeedAct,
    captured_at: Option<DateTime<Utc>>,
) -> ActFinding<'p> {
    let speed = deduct(policy.deduction(), act.measured);
    let mut steps = vec![explain::measured(act), explain::deduction(&speed)];
    let excess = speed.counted - act.limit.value();
    if excess <= Decimal::ZERO {
        steps.push(explain::within_limit());
        return ActFinding { steps, verdict: ActVerdict::NoOffence };
    }
    steps.push(explain::excess(excess));
    let Some(instant) = captured_at else {
        let price = Err(ManualCheckReason::TimeZoneUnknown);
        return ActFinding { steps, verdict: ActVerdict::Possible { price, doubts: BTreeSet::new() } };
    };
    let charge = Charge::Speed { limit: act.limit.value(), excess };
    let verdict = match policy.tariffs().find(charge, instant) {
        Lookup::Tolerated(band) => {
            steps.push(explain::tolerated(band));
            ActVerdict::NoOffence
        }
        lookup @ (Lookup::Priced(_) | Lookup::DraftOnly(_) | Lookup::Missing) => {
            ActVerdict::Possible { price: price_of(policy, lookup, &mut steps), doubts: BTreeSet::new() }
        }
    };
    ActFinding { steps, verdict }
}

#[cfg(test)]
mod tests {
    use super::super::samples::POLICIES;
    use super::*;
    use proptest::prelude::*;
    use schemas::jurisdiction::Jurisdiction;

    fn deducted(measured: &str) -> (String, String) {
        let policy = POLICIES.of(Jurisdiction::Egypt);
        let speed = deduct(policy.deduction(), SpeedKmh::new(measured.parse().unwrap()).unwrap());
        (speed.deducted.normalize().to_string(), speed.counted.normalize().to_string())
    }

    #[test]
    fn three_are_taken_off_up_to_a_hundred_and_three_per_cent_rounded_up_above() {
        assert_eq!(deducted("60"), ("3".into(), "57".into()));
        assert_eq!(deducted("100"), ("3".into(), "97".into()));
        assert_eq!(deducted("100.01"), ("4".into(), "96.01".into()));
        assert_eq!(deducted("103.5"), ("4".into(), "99.5".into()));
        assert_eq!(deducted("133"), ("4".into(), "129".into()));
        assert_eq!(deducted("134"), ("5".into(), "129".into()));
        assert_eq!(deducted("200"), ("6".into(), "194".into()));
    }

    #[test]
    fn a_walking_pace_does_not_become_negative() {
        assert_eq!(deducted("2"), ("2".into(), "0".into()));
    }

    proptest! {
        #[test]
        fn at_least_the_minimum_and_the_share_are_always_taken_off(hundredths in 301_i64..=40_000) {
            let policy = POLICIES.of(Jurisdiction::SaudiArabia);
            let measured = SpeedKmh::new(Decimal::new(hundredths, 2)).unwrap();
            let speed = deduct(policy.deduction(), measured);
            prop_assert!(speed.deducted >= Decimal::from(3));
            prop_assert!(speed.deducted * Decimal::ONE_HUNDRED >= speed.measured * Decimal::from(3));
            prop_assert!(speed.deducted < speed.measured * Decimal::new(3, 2) + Decimal::from(3));
            prop_assert_eq!(speed.counted + speed.deducted, speed.measured);
        }
    }
}
