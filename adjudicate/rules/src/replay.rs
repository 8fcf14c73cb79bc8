//! The record by which an assessment can be replayed: what the rules looked at, by digest, and what they found.
//!
//! Canonical JSON: fields in the order below, no blanks, decimals as text, probabilities by their bits, times as
//! seconds since 1970 with nine decimals. Two runs over the same inputs give the same bytes, and any other input gives other bytes.

use crate::assess::AssessmentInput;
use crate::plate::frames::FrameReading;
use crate::registry::{CaptureContext, CertificateStanding, SignStanding, SiteStanding, StandingAtCapture};
use chrono::{DateTime, Utc};
use schemas::assessment::{Assessment, Calculation, CalculationStep, ManualCheck, ViolationDraft};
use schemas::evidence::Sha256Digest;
use schemas::frame::PixelBox;
use schemas::money::Money;
use schemas::plate_read::{CharacterRead, ClassReading, Confidence, PlateRead};
use serde::Serialize;
use thiserror::Error;

/// First field of every record; a change of form gives another. Version 2 has the vehicle's class by the plate's colour.
pub const RECORD_FORM: &str = "rasid.assessment.v2";

/// Hashes of what the rules do not see whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance {
    /// Of the event's bytes as they were signed.
    pub event_sha256: Sha256Digest,
    /// Of the reader's models and their contract.
    pub model_sha256: Sha256Digest,
}

/// The record could not be written.
#[derive(Debug, Error)]
#[error("could not write the record of an assessment as json")]
pub struct ReplayError(#[from] serde_json::Error);

/// The canonical bytes of an assessment and of everything it rests on; their SHA-256 stands in the case.
///
/// # Errors
/// When JSON cannot be written, which strings and numbers give no cause for.
pub fn assessment_digest_input(
    input: &AssessmentInput<'_>,
    provenance: &Provenance,
    assessment: &Assessment,
) -> Result<Vec<u8>, ReplayError> {
    let AssessmentInput { event, readings, context, policies, received_at } = *input;
    let record = Record {
        form: RECORD_FORM,
        jurisdiction: context.jurisdiction.code(),
        event_source: event.source.as_str(),
        event_id: event.id.as_str(),
        event_sha256: provenance.event_sha256.to_string(),
        model_sha256: provenance.model_sha256.to_string(),
        rule_table_sha256: policies.of(context.jurisdiction).rule_table_sha256().to_string(),
        received_at: seconds_text(received_at),
        frames_sha256: event.frames.iter().map(|frame| frame.sha256.to_string()).collect(),
        readings: readings.iter().map(reading_record).collect(),
        registry: registry_record(context),
        finding: finding_record(assessment),
    };
    Ok(serde_json::to_vec(&record)?)
}

#[derive(Debug, Serialize)]
struct Record<'a> {
    form: &'static str,
    jurisdiction: &'static str,
    event_source: &'a str,
    event_id: &'a str,
    event_sha256: String,
    model_sha256: String,
    rule_table_sha256: String,
    received_at: String,
    frames_sha256: Vec<String>,
    readings: Vec<ReadingRecord<'a>>,
    registry: RegistryRecord<'a>,
    finding: FindingRecord<'a>,
}

/// What the registry said, for the instant of capture; nothing where that instant is unknown.
#[derive(Debug, Serialize)]
struct RegistryRecord<'a> {
    site: Option<&'a str>,
    certificate: Option<CertificateRecord<'a>>,
    distance_certificate: Option<CertificateRecord<'a>>,
    sign: Option<SignRecord>,
}

#[derive(Debug, Serialize)]
struct CertificateRecord<'a> {
    standing: &'static str,
    id: Option<&'a str>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

#[derive(Debug, Serialize)]
struct SignRecord {
    condition: &'static str,
    limit_kmh: Option<String>,
    since: String,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ReadingRecord<'a> {
    Read { plates: Vec<PlateRecord<'a>> },
    ModelFailure,
}

#[derive(Debug, Serialize)]
struct PlateRecord<'a> {
    jurisdiction: &'static str,
    raw: &'a str,
    plate: Option<String>,
    confidence_bits: u32,
    position: [u32; 4],
    characters: Vec<CharacterRecord>,
    class: Option<ClassRecord>,
    flags: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct ClassRecord {
    class: &'static str,
    confidence_bits: u32,
    alternatives: Vec<(&'static str, u32)>,
    colour: String,
}

#[derive(Debug, Serialize)]
struct CharacterRecord {
    character: char,
    confidence_bits: u32,
    runner_up: Option<(char, u32)>,
    row: &'static str,
    position: [u32; 4],
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum FindingRecord<'a> {
    NoOffence {
        steps: Vec<StepRecord<'a>>,
    },
    ManualCheck {
        reasons: Vec<&'static str>,
        plate: Option<String>,
        amount: Option<String>,
        steps: Vec<StepRecord<'a>>,
    },
    Violation {
        plate: String,
        act: &'static str,
        captured_at: String,
        tariff_row: &'a str,
        amount: String,
        amount_min: String,
        amount_max: String,
        steps: Vec<StepRecord<'a>>,
    },
}

#[derive(Debug, Serialize)]
struct StepRecord<'a> {
    rule: &'a str,
    arabic: &'a str,
    english: &'a str,
    amount: Option<String>,
    source: Option<&'a str>,
}

fn registry_record(context: &CaptureContext) -> RegistryRecord<'_> {
    let CaptureContext { jurisdiction: _, site, at_capture } = context;
    let site = match site {
        SiteStanding::OfCamera(site) => Some(site.id.as_str()),
        SiteStanding::NotOfCamera => None,
    };
    let Some(StandingAtCapture { certificate, distance_certificate, sign }) = at_capture else {
        return RegistryRecord { site, certificate: None, distance_certificate: None, sign: None };
    };
    let sign = match sign {
        SignStanding::Known { condition, since } => Some(SignRecord {
            condition: condition.label(),
            limit_kmh: condition.limit().map(|limit| limit.value().to_string()),
            since: seconds_text(*since),
        }),
        SignStanding::Unknown => None,
    };
    let distance_certificate = distance_certificate.as_ref().map(certificate_record);
    RegistryRecord { site, certificate: Some(certificate_record(certificate)), distance_certificate, sign }
}

