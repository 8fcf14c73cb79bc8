//! The JSON of violations and manual checks, as types: what is written is what can be read back.
//!
//! No floating point: a confidence is a text with six decimals, a speed or an amount a decimal text, so that the
//! canonical bytes are the same everywhere. Times are RFC 3339 in UTC.

use chrono::{DateTime, SecondsFormat, Utc};
use rules::plate::frames::FrameReading;
use schemas::assessment::{Calculation, CalculationStep};
use schemas::camera_event::{
    CameraEvent, CapturedAt, Origin, Section, Signal, SignalPhase, SpeedAct, Vehicle, VendorPlateRead,
    ZoneBasis,
};
use schemas::evidence::Sha256Digest;
use schemas::frame::PixelBox;
use schemas::money::Money;
use schemas::plate_read::{CharacterRead, ClassReading, Confidence, PlateRead, ReadFlag};
use schemas::vehicle_class::VehicleClass;
use serde::{Deserialize, Serialize};

/// Column `calculation`: rule by rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalculationDocument {
    /// In the order of application.
    pub steps: Vec<StepDocument>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDocument {
    /// Stable name, e.g. `speed.deduction`.
    pub rule: String,
    /// One sentence.
    pub arabic: String,
    /// One sentence.
    pub english: String,
    /// The amount after the rule.
    pub amount: Option<MoneyDocument>,
    /// The legal source, English.
    pub source: Option<String>,
    /// The same in Arabic; left out where the rule has none, as in documents from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_arabic: Option<String>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyDocument {
    /// Decimal text without trailing zeros.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// What the reader saw in one frame, as a reviewer is told: from the stored input of the assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameReadsDocument {
    /// SHA-256 of the frame, hexadecimal.
    pub frame: String,
    /// Every plate in it.
    pub plates: Vec<PlateReadDocument>,
}

/// One plate in one frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlateReadDocument {
    /// ISO 3166-1 alpha-2.
    pub jurisdiction: String,
    /// As read, before grammar.
    pub raw: String,
    /// ASCII key, if what was read is a plate.
    pub key: Option<String>,
    /// Arabic reading order.
    pub letters: Option<String>,
    /// ASCII.
    pub digits: Option<String>,
    /// Calibrated probability that the whole read is exact, six decimals.
    pub confidence: String,
    /// x, y, width, height in pixels of the upright picture.
    #[serde(rename = "box")]
    pub position: [u32; 4],
    /// The vehicle's class by the plate's colour; left out where no colour spoke, as in documents from before it was
    /// measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassDocument>,
    /// What speaks against issuing on it.
    pub flags: Vec<String>,
    /// Character by character.
    pub characters: Vec<CharacterDocument>,
}

/// A vehicle's class by the colour of band or strip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassDocument {
    /// Name of the likeliest class.
    pub class: String,
    /// Probability that it is right, six decimals.
    pub confidence: String,
    /// Name and probability of the other possible ones, the likeliest first.
    pub alternatives: Vec<(String, String)>,
    /// The colour under white light, `#rrggbb`.
    pub colour: String,
}

/// One character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharacterDocument {
    /// Canonical letter or ASCII digit.
    #[serde(rename = "char")]
    pub character: String,
    /// Probability that it is right, six decimals.
    pub confidence: String,
    /// The next best reading.
    pub runner_up: Option<String>,
    /// Its probability, six decimals.
    pub runner_up_confidence: Option<String>,
    /// `arabic` or `latin`.
    pub row: String,
    /// x, y, width, height in pixels of the upright picture; an estimate.
    #[serde(rename = "box")]
    pub position: [u32; 4],
}

/// Column `sighting`: what the camera said, but for what has a column of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingDocument {
    /// `explicit` or `configured`; `None` when the zone is unknown.
    pub zone_basis: Option<String>,
    /// The capture time with all its digits.
    pub captured_at: Option<String>,
    /// `live` or `replay`.
    pub origin: String,
    /// State of the camera's clock.
    pub clock: Option<ClockDocument>,
    /// For speed acts.
    pub speed: Option<SpeedDocument>,
    /// What is wrong with an act that is not understood.
    pub act_problem: Option<String>,
    /// State of the traffic light.
    pub signal: Option<SignalDocument>,
    /// The two ends of a section control.
    pub section: Option<SectionDocument>,
    /// What the camera itself read.
    pub vendor_plate: Option<VendorPlateDocument>,
    /// What the camera says of the vehicle.
    pub vehicle: Option<VehicleDocument>,
    /// The vendor's running number.
    pub vendor_sequence: Option<u64>,
    /// Version of the adapter that normalised the event.
    pub adapter_version: String,
}

