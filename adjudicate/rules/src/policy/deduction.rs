//! What is taken off a measured speed.

use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;

/// What is taken off a measured speed before bands are looked at: the larger of a fixed number and a share rounded up
/// to whole km/h. Source: domain handbook 4, requirement 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeductionProfile {
    /// At least so much, km/h.
    pub minimum_kmh: Decimal,
    /// The share, per cent.
    pub percent: Decimal,
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::POLICIES;
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
