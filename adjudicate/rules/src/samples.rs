//! A sighting in perfect order, for tests to spoil.

use crate::assess::{AssessmentInput, assess};
use crate::plate::frames::FrameReading;
use crate::policy::Policies;
use crate::registry::{
    CalibrationCertificate, Camera, CameraKind, CaptureContext, Registry, RegistryRows, SignCondition,
    SignState, Site,
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use schemas::assessment::{Assessment, ManualCheck, ManualCheckReason, ViolationDraft};
use schemas::camera_event::{
    Act, CameraClock, CameraEvent, CapturedAt, FrameContent, FrameReference, FrameRole, OccupantFlags,
    Origin, Section, SectionAct, SeenAct, Signal, SignalPhase, SpeedAct, SpeedKmh, ZoneBasis,
};
use schemas::evidence::Sha256Digest;
use schemas::frame::PixelBox;
use schemas::ids::{CameraId, CertificateId, EventId, EventSource, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_read::{CharacterRead, ClassReading, Confidence, MeasuredColour, PlateRead, PlateRow};
use schemas::text::BilingualText;
use schemas::vehicle_class::VehicleClass;
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(crate) static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::compiled_in().unwrap());

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn kmh(text: &str) -> SpeedKmh {
    SpeedKmh::new(text.parse().unwrap()).unwrap()
}

/// Everything that an assessment looks at, owned.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) event: CameraEvent,
    pub(crate) readings: Vec<FrameReading>,
    pub(crate) rows: RegistryRows,
    pub(crate) policies: Policies,
    pub(crate) received_at: DateTime<Utc>,
}

impl Sample {
    /// A car of the country at 100 km/h where 80 are allowed, in two frames.
    pub(crate) fn speeding(jurisdiction: Jurisdiction) -> Self {
        let captured = at("2026-05-04T10:00:00Z");
        Self {
            event: event(captured),
            readings: vec![read(plate(jurisdiction)), read(plate(jurisdiction))],
            rows: rows(jurisdiction),
            policies: POLICIES.clone(),
            received_at: captured + TimeDelta::seconds(2),
        }
    }

    /// The same car crossing on red.
    pub(crate) fn crossing_on_red(jurisdiction: Jurisdiction) -> Self {
        let mut sample = Self::speeding(jurisdiction);
        let red = Signal { phase: SignalPhase::Red, red_milliseconds: 1_200, amber_milliseconds: 3_000 };
        sample.event.act = Act::RedLight(SeenAct { signal: Some(red) });
        sample
    }

    /// The same car at the same mean speed between two places.
    pub(crate) fn speeding_in_a_section(distance_certificate: &str) -> Self {
        let mut sample = Self::speeding(Jurisdiction::SaudiArabia);
        let section = Section {
            entry: EventId::parse("entry-1").unwrap(),
            exit: EventId::parse("event-1").unwrap(),
            distance_certificate: CertificateId::parse(distance_certificate).unwrap(),
        };
        sample.event.act = Act::Section(SectionAct { speed: speed_act("100", "80"), section });
        sample.rows.cameras[0].kind = CameraKind::Section;
        sample
    }

    pub(crate) fn context(&self) -> CaptureContext {
        Registry::new(self.rows.clone()).unwrap().context_of(&self.event).unwrap()
    }

