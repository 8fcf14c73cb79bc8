//! The registers: whether they are filled, and whether keys and certificates of cameras hold and go on holding.

use super::facts::Facts;
use super::finding::{Check, Finding, some_of};
use super::span::{Cover, Span, cover};
use super::told::Told;
use adjudicate::stream::administration::RefusedEvents;
use chrono::{DateTime, TimeDelta, Utc};
use ingest::condition::tail::SignedRecord;
use rules::registry::{CameraKind, RegistryRows};
use schemas::camera_key::CameraKey;
use schemas::outcome::DeadLetterReason;
use std::collections::BTreeMap;

/// A camera's key that ends sooner is told.
const KEY_ENDS_SOON: TimeDelta = TimeDelta::days(14);
/// A certificate that ends sooner is told: a verification takes an appointment.
const CERTIFICATE_ENDS_SOON: TimeDelta = TimeDelta::days(30);
/// A sender that was refused within this time is still sending.
const STILL_SENDING: TimeDelta = TimeDelta::hours(1);
/// Of the checks that need the registers alone.
const HANGING: [Check; 5] = [
    Check::RegistersFilled,
    Check::CameraKeys,
    Check::CameraKeyEnds,
    Check::CameraCertificates,
    Check::CameraSigns,
];

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let database = &facts.database;
    let mut findings = match (&database.registers, &database.camera_keys) {
        (Ok(rows), Ok(keys)) => of_registers(rows, keys, facts.now),
        (Err(why), _) | (_, Err(why)) => HANGING.map(|check| Finding::not_checked(check, why.clone())).into(),
    };
    let newest = facts.kafka.as_ref().map(|kafka| kafka.newest.as_slice()).map_err(String::as_str);
    findings.extend(keys_in_use(&database.camera_keys, &newest, &database.refused, facts.now));
    findings
}

fn of_registers(rows: &RegistryRows, keys: &[CameraKey], now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = filled(rows, keys);
    let cameras = || rows.cameras.iter().map(|camera| camera.id.as_str());
    let key_spans = spans(keys.iter().map(|key| {
        let until = [key.valid_until, key.revoked_at].into_iter().flatten().min();
        (key.camera.as_str(), Span { from: key.valid_from, until })
    }));
    let certificates = spans(
        rows.certificates
            .iter()
            .map(|one| (one.camera.as_str(), Span { from: one.valid_from, until: Some(one.valid_to) })),
    );
    let import_keys = "import a key: `rasid import camera-keys FILE`";
    let without = ending(cameras(), &key_spans, now, KEY_ENDS_SOON);
    findings.push(named(Check::CameraKeys, "camera_key", &without.none, "no key holds now for", import_keys));
    findings.push(near(Check::CameraKeyEnds, "camera_key", &without.soon, "the last key ends", import_keys));
    let import = "have the instrument verified, then `rasid import certificates FILE`";
    let uncertified = ending(cameras(), &certificates, now, CERTIFICATE_ENDS_SOON);
    let (check, place) = (Check::CameraCertificates, "calibration_certificate");
    if uncertified.soon.is_empty() || !uncertified.none.is_empty() {
        findings.push(named(check, place, &uncertified.none, "no certificate is in force for", import));
    }
    if !uncertified.soon.is_empty() {
        findings.push(near(check, place, &uncertified.soon, "the last certificate ends", import));
    }
    findings.push(signs(rows, now));
    findings
}

