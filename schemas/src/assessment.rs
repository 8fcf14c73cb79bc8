//! What the rules make of one sighting, and how they got there.

use crate::money::Money;
use crate::plate::PlateNumber;
use crate::text::BilingualText;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// The end of the rules for one event. Pure: the same inputs give the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Assessment {
    /// No rule was broken.
    NoOffence {
        /// How that was found.
        calculation: Calculation,
    },
    /// Something is doubtful: a person must look before anything is issued.
    ManualCheck(ManualCheck),
    /// A violation with its amount.
    Violation(Box<ViolationDraft>),
}

/// A sighting that the machine must not decide.
#[derive(Debug, Clone, PartialEq)]
pub struct ManualCheck {
    /// Everything that is doubtful, at least one.
    pub reasons: BTreeSet<ManualCheckReason>,
    /// The plate, as far as it was read.
    pub plate: Option<PlateNumber>,
    /// What would be asked if the doubts are dispelled.
    pub amount: Option<Money>,
    /// How far the rules came.
    pub calculation: Calculation,
}

/// A violation about to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct ViolationDraft {
    /// Whose vehicle.
    pub plate: PlateNumber,
    /// Code of the act, as in the tariff: `speed`, `red_light`.
    pub act_code: &'static str,
    /// When it was done.
    pub captured_at: DateTime<Utc>,
    /// Id of the tariff row that set the amount.
    pub tariff_row: String,
    /// What is due.
    pub amount: Money,
    /// Least the law allows.
    pub amount_min: Money,
    /// Most the law allows.
    pub amount_max: Money,
    /// Rule by rule.
    pub calculation: Calculation,
}

/// The rules that were applied, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calculation {
    /// One step each.
    pub steps: Vec<CalculationStep>,
    /// SHA-256 over the rule tables that were used, hexadecimal.
    pub rule_table_sha256: String,
}

/// One rule with what it did, as a citizen reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalculationStep {
    /// Stable name of the rule, e.g. `speed.deduction`.
    pub rule: String,
    /// One sentence, Arabic.
    pub arabic: String,
    /// One sentence, English.
    pub english: String,
    /// The amount after this rule, where it sets one.
    pub amount: Option<Money>,
    /// The legal source, where the rule has one.
    pub source: Option<BilingualText>,
}

crate::closed_list! {
    /// Why a person must look. A closed list.
    pub enum ManualCheckReason {
        /// No plate was found in any frame.
        NoPlate = "no_plate",
        /// The model failed.
        ModelFailure = "model_failure",
        /// The characters are no plate of the country.
        OutOfGrammar = "out_of_grammar",
        /// The calibrated confidence is below the floor.
        LowConfidence = "low_confidence",
        /// Fewer than two frames show the plate.
        TooFewFrames = "too_few_frames",
        /// Two frames show different plates.
        FramesDisagree = "frames_disagree",
        /// Arabic and Latin row of a Saudi plate differ.
        RowsDisagree = "rows_disagree",
        /// Paint may have changed a letter.
        TamperSuspect = "tamper_suspect",
        /// A distinguished series.
        SpecialSeries = "special_series",
        /// The colour may be that of police or diplomats, whose plates letters and digits alone do not identify.
        OfficialPlate = "official_plate",
        /// A plate of another country.
        ForeignPlate = "foreign_plate",
        /// Part of the plate is hidden.
        Occluded = "occluded",
        /// More than one plate could be meant.
        SeveralPlates = "several_plates",
        /// The plate's colour contradicts the vehicle's class.
        ClassMismatch = "class_mismatch",
        /// No calibration certificate is on file for the instrument.
        CertificateMissing = "certificate_missing",
        /// The certificate was not in force at the instant of capture.
        CertificateExpired = "certificate_expired",
        /// The camera's clock was off by more than the tolerance.
        ClockOffset = "clock_offset",
        /// The camera said nothing about its clock.
        ClockUnknown = "clock_unknown",
        /// The zone of the capture time is unknown.
        TimeZoneUnknown = "time_zone_unknown",
        /// The capture time lies in the future or too far in the past.
        CaptureTimeImplausible = "capture_time_implausible",
        /// No state of the sign is on file for the instant of capture.
        SignStateUnknown = "sign_state_unknown",
        /// The sign was out of order or hidden.
        SignOut = "sign_out",
        /// The sign showed another limit than the camera had, or had just changed.
        SignLimitDiffers = "sign_limit_differs",
        /// Red was not certain: no phase, no times, or within the grace time.
        SignalUncertain = "signal_uncertain",
        /// The code, unit or number of the act is not known.
        ActNotUnderstood = "act_not_understood",
        /// The camera is not registered for that site.
        SiteMismatch = "site_mismatch",
        /// The camera is not built to record such an act.
        CameraKindUnfit = "camera_kind_unfit",
        /// The event is played back from the camera's memory.
        ReplayedHistory = "replayed_history",
        /// The tariff row in force is a draft or has no sourced amount.
        TariffDraft = "tariff_draft",
        /// No tariff row covers the act.
        TariffMissing = "tariff_missing",
        /// The plate is of another country than the site.
        JurisdictionDiffers = "jurisdiction_differs",
    }
    impl Display;
}