    pub(crate) fn with_input<T>(&self, ask: impl FnOnce(&AssessmentInput<'_>) -> T) -> T {
        let context = self.context();
        ask(&AssessmentInput {
            event: &self.event,
            readings: &self.readings,
            context: &context,
            policies: &self.policies,
            received_at: self.received_at,
        })
    }

    pub(crate) fn assess(&self) -> Assessment {
        self.with_input(assess)
    }

    pub(crate) fn violation(&self) -> ViolationDraft {
        match self.assess() {
            Assessment::Violation(draft) => *draft,
            other @ (Assessment::NoOffence { .. } | Assessment::ManualCheck(_)) => {
                panic!("expected a violation, got {other:?}")
            }
        }
    }

    pub(crate) fn manual_check(&self) -> ManualCheck {
        match self.assess() {
            Assessment::ManualCheck(check) => check,
            other @ (Assessment::NoOffence { .. } | Assessment::Violation(_)) => {
                panic!("expected a manual check, got {other:?}")
            }
        }
    }

    pub(crate) fn reasons(&self) -> Vec<ManualCheckReason> {
        self.manual_check().reasons.into_iter().collect()
    }

    pub(crate) fn is_no_offence(&self) -> bool {
        matches!(self.assess(), Assessment::NoOffence { .. })
    }

    pub(crate) fn drive(&mut self, measured: &str, limit: &str) {
        self.event.act = Act::Speed(speed_act(measured, limit));
        for state in &mut self.rows.sign_states {
            state.condition = SignCondition::InOrder { limit: kmh(limit) };
        }
    }

    pub(crate) fn read_of(&mut self, frame: usize) -> &mut PlateRead {
        match &mut self.readings[frame] {
            FrameReading::Read(reads) => &mut reads[0],
            FrameReading::ModelFailure => panic!("the model failed on that frame"),
        }
    }
}

pub(crate) fn plate(jurisdiction: Jurisdiction) -> PlateNumber {
    match jurisdiction {
        Jurisdiction::Egypt => PlateNumber::parse(jurisdiction, "سطن", "7126").unwrap(),
        Jurisdiction::SaudiArabia => PlateNumber::parse_saudi_latin("TNJ", "1234").unwrap(),
    }
}

pub(crate) fn read(plate: PlateNumber) -> FrameReading {
    FrameReading::Read(vec![plate_read(plate)])
}

pub(crate) fn plate_read(plate: PlateNumber) -> PlateRead {
    let sure = Confidence::new(0.99).unwrap();
    let position = PixelBox { x: 400, y: 500, width: 120, height: 60 };
    let character = |character| CharacterRead {
        character,
        confidence: sure,
        runner_up: None,
        row: PlateRow::Arabic,
        position,
    };
    // Egypt in reading order; a Saudi row from the left as printed.
    let letters: String = match plate.jurisdiction() {
        Jurisdiction::Egypt => plate.letters().to_owned(),
        Jurisdiction::SaudiArabia => plate.letters().chars().rev().collect(),
    };
    PlateRead {
        jurisdiction: plate.jurisdiction(),
        raw: format!("{}{}", plate.letters(), plate.digits()),
        confidence: sure,
        position,
        corners: position.corners(),
        characters: letters.chars().chain(plate.digits().chars()).map(character).collect(),
        class: None,
        flags: BTreeSet::new(),
        plate: Some(plate),
    }
}

pub(crate) fn class_reading(class: VehicleClass, confidence: f32) -> ClassReading {
    ClassReading {
        class,
        confidence: Confidence::new(confidence).unwrap(),
        alternatives: Vec::new(),
        colour: MeasuredColour { red: 24, green: 132, blue: 226 },
    }
}

pub(crate) fn frame(content: &str, role: FrameRole) -> FrameReference {
    FrameReference {
        role,
        sha256: Sha256Digest::of(content.as_bytes()),
        media_type: "image/jpeg".into(),
        stated_size: Some((1_280, 720)),
        taken_at: None,
        vehicle: None,
        size_bytes: 100_000,
        content: FrameContent::ClaimCheck,
    }
}

fn speed_act(measured: &str, limit: &str) -> SpeedAct {
    SpeedAct {
        measured: kmh(measured),
        limit: kmh(limit),
        method: "radar".into(),
        limit_source: "fixed_sign".into(),
        signal: None,
    }
}

fn event(captured: DateTime<Utc>) -> CameraEvent {
    CameraEvent {
        id: EventId::parse("event-1").unwrap(),
        source: EventSource::parse("urn:camera-1").unwrap(),
        camera: CameraId::parse("camera-1").unwrap(),
        site: SiteId::parse("site-1").unwrap(),
        lane: Some(1),
        vendor_sequence: Some(1),
        captured_at: CapturedAt::Known {
            instant: captured,
            raw: captured.to_rfc3339(),
            basis: ZoneBasis::Explicit,
        },
        clock: Some(CameraClock {
            offset_milliseconds: -120,
            synchronised_at: Some(captured - TimeDelta::hours(1)),
            source: "ntp".into(),
        }),
        received_at: None,
        origin: Origin::Live,
        act: Act::Speed(speed_act("100", "80")),
        vendor_plate: None,
        vehicle: None,
        occupants: OccupantFlags::default(),
        frames: vec![frame("first", FrameRole::First), frame("second", FrameRole::Second)],
        adapter_version: "1".into(),
    }
}

fn rows(jurisdiction: Jurisdiction) -> RegistryRows {
    let site = SiteId::parse("site-1").unwrap();
    let camera = CameraId::parse("camera-1").unwrap();
    let limit = SpeedKmh::new(Decimal::from(80)).unwrap();
    RegistryRows {
        sites: vec![Site {
            id: site.clone(),
            jurisdiction,
            name: BilingualText::new("طريق", "a road"),
            limit: Some(limit),
        }],
        cameras: vec![Camera {
            id: camera.clone(),
            sites: BTreeSet::from([site.clone()]),
            kind: CameraKind::SpeedAndRedLight,
            instrument: "serial-1".into(),
        }],
        certificates: vec![CalibrationCertificate {
            id: CertificateId::parse("certificate-1").unwrap(),
            camera,
            type_approval: "type-1".into(),
            valid_from: at("2026-01-01T00:00:00Z"),
            valid_to: at("2027-01-01T00:00:00Z"),
        }],
        sign_states: vec![SignState {
            site,
            from: at("2020-01-01T00:00:00Z"),
            to: None,
            condition: SignCondition::InOrder { limit },
        }],
    }
}
