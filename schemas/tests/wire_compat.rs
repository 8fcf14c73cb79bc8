//! The wire's promises to others: old records parse for ever, new bytes are what they were, signatures made
//! elsewhere hold. Fixtures are only ever added; they were made by another implementation.
#![cfg(test)]

use bytes::Bytes;
use chrono::DateTime;
use rust_decimal::Decimal;
use schemas::camera_event::{
    Act, CapturedAt, FrameContent, FrameRole, Origin, SectionAct, SignalPhase, ZoneBasis,
};
use schemas::evidence::Sha256Digest;
use schemas::ids::{EffectId, KeyId, ObjectionId, ReviewerId, ViolationId};
use schemas::money::{Currency, Money};
use schemas::wire::camera_event_v1::{encode, parse};
use schemas::wire::decision_v1::{self, DecisionMade, MadeBy};
use schemas::wire::signature::{EventSignature, SIGNATURE_HEADER, public_key};
use schemas::wire::violation_v1::{self, ViolationIssued};
use uuid::Uuid;

/// A record of version 1 with every field set.
fn recorded_v1() -> Bytes {
    let digits: String = include_str!("fixtures/camera_event_v1.hex").split_whitespace().collect();
    hex::decode(digits).expect("hexadecimal digits").into()
}

#[test]
fn a_recorded_event_of_version_1_parses_for_ever() {
    let event = parse(recorded_v1()).expect("event");
    assert_eq!(event.id.as_str(), "0190f5fe-7c00-7a00-8abc-012345678901");
    assert_eq!(event.source.as_str(), "//network.example/north");
    assert_eq!((event.camera.as_str(), event.site.as_str()), ("EG-CAI-0042", "ring-road-km-17"));
    assert_eq!((event.lane, event.vendor_sequence), (Some(2), Some(981)));
    let captured_at = CapturedAt::Known {
        instant: DateTime::from_timestamp(1_800_000_000, 123_456_789).expect("instant"),
        raw: "2027-01-15T10:00:00.123456789+02:00".into(),
        basis: ZoneBasis::Explicit,
    };
    assert_eq!(event.captured_at, captured_at);
    let clock = event.clock.expect("clock");
    assert_eq!((clock.offset_milliseconds, clock.source.as_str()), (-3, "gps"));
    assert_eq!(clock.synchronised_at, DateTime::from_timestamp(1_799_999_990, 0));
    assert_eq!(event.received_at, DateTime::from_timestamp(1_800_000_001, 0));
    assert_eq!(event.origin, Origin::Live);
    let Act::Section(SectionAct { speed, section }) = event.act else { panic!("{:?}", event.act) };
    assert_eq!((speed.measured.value(), speed.limit.value()), (Decimal::new(875, 1), Decimal::from(60)));
    assert_eq!((speed.method.as_str(), speed.limit_source.as_str()), ("radar", "fixed_sign"));
    let signal = speed.signal.expect("signal");
    assert_eq!(signal.phase, SignalPhase::Red);
    assert_eq!((signal.red_milliseconds, signal.amber_milliseconds), (900, 3_000));
    assert_eq!(section.distance_certificate.as_str(), "D-2026-7");
    assert_eq!(event.vendor_plate.expect("plate").confidence, Some(0.75));
    assert_eq!(event.vehicle.expect("vehicle").position.map(|position| position.width), Some(300));
    assert_eq!(event.occupants.handheld_phone, Some(0.5));
    assert_eq!(event.adapter_version, "adapter 1.2");

    let [first, second] = event.frames.as_slice() else { panic!("{:?}", event.frames) };
    assert_eq!((first.role, first.stated_size), (FrameRole::First, Some((640, 480))));
    let FrameContent::Inline(bytes) = &first.content else { panic!("no bytes") };
    assert_eq!(Sha256Digest::of(bytes), first.sha256);
    assert_eq!((second.role, second.size_bytes), (FrameRole::Second, 32));
    assert!(matches!(second.content, FrameContent::ClaimCheck));
}

#[test]
fn the_bytes_of_an_event_are_what_they_were() {
    let event = parse(recorded_v1()).expect("event");
    assert_eq!(hex::encode(encode(&event)), hex::encode(recorded_v1()));
}

#[test]
fn signatures_made_elsewhere_hold_and_ours_are_the_same() {
    let text = include_str!("fixtures/signature_vectors.json");
    let file: serde_json::Value = serde_json::from_str(text).expect("json");
    let vectors = file["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let field = |name: &str| vector[name].as_str().expect("text").to_owned();
        let key = |name: &str| -> [u8; 32] {
            hex::decode(field(name)).expect("hexadecimal digits").try_into().expect("32 bytes")
        };
        let value = hex::decode(field("value_hex")).expect("hexadecimal digits");
        let header = field("header");
        let signature = EventSignature::parse(header.as_bytes()).expect(SIGNATURE_HEADER);
        assert_eq!(public_key(&key("private_key_hex")), key("public_key_hex"));
        assert_eq!(signature.verify_strict(&key("public_key_hex"), &value), Ok(()), "{}", field("name"));
        let id = KeyId::parse(field("key_id")).expect("id");
        assert_eq!(EventSignature::sign(id, &key("private_key_hex"), &value).to_header(), header);
    }
}

#[test]
fn published_bytes_are_what_they_were() {
    let violation = violation_v1::encode(&ViolationIssued {
        effect: EffectId::from_uuid(Uuid::from_u128(1)),
        violation: ViolationId::from_uuid(Uuid::from_u128(2)),
        reference: "REF-1",
        jurisdiction: "SA",
        plate_key: "SA-ABC-123",
        act_code: "speed",
        amount: Money::new(Decimal::new(15_000, 2), Currency::SaudiRiyal).expect("amount"),
        captured_at: DateTime::from_timestamp(1_800_000_000, 5).expect("instant"),
        recorded_at: DateTime::from_timestamp(1_800_000_009, 0).expect("instant"),
        evidence_manifest: Sha256Digest::of(b""),
    });
    assert_eq!(hex::encode(violation), include_str!("fixtures/violation_issued_v1.hex").trim());
    let reviewer = ReviewerId::parse("reviewer-1").expect("id");
    let decision = |made_by| {
        decision_v1::encode(&DecisionMade {
            effect: EffectId::from_uuid(Uuid::from_u128(1)),
            objection: ObjectionId::from_uuid(Uuid::from_u128(3)),
            violations: &[ViolationId::from_uuid(Uuid::from_u128(2))],
            verdict: "cancelled",
            made_by,
            reasons: &["G14".to_owned()],
            made_at: DateTime::from_timestamp(1_800_000_000, 0).expect("instant"),
        })
    };
    let by_human = decision(MadeBy::Human(&reviewer));
    assert_eq!(hex::encode(&by_human), include_str!("fixtures/decision_made_v1.hex").trim());
    assert!(decision(MadeBy::Machine).len() < by_human.len());
}
