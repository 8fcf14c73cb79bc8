//! The events of the end-to-end tests: signed, small, in cycles of twenty that hold every way to end, each with the
//! ending that it must have.

use adjudicate::foundation::db::Database;
use adjudicate::registry::store as registry_store;
use adjudicate::stream::settle::EventIdentity;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use ingest::record::{OutgoingRecord, RecordHeader};
use ingest::testing::{TestCamera, inline_frame, speeding};
use rules::registry::{
    CalibrationCertificate, Camera, CameraKind, RegistryRows, SignCondition, SignState, Site,
};
use schemas::camera_event::{CameraClock, CameraEvent, FrameReference, FrameRole, SpeedKmh};
use schemas::ids::{CertificateId, EventId};
use schemas::jurisdiction::Jurisdiction;
use schemas::outcome::{DeadLetterReason, Outcome};
use schemas::text::BilingualText;
use schemas::wire::cloud_event::ID_HEADER;
use schemas::wire::signature::SIGNATURE_HEADER;
use std::path::Path;
use synth::drawing::canvas::Canvas;

/// Partitions of the topic of camera events.
pub(crate) const PARTITIONS: usize = 4;
/// Events of one cycle.
pub(crate) const CYCLE_EVENTS: usize = 20;
const LIMIT_KMH: u32 = 120;
/// A plate that the reader reads in both, seen at another instant in each event.
const PLATE_PICTURES: [&str; 2] = ["sa-29-1.jpg", "sa-30-1.jpg"];
/// Longer than the window within which two sightings are one act.
const BETWEEN_ACTS_SECONDS: i64 = 150;
const ACTS_OF_A_CYCLE: usize = 3;
/// Every so many cycles a camera sends that nobody registered; each makes the registry be read again.
const CYCLES_BETWEEN_STRANGERS: usize = 10;

/// How an event must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As this, with rows of its own.
    Certain(Outcome),
    /// One of the two cameras that saw this act as a violation, the other as a duplicate.
    OneOfPair { act: usize },
    /// The same record came before: a duplicate without a row.
    Resent,
    /// A dead letter.
    DeadLetter(DeadLetterReason),
}

/// An event to be published.
#[derive(Debug, Clone)]
pub(crate) struct PlannedEvent {
    pub(crate) partition: i32,
    pub(crate) record: OutgoingRecord,
    pub(crate) identity: EventIdentity,
    pub(crate) ending: Ending,
}

/// Cameras, pictures and the clock of the acts.
pub(crate) struct EventMaker {
    /// Two at each site; the second of a site writes into another partition than the first.
    cameras: Vec<TestCamera>,
    stranger: TestCamera,
    pictures: [Bytes; 2],
    base: DateTime<Utc>,
}

