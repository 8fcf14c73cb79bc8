//! Sightings with an assessment, ready to be recorded.

use crate::stream::settle::{AssessedEvent, Effect, EventIdentity, Settlement};
use chrono::{DateTime, TimeDelta, Utc};
use rules::assess::AssessmentInput;
use rules::plate::frames::FrameReading;
use rules::policy::Policies;
use rules::registry::{CaptureContext, SiteOfEvent};
use rules::replay::{AssessmentRecord, Provenance};
use rust_decimal::Decimal;
use schemas::assessment::{
    Assessment, Calculation, CalculationStep, ManualCheck, ManualCheckReason, ViolationDraft,
};
use schemas::camera_event::{
    Act, CameraClock, CameraEvent, CapturedAt, FrameContent, FrameReference, FrameRole, OccupantFlags,
    Origin, SpeedAct, SpeedKmh, ZoneBasis,
};
use schemas::evidence::{EvidenceFile, Sha256Digest};
use schemas::frame::PixelBox;
use schemas::ids::{CameraId, EventId, EventSource, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::money::{Currency, Money, MoneyError};
use schemas::outcome::DeadLetterReason;
use schemas::plate::{PlateError, PlateNumber};
use schemas::plate_read::{CharacterRead, Confidence, ConfidenceError, PlateRead, PlateRow};
use schemas::text::BilingualText;
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, OnceLock};

/// The capture time of sightings that do not say another.
pub const CAPTURED_AT: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_123_456_789);

/// What stands for the reader's weights.
const MODEL: &[u8] = b"model";

/// Why a sighting of a test is none.
pub type BuildError = Box<dyn Error + Send + Sync>;

/// A speeding vehicle, as some camera saw it.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// The event's id; its source is the camera's.
    pub event: String,
    /// The camera.
    pub camera: String,
    /// The site.
    pub site: String,
    /// ASCII key of the plate.
    pub plate: String,
    /// When.
    pub captured_at: DateTime<Utc>,
    /// What stands for the signed bytes: other content, other digest.
    pub content: String,
    /// Of which event its pictures are.
    pub pictures: String,
    /// Who makes the event's id; the camera itself unless another is named.
    pub source: Option<String>,
    /// A text of the camera that is stored as it came.
    pub adapter_version: String,
}

impl Sighting {
    /// A sighting of `plate` under the event id `event` by camera `cam-1` at `site-1`.
    #[must_use]
    pub fn of(event: &str, plate: &str) -> Self {
        Self {
            event: event.to_owned(),
            camera: "cam-1".to_owned(),
            site: "site-1".to_owned(),
            plate: plate.to_owned(),
            captured_at: CAPTURED_AT,
            content: format!("content of {event}"),
            pictures: event.to_owned(),
            source: None,
            adapter_version: "test".to_owned(),
        }
    }

    /// The same, by another camera under its own event id.
    #[must_use]
    pub fn by_camera(mut self, camera: &str, event: &str) -> Self {
        camera.clone_into(&mut self.camera);
        event.clone_into(&mut self.event);
        event.clone_into(&mut self.pictures);
        self
    }

    /// The same pictures, sent again as another event.
    #[must_use]
    pub fn sent_again_as(mut self, event: &str) -> Self {
        event.clone_into(&mut self.event);
        self.content = format!("content of {event}");
        self
    }

    /// The same, later.
    #[must_use]
    pub fn later_by(mut self, seconds: i64) -> Self {
        self.captured_at += TimeDelta::seconds(seconds);
        self
    }

    /// What names its event.
    ///
    /// # Errors
    /// When camera or event are no ids.
    pub fn identity(&self) -> Result<EventIdentity, BuildError> {
        let source = self.source.as_ref().unwrap_or(&self.camera);
        Ok(EventIdentity { source: EventSource::parse(source)?, id: EventId::parse(&self.event)? })
    }

    /// Assessed as a violation, at `offset`.
    ///
    /// # Errors
    /// When a field is not what it should be.
    pub fn violation(&self, offset: i64) -> Result<Settlement, BuildError> {
        let plate = PlateNumber::parse_key(&self.plate)?;
        let draft = ViolationDraft {
            act_code: "speed",
            captured_at: self.captured_at,
            tariff_row: format!("{}-speed-1", plate.jurisdiction()),
            amount: amount(150, &plate)?,
            amount_min: amount(150, &plate)?,
            amount_max: amount(300, &plate)?,
            calculation: calculation(amount(150, &plate)?),
            plate,
        };
        self.settle(offset, Assessment::Violation(Box::new(draft)))
    }

