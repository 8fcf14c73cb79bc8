//! Crossing on red: whether the light was red, and certainly so.

use crate::explain;
use crate::offence::finding::{ActFinding, ActVerdict, price_of};
use crate::policy::Policy;
use crate::policy::tariff::Charge;
use chrono::{DateTime, Utc};
use schemas::assessment::ManualCheckReason;
use schemas::camera_event::{Signal, SignalPhase};
use std::collections::BTreeSet;

/// Whether crossing the line was an offence, and its price if so.
///
/// Green and amber are none. Red is certain when it had lasted longer than the grace time after an amber of at least
/// the shortest length; a time of 0 means that the camera did not measure it.
pub(crate) fn judge<'p>(
    policy: &'p Policy,
    signal: Option<Signal>,
    captured_at: Option<DateTime<Utc>>,
) -> ActFinding<'p> {
    let mut steps = Vec::new();
    let certain = match signal {
        Some(Signal { phase: phase @ (SignalPhase::Green | SignalPhase::Amber), .. }) => {
            steps.push(explain::not_red(phase));
            return ActFinding { steps, verdict: ActVerdict::NoOffence };
        }
        Some(Signal { phase: SignalPhase::Red, red_milliseconds, amber_milliseconds }) => {
            steps.push(explain::red(red_milliseconds, amber_milliseconds));
            let policy = policy.red_light();
            red_milliseconds > policy.grace_milliseconds
                && amber_milliseconds >= policy.minimum_amber_milliseconds
        }
        Some(Signal { phase: SignalPhase::Unknown, .. }) | None => false,
    };
    let doubts = if certain { BTreeSet::new() } else { BTreeSet::from([ManualCheckReason::SignalUncertain]) };
    let price = match captured_at {
        Some(instant) => price_of(policy, policy.tariffs().find(Charge::RedLight, instant), &mut steps),
        None => Err(ManualCheckReason::TimeZoneUnknown),
    };
    ActFinding { steps, verdict: ActVerdict::Possible { price, doubts } }
}
