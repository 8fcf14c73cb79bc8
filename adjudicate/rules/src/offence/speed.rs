//! Speeding: what is taken off the measured speed, and whether what remains is an offence.

use super::finding::Finding;
use crate::explain;
use crate::policy::Policy;
use crate::policy::deduction::deduct;
use crate::policy::tariff::Charge;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::act::SpeedAct;
use schemas::assessment::ManualCheckReason;
use schemas::offence::OffenceKind;
use std::collections::BTreeSet;

/// How cameras name the method of a mean speed between two places.
const METHOD_SECTION: &str = "section";

/// Whether a speed at one place is an offence, and its price if so.
///
/// A mean speed that comes without its two places is not understood.
pub(super) fn judge<'p>(
    policy: &'p Policy,
    act: &SpeedAct,
    captured_at: Option<DateTime<Utc>>,
) -> Finding<'p> {
    let without_places = act.method == METHOD_SECTION;
    let doubts = without_places.then_some(ManualCheckReason::ActNotUnderstood).into_iter().collect();
    judge_measured(policy, OffenceKind::Speed, act, captured_at, doubts)
}

/// Whether a measured speed is an offence of `kind`, and its price if so.
///
/// The limit is the one that the camera had in force; whether the sign showed the same is due elsewhere. A speed that
/// is not above the limit is no offence on any day.
pub(super) fn judge_measured<'p>(
    policy: &'p Policy,
    kind: OffenceKind,
    act: &SpeedAct,
    captured_at: Option<DateTime<Utc>>,
    doubts: BTreeSet<ManualCheckReason>,
) -> Finding<'p> {
    let speed = deduct(policy.deduction(), act.measured);
    let mut steps = vec![explain::measured(act), explain::deduction(&speed)];
    let excess = speed.counted - act.limit.value();
    if excess <= Decimal::ZERO {
        steps.push(explain::within_limit());
        return Finding::no_offence(steps);
    }
    steps.push(explain::excess(excess));
    Finding::priced(policy, Charge::excess(kind, act.limit.value(), excess), captured_at, steps, doubts)
}