fn filled(rows: &RegistryRows, keys: &[CameraKey]) -> Vec<Finding> {
    let is_signed = |kind: CameraKind| kind != CameraKind::RedLight;
    let needs_signs = rows.cameras.is_empty() || rows.cameras.iter().any(|camera| is_signed(camera.kind));
    let empty: Vec<(&str, &str)> = [
        ("site", "sites", rows.sites.is_empty()),
        ("camera", "cameras", rows.cameras.is_empty()),
        ("camera_key", "camera-keys", keys.is_empty()),
        ("calibration_certificate", "certificates", rows.certificates.is_empty()),
        ("sign_state", "sign-states", rows.sign_states.is_empty() && needs_signs),
    ]
    .into_iter()
    .filter_map(|(table, command, is_empty)| is_empty.then_some((table, command)))
    .collect();
    if empty.is_empty() {
        let found =
            format!("{} sites, {} cameras, {} keys", rows.sites.len(), rows.cameras.len(), keys.len());
        return vec![Finding::good(Check::RegistersFilled, "registers", found)];
    }
    let fault = |(table, command): (&str, &str)| {
        let remedy = format!("`rasid import {command} FILE`");
        Finding::fault(Check::RegistersFilled, table, "the register is empty", remedy)
    };
    empty.into_iter().map(fault).collect()
}

fn spans<'r>(of: impl Iterator<Item = (&'r str, Span)>) -> BTreeMap<&'r str, Vec<Span>> {
    let mut spans: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (camera, span) in of {
        spans.entry(camera).or_default().push(span);
    }
    spans
}

/// Cameras for which nothing holds, and those for which it soon will not.
struct Ending {
    none: Vec<String>,
    soon: Vec<String>,
}

fn ending<'r>(
    cameras: impl Iterator<Item = &'r str>,
    spans: &BTreeMap<&str, Vec<Span>>,
    now: DateTime<Utc>,
    soon: TimeDelta,
) -> Ending {
    let mut ending = Ending { none: Vec::new(), soon: Vec::new() };
    for camera in cameras {
        match cover(spans.get(camera).map_or(&[], Vec::as_slice), now) {
            Cover::None => ending.none.push(camera.to_owned()),
            Cover::Until(end) if end < now + soon => {
                ending.soon.push(format!("{camera} on {}", end.format("%Y-%m-%d")));
            }
            Cover::Until(_) | Cover::Always => {}
        }
    }
    ending
}

fn named(check: Check, place: &str, cameras: &[String], what: &str, remedy: &str) -> Finding {
    match cameras {
        [] => Finding::good(check, place, "one holds for every camera"),
        _ => Finding::fault(check, place, format!("{what} {}", some_of(cameras)), remedy),
    }
}

fn near(check: Check, place: &str, cameras: &[String], what: &str, remedy: &str) -> Finding {
    match cameras {
        [] => Finding::good(check, place, "none ends soon"),
        _ => Finding::warning(check, place, format!("{what}: {}", some_of(cameras)), remedy),
    }
}

fn signs(rows: &RegistryRows, now: DateTime<Utc>) -> Finding {
    let (check, place) = (Check::CameraSigns, "sign_state");
    let measuring = rows.cameras.iter().filter(|camera| camera.kind != CameraKind::RedLight);
    let mut unknown: Vec<String> = measuring
        .flat_map(|camera| &camera.sites)
        .filter(|site| {
            let states = rows.sign_states.iter().filter(|state| state.site == **site);
            let spans: Vec<Span> = states.map(|state| Span { from: state.from, until: state.to }).collect();
            cover(&spans, now) == Cover::None
        })
        .map(|site| site.as_str().to_owned())
        .collect();
    unknown.sort();
    unknown.dedup();
    if unknown.is_empty() {
        return Finding::good(check, place, "known for every site where speed is measured");
    }
    let found = format!("no state is known now at {}: every act there goes to a person", some_of(&unknown));
    Finding::warning(check, place, found, "`rasid import sign-states FILE`")
}

/// Keys that cameras use although they do not count: by the newest event of each camera, and by what was refused lately.
fn keys_in_use(
    keys: &Told<Vec<CameraKey>>,
    newest: &Result<&[SignedRecord], &str>,
    refused: &Told<Vec<RefusedEvents>>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let check = Check::CameraKeysInUse;
    let mut findings = Vec::new();
    if let (Ok(keys), Ok(newest)) = (keys, newest) {
        findings.extend(latest_of_each(newest).filter_map(|record| of_record(keys, record, now)));
    }
    if let Ok(refused) = refused {
        findings.extend(refused.iter().filter_map(|events| of_refused(events, now)));
    }
    if findings.is_empty() {
        findings.push(match (keys, newest, refused) {
            (Ok(_), Ok(_), Ok(_)) => {
                Finding::good(check, "camera_key", "the newest events are signed by keys that hold")
            }
            (Err(why), _, _) | (_, _, Err(why)) => Finding::not_checked(check, why.clone()),
            (_, Err(why), _) => Finding::not_checked(check, *why),
        });
    }
    findings
}