impl EventMaker {
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        let camera = |number: usize| {
            let seed = u8::try_from(number + 1).unwrap();
            TestCamera::new(&format!("CAM-{number}"), &format!("site-{}", number % PARTITIONS), seed).unwrap()
        };
        let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo/frames");
        Self {
            cameras: (0..2 * PARTITIONS).map(camera).collect(),
            stranger: TestCamera::new("CAM-STRANGER", "site-0", 99).unwrap(),
            pictures: PLATE_PICTURES.map(|name| std::fs::read(frames.join(name)).unwrap().into()),
            base: now - TimeDelta::hours(2),
        }
    }

    /// Writes sites, signs, cameras, certificates and keys; not those of the stranger.
    pub(crate) async fn register(&self, database: &Database) {
        let rows = self.registry_rows();
        let keys: Vec<_> = self.cameras.iter().map(TestCamera::registered_key).collect();
        registry_store::register(database, &rows, &keys).await.unwrap();
    }

    /// Writes the same without the keys.
    pub(crate) async fn register_cameras(&self, database: &Database) {
        registry_store::register(database, &self.registry_rows(), &[]).await.unwrap();
    }

    fn registry_rows(&self) -> RegistryRows {
        let limit = SpeedKmh::new(LIMIT_KMH.into()).unwrap();
        let (from, to) = (self.base - TimeDelta::days(100), self.base + TimeDelta::days(100));
        let sites = self.cameras.iter().take(PARTITIONS).map(|camera| camera.site.clone());
        let site = |id: schemas::ids::SiteId| Site {
            name: BilingualText { arabic: "موقع".to_owned(), english: id.to_string() },
            id,
            jurisdiction: Jurisdiction::SaudiArabia,
            limit: Some(limit),
        };
        let sign = |site| SignState {
            site,
            from,
            to: None,
            condition: SignCondition::from_parts("in_order", Some(limit)).unwrap(),
        };
        let camera = |camera: &TestCamera| Camera {
            id: camera.camera.clone(),
            sites: [camera.site.clone()].into(),
            kind: CameraKind::Speed,
            instrument: format!("INSTRUMENT-{}", camera.camera),
        };
        let certificate = |camera: &TestCamera| CalibrationCertificate {
            id: CertificateId::parse(format!("CERT-{}", camera.camera)).unwrap(),
            camera: camera.camera.clone(),
            type_approval: "TA-1".to_owned(),
            valid_from: from,
            valid_to: to,
        };
        RegistryRows {
            sites: sites.clone().map(site).collect(),
            cameras: self.cameras.iter().map(camera).collect(),
            certificates: self.cameras.iter().map(certificate).collect(),
            sign_states: sites.map(sign).collect(),
        }
    }

    /// One cycle: 3 acts, one of them seen by two cameras and one told twice; 6 pictures without a plate and one of
    /// them told twice; 4 that broke no rule; 4 that cannot be used.
    pub(crate) fn cycle(&self, cycle: usize) -> Vec<PlannedEvent> {
        let (number, other) = (cycle % PARTITIONS, cycle % PARTITIONS + PARTITIONS);
        let certain = |outcome| Ending::Certain(outcome);
        let mut events = Vec::with_capacity(CYCLE_EVENTS);
        for act in 0..2 {
            let event = self.speeding(cycle, act, number, "seen");
            events.push(self.planned(number, &event, certain(Outcome::Violation)));
        }
        let pair = Ending::OneOfPair { act: cycle };
        for camera in [number, other] {
            events.push(self.planned(camera, &self.speeding(cycle, 2, camera, "pair"), pair));
        }
        events.push(PlannedEvent { ending: Ending::Resent, ..events[0].clone() });
        for place in 0..6 {
            let event = self.without_plate(cycle, place, number);
            events.push(self.planned(number, &event, certain(Outcome::ManualCheck)));
        }
        events.push(PlannedEvent { ending: Ending::Resent, ..events[5].clone() });
        for place in 0..4 {
            let event = self.within_the_limit(cycle, place, number);
            events.push(self.planned(number, &event, certain(Outcome::NoOffence)));
        }
        events.extend(self.unusable(cycle, number, &events[12]));
        assert_eq!(events.len(), CYCLE_EVENTS);
        events
    }

    /// A wrong signature, headers that differ (or an unknown camera), half a picture, and the id of `used` again.
    fn unusable(&self, cycle: usize, number: usize, used: &PlannedEvent) -> [PlannedEvent; 4] {
        let dead = Ending::DeadLetter;
        let event = |name: &str| {
            let mut event = self.within_the_limit(cycle, 0, number);
            event.id = EventId::parse(format!("{name}-{cycle}")).unwrap();
            event
        };
        let mut unsigned = self.planned(number, &event("unsigned"), dead(DeadLetterReason::BadSignature));
        let foreign = used.record.headers.iter().find(|header| header.name == SIGNATURE_HEADER);
        replace_header(&mut unsigned.record, foreign.unwrap().clone());
        let strange = if cycle.is_multiple_of(CYCLES_BETWEEN_STRANGERS) {
            let mut event = event("strange");
            event.camera = self.stranger.camera.clone();
            event.source = self.stranger.source.clone();
            let record = self.stranger.sender.record(&event);
            PlannedEvent { record, ..self.planned(number, &event, dead(DeadLetterReason::UnknownKey)) }
        } else {
            let mut planned =
                self.planned(number, &event("mismatch"), dead(DeadLetterReason::HeaderMismatch));
            replace_header(&mut planned.record, RecordHeader::text(ID_HEADER, "another"));
            planned
        };
        let mut cut = self.speeding(cycle, 0, number, "cut");
        let half = self.pictures[0].slice(..self.pictures[0].len() / 2);
        cut.frames = vec![inline_frame(FrameRole::First, "image/jpeg", half)];
        let mut reused = self.within_the_limit(cycle, 1, number);
        reused.id = used.identity.id.clone();
        reused.lane = Some(2);
        [
            unsigned,
            strange,
            self.planned(number, &cut, dead(DeadLetterReason::BadImage)),
            self.planned(number, &reused, dead(DeadLetterReason::IdReused)),
        ]
    }

    fn planned(&self, camera: usize, event: &CameraEvent, ending: Ending) -> PlannedEvent {
        let partition = if camera < PARTITIONS { camera } else { (camera + 1) % PARTITIONS };
        PlannedEvent {
            partition: i32::try_from(partition).unwrap(),
            record: self.cameras[camera].sender.record(event),
            identity: EventIdentity { source: event.source.clone(), id: event.id.clone() },
            ending,
        }
    }

    fn speeding(&self, cycle: usize, act: usize, camera: usize, name: &str) -> CameraEvent {
        let number = i64::try_from(cycle * ACTS_OF_A_CYCLE + act).unwrap();
        let at = self.base - TimeDelta::seconds(number * BETWEEN_ACTS_SECONDS);
        let roles = [FrameRole::First, FrameRole::Second];
        let frames = roles.into_iter().zip(&self.pictures).map(|(role, picture)| {
            let text = format!("{name} {cycle} {act} {camera}");
            inline_frame(role, "image/jpeg", with_comment(picture, &text))
        });
        self.event(camera, &format!("{name}-{cycle}-{act}"), at, 146, frames.collect())
    }

    fn without_plate(&self, cycle: usize, place: usize, camera: usize) -> CameraEvent {
        let number = cycle * 6 + place;
        let picture = empty_picture(64 + number % 40, 48 + number / 40);
        let frame = inline_frame(FrameRole::First, "image/png", picture);
        self.event(camera, &format!("empty-{cycle}-{place}"), self.base, 146, vec![frame])
    }

    fn within_the_limit(&self, cycle: usize, place: usize, camera: usize) -> CameraEvent {
        let frame = inline_frame(FrameRole::First, "image/png", empty_picture(32, 32));
        self.event(camera, &format!("slow-{cycle}-{place}"), self.base, LIMIT_KMH - 5, vec![frame])
    }

    fn event(
        &self,
        camera: usize,
        id: &str,
        at: DateTime<Utc>,
        measured_kmh: u32,
        frames: Vec<FrameReference>,
    ) -> CameraEvent {
        let mut event = self.cameras[camera].event(id, at, frames).unwrap();
        event.act = speeding(measured_kmh, LIMIT_KMH).unwrap();
        event.clock = Some(CameraClock {
            offset_milliseconds: 12,
            synchronised_at: Some(at),
            source: "ntp".to_owned(),
        });
        event
    }
}

fn replace_header(record: &mut OutgoingRecord, header: RecordHeader) {
    let place = record.headers.iter().position(|old| old.name == header.name).unwrap();
    record.headers[place] = header;
}

/// A JPEG with a comment of its own, so that no two events have the same picture.
fn with_comment(jpeg: &Bytes, comment: &str) -> Bytes {
    let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xff, 0xfe], &length, comment.as_bytes(), rest].concat().into()
}

/// An empty picture; each size has bytes of its own.
fn empty_picture(width: usize, height: usize) -> Bytes {
    let side = |pixels| f32::from(u16::try_from(pixels).unwrap());
    Canvas::new((side(width), side(height)), 1.0).unwrap().pixmap().encode_png().unwrap().into()
}
