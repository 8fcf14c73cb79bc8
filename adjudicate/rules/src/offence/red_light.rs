//! Crossing on red: whether the light was red, and certainly so.

use super::finding::Finding;
use crate::explain;
use crate::policy::Policy;
use crate::policy::tariff::Charge;
use chrono::{DateTime, Utc};
use schemas::act::{SeenAct, Signal, SignalPhase};
use schemas::assessment::ManualCheckReason;
use schemas::offence::OffenceKind;
use std::collections::BTreeSet;

/// Whether crossing the line was an offence, and its price if so.
///
/// Green and amber are none. Red is certain when it had lasted longer than the grace time after an amber of at least
/// the shortest length; a time of 0 means that the camera did not measure it.
pub(super) fn judge<'p>(
    policy: &'p Policy,
    act: &SeenAct,
    captured_at: Option<DateTime<Utc>>,
) -> Finding<'p> {
    let mut steps = Vec::new();
    let certain = match act.signal {
        Some(Signal { phase: phase @ (SignalPhase::Green | SignalPhase::Amber), .. }) => {
            steps.push(explain::not_red(phase));
            return Finding::no_offence(steps);
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
    Finding::priced(policy, Charge::flat(OffenceKind::RedLight), captured_at, steps, doubts)
}
