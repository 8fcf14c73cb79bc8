//! H6 to H9: what was sent to the topic. A real `rasid run`, records that the real broker took.

use super::{LOOK_INTERVAL, PATIENCE, configuration, process};
use crate::services::database;
use adjudicate::registry::store as registry_store;
use adjudicate::testing::TestDatabase;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use ingest::producer::RecordProducer;
use ingest::record::OutgoingRecord;
use ingest::testing::{TestCamera, inline_frame, speeding};
use ingest::topics;
use rasid::config::Config;
use rules::registry::{
    CalibrationCertificate, Camera, CameraKind, RegistryRows, SignCondition, SignState, Site,
};
use runtime::{Locations, Runtime};
use schemas::camera_event::{CameraClock, CameraEvent, FrameRole, SpeedKmh};
use schemas::clock::{Clock, SystemClock};
use schemas::ids::{CertificateId, EventId};
use schemas::jurisdiction::Jurisdiction;
use schemas::text::BilingualText;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Child;
use tokio::time::Instant;

const LIMIT_KMH: u32 = 120;
const PICTURES: [&str; 2] = ["sa-29-1.jpg", "sa-30-1.jpg"];

/// A topic with two cameras and a `rasid run` that reads it.
struct Stream {
    database: TestDatabase,
    config: Config,
    producer: RecordProducer,
    cameras: [TestCamera; 2],
    pictures: [Bytes; 2],
    /// Some hours ago.
    base: DateTime<Utc>,
    folder: TempDir,
    child: Child,
    sent: i64,
}

impl Stream {
    async fn start() -> Self {
        let database = database().await;
        let folder = tempfile::tempdir().unwrap();
        let library = tokio::task::spawn_blocking(|| {
            let provisioned = Runtime::fetch(&Locations::from_environment(), false, &mut |_| {}).unwrap();
            provisioned.onnxruntime_library().to_path_buf()
        });
        let text = configuration(&database, folder.path(), "listen = \"127.0.0.1:0\"\n").await
            + &format!("[detect]\nonnxruntime_path = {:?}\n", library.await.unwrap());
        let config = Config::from_defaults_and(&text).unwrap();
        topics::create_missing(&config.kafka).await.unwrap();
        let camera = |number: u8| {
            TestCamera::new(&format!("CAM-{number}"), &format!("site-{number}"), number).unwrap()
        };
        let base = SystemClock::new().now() - TimeDelta::hours(2);
        let cameras = [camera(1), camera(2)];
        let keys: Vec<_> = cameras.iter().map(TestCamera::registered_key).collect();
        registry_store::register(&database.connections, &registers(&cameras, base), &keys).await.unwrap();
        let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo/frames");
        let child = process("run", folder.path(), &text);
        let producer = RecordProducer::new(&config.kafka).unwrap();
        let pictures = PICTURES.map(|name| std::fs::read(frames.join(name)).unwrap().into());
        Self { database, config, producer, cameras, pictures, base, folder, child, sent: 0 }
    }

    /// Speeding, as a camera saw it so many hours before the base, with pictures that bear this comment.
    fn event(&self, camera: usize, id: &str, hours_before: i64, comment: &str) -> CameraEvent {
        let at = self.base - TimeDelta::hours(hours_before);
        let roles = [FrameRole::First, FrameRole::Second];
        let frames = roles.into_iter().zip(&self.pictures);
        let frames =
            frames.map(|(role, picture)| inline_frame(role, "image/jpeg", with_comment(picture, comment)));
        let mut event = self.cameras[camera].event(id, at, frames.collect()).unwrap();
        event.act = speeding(146, LIMIT_KMH).unwrap();
        event.clock = Some(CameraClock {
            offset_milliseconds: 12,
            synchronised_at: Some(at),
            source: "ntp".to_owned(),
        });
        event
    }

    fn record(&self, camera: usize, event: &CameraEvent) -> OutgoingRecord {
        self.cameras[camera].sender.record(event)
    }

    async fn send(&mut self, records: &[OutgoingRecord]) {
        let topic = &self.config.kafka.events_topic;
        let sending = records.iter().map(|record| self.producer.send_to(topic, Some(0), record));
        futures::future::try_join_all(sending).await.unwrap();
        self.sent += i64::try_from(records.len()).unwrap();
    }

