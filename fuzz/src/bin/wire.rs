//! Any bytes as a record of the topic: its headers, its signature, its signed bytes. Nothing panics, nothing unsigned is
//! taken, and an event that is taken survives being written and read again.
//!
//! `.ci/fuzz wire 600` builds it and lets it run so many seconds.
#![no_main]

use bytes::Bytes;
use chrono::DateTime;
use ingest::consumer::Credit;
use ingest::decode::decode;
use ingest::record::{RawRecord, RecordHeader};
use libfuzzer_sys::fuzz_target;
use schemas::camera_key::{CameraKey, KeyRegistry};
use schemas::ids::{CameraId, KeyId};
use schemas::wire::camera_event_v1::{encode, parse};
use schemas::wire::signature::{EventSignature, SIGNATURE_HEADER, public_key};
use std::sync::OnceLock;

/// Most bytes of a record, as in the configuration.
const RECORD_BYTES_MAX: usize = 1_000_000;
const PRIVATE_KEY: [u8; 32] = [7; 32];
const KEY: &str = "key-1";
const CAMERA: &str = "cam-1";
/// Names that the decoder looks for; any other is left alone.
const HEADERS: [&str; 7] =
    ["ce_id", "ce_source", "ce_type", "ce_specversion", "ce_time", "content-type", SIGNATURE_HEADER];

fn registry() -> &'static KeyRegistry {
    static REGISTRY: OnceLock<KeyRegistry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let camera = CameraId::parse(CAMERA).expect("an id");
        let key = CameraKey {
            id: KeyId::parse(KEY).expect("an id"),
            camera: camera.clone(),
            public_key: public_key(&PRIVATE_KEY),
            valid_from: DateTime::UNIX_EPOCH,
            valid_until: None,
            revoked_at: None,
        };
        KeyRegistry::new([camera], [key])
    })
}

/// A header for each line of the head, named by its first byte.
fn headers(head: &[u8]) -> Vec<RecordHeader> {
    let of_line = |line: &[u8]| {
        let (kind, value) = line.split_first()?;
        let name = HEADERS[usize::from(*kind) % HEADERS.len()];
        Some(RecordHeader { name: name.to_owned(), value: Some(Bytes::copy_from_slice(value)) })
    };
    head.split(|byte| *byte == b'\n').filter_map(of_line).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let ends = bytes.windows(2).position(|two| two == b"\n\n");
    let (head, value) = ends.map_or((&[][..], bytes), |at| (&bytes[..at], &bytes[at + 2..]));
    let value = Bytes::copy_from_slice(value);
    if let Ok(event) = parse(value.clone()) {
        let written = encode(&event);
        let again = parse(written.clone().into()).expect("what was taken can be written and read again");
        assert_eq!(encode(&again), written);
    }
    let key = Some(Bytes::from_static(CAMERA.as_bytes()));
    let record = |headers| RawRecord {
        key: key.clone(),
        value: value.clone(),
        headers,
        received_at: DateTime::UNIX_EPOCH,
        credit: Credit::unlimited(),
    };
    let sent = headers(head);
    let is_signed_by_us = sent.iter().any(|header| header.name == SIGNATURE_HEADER);
    let taken = decode(&record(sent.clone()), registry(), DateTime::UNIX_EPOCH, RECORD_BYTES_MAX);
    assert!(taken.is_err() || is_signed_by_us, "a record without a signature was taken");
    let signature = EventSignature::sign(KeyId::parse(KEY).expect("an id"), &PRIVATE_KEY, &value);
    let signed = RecordHeader::text(SIGNATURE_HEADER, signature.to_header());
    let others = sent.into_iter().filter(|header| header.name != SIGNATURE_HEADER);
    let signed = record(others.chain([signed]).collect());
    let _ = decode(&signed, registry(), DateTime::UNIX_EPOCH, RECORD_BYTES_MAX);
});