fn certificate_record(standing: &CertificateStanding) -> CertificateRecord<'_> {
    let without = |standing| CertificateRecord { standing, id: None, valid_from: None, valid_to: None };
    match standing {
        CertificateStanding::InForce(certificate) => CertificateRecord {
            standing: "in_force",
            id: Some(certificate.id.as_str()),
            valid_from: Some(seconds_text(certificate.valid_from)),
            valid_to: Some(seconds_text(certificate.valid_to)),
        },
        CertificateStanding::NotInForce => without("not_in_force"),
        CertificateStanding::Missing => without("missing"),
    }
}

fn reading_record(reading: &FrameReading) -> ReadingRecord<'_> {
    match reading {
        FrameReading::Read(plates) => {
            ReadingRecord::Read { plates: plates.iter().map(plate_record).collect() }
        }
        FrameReading::ModelFailure => ReadingRecord::ModelFailure,
    }
}

fn plate_record(read: &PlateRead) -> PlateRecord<'_> {
    // No rule looks at the corners: the box says where the plate is.
    let PlateRead { jurisdiction, raw, plate, confidence, position, corners: _, characters, class, flags } =
        read;
    PlateRecord {
        jurisdiction: jurisdiction.code(),
        raw,
        plate: plate.as_ref().map(ToString::to_string),
        confidence_bits: bits(*confidence),
        position: corners(*position),
        characters: characters.iter().map(character_record).collect(),
        class: class.as_ref().map(class_record),
        flags: flags.iter().map(|flag| flag.label()).collect(),
    }
}

fn class_record(reading: &ClassReading) -> ClassRecord {
    let ClassReading { class, confidence, alternatives, colour } = reading;
    ClassRecord {
        class: class.label(),
        confidence_bits: bits(*confidence),
        alternatives: alternatives
            .iter()
            .map(|(class, confidence)| (class.label(), bits(*confidence)))
            .collect(),
        colour: colour.to_string(),
    }
}

fn character_record(read: &CharacterRead) -> CharacterRecord {
    let CharacterRead { character, confidence, runner_up, row, position } = read;
    CharacterRecord {
        character: *character,
        confidence_bits: bits(*confidence),
        runner_up: runner_up.map(|(character, confidence)| (character, bits(confidence))),
        row: row.label(),
        position: corners(*position),
    }
}

fn finding_record(assessment: &Assessment) -> FindingRecord<'_> {
    match assessment {
        Assessment::NoOffence { calculation } => {
            FindingRecord::NoOffence { steps: step_records(calculation) }
        }
        Assessment::ManualCheck(ManualCheck { reasons, plate, amount, calculation }) => {
            FindingRecord::ManualCheck {
                reasons: reasons.iter().map(|reason| reason.label()).collect(),
                plate: plate.as_ref().map(ToString::to_string),
                amount: amount.map(money),
                steps: step_records(calculation),
            }
        }
        Assessment::Violation(draft) => {
            let ViolationDraft {
                plate,
                act_code,
                captured_at,
                tariff_row,
                amount,
                amount_min,
                amount_max,
                calculation,
            } = draft.as_ref();
            FindingRecord::Violation {
                plate: plate.key(),
                act: act_code,
                captured_at: seconds_text(*captured_at),
                tariff_row,
                amount: money(*amount),
                amount_min: money(*amount_min),
                amount_max: money(*amount_max),
                steps: step_records(calculation),
            }
        }
    }
}

fn step_records(calculation: &Calculation) -> Vec<StepRecord<'_>> {
    calculation.steps.iter().map(step_record).collect()
}

fn step_record(step: &CalculationStep) -> StepRecord<'_> {
    let CalculationStep { rule, arabic, english, amount, source } = step;
    StepRecord { rule, arabic, english, amount: amount.map(money), source: source.as_deref() }
}

/// Whole and fraction without trailing zeros, so that 150 and 150.00 are the same bytes.
fn money(money: Money) -> String {
    format!("{} {}", money.amount().normalize(), money.currency())
}

/// Whole seconds and nine decimals, without the limits of a 64-bit count of nanoseconds.
fn seconds_text(instant: DateTime<Utc>) -> String {
    format!("{}.{:09}", instant.timestamp(), instant.timestamp_subsec_nanos())
}

fn bits(confidence: Confidence) -> u32 {
    confidence.value().to_bits()
}

fn corners(position: PixelBox) -> [u32; 4] {
    let PixelBox { x, y, width, height } = position;
    [x, y, width, height]
}