/// State of the camera's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockDocument {
    /// Camera minus reference.
    pub offset_milliseconds: i64,
    /// Last synchronisation.
    pub synchronised_at: Option<String>,
    /// NTP server, GPS and so on.
    pub source: String,
}

/// A measured speed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeedDocument {
    /// As measured, before any deduction.
    pub measured_kmh: String,
    /// The limit that the camera had in force.
    pub limit_kmh: String,
    /// radar, lidar, section and so on.
    pub method: String,
    /// `fixed_sign`, `variable_sign` and so on.
    pub limit_source: String,
}

/// State of the traffic light.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalDocument {
    /// `unknown`, `green`, `amber` or `red`.
    pub phase: String,
    /// Since red began.
    pub red_milliseconds: u32,
    /// Length of the amber before it.
    pub amber_milliseconds: u32,
}

/// The two ends of a section control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionDocument {
    /// Event at the entry.
    pub entry_event_id: String,
    /// Event at the exit.
    pub exit_event_id: String,
    /// Certificate of the distance.
    pub distance_certificate: String,
}

/// What the camera itself read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorPlateDocument {
    /// As sent.
    pub text: String,
    /// Six decimals, where the vendor's scale is known.
    pub confidence: Option<String>,
    /// As sent.
    pub country: String,
}

/// What the camera says of the vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleDocument {
    /// As sent.
    pub class: String,
    /// As sent.
    pub colour: String,
    /// As sent.
    pub make: String,
    /// x, y, width, height in the first frame.
    #[serde(rename = "box")]
    pub position: Option<[u32; 4]>,
}

impl From<&Calculation> for CalculationDocument {
    fn from(calculation: &Calculation) -> Self {
        // The digest over the rule tables has a column of its own.
        let Calculation { steps, rule_table_sha256: _ } = calculation;
        Self { steps: steps.iter().map(StepDocument::from).collect() }
    }
}

impl From<&CalculationStep> for StepDocument {
    fn from(step: &CalculationStep) -> Self {
        let CalculationStep { rule, arabic, english, amount, source } = step;
        Self {
            rule: rule.clone(),
            arabic: arabic.clone(),
            english: english.clone(),
            amount: amount.map(MoneyDocument::from),
            source: source.as_ref().map(|text| text.english.clone()),
            source_arabic: source.as_ref().map(|text| text.arabic.clone()),
        }
    }
}

impl From<Money> for MoneyDocument {
    fn from(money: Money) -> Self {
        Self { amount: money.amount().normalize().to_string(), currency: money.currency().code().to_owned() }
    }
}

impl FrameReadsDocument {
    /// Says what was read in `frame`.
    #[must_use]
    pub fn of(frame: Sha256Digest, reading: &FrameReading) -> Self {
        let plates: &[PlateRead] = match reading {
            FrameReading::Read(plates) => plates,
            FrameReading::ModelFailure => &[],
        };
        Self { frame: frame.to_string(), plates: plates.iter().map(PlateReadDocument::from).collect() }
    }
}

impl From<&PlateRead> for PlateReadDocument {
    fn from(read: &PlateRead) -> Self {
        // The corners only say how the plate was rectified; the picture and the model give them again.
        let PlateRead {
            jurisdiction,
            raw,
            plate,
            confidence,
            position,
            corners: _,
            characters,
            class,
            flags,
        } = read;
        Self {
            jurisdiction: jurisdiction.code().to_owned(),
            raw: raw.clone(),
            key: plate.as_ref().map(schemas::plate::PlateNumber::key),
            letters: plate.as_ref().map(|plate| plate.letters().to_owned()),
            digits: plate.as_ref().map(|plate| plate.digits().to_owned()),
            confidence: six_decimals(*confidence),
            position: corners(*position),
            class: class.as_ref().map(ClassDocument::from),
            flags: flags.iter().copied().map(ReadFlag::label).map(str::to_owned).collect(),
            characters: characters.iter().map(CharacterDocument::from).collect(),
        }
    }
}

impl From<&ClassReading> for ClassDocument {
    fn from(reading: &ClassReading) -> Self {
        let ClassReading { class, confidence, alternatives, colour } = reading;
        let alternative = |(class, confidence): &(VehicleClass, Confidence)| {
            (class.label().to_owned(), six_decimals(*confidence))
        };
        Self {
            class: class.label().to_owned(),
            confidence: six_decimals(*confidence),
            alternatives: alternatives.iter().map(alternative).collect(),
            colour: colour.to_string(),
        }
    }
}