    /// Assessed as doubtful, at `offset`; the plate is known unless the reason says otherwise.
    ///
    /// # Errors
    /// When a field is not what it should be.
    pub fn manual_check(&self, offset: i64, reason: ManualCheckReason) -> Result<Settlement, BuildError> {
        let plate = PlateNumber::parse_key(&self.plate)?;
        let amount = amount(150, &plate)?;
        let check = ManualCheck {
            reasons: BTreeSet::from([reason]),
            plate: (reason != ManualCheckReason::NoPlate).then_some(plate),
            amount: Some(amount),
            calculation: calculation(amount),
        };
        self.settle(offset, Assessment::ManualCheck(check))
    }

    /// Assessed as no offence, at `offset`.
    ///
    /// # Errors
    /// When a field is not what it should be.
    pub fn no_offence(&self, offset: i64) -> Result<Settlement, BuildError> {
        let plate = PlateNumber::parse_key(&self.plate)?;
        self.settle(offset, Assessment::NoOffence { calculation: calculation(amount(0, &plate)?) })
    }

    /// A dead letter, at `offset`.
    ///
    /// # Errors
    /// When camera or event are no ids.
    pub fn dead_letter(&self, offset: i64, reason: DeadLetterReason) -> Result<Settlement, BuildError> {
        Ok(Settlement { offset, effect: Effect::DeadLetter { reason, identity: Some(self.identity()?) } })
    }

    fn settle(&self, offset: i64, assessment: Assessment) -> Result<Settlement, BuildError> {
        let frames = [FrameRole::First, FrameRole::Second]
            .map(|role| (role, Sha256Digest::of(format!("{} {}", self.pictures, role.label()).as_bytes())));
        let event = self.camera_event(&frames)?;
        let value_sha256 = Sha256Digest::of(self.content.as_bytes());
        let record = self.record(&event, value_sha256, &assessment)?;
        let assessed = AssessedEvent {
            event: Arc::new(event),
            value_sha256,
            value_bytes: 1_234,
            signature: "v1;key-1;AAAA".to_owned(),
            assessment,
            record,
            evidence: frames.iter().map(|(role, sha256)| evidence_file(*role, *sha256)).collect(),
            model_sha256: Sha256Digest::of(MODEL),
            received_at: self.received_at(),
        };
        Ok(Settlement { offset, effect: Effect::Assessed(Arc::new(assessed)) })
    }

    /// As the pipeline makes it, for a camera of which the register knows nothing.
    fn record(
        &self,
        event: &CameraEvent,
        event_sha256: Sha256Digest,
        assessment: &Assessment,
    ) -> Result<AssessmentRecord, BuildError> {
        static POLICIES: OnceLock<Policies> = OnceLock::new();
        let policies = match POLICIES.get() {
            Some(policies) => policies,
            None => POLICIES.get_or_init({
                let loaded = Policies::compiled_in()?;
                move || loaded
            }),
        };
        let read = self.read()?;
        let readings =
            event.frames.iter().map(|_| FrameReading::Read(vec![read.clone()])).collect::<Vec<_>>();
        let context = CaptureContext {
            jurisdiction: read.jurisdiction,
            site: SiteOfEvent::NotOfCamera,
            camera_kind: None,
            at_capture: None,
        };
        let received_at = self.received_at();
        let input = AssessmentInput { event, readings: &readings, context: &context, policies, received_at };
        let provenance = Provenance { event_sha256, model_sha256: Sha256Digest::of(MODEL) };
        Ok(rules::replay::record(&input, &provenance, assessment)?)
    }

    fn received_at(&self) -> DateTime<Utc> {
        self.captured_at + TimeDelta::milliseconds(1_500)
    }

