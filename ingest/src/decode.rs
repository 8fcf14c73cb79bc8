//! A record to a checked camera event: size, headers, key, signature, fields, registered camera, in this order.
//!
//! Nothing is parsed before its signature has been verified.

use crate::record::RawRecord;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use schemas::camera_event::CameraEvent;
use schemas::camera_key::KeyRegistry;
use schemas::ids::{CameraId, KeyId};
use schemas::outcome::DeadLetterReason;
use schemas::wire::camera_event_v1::{CameraEventError, parse};
use schemas::wire::cloud_event::{CloudEvent, CloudEventError, SPEC_VERSION};
use schemas::wire::signature::{EventSignature, SIGNATURE_HEADER, SignatureHeaderError, VerifyError};
use schemas::wire::{CAMERA_EVENT_TYPE, CONTENT_TYPE};
use thiserror::Error;

/// Why a record is no usable camera event.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The value is over the limit.
    #[error("the value has {bytes} bytes, more than {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A CloudEvents header is missing, repeated or unreadable.
    #[error("the cloudevents headers cannot be used")]
    Headers(#[from] CloudEventError),
    /// The headers name a type, version or encoding that is not known.
    #[error("header '{header}' must be '{expected}', got '{got}'")]
    UnknownVersion {
        /// Name of the header.
        header: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is, shortened.
        got: String,
    },
    /// The record has no signature header, or two.
    #[error("header '{SIGNATURE_HEADER}' must stand there once, found {0}")]
    SignatureCount(usize),
    /// The signature header is malformed.
    #[error("the signature header cannot be used")]
    SignatureHeader(#[from] SignatureHeaderError),
    /// The key is not registered; refresh the registry once, then decode again, before it is a dead letter.
    #[error("key '{0}' is not registered")]
    UnknownKey(KeyId),
    /// The key is not valid at the time of receipt.
    #[error("key '{key}' is not valid at {receipt}")]
    KeyNotValid {
        /// The key.
        key: KeyId,
        /// When the record was received.
        receipt: DateTime<Utc>,
    },
    /// The signature does not fit.
    #[error("the signature of key '{key}' does not hold")]
    Signature {
        /// The key.
        key: KeyId,
        /// Why.
        source: VerifyError,
    },
    /// The signed bytes are no camera event.
    #[error("the signed bytes are no camera event")]
    Malformed(#[from] CameraEventError),
    /// The event is another camera's than the key's.
    #[error("key '{key}' belongs to camera '{owner}', the event is of '{camera}'")]
    KeyOfOtherCamera {
        /// The key.
        key: KeyId,
        /// The camera that may use it.
        owner: CameraId,
        /// The camera that the event names.
        camera: CameraId,
    },
    /// A header or the record's key says something else than the signed bytes.
    #[error("{0} differs from the signed bytes")]
    HeaderMismatch(&'static str),
    /// The camera is not registered.
    #[error("camera '{0}' is not registered")]
    UnknownCamera(CameraId),
}

impl DecodeError {
    /// The reason under which the record is kept.
    #[must_use]
    pub const fn reason(&self) -> DeadLetterReason {
        match self {
            Self::TooLarge { .. } => DeadLetterReason::TooLarge,
            Self::Headers(_) | Self::HeaderMismatch(_) => DeadLetterReason::HeaderMismatch,
            Self::UnknownVersion { .. } => DeadLetterReason::UnknownVersion,
            Self::SignatureCount(_) | Self::SignatureHeader(_) => DeadLetterReason::BadSignatureHeader,
            Self::UnknownKey(_) => DeadLetterReason::UnknownKey,
            Self::KeyNotValid { .. } => DeadLetterReason::KeyNotValid,
            Self::Signature { .. } => DeadLetterReason::BadSignature,
            Self::Malformed(_) => DeadLetterReason::Malformed,
            Self::KeyOfOtherCamera { .. } => DeadLetterReason::KeyOfOtherCamera,
            Self::UnknownCamera(_) => DeadLetterReason::UnknownCamera,
        }
    }
}

/// Returns the registered camera that a record which is no usable event counts for: the owner of the key that it was signed
/// with, otherwise whom its key names. The latter is a claim, which anybody can make who may write to the topic.
#[must_use]
pub fn blamed_camera(record: &RawRecord, error: &DecodeError, registry: &KeyRegistry) -> Option<CameraId> {
    if let DecodeError::KeyOfOtherCamera { owner, .. } = error {
        return Some(owner.clone()).filter(|camera| registry.knows_camera(camera));
    }
    let named = std::str::from_utf8(record.key.as_deref()?).ok()?;
    CameraId::parse(named).ok().filter(|camera| registry.knows_camera(camera))
}

/// Checks a record received at `receipt` against the registered cameras and keys.
///
/// # Errors
/// When any check fails; the first one that does, in the order above.
pub fn decode(
    record: &RawRecord,
    registry: &KeyRegistry,
    receipt: DateTime<Utc>,
    record_bytes_max: usize,
) -> Result<CameraEvent, DecodeError> {
    let bytes = record.value.len();
    if bytes > record_bytes_max {
        return Err(DecodeError::TooLarge { bytes, bytes_max: record_bytes_max });
    }
    let key_owner = verified_camera(record, registry, receipt)?;
    let attributes = CloudEvent::from_headers(record.header_values())?;
    check_version(&attributes)?;
    let event = parse(record.value.clone())?;
    if event.camera != key_owner.camera {
        let (key, owner) = (key_owner.key, key_owner.camera);
        return Err(DecodeError::KeyOfOtherCamera { key, owner, camera: event.camera });
    }
    check_attributes(&event, &attributes, record.key.as_ref())?;
    if !registry.knows_camera(&event.camera) {
        return Err(DecodeError::UnknownCamera(event.camera));
    }
    Ok(event)
}

/// A key whose signature held, with the only camera that may use it.
struct KeyOwner {
    key: KeyId,
    camera: CameraId,
}

fn verified_camera(
    record: &RawRecord,
    registry: &KeyRegistry,
    receipt: DateTime<Utc>,
) -> Result<KeyOwner, DecodeError> {
    let signatures = record.header_values().filter(|(name, _)| *name == SIGNATURE_HEADER);
    let count = signatures.clone().count();
    let Some((_, header)) = signatures.last().filter(|_| count == 1) else {
        return Err(DecodeError::SignatureCount(count));
    };
    let signature = EventSignature::parse(header)?;
    let Some(key) = registry.key(&signature.key) else {
        return Err(DecodeError::UnknownKey(signature.key));
    };
    if !key.is_valid_at(receipt) {
        return Err(DecodeError::KeyNotValid { key: signature.key, receipt });
    }
    match signature.verify_strict(&key.public_key, &record.value) {
        Ok(()) => Ok(KeyOwner { key: signature.key, camera: key.camera.clone() }),
        Err(source) => Err(DecodeError::Signature { key: signature.key, source }),
    }
}

fn check_version(attributes: &CloudEvent) -> Result<(), DecodeError> {
    let expected = [
        ("ce_specversion", SPEC_VERSION, &attributes.spec_version),
        ("ce_type", CAMERA_EVENT_TYPE, &attributes.event_type),
        ("content-type", CONTENT_TYPE, &attributes.content_type),
    ];
    for (header, expected, got) in expected {
        if got != expected {
            let got = got.chars().take(64).collect();
            return Err(DecodeError::UnknownVersion { header, expected, got });
        }
    }
    Ok(())
}

fn check_attributes(
    event: &CameraEvent,
    attributes: &CloudEvent,
    record_key: Option<&Bytes>,
) -> Result<(), DecodeError> {
    if attributes.id != event.id.as_str() {
        return Err(DecodeError::HeaderMismatch("header 'ce_id'"));
    }
    if attributes.source != event.source.as_str() {
        return Err(DecodeError::HeaderMismatch("header 'ce_source'"));
    }
    if let (Some(time), Some(captured_at)) = (attributes.time, event.captured_at.instant())
        && !time.is(captured_at)
    {
        return Err(DecodeError::HeaderMismatch("header 'ce_time'"));
    }
    if record_key.is_none_or(|key| key != event.camera.as_str()) {
        return Err(DecodeError::HeaderMismatch("the record's key"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::tests::{camera, event, received_at};
    use crate::consumer::Credit;
    use crate::record::{OutgoingRecord, RecordHeader};
    use chrono::TimeDelta;
    use schemas::camera_key::CameraKey;
    use schemas::wire::signature::public_key;

    const BYTES_MAX: usize = 1_000_000;

    fn received(OutgoingRecord { key, value, headers }: OutgoingRecord) -> RawRecord {
        RawRecord { key, value, headers, received_at: received_at(), credit: Credit::unlimited() }
    }

    fn key(changed: impl FnOnce(&mut CameraKey)) -> CameraKey {
        let mut key = CameraKey {
            id: KeyId::parse("key-1").expect("id"),
            camera: event().camera,
            public_key: public_key(&[7; 32]),
            valid_from: received_at() - TimeDelta::days(1),
            valid_until: None,
            revoked_at: None,
        };
        changed(&mut key);
        key
    }

    fn registry() -> KeyRegistry {
        KeyRegistry::new([event().camera], [key(|_| ())])
    }

    fn decoded(record: &RawRecord, registry: &KeyRegistry) -> Result<CameraEvent, DecodeError> {
        decode(record, registry, received_at(), BYTES_MAX)
    }

    fn reason(record: &RawRecord, registry: &KeyRegistry) -> Option<DeadLetterReason> {
        decoded(record, registry).err().map(|error| error.reason())
    }

    fn changed(change: impl FnOnce(&mut RawRecord)) -> RawRecord {
        let mut record = received(camera().record(&event()));
        change(&mut record);
        record
    }

    fn set_header(record: &mut RawRecord, name: &str, value: &str) {
        record.headers.retain(|header| header.name != name);
        record.headers.push(RecordHeader::text(name, value));
    }

    #[test]
    fn a_bad_record_counts_for_a_registered_camera_alone() {
        let blamed = |record: &RawRecord| {
            let error = decoded(record, &registry()).expect_err("bad");
            blamed_camera(record, &error, &registry())
        };
        let torn = changed(|record| record.value = Bytes::from_static(b"torn"));
        assert_eq!(blamed(&torn), Some(event().camera));
        for name in ["made-up", "", "\n"] {
            let named = changed(|record| record.key = Some(Bytes::copy_from_slice(name.as_bytes())));
            assert_eq!(blamed(&named), None, "{name}");
        }
        assert_eq!(blamed(&changed(|record| record.key = None)), None);
    }

    #[test]
    fn a_signed_event_of_a_registered_camera_is_taken() {
        let decoded = decoded(&changed(|_| ()), &registry()).expect("event");
        assert_eq!(decoded.id, event().id);
    }

    #[test]
    fn every_way_of_being_wrong_has_its_own_reason() {
        use DeadLetterReason as Reason;
        type Change = fn(&mut RawRecord);
        let cases: [(Reason, Change); 16] = [
            (Reason::TooLarge, |r| r.value = vec![0; BYTES_MAX + 1].into()),
            (Reason::BadSignatureHeader, |r| r.headers.retain(|h| h.name != SIGNATURE_HEADER)),
            (Reason::BadSignatureHeader, |r| r.headers.push(RecordHeader::text(SIGNATURE_HEADER, "v1;a;b"))),
            (Reason::BadSignatureHeader, |r| set_header(r, SIGNATURE_HEADER, "v2;key-1;AAAA")),
            (Reason::UnknownKey, |r| {
                let other = EventSignature::sign(KeyId::parse("key-2").expect("id"), &[7; 32], &r.value);
                set_header(r, SIGNATURE_HEADER, &other.to_header());
            }),
            (Reason::BadSignature, |r| r.value = [r.value.as_ref(), b"\x12\0"].concat().into()),
            (Reason::Malformed, |r| {
                r.value = Bytes::from_static(b"no event");
                let signed = EventSignature::sign(KeyId::parse("key-1").expect("id"), &[7; 32], &r.value);
                set_header(r, SIGNATURE_HEADER, &signed.to_header());
            }),
            (Reason::UnknownVersion, |r| set_header(r, "ce_type", "rasid.camera.v2.CameraEvent")),
            (Reason::UnknownVersion, |r| set_header(r, "ce_specversion", "2.0")),
            (Reason::UnknownVersion, |r| set_header(r, "content-type", "application/json")),
            (Reason::HeaderMismatch, |r| r.headers.retain(|h| h.name != "ce_id")),
            (Reason::HeaderMismatch, |r| set_header(r, "ce_id", "another")),
            (Reason::HeaderMismatch, |r| set_header(r, "ce_source", "//another")),
            (Reason::HeaderMismatch, |r| set_header(r, "ce_time", "2001-01-01T00:00:00Z")),
            (Reason::HeaderMismatch, |r| r.key = None),
            (Reason::HeaderMismatch, |r| r.key = Some(Bytes::from_static(b"another"))),
        ];
        for (expected, change) in cases {
            assert_eq!(reason(&changed(change), &registry()), Some(expected));
        }
    }

    #[test]
    fn a_key_counts_only_for_its_camera_and_by_the_time_of_receipt() {
        use DeadLetterReason as Reason;
        let good = changed(|_| ());
        let with = |change: fn(&mut CameraKey)| KeyRegistry::new([event().camera], [key(change)]);
        let other = with(|k| k.camera = CameraId::parse("another").expect("id"));
        assert_eq!(reason(&good, &other), Some(Reason::KeyOfOtherCamera));
        // The event itself was captured long before: what counts is the receipt.
        let revoked = with(|k| k.revoked_at = Some(received_at()));
        assert_eq!(reason(&good, &revoked), Some(Reason::KeyNotValid));
        let expired = with(|k| k.valid_until = Some(received_at()));
        assert_eq!(reason(&good, &expired), Some(Reason::KeyNotValid));
        let revoked_later = with(|k| k.revoked_at = Some(received_at() + TimeDelta::nanoseconds(1)));
        assert_eq!(reason(&good, &revoked_later), None);
        let unregistered = KeyRegistry::new([], [key(|_| ())]);
        assert_eq!(reason(&good, &unregistered), Some(Reason::UnknownCamera));
    }
}
