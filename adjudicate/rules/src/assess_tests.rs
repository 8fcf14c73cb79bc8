//! One thing out of order at a time, and what the rules say of it.

use crate::plate::frames::FrameReading;
use crate::registry::{CameraKind, SignCondition, SignState};
use crate::replay::{self, Provenance};
use crate::samples::{Sample, at, class_reading, kmh, plate};
use chrono::TimeDelta;
use proptest::prelude::*;
use rust_decimal::Decimal;
use schemas::act::{SeenAct, SentAct};
use schemas::assessment::{Assessment, ManualCheckReason};
use schemas::camera_event::{Act, CapturedAt, Origin, Signal, SignalPhase};
use schemas::evidence::Sha256Digest;
use schemas::ids::{EventId, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_read::{Confidence, ReadFlag};
use schemas::vehicle_class::VehicleClass;
use std::collections::BTreeSet;

pub(crate) fn spoilt(spoil: impl FnOnce(&mut Sample)) -> Sample {
    let mut sample = Sample::speeding(Jurisdiction::SaudiArabia);
    spoil(&mut sample);
    sample
}

pub(crate) fn reasons(spoil: impl FnOnce(&mut Sample)) -> Vec<ManualCheckReason> {
    spoilt(spoil).reasons()
}

fn steps(assessment: &Assessment) -> Vec<String> {
    let calculation = match assessment {
        Assessment::NoOffence { calculation } => calculation,
        Assessment::ManualCheck(check) => &check.calculation,
        Assessment::Violation(draft) => &draft.calculation,
    };
    calculation.steps.iter().map(|step| step.rule.clone()).collect()
}

#[test]
fn a_sighting_in_order_is_a_violation_with_its_amount_and_every_step() {
    let sample = Sample::speeding(Jurisdiction::SaudiArabia);
    let violation = sample.violation();
    assert_eq!(violation.plate.key(), "SA-1234-TNJ");
    assert_eq!((violation.act_code, violation.tariff_row.as_str()), ("speed", "SA-SPEED-120-1"));
    assert_eq!(violation.amount.amount(), Decimal::from(150));
    let expected = [
        "speed.measured",
        "speed.deduction",
        "speed.excess",
        "tariff.row",
        "tariff.due",
        "gate.clock",
        "gate.certificate",
        "gate.sign",
        "gate.plate",
    ];
    assert_eq!(steps(&sample.assess()), expected);
}

#[test]
fn the_calculation_reads_well_in_both_languages() {
    let shown = |jurisdiction| {
        let violation = Sample::speeding(jurisdiction).violation();
        let lines =
            violation.calculation.steps.iter().map(|step| format!("{}\n{}", step.english, step.arabic));
        lines.collect::<Vec<_>>().join("\n").replace(['\u{2068}', '\u{2069}'], "")
    };
    assert_eq!(shown(Jurisdiction::Egypt), include_str!("tests/speeding_in_egypt.txt").trim_end());
    assert_eq!(
        shown(Jurisdiction::SaudiArabia),
        include_str!("tests/speeding_in_saudi_arabia.txt").trim_end()
    );
}

#[test]
fn no_step_names_the_plate() {
    for jurisdiction in Jurisdiction::ALL {
        let violation = Sample::speeding(jurisdiction).violation();
        let digits = [violation.plate.digits().to_owned(), "٧١٢٦".to_owned(), "١٢٣٤".to_owned()];
        for step in &violation.calculation.steps {
            let text = format!("{step:?}");
            assert!(digits.iter().all(|digits| !text.contains(digits)), "{text}");
        }
    }
}

#[test]
fn a_speed_within_the_limit_is_no_offence_whatever_else_is_wrong() {
    let sample = spoilt(|sample| {
        sample.drive("83", "80");
        sample.readings = vec![FrameReading::ModelFailure, FrameReading::Read(Vec::new())];
        sample.event.clock = None;
        sample.rows.certificates.clear();
        sample.event.captured_at = CapturedAt::ZoneUnknown { raw: "2026-05-04 13:00:00".into() };
    });
    assert!(sample.is_no_offence());
    assert_eq!(steps(&sample.assess()), ["speed.measured", "speed.deduction", "speed.within_limit"]);
}

#[test]
fn green_and_amber_are_no_offence() {
    for phase in [SignalPhase::Green, SignalPhase::Amber] {
        let mut sample = Sample::crossing_on_red(Jurisdiction::SaudiArabia);
        let signal = Some(Signal { phase, red_milliseconds: 0, amber_milliseconds: 0 });
        sample.event.act = Act::RedLight(SeenAct { signal });
        sample.readings.clear();
        assert!(sample.is_no_offence());
    }
}

#[test]
fn red_must_be_certain() {
    let with = |signal: Option<Signal>| {
        let mut sample = Sample::crossing_on_red(Jurisdiction::SaudiArabia);
        sample.event.act = Act::RedLight(SeenAct { signal });
        sample
    };
    let red = |red_milliseconds, amber_milliseconds| {
        Some(Signal { phase: SignalPhase::Red, red_milliseconds, amber_milliseconds })
    };
    assert_eq!(with(red(501, 3_000)).violation().tariff_row, "SA-RED-LIGHT");
    let unknown =
        Some(Signal { phase: SignalPhase::Unknown, red_milliseconds: 900, amber_milliseconds: 3_000 });
    for signal in [red(500, 3_000), red(1_200, 2_999), red(1_200, 0), unknown, None] {
        let check = with(signal).manual_check();
        assert_eq!(check.reasons, BTreeSet::from([ManualCheckReason::SignalUncertain]), "{signal:?}");
        assert_eq!(check.amount.map(|money| money.amount()), Some(Decimal::from(3_000)));
    }
}

#[test]
fn a_red_light_needs_no_speed_sign_but_a_clock_right_to_the_second() {
    let mut sample = Sample::crossing_on_red(Jurisdiction::SaudiArabia);
    sample.rows.sign_states.clear();
    sample.violation();
    sample.event.clock.as_mut().unwrap().offset_milliseconds = 1_001;
    assert_eq!(sample.reasons(), [ManualCheckReason::ClockOffset]);
}

#[test]
fn an_act_that_is_not_understood_goes_to_a_person_without_an_amount() {
    let act = Act::read(SentAct { code: "77".into(), ..SentAct::default() });
    let check = spoilt(|sample| sample.event.act = act).manual_check();
    assert_eq!(check.reasons, BTreeSet::from([ManualCheckReason::ActNotUnderstood]));
    assert_eq!(check.amount, None);
    assert!(check.plate.is_some());
}

#[test]
fn the_certificate_counts_at_the_instant_of_capture() {
    let expired = reasons(|sample| sample.rows.certificates[0].valid_to = at("2026-05-04T10:00:00Z"));
    assert_eq!(expired, [ManualCheckReason::CertificateExpired]);
    let missing = reasons(|sample| sample.rows.certificates.clear());
    assert_eq!(missing, [ManualCheckReason::CertificateMissing]);
    // Out of force when it is issued, but in force when it was captured.
    spoilt(|sample| sample.rows.certificates[0].valid_to = at("2026-05-04T10:00:01Z")).violation();
}

#[test]
fn the_clock_must_be_known_and_right() {
    let offset = |milliseconds| {
        spoilt(|sample| sample.event.clock.as_mut().unwrap().offset_milliseconds = milliseconds)
    };
    offset(-10_000).violation();
    assert_eq!(offset(-10_001).reasons(), [ManualCheckReason::ClockOffset]);
    assert_eq!(offset(30_000).reasons(), [ManualCheckReason::ClockOffset]);
    assert_eq!(reasons(|sample| sample.event.clock = None), [ManualCheckReason::ClockUnknown]);
    let stale = at("2026-04-20T09:59:59Z");
    let synchronised = reasons(|sample| sample.event.clock.as_mut().unwrap().synchronised_at = Some(stale));
    assert_eq!(synchronised, [ManualCheckReason::ClockUnknown]);
}

#[test]
fn the_time_of_capture_must_be_known_and_plausible() {
    let unknown = CapturedAt::ZoneUnknown { raw: "2026-05-04 13:00:00".into() };
    let check = spoilt(|sample| sample.event.captured_at = unknown).manual_check();
    assert_eq!(check.reasons, BTreeSet::from([ManualCheckReason::TimeZoneUnknown]));
    assert_eq!(check.amount, None);
    let received = |after| spoilt(|sample| sample.received_at = at("2026-05-04T10:00:00Z") + after);
    received(TimeDelta::seconds(-10)).violation();
    let implausible = [ManualCheckReason::CaptureTimeImplausible];
    assert_eq!(received(TimeDelta::seconds(-11)).reasons(), implausible);
    received(TimeDelta::hours(72)).violation();
    assert_eq!(received(TimeDelta::hours(72) + TimeDelta::seconds(1)).reasons(), implausible);
}

#[test]
fn the_sign_must_have_shown_the_cameras_limit_for_a_while() {
    let state = |condition| spoilt(|sample| sample.rows.sign_states[0].condition = condition);
    assert_eq!(state(SignCondition::Out).reasons(), [ManualCheckReason::SignOut]);
    assert_eq!(state(SignCondition::Hidden).reasons(), [ManualCheckReason::SignOut]);
    let other = SignCondition::InOrder { limit: kmh("90") };
    assert_eq!(state(other).reasons(), [ManualCheckReason::SignLimitDiffers]);
    assert_eq!(reasons(|sample| sample.rows.sign_states.clear()), [ManualCheckReason::SignStateUnknown]);
    let changed = |instant: &str| {
        spoilt(|sample| {
            let first = &mut sample.rows.sign_states[0];
            first.to = Some(at(instant));
            let second = SignState { from: at(instant), to: None, ..first.clone() };
            first.condition = SignCondition::InOrder { limit: kmh("100") };
            sample.rows.sign_states.push(second);
        })
    };
    changed("2026-05-04T09:59:00Z").violation();
    assert_eq!(changed("2026-05-04T09:59:01Z").reasons(), [ManualCheckReason::SignLimitDiffers]);
}

#[test]
fn place_and_origin_must_be_as_registered_and_live() {
    let elsewhere = reasons(|sample| sample.event.site = SiteId::parse("site-2").unwrap());
    assert_eq!(elsewhere, [ManualCheckReason::SignStateUnknown, ManualCheckReason::SiteMismatch]);
    let unfit = reasons(|sample| sample.rows.cameras[0].kind = CameraKind::RedLight);
    assert_eq!(unfit, [ManualCheckReason::CameraKindUnfit]);
    let replayed = reasons(|sample| sample.event.origin = Origin::Replay);
    assert_eq!(replayed, [ManualCheckReason::ReplayedHistory]);
}

#[test]
fn a_section_needs_its_ends_its_distance_certificate_and_a_clock_right_to_the_second() {
    let section = Sample::speeding_in_a_section;
    let violation = section("certificate-1").violation();
    assert_eq!((violation.act_code, violation.tariff_row.as_str()), ("speed", "SA-SPEED-120-1"));
    assert_eq!(section("certificate-2").reasons(), [ManualCheckReason::CertificateMissing]);
    let mut clock = section("certificate-1");
    clock.event.clock.as_mut().unwrap().offset_milliseconds = 1_001;
    assert_eq!(clock.reasons(), [ManualCheckReason::ClockOffset]);
    let without_ends = reasons(|sample| {
        let Act::Speed(act) = &mut sample.event.act else { panic!("the sample is a speed") };
        act.method = "section".into();
    });
    assert_eq!(without_ends, [ManualCheckReason::ActNotUnderstood]);
}

#[test]
fn all_doubts_are_named_together_with_plate_and_amount() {
    let check = spoilt(|sample| {
        sample.event.clock = None;
        sample.rows.certificates.clear();
        sample.rows.sign_states.clear();
        sample.read_of(0).flags.insert(ReadFlag::RowsDisagree);
    })
    .manual_check();
    let expected = [
        ManualCheckReason::RowsDisagree,
        ManualCheckReason::CertificateMissing,
        ManualCheckReason::ClockUnknown,
        ManualCheckReason::SignStateUnknown,
    ];
    assert_eq!(check.reasons, BTreeSet::from(expected));
    assert_eq!(check.plate, Some(plate(Jurisdiction::SaudiArabia)));
    assert_eq!(check.amount.map(|money| money.amount()), Some(Decimal::from(150)));
}

fn record(sample: &Sample) -> Vec<u8> {
    // In place of the signed bytes: whatever the event says is in it.
    let event_sha256 = Sha256Digest::of(format!("{:?}", sample.event).as_bytes());
    let provenance = Provenance { event_sha256, model_sha256: Sha256Digest::of(b"model") };
    sample.with_input(|input| {
        let found = crate::assess::assess(input);
        let recorded = replay::record(input, &provenance, &found).unwrap();
        let repeated = replay::repeat(&recorded.input, input.event, input.policies).unwrap();
        assert_eq!(repeated, recorded.finding, "a stored input gives another finding");
        recorded.input
    })
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_any_other_input_gives_others() {
    let sample = Sample::speeding(Jurisdiction::Egypt);
    let bytes = record(&sample);
    assert_eq!(bytes, record(&sample.clone()));
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains("\"form\":\"rasid.assessment.v3\",\"jurisdiction\":\"EG\""), "{text}");
    let changes: [fn(&mut Sample); 8] = [
        |sample| sample.event.id = EventId::parse("event-2").unwrap(),
        |sample| sample.event.frames[0].sha256 = Sha256Digest::of(b"other"),
        |sample| sample.received_at += TimeDelta::nanoseconds(1),
        |sample| sample.read_of(0).confidence = Confidence::new(0.991).unwrap(),
        |sample| sample.read_of(0).class = Some(class_reading(VehicleClass::Private, 0.5)),
        |sample| sample.rows.certificates[0].valid_to = at("2028-01-01T00:00:00Z"),
        |sample| sample.rows.sign_states[0].from = at("2020-01-01T00:00:01Z"),
        |sample| sample.drive("101", "80"),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut changed = sample.clone();
        change(&mut changed);
        assert_ne!(record(&changed), bytes, "change {index}");
    }
}

#[derive(Debug, Clone, Copy)]
struct Spoiling {
    measured: i64,
    clock: Option<i64>,
    certificate: bool,
    flag: Option<usize>,
    frames: usize,
    replayed: bool,
}

fn spoiling() -> impl Strategy<Value = Spoiling> {
    (
        1_i64..=40_000,
        prop::option::of(-20_000_i64..=20_000),
        any::<bool>(),
        prop::option::of(0..ReadFlag::ALL.len()),
        1_usize..=2,
        any::<bool>(),
    )
        .prop_map(|(measured, clock, certificate, flag, frames, replayed)| Spoiling {
            measured,
            clock,
            certificate,
            flag,
            frames,
            replayed,
        })
}

fn spoil(sample: &mut Sample, spoiling: Spoiling) {
    let Spoiling { measured, clock, certificate, flag, frames, replayed } = spoiling;
    sample.drive(&Decimal::new(measured, 2).to_string(), "80");
    match clock {
        Some(offset) => sample.event.clock.as_mut().unwrap().offset_milliseconds = offset,
        None => sample.event.clock = None,
    }
    if !certificate {
        sample.rows.certificates.clear();
    }
    if let Some(flag) = flag {
        sample.read_of(0).flags.insert(ReadFlag::ALL[flag]);
    }
    sample.readings.truncate(frames);
    if replayed {
        sample.event.origin = Origin::Replay;
    }
}

proptest! {
    #[test]
    fn a_violation_is_issued_only_when_everything_is_in_order(spoiling in spoiling()) {
        for jurisdiction in Jurisdiction::ALL {
            let mut sample = Sample::speeding(jurisdiction);
            spoil(&mut sample, spoiling);
            let in_order = spoiling.clock.is_some_and(|offset| offset.abs() <= 10_000)
                && spoiling.certificate
                && spoiling.flag.is_none()
                && spoiling.frames == 2
                && !spoiling.replayed;
            match sample.assess() {
                Assessment::NoOffence { .. } => prop_assert!(spoiling.measured <= 9_300),
                Assessment::ManualCheck(check) => {
                    prop_assert!(!in_order && !check.reasons.is_empty());
                }
                Assessment::Violation(draft) => {
                    prop_assert!(in_order && spoiling.measured > 8_300);
                    prop_assert!(draft.amount_min.amount() <= draft.amount.amount());
                    prop_assert!(draft.amount.amount() <= draft.amount_max.amount());
                }
            }
            prop_assert_eq!(record(&sample), record(&sample));
        }
    }
}
