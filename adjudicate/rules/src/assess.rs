//! What the rules make of one sighting. Pure: the same inputs give the same answer, byte for byte.

use crate::capture;
use crate::explain;
use crate::offence::finding::{ActFinding, ActVerdict};
use crate::offence::{red_light, speed};
use crate::plate::frames::{self, AgreedPlate, FrameReading, PlateDoubt, PlateGuess};
use crate::policy::tariff::ActiveRow;
use crate::policy::{Policies, Policy};
use crate::registry::CaptureContext;
use chrono::{DateTime, Utc};
use schemas::assessment::{
    Assessment, Calculation, CalculationStep, ManualCheck, ManualCheckReason, ViolationDraft,
};
use schemas::camera_event::{Act, CameraEvent};
use schemas::plate::PlateNumber;
use schemas::plate_read::Confidence;
use std::collections::BTreeSet;

/// Everything that the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct AssessmentInput<'a> {
    /// The sighting.
    pub event: &'a CameraEvent,
    /// What was read in its frames, in their order.
    pub readings: &'a [FrameReading],
    /// What the registry knows of its place and instant.
    pub context: &'a CaptureContext,
    /// The rules of all countries; those of the site's count.
    pub policies: &'a Policies,
    /// When the event came in: as the gateway states it, else when the record was written.
    pub received_at: DateTime<Utc>,
}

/// Applies all rules in force.
///
/// What is no offence by the camera's own account ends here: nobody is asked to check it, whatever its plate, clock or
/// certificate. Of everything else all doubts are gathered; one is enough for a manual check.
#[must_use]
pub fn assess(input: &AssessmentInput<'_>) -> Assessment {
    let AssessmentInput { event, readings, context, policies, received_at } = *input;
    let policy = policies.of(context.jurisdiction);
    let ActFinding { mut steps, verdict } = judge_act(policy, event);
    let (price, mut doubts) = match verdict {
        ActVerdict::NoOffence => return Assessment::NoOffence { calculation: calculation(policy, steps) },
        ActVerdict::Possible { price, doubts } => (price, doubts),
    };
    let capture = capture::judge(policy, event, context, received_at);
    steps.extend(capture.steps);
    doubts.extend(capture.doubts);
    let plate = frames::agree(policy, event, readings);
    match &plate {
        Ok(AgreedPlate { plate: _, frames }) => steps.push(explain::plate(*frames)),
        Err(PlateDoubt { guess: Some(PlateGuess { plate: _, looks, confidence }), reasons: _ })
            if *looks > 1 && *confidence > Confidence::ZERO =>
        {
            steps.push(explain::plate_guess(*looks, *confidence));
        }
        Err(PlateDoubt { guess: _, reasons: _ }) => {}
    }
    conclude(policy, event, Possible { price, plate, doubts, steps })
}

/// An act that may be an offence, with what was found about it.
struct Possible<'p> {
    price: Result<&'p ActiveRow, ManualCheckReason>,
    plate: Result<AgreedPlate, PlateDoubt>,
    doubts: BTreeSet<ManualCheckReason>,
    steps: Vec<CalculationStep>,
}

fn judge_act<'p>(policy: &'p Policy, event: &CameraEvent) -> ActFinding<'p> {
    let captured_at = event.captured_at.instant();
    match &event.act {
        Act::Speed(act) => speed::judge(policy, act, captured_at),
        Act::RedLight => red_light::judge(policy, event.signal, captured_at),
        Act::NotUnderstood { .. } => {
            let price = Err(ManualCheckReason::ActNotUnderstood);
            let verdict = ActVerdict::Possible { price, doubts: BTreeSet::new() };
            ActFinding { steps: Vec::new(), verdict }
        }
    }
}

fn conclude(policy: &Policy, event: &CameraEvent, possible: Possible<'_>) -> Assessment {
    let Possible { price, plate, mut doubts, steps } = possible;
    let calculation = calculation(policy, steps);
    let captured_at = event.captured_at.instant().ok_or(ManualCheckReason::TimeZoneUnknown);
    if let (Ok(row), Ok(agreed), Ok(captured_at), true) = (price, &plate, captured_at, doubts.is_empty()) {
        return violation(event, row, agreed.plate.clone(), captured_at, calculation);
    }
    keep_reason(captured_at, &mut doubts);
    let amount = keep_reason(price, &mut doubts).map(|row| row.price().asked);
    let plate = keep_reasons(plate, &mut doubts);
    Assessment::ManualCheck(ManualCheck { reasons: doubts, plate, amount, calculation })
}

fn keep_reason<T>(
    found: Result<T, ManualCheckReason>,
    doubts: &mut BTreeSet<ManualCheckReason>,
) -> Option<T> {
    found.map_err(|reason| doubts.insert(reason)).ok()
}

fn keep_reasons(
    found: Result<AgreedPlate, PlateDoubt>,
    doubts: &mut BTreeSet<ManualCheckReason>,
) -> Option<PlateNumber> {
    match found {
        Ok(agreed) => Some(agreed.plate),
        Err(PlateDoubt { guess, reasons }) => {
            doubts.extend(reasons);
            guess.map(|guess| guess.plate)
        }
    }
}

fn violation(
    event: &CameraEvent,
    row: &ActiveRow,
    plate: PlateNumber,
    captured_at: DateTime<Utc>,
    calculation: Calculation,
) -> Assessment {
    let price = row.price();
    Assessment::Violation(Box::new(ViolationDraft {
        plate,
        act_code: event.act.code(),
        captured_at,
        tariff_row: row.id().to_owned(),
        amount: price.asked,
        amount_min: price.min,
        amount_max: price.max,
        calculation,
    }))
}

fn calculation(policy: &Policy, steps: Vec<CalculationStep>) -> Calculation {
    Calculation { steps, rule_table_sha256: policy.rule_table_sha256().to_string() }
}
