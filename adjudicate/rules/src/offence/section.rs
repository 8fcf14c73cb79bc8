//! Section control: the mean speed between two places, judged as a speed at one place is.

use super::finding::Finding;
use super::speed::judge_measured;
use crate::policy::Policy;
use chrono::{DateTime, Utc};
use schemas::act::SectionAct;
use schemas::offence::OffenceKind;
use std::collections::BTreeSet;

/// Whether a mean speed is an offence, and its price if so. The certificate of the distance is due for elsewhere.
pub(super) fn judge<'p>(
    policy: &'p Policy,
    act: &SectionAct,
    captured_at: Option<DateTime<Utc>>,
) -> Finding<'p> {
    judge_measured(policy, OffenceKind::Section, &act.speed, captured_at, BTreeSet::new())
}
