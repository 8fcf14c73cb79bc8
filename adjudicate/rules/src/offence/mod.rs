//! Whether an act is an offence. One file for each kind judges it; [`judge`] asks the file of the kind, and
//! [`Possible::conclude`] puts circumstances and plate to what it found.

mod finding;
mod possible;

mod red_light;
mod section;
mod speed;

pub use possible::{Judgement, Possible};

use self::finding::{Finding, Verdict};
use crate::policy::Policy;
use chrono::{DateTime, Utc};
use schemas::assessment::ManualCheckReason;
use schemas::camera_event::CameraEvent;
use schemas::offence::Act;
use std::collections::BTreeSet;

/// Judges what the camera says was done, before anybody looks at a picture.
///
/// What is no offence by the camera's own account ends here: nobody is due to check it, whatever its plate, clock or
/// certificate.
#[must_use]
pub fn judge<'a>(policy: &'a Policy, event: &'a CameraEvent) -> Judgement<'a> {
    let Finding { steps, verdict } = find(policy, &event.act, event.captured_at.instant());
    match verdict {
        Verdict::NoOffence => Judgement::NoOffence(possible::calculation(policy, steps)),
        Verdict::Possible { price, doubts } => {
            Judgement::Possible(Possible { policy, event, steps, price, doubts })
        }
    }
}

macro_rules! ask_the_file_of_the_kind {
    ($($(#[$doc:meta])* $kind:ident($form:ident) in $file:ident { $($row:tt)* })*) => {
        fn find<'p>(policy: &'p Policy, act: &Act, captured_at: Option<DateTime<Utc>>) -> Finding<'p> {
            match act {
                $(Act::$kind(act) => $file::judge(policy, act, captured_at),)*
                Act::NotUnderstood(_) => not_understood(),
            }
        }
    };
}

schemas::each_offence!(ask_the_file_of_the_kind);

fn not_understood<'p>() -> Finding<'p> {
    let price = Err(ManualCheckReason::ActNotUnderstood);
    Finding { steps: Vec::new(), verdict: Verdict::Possible { price, doubts: BTreeSet::new() } }
}
