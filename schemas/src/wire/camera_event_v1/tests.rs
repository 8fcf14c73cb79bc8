use super::{CameraEventError, encode, parse};
use crate::camera::event::{Act, CapturedAt, FrameContent, NotUnderstood};
use crate::evidence::Sha256Digest;
use crate::wire::camera_v1 as proto;
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;

fn message() -> proto::CameraEvent {
    let picture = Bytes::from_static(b"a picture");
    proto::CameraEvent {
        event_id: "e-1".into(),
        source: "//network/a".into(),
        camera_id: "EG-CAI-1".into(),
        site_id: "ring-road-3".into(),
        lane: 2,
        vendor_sequence: Some(0),
        captured_at: Some(proto::CapturedAt {
            instant: Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 123_456_789 }),
            raw: "2027-01-15T10:00:00.123456789+02:00".into(),
            zone_basis: proto::ZoneBasis::Explicit.into(),
        }),
        clock: Some(proto::Clock { offset_milliseconds: -3, synchronised_at: None, source: "gps".into() }),
        received_at: Some(prost_types::Timestamp { seconds: 1_800_000_001, nanos: 0 }),
        origin: proto::Origin::Live.into(),
        act: Some(speed("87.5", "km/h", "60")),
        signal: Some(proto::Signal { phase: 3, red_milliseconds: 900, amber_milliseconds: 3_000 }),
        section: Some(proto::Section {
            entry_event_id: "e-0".into(),
            exit_event_id: "e-1".into(),
            distance_certificate: "D-7".into(),
        }),
        vendor_plate: Some(vendor_plate(87.0, 100.0)),
        vehicle: Some(proto::Vehicle {
            class: "car".into(),
            colour: "white".into(),
            make: String::new(),
            r#box: Some(proto::Box { x: 1, y: 2, width: 3, height: 4 }),
        }),
        occupants: Some(proto::OccupantFlags {
            seat_belt_missing_score: Some(0.0),
            handheld_phone_score: None,
        }),
        frames: vec![frame(&picture), claim_check(&picture)],
        adapter_version: "adapter 1.2".into(),
    }
}

fn speed(measured: &str, unit: &str, limit: &str) -> proto::Act {
    proto::Act {
        code: "speed".into(),
        measured: measured.into(),
        unit: unit.into(),
        method: "radar".into(),
        limit: limit.into(),
        limit_source: "fixed_sign".into(),
    }
}

fn vendor_plate(confidence: f64, confidence_scale: f64) -> proto::VendorPlateRead {
    proto::VendorPlateRead { text: "123 ABC".into(), confidence, confidence_scale, country: "SA".into() }
}

fn frame(picture: &Bytes) -> proto::Frame {
    proto::Frame {
        role: proto::FrameRole::First.into(),
        sha256: Bytes::copy_from_slice(Sha256Digest::of(picture).as_bytes()),
        media_type: "image/jpeg".into(),
        width: 640,
        height: 480,
        taken_at: Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 5 }),
        r#box: Some(proto::Box { x: 0, y: 0, width: 1, height: 1 }),
        size: picture.len() as u64,
        inline: picture.clone(),
    }
}

fn claim_check(picture: &Bytes) -> proto::Frame {
    proto::Frame {
        role: proto::FrameRole::Second.into(),
        width: 0,
        height: 0,
        inline: Bytes::new(),
        taken_at: None,
        ..frame(picture)
    }
}

fn parsed(message: &proto::CameraEvent) -> Result<crate::camera::event::CameraEvent, CameraEventError> {
    parse(message.encode_to_vec().into())
}

#[test]
fn an_event_comes_through_whole_and_reads_the_same_after_it_is_written_again() {
    let event = parsed(&message()).expect("event");
    assert_eq!(event.lane, Some(2));
    assert_eq!(event.vendor_sequence, Some(0));
    assert_eq!(event.captured_at.instant().map(|at| at.timestamp_subsec_nanos()), Some(123_456_789));
    assert_eq!(event.vendor_plate.as_ref().and_then(|plate| plate.confidence), Some(0.87));
    assert!(matches!(&event.frames[0].content, FrameContent::Inline(bytes) if bytes == "a picture"));
    assert!(matches!(event.frames[1].content, FrameContent::ClaimCheck));

    let again = parse(encode(&event).into()).expect("event");
    assert_eq!(format!("{event:?}"), format!("{again:?}"));
}

#[test]
fn a_time_without_a_zone_is_kept_as_text_and_never_guessed() {
    let mut zoneless = message();
    let captured = zoneless.captured_at.as_mut().expect("time");
    // 9: a basis that a later version may add.
    for basis in [0, 9] {
        captured.zone_basis = basis;
        let raw = captured.raw.clone();
        let message = proto::CameraEvent { captured_at: Some(captured.clone()), ..message() };
        let event = parsed(&message).expect("event");
        assert_eq!(event.captured_at, CapturedAt::ZoneUnknown { raw });
    }
}

