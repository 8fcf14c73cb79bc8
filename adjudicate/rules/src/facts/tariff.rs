//! The tariff, run again over what a violation recorded. Pure.

use crate::policy::Policy;
use crate::policy::deduction::deduct;
use crate::policy::tariff::{Charge, Lookup};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;
use schemas::money::Money;
use schemas::offence::{Observation, OffenceKind};

/// What the tariff says today of an act then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TariffRerun {
    /// An offence with this price.
    Amount(Money),
    /// No offence.
    NoOffence,
    /// No active row, or the measurement does not read.
    Unknown,
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// As the instrument showed it.
    pub speed: SpeedKmh,
    /// The limit that the camera enforced.
    pub limit: SpeedKmh,
}

/// Runs the tariff in force at `captured_at` again.
#[must_use]
pub fn run_again(
    policy: &Policy,
    act: OffenceKind,
    measured: Option<Measured>,
    captured_at: DateTime<Utc>,
) -> TariffRerun {
    let charge = match measured {
        Some(Measured { speed, limit }) if act.is_judged_by(Observation::Speed) => {
            let excess = deduct(policy.deduction(), speed).counted - limit.value();
            if excess <= Decimal::ZERO {
                return TariffRerun::NoOffence;
            }
            Charge::excess(act, limit.value(), excess)
        }
        None if act.is_judged_by(Observation::Speed) => return TariffRerun::Unknown,
        Some(_) | None => Charge::flat(act),
    };
    match policy.tariffs().find(charge, captured_at) {
        Lookup::Priced(row) => TariffRerun::Amount(row.price().due),
        Lookup::Tolerated(_) => TariffRerun::NoOffence,
        Lookup::DraftOnly(_) | Lookup::Missing => TariffRerun::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::jurisdiction::Jurisdiction;

    fn rerun(speed: u32, limit: u32) -> TariffRerun {
        let policy = Policy::compiled_in(Jurisdiction::SaudiArabia).unwrap();
        let kmh = |value: u32| SpeedKmh::new(value.into()).unwrap();
        let measured = Measured { speed: kmh(speed), limit: kmh(limit) };
        run_again(&policy, OffenceKind::Speed, Some(measured), "2026-05-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_band_after_the_deduction_sets_the_amount() {
        // 118 - max(3, ceil(3.54)) = 114: 34 over 80.
        let TariffRerun::Amount(amount) = rerun(118, 80) else { panic!("an offence") };
        assert_eq!(amount.to_string(), "800 SAR");
    }

    #[test]
    fn a_speed_within_limit_or_tolerated_band_is_no_offence() {
        assert_eq!(rerun(80, 80), TariffRerun::NoOffence);
        assert_eq!(rerun(92, 80), TariffRerun::NoOffence);
    }
}
