//! Speeding: what is taken off the measured speed, and whether what remains is an offence.

use crate::explain;
use crate::offence::finding::{ActFinding, ActVerdict, price_of};
use crate::policy::Policy;
use crate::policy::deduction::deduct;
use crate::policy::tariff::{Charge, Lookup};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::assessment::ManualCheckReason;
use schemas::camera_event::SpeedAct;
use std::collections::BTreeSet;

/// Whether a measured speed is an offence, and its price if so.
///
/// The limit is the one that the camera had in force; whether the sign showed the same is asked elsewhere. Without
/// the instant of capture no row can be chosen, but a speed that is not above the limit is no offence on any day.
pub(crate) fn judge<'p>(
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