impl From<&CharacterRead> for CharacterDocument {
    fn from(read: &CharacterRead) -> Self {
        let CharacterRead { character, confidence, runner_up, row, position } = read;
        Self {
            character: character.to_string(),
            confidence: six_decimals(*confidence),
            runner_up: runner_up.map(|(character, _)| character.to_string()),
            runner_up_confidence: runner_up.map(|(_, confidence)| six_decimals(confidence)),
            row: row.label().to_owned(),
            position: corners(*position),
        }
    }
}

impl From<&CameraEvent> for SightingDocument {
    fn from(event: &CameraEvent) -> Self {
        let (captured_at, zone_basis) = match &event.captured_at {
            CapturedAt::Known { instant, raw: _, basis } => {
                (Some(all_digits(*instant)), Some(basis_label(*basis)))
            }
            CapturedAt::ZoneUnknown { raw: _ } => (None, None),
        };
        Self {
            zone_basis: zone_basis.map(str::to_owned),
            captured_at,
            origin: origin_label(event.origin).to_owned(),
            clock: event.clock.as_ref().map(|clock| ClockDocument {
                offset_milliseconds: clock.offset_milliseconds,
                synchronised_at: clock.synchronised_at.map(all_digits),
                source: clock.source.clone(),
            }),
            speed: event.act.speed().map(SpeedDocument::from),
            act_problem: event.act.not_understood().map(|act| format!("{}: {}", act.code, act.problem)),
            signal: event.act.signal().map(SignalDocument::from),
            section: event.act.section().map(SectionDocument::from),
            vendor_plate: event.vendor_plate.as_ref().map(VendorPlateDocument::from),
            vehicle: event.vehicle.as_ref().map(VehicleDocument::from),
            vendor_sequence: event.vendor_sequence,
            adapter_version: event.adapter_version.clone(),
        }
    }
}

impl From<&SpeedAct> for SpeedDocument {
    fn from(act: &SpeedAct) -> Self {
        // The light has a document of its own.
        let SpeedAct { measured, limit, method, limit_source, signal: _ } = act;
        Self {
            measured_kmh: measured.value().to_string(),
            limit_kmh: limit.value().to_string(),
            method: method.clone(),
            limit_source: limit_source.clone(),
        }
    }
}

impl From<Signal> for SignalDocument {
    fn from(signal: Signal) -> Self {
        let Signal { phase, red_milliseconds, amber_milliseconds } = signal;
        Self { phase: phase_label(phase).to_owned(), red_milliseconds, amber_milliseconds }
    }
}

impl From<&Section> for SectionDocument {
    fn from(section: &Section) -> Self {
        let Section { entry, exit, distance_certificate } = section;
        Self {
            entry_event_id: entry.to_string(),
            exit_event_id: exit.to_string(),
            distance_certificate: distance_certificate.to_string(),
        }
    }
}

impl From<&VendorPlateRead> for VendorPlateDocument {
    fn from(read: &VendorPlateRead) -> Self {
        let VendorPlateRead { text, confidence, country } = read;
        Self {
            text: text.clone(),
            confidence: confidence.map(|confidence| format!("{confidence:.6}")),
            country: country.clone(),
        }
    }
}

impl From<&Vehicle> for VehicleDocument {
    fn from(vehicle: &Vehicle) -> Self {
        let Vehicle { class, colour, make, position } = vehicle;
        Self {
            class: class.clone(),
            colour: colour.clone(),
            make: make.clone(),
            position: position.map(corners),
        }
    }
}

/// Name of a signal phase in the document.
#[must_use]
pub const fn phase_label(phase: SignalPhase) -> &'static str {
    match phase {
        SignalPhase::Unknown => "unknown",
        SignalPhase::Green => "green",
        SignalPhase::Amber => "amber",
        SignalPhase::Red => "red",
    }
}

const fn origin_label(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Replay => "replay",
    }
}

const fn basis_label(basis: ZoneBasis) -> &'static str {
    match basis {
        ZoneBasis::Explicit => "explicit",
        ZoneBasis::Configured => "configured",
    }
}

fn six_decimals(confidence: Confidence) -> String {
    format!("{:.6}", confidence.value())
}

fn all_digits(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

const fn corners(position: PixelBox) -> [u32; 4] {
    let PixelBox { x, y, width, height } = position;
    [x, y, width, height]
}

#[cfg(test)]
#[path = "documents_tests.rs"]
mod tests;