#[test]
fn what_is_measured_in_an_unknown_way_is_not_understood_rather_than_guessed() {
    let acts = [
        (speed("87.5", "mph", "60"), "unit"),
        (speed("87.5", "", "60"), "unit"),
        (speed("fast", "km/h", "60"), "measured"),
        (speed("8_7", "km/h", "60"), "measured"),
        (speed("-87", "km/h", "60"), "measured"),
        (speed("8.7.5", "km/h", "60"), "measured"),
        (speed("401", "km/h", "60"), "measured"),
        (speed("87.5", "km/h", ""), "limit"),
        (proto::Act { code: "tailgating".into(), ..proto::Act::default() }, "code"),
    ];
    for (act, about) in acts {
        let event = parsed(&proto::CameraEvent { act: Some(act), ..message() }).expect("event");
        let Act::NotUnderstood(NotUnderstood { problem, .. }) = event.act else {
            panic!("understood: {:?}", event.act)
        };
        assert!(problem.contains(about), "{problem}");
    }
}

#[test]
fn whatever_light_and_section_an_act_comes_with_its_bytes_are_the_same_when_it_is_written_again() {
    let bare = |code: &str| proto::Act { code: code.into(), ..proto::Act::default() };
    let acts = [speed("87.5", "km/h", "60"), bare("red_light"), bare("tailgating")];
    for act in acts {
        for signal in [None, Some(proto::Signal::default()), message().signal] {
            for section in [None, message().section] {
                let sent = proto::CameraEvent {
                    act: Some(act.clone()),
                    signal,
                    section: section.clone(),
                    vendor_plate: None,
                    ..message()
                };
                let event = parsed(&sent).expect("event");
                assert_eq!(encode(&event), sent.encode_to_vec(), "{:?}", event.act);
                assert_eq!(
                    (event.act.signal().is_some(), event.act.section().is_some()),
                    (signal.is_some(), section.is_some())
                );
            }
        }
    }
}

#[test]
fn a_confidence_of_an_unknown_scale_is_no_confidence() {
    for (confidence, scale) in [(87.0, 0.0), (87.0, 1000.0), (101.0, 100.0), (f64::NAN, 1.0), (-0.1, 1.0)] {
        let vendor_plate = Some(vendor_plate(confidence, scale));
        let event = parsed(&proto::CameraEvent { vendor_plate, ..message() }).expect("event");
        assert_eq!(event.vendor_plate.and_then(|plate| plate.confidence), None, "{confidence} of {scale}");
    }
}

#[test]
fn every_broken_rule_is_refused_with_the_name_of_its_field() {
    type Breaking = fn(&mut proto::CameraEvent);
    let cases: [(&str, Breaking); 22] = [
        ("event_id", |m| m.event_id.clear()),
        ("source", |m| m.source = "a b".into()),
        ("camera_id", |m| m.camera_id = "x".repeat(129)),
        ("site_id", |m| m.site_id = "ق".into()),
        ("captured_at", |m| m.captured_at = None),
        ("captured_at", |m| m.captured_at = Some(proto::CapturedAt::default())),
        ("captured_at.instant", |m| m.captured_at.as_mut().expect("time").instant = None),
        ("captured_at.instant", |m| {
            let wrong = prost_types::Timestamp { seconds: 0, nanos: -1 };
            m.captured_at.as_mut().expect("time").instant = Some(wrong);
        }),
        ("received_at", |m| {
            m.received_at = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 });
        }),
        ("origin", |m| m.origin = 0),
        ("act", |m| m.act = None),
        ("act.code", |m| m.act.as_mut().expect("act").code.clear()),
        ("section.exit_event_id", |m| m.section.as_mut().expect("section").exit_event_id.clear()),
        ("vehicle.colour", |m| m.vehicle.as_mut().expect("vehicle").colour = "a\0b".into()),
        ("vehicle.box", |m| {
            m.vehicle.as_mut().expect("vehicle").r#box =
                Some(proto::Box { x: u32::MAX, y: 0, width: 1, height: 1 });
        }),
        ("occupants.seat_belt_missing_score", |m| {
            m.occupants.as_mut().expect("occupants").seat_belt_missing_score = Some(f64::NAN);
        }),
        ("frames", |m| m.frames.clear()),
        ("frames", |m| m.frames[0].inline = vec![0; 900_001].into()),
        ("frames.role", |m| m.frames[0].role = 0),
        ("frames.sha256", |m| m.frames[0].sha256 = vec![0; 31].into()),
        ("frames.media_type", |m| m.frames[0].media_type = "image/gif".into()),
        ("adapter_version", |m| m.adapter_version = "v".repeat(257)),
    ];
    for (field, breaking) in cases {
        let mut broken = message();
        breaking(&mut broken);
        let error = parsed(&broken).expect_err(field).to_string();
        assert!(error.starts_with(&format!("{field} ")), "{field}: {error}");
    }
}

#[test]
fn a_field_of_a_later_version_is_skipped() {
    let mut bytes = message().encode_to_vec();
    // Field 999, length-delimited, three bytes.
    bytes.extend_from_slice(&[0xba, 0x3e, 3, 1, 2, 3]);
    assert!(parse(bytes.into()).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(bytes.into());
    }

    #[test]
    fn a_damaged_event_is_read_or_refused_without_a_panic(at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = message().encode_to_vec();
        let index = at % bytes.len();
        bytes[index] = byte;
        if let Ok(event) = parse(bytes.into()) {
            let again = parse(encode(&event).into());
            prop_assert!(again.is_ok(), "{again:?}");
        }
    }
}
