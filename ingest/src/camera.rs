//! The sending side of the wire: an event and a key to the record that a camera would publish.
//!
//! `rasid send`, the demo, tests and benches all use it, so that there is one sender to keep right.

use crate::record::{OutgoingRecord, RecordHeader};
use bytes::Bytes;
use schemas::camera_event::CameraEvent;
use schemas::ids::KeyId;
use schemas::wire::camera_event_v1::encode;
use schemas::wire::cloud_event::{CloudEvent, EventTime, SPEC_VERSION};
use schemas::wire::signature::{EventSignature, SIGNATURE_HEADER, public_key};
use schemas::wire::{CAMERA_EVENT_TYPE, CONTENT_TYPE, TRACEPARENT_HEADER};
use std::fmt;

/// A camera's key, to sign with.
#[derive(Clone)]
pub struct CameraSender {
    key: KeyId,
    private_key: [u8; 32],
}

impl CameraSender {
    /// A sender with an Ed25519 private key.
    #[must_use]
    pub const fn new(key: KeyId, private_key: [u8; 32]) -> Self {
        Self { key, private_key }
    }

    /// Name of the key.
    #[must_use]
    pub const fn key(&self) -> &KeyId {
        &self.key
    }

    /// The private key, for the one file that keeps it.
    #[must_use]
    pub const fn private_key(&self) -> &[u8; 32] {
        &self.private_key
    }

    /// What the registry must hold.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        public_key(&self.private_key)
    }

    /// The signed record of an event.
    #[must_use]
    pub fn record(&self, event: &CameraEvent) -> OutgoingRecord {
        let value = encode(event);
        let signature = EventSignature::sign(self.key.clone(), &self.private_key, &value);
        let attributes = CloudEvent {
            id: event.id.to_string(),
            source: event.source.to_string(),
            event_type: CAMERA_EVENT_TYPE.to_owned(),
            spec_version: SPEC_VERSION.to_owned(),
            time: event.captured_at.instant().map(EventTime::exactly),
            content_type: CONTENT_TYPE.to_owned(),
        };
        let mut headers: Vec<RecordHeader> = attributes
            .into_headers()
            .into_iter()
            .map(|(name, value)| RecordHeader::text(name, value))
            .collect();
        headers.push(RecordHeader::text(SIGNATURE_HEADER, signature.to_header()));
        let key = Some(Bytes::from(event.camera.to_string()));
        OutgoingRecord { key, value: Bytes::from(value), headers }
    }

    /// The same, continuing a W3C trace.
    #[must_use]
    pub fn record_in_trace(&self, event: &CameraEvent, traceparent: &str) -> OutgoingRecord {
        let mut record = self.record(event);
        record.headers.push(RecordHeader::text(TRACEPARENT_HEADER, traceparent));
        record
    }
}

impl fmt::Debug for CameraSender {
    /// Names the key; the private half never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CameraSender({})", self.key)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta, Utc};
    use schemas::camera_event::{
        Act, CapturedAt, FrameContent, FrameReference, FrameRole, OccupantFlags, Origin, SeenAct, ZoneBasis,
    };
    use schemas::evidence::Sha256Digest;
    use schemas::ids::{CameraId, EventId, EventSource, SiteId};

    pub(crate) fn received_at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    pub(crate) fn camera() -> CameraSender {
        CameraSender::new(KeyId::parse("key-1").expect("id"), [7; 32])
    }

    pub(crate) fn event() -> CameraEvent {
        let captured_at = received_at() - TimeDelta::days(100) + TimeDelta::nanoseconds(123_456_789);
        let picture = Bytes::from_static(b"not looked at");
        CameraEvent {
            id: EventId::parse("e-1").expect("id"),
            source: EventSource::parse("//network").expect("id"),
            camera: CameraId::parse("camera-1").expect("id"),
            site: SiteId::parse("site-1").expect("id"),
            lane: None,
            vendor_sequence: None,
            captured_at: CapturedAt::Known {
                instant: captured_at,
                raw: captured_at.to_rfc3339(),
                basis: ZoneBasis::Explicit,
            },
            clock: None,
            received_at: None,
            origin: Origin::Live,
            act: Act::RedLight(SeenAct { signal: None }),
            vendor_plate: None,
            vehicle: None,
            occupants: OccupantFlags::default(),
            frames: vec![FrameReference {
                role: FrameRole::First,
                sha256: Sha256Digest::of(&picture),
                media_type: "image/jpeg".into(),
                stated_size: None,
                taken_at: None,
                vehicle: None,
                size_bytes: picture.len() as u64,
                content: FrameContent::Inline(picture),
            }],
            adapter_version: "test".into(),
        }
    }

    #[test]
    fn a_record_carries_key_attributes_signature_and_trace() {
        let record = camera().record_in_trace(&event(), "00-trace");
        assert_eq!(record.key.as_deref(), Some(b"camera-1".as_slice()));
        let names: Vec<&str> = record.headers.iter().map(|header| header.name.as_str()).collect();
        let expected = [
            "ce_id",
            "ce_source",
            "ce_type",
            "ce_specversion",
            "content-type",
            "ce_time",
            "rasid-signature",
            "traceparent",
        ];
        assert_eq!(names, expected);
        assert!(!format!("{:?}", camera()).contains('7'));
    }
}