    fn camera_event(&self, frames: &[(FrameRole, Sha256Digest)]) -> Result<CameraEvent, BuildError> {
        let EventIdentity { source, id } = self.identity()?;
        Ok(CameraEvent {
            id,
            source,
            camera: CameraId::parse(&self.camera)?,
            site: SiteId::parse(&self.site)?,
            lane: Some(2),
            vendor_sequence: Some(77),
            captured_at: CapturedAt::Known {
                instant: self.captured_at,
                raw: self.captured_at.to_rfc3339(),
                basis: ZoneBasis::Explicit,
            },
            clock: Some(CameraClock {
                offset_milliseconds: 12,
                synchronised_at: Some(self.captured_at - TimeDelta::minutes(5)),
                source: "GPS".to_owned(),
            }),
            received_at: None,
            origin: Origin::Live,
            act: Act::Speed(SpeedAct {
                measured: SpeedKmh::new(Decimal::from(112))?,
                limit: SpeedKmh::new(Decimal::from(80))?,
                method: "radar".to_owned(),
                limit_source: "fixed_sign".to_owned(),
                signal: None,
            }),
            vendor_plate: None,
            vehicle: None,
            occupants: OccupantFlags::default(),
            frames: frames.iter().map(|(role, sha256)| frame(*role, *sha256)).collect(),
            adapter_version: self.adapter_version.clone(),
        })
    }

    fn read(&self) -> Result<PlateRead, BuildError> {
        let plate = PlateNumber::parse_key(&self.plate)?;
        let raw = format!("{}{}", plate.letters(), plate.digits());
        let characters = raw.chars().map(character).collect::<Result<Vec<_>, _>>()?;
        let position = PixelBox { x: 100, y: 200, width: 150, height: 50 };
        Ok(PlateRead {
            jurisdiction: plate.jurisdiction(),
            raw,
            plate: Some(plate),
            confidence: Confidence::new(0.987_654)?,
            position,
            corners: position.corners(),
            characters,
            class: None,
            flags: BTreeSet::new(),
        })
    }
}

/// A plate's key of the country, different for each `number` below 6,561.
///
/// # Errors
/// Never: every digit is from 1 to 9, as both countries have them.
pub fn plate_key(jurisdiction: Jurisdiction, number: u32) -> Result<String, PlateError> {
    let digits: String = [729, 81, 9, 1].map(|weight| (number / weight % 9 + 1).to_string()).concat();
    let plate = match jurisdiction {
        Jurisdiction::Egypt => PlateNumber::parse(jurisdiction, "سطن", &digits)?,
        Jurisdiction::SaudiArabia => PlateNumber::parse_saudi_latin("ABD", &digits)?,
    };
    Ok(plate.key())
}

fn amount(whole: i64, plate: &PlateNumber) -> Result<Money, MoneyError> {
    let currency: Currency = plate.jurisdiction().currency();
    Money::new(Decimal::from(whole), currency)
}

fn calculation(amount: Money) -> Calculation {
    let step = |rule: &str, english: &str, arabic: &str| CalculationStep {
        rule: rule.to_owned(),
        arabic: arabic.to_owned(),
        english: english.to_owned(),
        amount: Some(amount),
        source: Some(BilingualText::new("جدول تجريبي، السطر الأول", "test table, row 1")),
    };
    Calculation {
        steps: vec![
            step(
                "speed.deduction",
                "4 km/h are taken off the measured speed",
                "تُخصم ٤ كم/س من السرعة المقيسة",
            ),
            step(
                "speed.band",
                "28 km/h above the limit lie in the second band",
                "التجاوز ٢٨ كم/س يقع في الشريحة الثانية",
            ),
        ],
        rule_table_sha256: Sha256Digest::of(b"rules").to_string(),
    }
}

fn evidence_file(role: FrameRole, sha256: Sha256Digest) -> EvidenceFile {
    EvidenceFile {
        role,
        sha256,
        media_type: "image/jpeg".to_owned(),
        size_bytes: 123_456,
        size_pixels: (1_280, 960),
    }
}

fn frame(role: FrameRole, sha256: Sha256Digest) -> FrameReference {
    FrameReference {
        role,
        sha256,
        media_type: "image/jpeg".to_owned(),
        stated_size: None,
        taken_at: None,
        vehicle: None,
        size_bytes: 123_456,
        content: FrameContent::ClaimCheck,
    }
}

fn character(character: char) -> Result<CharacterRead, ConfidenceError> {
    Ok(CharacterRead {
        character,
        confidence: Confidence::new(0.998)?,
        runner_up: Some(('1', Confidence::new(0.001)?)),
        row: PlateRow::Arabic,
        position: PixelBox { x: 100, y: 200, width: 20, height: 50 },
    })
}