    /// Waits until all that was sent is settled; how long that took.
    async fn settled(&mut self) -> Duration {
        let began = Instant::now();
        let position = "select coalesce(max(next_offset), 0) from stream_position";
        while self.count(position).await < self.sent {
            assert!(self.child.try_wait().unwrap().is_none(), "{}", self.log());
            assert!(began.elapsed() < PATIENCE, "not settled in time:\n{}", self.log());
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        began.elapsed()
    }

    async fn count(&self, query: &str) -> i64 {
        self.database.number(query).await.unwrap()
    }

    /// Violations, checks by a person, dead letters.
    async fn ended(&self) -> [i64; 3] {
        let mut ended = [0; 3];
        for (place, table) in ["violation", "manual_check", "dead_letter"].into_iter().enumerate() {
            ended[place] = self.count(&format!("select count(*) from {table}")).await;
        }
        ended
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

fn registers(cameras: &[TestCamera], base: DateTime<Utc>) -> RegistryRows {
    let limit = SpeedKmh::new(LIMIT_KMH.into()).unwrap();
    let (from, to) = (base - TimeDelta::days(400), base + TimeDelta::days(100));
    let site = |camera: &TestCamera| Site {
        name: BilingualText { arabic: "موقع".to_owned(), english: camera.site.to_string() },
        id: camera.site.clone(),
        jurisdiction: Jurisdiction::SaudiArabia,
        limit: Some(limit),
    };
    let sign = |camera: &TestCamera| SignState {
        site: camera.site.clone(),
        from,
        to: None,
        condition: SignCondition::from_parts("in_order", Some(limit)).unwrap(),
    };
    let registered = |camera: &TestCamera| Camera {
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
        sites: cameras.iter().map(site).collect(),
        cameras: cameras.iter().map(registered).collect(),
        certificates: cameras.iter().map(certificate).collect(),
        sign_states: cameras.iter().map(sign).collect(),
    }
}

/// A JPEG with a comment of its own: other bytes, the same picture.
fn with_comment(jpeg: &Bytes, comment: &str) -> Bytes {
    let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xff, 0xfe], &length, comment.as_bytes(), rest].concat().into()
}

#[tokio::test]
async fn h6_an_old_event_with_a_stated_receipt_is_not_issued() {
    let mut stream = Stream::start().await;
    let fresh = stream.event(0, "fresh", 0, "fresh");
    let mut old = stream.event(0, "old", 121 * 24, "old");
    let stated = stream.base - TimeDelta::hours(121 * 24) + TimeDelta::seconds(2);
    old.received_at = Some(stated);
    let records = [stream.record(0, &fresh), stream.record(0, &old)];
    stream.send(&records).await;
    stream.settled().await;
    assert_eq!(stream.ended().await, [1, 1, 0], "the fresh one is issued, the old one goes to a person");
    let issued =
        stream.database.text("select event_id from violation join case_origin_record on case_id = id").await;
    assert_eq!(issued.unwrap(), "fresh");
}

#[tokio::test]
async fn h7_the_same_pictures_issue_once_however_often_they_are_sent() {
    let mut stream = Stream::start().await;
    let again: Vec<_> = (0..10)
        .map(|number| stream.record(0, &stream.event(0, &format!("again-{number}"), number, "the same")))
        .collect();
    stream.send(&again).await;
    stream.settled().await;
    assert_eq!(stream.ended().await, [1, 0, 0]);
    let duplicates = stream.count("select duplicate from stream_position").await;
    assert_eq!(duplicates, 9);
}

#[tokio::test]
async fn h8_a_camera_cannot_use_up_the_ids_of_another() {
    let mut stream = Stream::start().await;
    let honest = stream.event(0, "id-1", 0, "honest");
    let mut thief = stream.event(1, "id-1", 3, "thief");
    thief.source = honest.source.clone();
    thief.id = EventId::parse("id-1").unwrap();
    let records = [stream.record(1, &thief), stream.record(0, &honest)];
    stream.send(&records).await;
    stream.settled().await;
    let [issued, _, dead] = stream.ended().await;
    let of_the_honest = "select count(*) from violation where camera_id = 'CAM-1'";
    assert_eq!((stream.count(of_the_honest).await, dead), (1, 0), "{issued} were issued");
}

/// Records of strangers, and how long they may take: 27 records a second were seen in November 2026.
const STRANGERS: u32 = 1_000;
const STRANGERS_A_SECOND_MIN: f64 = 81.0;

#[tokio::test]
async fn h9_keys_that_nobody_knows_do_not_slow_the_stream() {
    let mut stream = Stream::start().await;
    let first = stream.event(0, "first", 0, "first");
    let record = stream.record(0, &first);
    stream.send(&[record]).await;
    stream.settled().await;
    let unknown = |number: u32| {
        let stranger = TestCamera::new(&format!("STRANGER-{number}"), "site-1", 9).unwrap();
        let mut event = stream.event(0, &format!("strange-{number}"), 1, "strange");
        event.camera = stranger.camera.clone();
        event.frames.clear();
        stranger.sender.record(&event)
    };
    let mut records: Vec<_> = (0..STRANGERS).map(unknown).collect();
    records.push(stream.record(0, &stream.event(0, "last", 2, "last")));
    stream.send(&records).await;
    let took = stream.settled().await;
    let a_second = f64::from(STRANGERS) / took.as_secs_f64();
    eprintln!("H9: {STRANGERS} records of unknown keys in {took:?}, {a_second:.0} a second");
    assert_eq!(stream.ended().await[0], 2, "the honest camera's act is issued behind them");
    assert!(a_second > STRANGERS_A_SECOND_MIN, "{a_second}");
}
