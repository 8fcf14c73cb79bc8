//! From an act that may be an offence to what comes of it: circumstances and plate are put to it.

use crate::capture;
use crate::explain;
use crate::plate::frames::{self, AgreedPlate, FrameReading, PlateDoubt, PlateGuess};
use crate::policy::Policy;
use crate::policy::tariff::ActiveRow;
use crate::registry::CaptureContext;
use chrono::{DateTime, Utc};
use schemas::assessment::{
    Assessment, Calculation, CalculationStep, ManualCheck, ManualCheckReason, ViolationDraft,
};
use schemas::camera_event::CameraEvent;
use schemas::plate::PlateNumber;
use schemas::plate_read::Confidence;
use std::collections::BTreeSet;

/// What the rules say of an act before anybody views at a picture.
#[derive(Debug)]
pub enum Judgement<'a> {
    /// No rule was broken, whoever it was.
    NoOffence(Calculation),
    /// One was, or may have been.
    Possible(Possible<'a>),
}

/// An act that may be an offence, with what was found about it.
#[derive(Debug)]
pub struct Possible<'a> {
    pub(super) policy: &'a Policy,
    pub(super) event: &'a CameraEvent,
    pub(super) steps: Vec<CalculationStep>,
    pub(super) price: Result<&'a ActiveRow, ManualCheckReason>,
    pub(super) doubts: BTreeSet<ManualCheckReason>,
}

impl Possible<'_> {
    /// Puts the circumstances of the capture and what was read in the frames, in their order, to the act.
    ///
    /// All doubts are gathered; one is enough for a manual check.
    #[must_use]
    pub fn conclude(
        self,
        readings: &[FrameReading],
        context: &CaptureContext,
        received_at: DateTime<Utc>,
    ) -> Assessment {
        let Self { policy, event, mut steps, price, mut doubts } = self;
        let capture = capture::judge(policy, event, context, received_at);
        steps.extend(capture.steps);
        doubts.extend(capture.doubts);
        let plate = frames::agree(policy, event, readings);
        match &plate {
            Ok(AgreedPlate { plate: _, frames }) => steps.push(explain::plate(*frames)),
            Err(PlateDoubt { guess: Some(PlateGuess { plate: _, views, confidence }), reasons: _ })
                if *views > 1 && *confidence > Confidence::ZERO =>
            {
                steps.push(explain::plate_guess(*views, *confidence));
            }
            Err(PlateDoubt { guess: _, reasons: _ }) => {}
        }
        Self { policy, event, steps, price, doubts }.with_plate(plate)
    }

    fn with_plate(self, plate: Result<AgreedPlate, PlateDoubt>) -> Assessment {
        let Self { policy, event, steps, price, mut doubts } = self;
        let calculation = calculation(policy, steps);
        let captured_at = event.captured_at.instant().ok_or(ManualCheckReason::TimeZoneUnknown);
        if let (Ok(row), Ok(agreed), Ok(captured_at), true) = (price, &plate, captured_at, doubts.is_empty())
        {
            return violation(event, row, agreed.plate.clone(), captured_at, calculation);
        }
        keep_reason(captured_at, &mut doubts);
        let amount = keep_reason(price, &mut doubts).map(|row| row.price().due);
        let plate = keep_reasons(plate, &mut doubts);
        Assessment::ManualCheck(ManualCheck { reasons: doubts, plate, amount, calculation })
    }
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
        amount: price.due,
        amount_min: price.min,
        amount_max: price.max,
        calculation,
    }))
}

pub(super) fn calculation(policy: &Policy, steps: Vec<CalculationStep>) -> Calculation {
    Calculation { steps, rule_table_sha256: policy.rule_table_sha256().to_string() }
}