fn latest_of_each(newest: &[SignedRecord]) -> impl Iterator<Item = &SignedRecord> {
    let mut latest: BTreeMap<&str, &SignedRecord> = BTreeMap::new();
    for record in newest {
        let held = latest.entry(&record.camera).or_insert(record);
        if held.appended_at < record.appended_at {
            *held = record;
        }
    }
    latest.into_values()
}

fn of_record(keys: &[CameraKey], record: &SignedRecord, now: DateTime<Utc>) -> Option<Finding> {
    let (check, camera) = (Check::CameraKeysInUse, record.camera.as_str());
    let at = record.appended_at.format("%Y-%m-%d %H:%M:%S UTC");
    let give = "give the camera a new key and import it: `rasid import camera-keys FILE`";
    let Some(key) = keys.iter().find(|key| key.id == record.key) else {
        let found = format!("its event of {at} was signed by {}, which is not registered", record.key);
        return Some(Finding::warning(
            check,
            camera,
            found,
            "register its key, or find out who sends in its name",
        ));
    };
    if key.camera.as_str() != camera {
        let found = format!("its event of {at} was signed by {}, the key of {}", record.key, key.camera);
        return Some(Finding::warning(check, camera, found, "find out who sends in its name"));
    }
    if key.is_valid_at(now) {
        return None;
    }
    let state = if key.revoked_at.is_some() { "revoked" } else { "not valid" };
    if key.is_valid_at(record.appended_at) {
        let found = format!("its last event, of {at}, was signed by {}, which is {state} since", record.key);
        return Some(Finding::warning(check, camera, found, give));
    }
    let found =
        format!("its event of {at} was signed by {}, which is {state}: its events are refused", record.key);
    Some(Finding::fault(check, camera, found, give))
}

fn of_refused(events: &RefusedEvents, now: DateTime<Utc>) -> Option<Finding> {
    let what = match DeadLetterReason::from_label(&events.reason)? {
        DeadLetterReason::KeyNotValid => "signed by a key that is revoked or has ended",
        DeadLetterReason::UnknownKey => "signed by a key that is not registered",
        DeadLetterReason::UnknownCamera => "of a camera that is not registered",
        DeadLetterReason::KeyOfOtherCamera => "signed by the key of another camera",
        DeadLetterReason::BadSignatureHeader
        | DeadLetterReason::BadSignature
        | DeadLetterReason::Malformed
        | DeadLetterReason::UnknownVersion
        | DeadLetterReason::TooLarge
        | DeadLetterReason::HeaderMismatch
        | DeadLetterReason::FrameDigestMismatch
        | DeadLetterReason::BadImage
        | DeadLetterReason::EvidenceMissing
        | DeadLetterReason::IdReused
        | DeadLetterReason::EffectRefused => return None,
    };
    let check = Check::CameraKeysInUse;
    let place = events.source.clone().unwrap_or_else(|| "dead_letter".to_owned());
    let found = format!(
        "{} events of the last day were {what}, the last at {}",
        events.count,
        events.last_at.format("%Y-%m-%d %H:%M:%S UTC")
    );
    let remedy = "give the camera a key that is registered for it: `rasid import camera-keys FILE`";
    let is_lasting =
        events.reason == DeadLetterReason::KeyNotValid.label() && events.last_at > now - STILL_SENDING;
    Some(if is_lasting {
        Finding::fault(check, place, found, remedy)
    } else {
        Finding::warning(check, place, found, remedy)
    })
}
