//! Any text as a reference, a plate, an id, a key, a date: taken or refused, never a panic; what is taken reads back from
//! its own form, and marks that nobody sees change nothing.
//!
//! `.ci/fuzz names 600` builds it and lets it run so many seconds.
#![no_main]

use adjudicate::access::key::ApiKey;
use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;
use schemas::attachment::AttachmentMediaType;
use schemas::ids::{CameraId, EventId, EventSource, KeyId, ReviewTaskId, ReviewerId, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::stated_date::StatedDate;
use schemas::objection::{GroundCode, Story};
use schemas::plate::PlateNumber;
use schemas::reference::{ObjectionReference, ViolationReference};

fn shown(text: &str) -> String {
    format!("\u{2066}{text}\u{2069}\u{200B}")
}

fn references(text: &str) {
    if let Ok(reference) = ViolationReference::parse(text) {
        assert_eq!(ViolationReference::parse(&reference.to_string()).as_ref(), Ok(&reference));
        assert_eq!(ViolationReference::parse(&shown(text)).as_ref(), Ok(&reference));
        assert!(ObjectionReference::parse(text).is_err(), "one text is both kinds of reference");
    }
    if let Ok(reference) = ObjectionReference::parse(text) {
        assert_eq!(ObjectionReference::parse(&shown(&reference.to_string())), Ok(reference));
    }
}

/// A key has no zeros in front, a plate may print some: the keys are the same, not the plates.
fn same_key(key: &str, plate: &PlateNumber) {
    let again = PlateNumber::parse_key(key).map(|again| again.key());
    assert_eq!(again.as_deref(), Ok(plate.key().as_str()), "{plate:?}");
}

fn plates(text: &str) {
    if let Ok(plate) = PlateNumber::parse_key(text) {
        same_key(&plate.key(), &plate);
        assert_eq!(PlateNumber::parse_key(&shown(text)), Ok(plate));
    }
    let (letters, digits) = text.split_once('\n').unwrap_or((text, ""));
    for jurisdiction in Jurisdiction::ALL {
        if let Ok(plate) = PlateNumber::parse_typed(jurisdiction, letters, digits) {
            same_key(&plate.key(), &plate);
            let again = PlateNumber::parse(jurisdiction, plate.letters(), plate.digits());
            assert_eq!(again, Ok(plate));
        }
        let _ = PlateNumber::parse(jurisdiction, letters, digits);
    }
    let _ = PlateNumber::parse_saudi_latin(letters, digits);
}

fuzz_target!(|bytes: &[u8]| {
    let _ = AttachmentMediaType::of(bytes);
    let Ok(text) = str::from_utf8(bytes) else { return };
    references(text);
    plates(text);
    let _ = (CameraId::parse(text), EventId::parse(text), EventSource::parse(text), KeyId::parse(text));
    let _ = (SiteId::parse(text), ReviewerId::parse(text), text.parse::<ReviewTaskId>());
    let _ = (text.parse::<ApiKey>().is_ok(), text.parse::<GroundCode>(), Story::parse(text));
    let _ = StatedDate::parse(text).and_then(|date| date.not_far_after(NaiveDate::MIN));
});
