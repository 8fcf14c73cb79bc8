//! What the frames of one event must show before the machine may issue.

use crate::assess_tests::{reasons, spoilt};
use crate::plate::frames::FrameReading;
use crate::samples::{Sample, class_reading, frame, plate, plate_read, read};
use schemas::assessment::ManualCheckReason;
use schemas::camera_event::{FrameRole, Vehicle};
use schemas::frame::PixelBox;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_read::{Confidence, PlateRead, ReadFlag};
use schemas::vehicle_class::VehicleClass;
use std::collections::BTreeSet;

fn other_plate() -> PlateNumber {
    PlateNumber::parse_saudi_latin("TNX", "1234").unwrap()
}

#[test]
fn one_look_is_not_enough_even_if_it_was_sent_twice() {
    let single = reasons(|sample| {
        sample.event.frames.truncate(1);
        sample.readings.truncate(1);
    });
    assert_eq!(single, [ManualCheckReason::TooFewFrames]);
    let twice = reasons(|sample| sample.event.frames[1].sha256 = sample.event.frames[0].sha256);
    assert_eq!(twice, [ManualCheckReason::TooFewFrames]);
    let surroundings = reasons(|sample| sample.event.frames[1].role = FrameRole::Context);
    assert_eq!(surroundings, [ManualCheckReason::TooFewFrames]);
}

#[test]
fn frames_that_show_different_plates_go_to_a_person() {
    let two = reasons(|sample| sample.readings[1] = read(other_plate()));
    assert_eq!(two, [ManualCheckReason::TooFewFrames, ManualCheckReason::FramesDisagree]);
    let check = spoilt(|sample| {
        sample.event.frames.push(frame("third", FrameRole::Second));
        sample.readings.push(read(other_plate()));
    })
    .manual_check();
    assert_eq!(check.reasons, BTreeSet::from([ManualCheckReason::FramesDisagree]));
    assert_eq!(check.plate, Some(plate(Jurisdiction::SaudiArabia)));
}

#[test]
fn a_third_frame_that_could_only_not_be_read_does_not_matter() {
    let third = |reading: FrameReading| {
        spoilt(|sample| {
            sample.event.frames.push(frame("third", FrameRole::Second));
            sample.readings.push(reading);
        })
    };
    third(FrameReading::ModelFailure).violation();
    third(FrameReading::Read(Vec::new())).violation();
    let mut dim = plate_read(plate(Jurisdiction::SaudiArabia));
    dim.flags.insert(ReadFlag::LowConfidence);
    third(FrameReading::Read(vec![dim.clone()])).violation();
    dim.flags.insert(ReadFlag::TamperSuspect);
    let tampered = third(FrameReading::Read(vec![dim])).reasons();
    assert_eq!(tampered, [ManualCheckReason::TamperSuspect]);
}

/// A view at some plate, its second digit of the confidence `second`, all others of `others`.
fn dim(plate: PlateNumber, whole: f32, second: f32, others: f32) -> PlateRead {
    let sure = |value| Confidence::new(value).unwrap();
    let mut read = plate_read(plate);
    read.confidence = sure(whole);
    read.characters.iter_mut().for_each(|one| one.confidence = sure(others));
    read.characters[4].confidence = sure(second);
    read.flags.insert(ReadFlag::LowConfidence);
    read
}

/// The plate of the sample but for its second digit.
fn misread() -> PlateNumber {
    PlateNumber::parse_saudi_latin("TNJ", "1734").unwrap()
}

fn with_third(third: PlateRead) -> Sample {
    spoilt(|sample| {
        sample.event.frames.push(frame("third", FrameRole::Second));
        sample.readings.push(FrameReading::Read(vec![third]));
    })
}

#[test]
fn one_wrong_character_in_a_doubtful_look_makes_no_doubt_and_a_sure_one_does() {
    let issued = with_third(dim(misread(), 0.4, 0.6, 0.95)).violation();
    assert_eq!(issued.plate, plate(Jurisdiction::SaudiArabia));
    let sure = with_third(dim(misread(), 0.4, 0.85, 0.95)).manual_check();
    assert_eq!(sure.reasons, BTreeSet::from([ManualCheckReason::FramesDisagree]));
    assert_eq!(sure.plate, Some(plate(Jurisdiction::SaudiArabia)));
}

#[test]
fn three_early_blurred_looks_lose_against_one_late_sharp_one_and_a_person_looks() {
    let sample = spoilt(|sample| {
        let blurred = dim(misread(), 0.25, 0.7, 0.8);
        let early = ["one", "two", "three"].map(|content| frame(content, FrameRole::Second));
        sample.event.frames.splice(0..1, early);
        sample.readings.splice(0..1, [(); 3].map(|()| FrameReading::Read(vec![blurred.clone()])));
    });
    let check = sample.manual_check();
    assert_eq!(check.plate, Some(plate(Jurisdiction::SaudiArabia)));
    let expected = [ManualCheckReason::LowConfidence, ManualCheckReason::TooFewFrames];
    assert_eq!(check.reasons, BTreeSet::from(expected));
    let step = check.calculation.steps.iter().find(|step| step.rule == "plate.guess").unwrap();
    assert!(step.english.starts_with("The readings of 4 pictures were added up"), "{}", step.english);
    assert!(step.arabic.starts_with("جُمعت قراءات ٤ صور حرفًا حرفًا"), "{}", step.arabic);
}

#[test]
fn the_same_bytes_sent_three_times_have_one_vote() {
    let often = |contents: [&str; 3]| {
        let sample = spoilt(|sample| {
            let early = contents.map(|content| frame(content, FrameRole::Second));
            sample.event.frames.splice(0..1, early);
            let read = dim(misread(), 0.85, 0.79, 0.79);
            sample.readings.splice(0..1, [(); 3].map(|()| FrameReading::Read(vec![read.clone()])));
            sample.read_of(3).confidence = Confidence::new(0.9).unwrap();
        });
        sample.manual_check().plate
    };
    assert_eq!(often(["one", "two", "three"]), Some(misread()));
    assert_eq!(often(["one"; 3]), Some(plate(Jurisdiction::SaudiArabia)));
}

#[test]
fn every_flag_of_a_read_stops_the_machine() {
    let expected = [
        (ReadFlag::LowConfidence, ManualCheckReason::LowConfidence),
        (ReadFlag::RowsDisagree, ManualCheckReason::RowsDisagree),
        (ReadFlag::TamperSuspect, ManualCheckReason::TamperSuspect),
        (ReadFlag::OutOfGrammar, ManualCheckReason::OutOfGrammar),
        (ReadFlag::SpecialSeries, ManualCheckReason::SpecialSeries),
        (ReadFlag::Foreign, ManualCheckReason::ForeignPlate),
        (ReadFlag::Occluded, ManualCheckReason::Occluded),
        (ReadFlag::SeveralPlates, ManualCheckReason::SeveralPlates),
        (ReadFlag::ClassMismatch, ManualCheckReason::ClassMismatch),
    ];
    assert_eq!(expected.map(|(flag, _)| flag), ReadFlag::ALL);
    for (flag, reason) in expected {
        let found = reasons(|sample| {
            sample.read_of(1).flags.insert(flag);
        });
        assert_eq!(found, [reason]);
    }
}

#[test]
fn a_sure_colour_that_the_cameras_vehicle_does_not_carry_goes_to_a_person() {
    let seen = |word: &str, class: VehicleClass, confidence: f32| {
        let mut sample = Sample::speeding(Jurisdiction::Egypt);
        let (colour, make) = (String::new(), String::new());
        sample.event.vehicle = Some(Vehicle { class: word.to_owned(), colour, make, position: None });
        sample.read_of(1).class = Some(class_reading(class, confidence));
        sample
    };
    assert_eq!(seen("car", VehicleClass::Goods, 0.96).reasons(), [ManualCheckReason::ClassMismatch]);
    seen("car", VehicleClass::Goods, 0.94).violation();
    seen("car", VehicleClass::Taxi, 0.99).violation();
    seen("truck", VehicleClass::Goods, 0.99).violation();
}

#[test]
fn a_plate_that_may_be_of_police_or_diplomats_is_never_issued_on_whatever_else_is_sure() {
    let seen = |class, confidence, other: Option<(VehicleClass, f32)>| {
        spoilt(|sample| {
            let mut reading = class_reading(class, confidence);
            let other = other.map(|(class, value)| (class, Confidence::new(value).unwrap()));
            reading.alternatives.extend(other);
            sample.read_of(1).class = Some(reading);
        })
    };
    for class in VehicleClass::ALL {
        if class.is_official() {
            let private = VehicleClass::Private;
            assert_eq!(seen(class, 0.5, None).reasons(), [ManualCheckReason::OfficialPlate], "{class}");
            let second = seen(private, 0.94, Some((class, 0.01)));
            assert_eq!(second.reasons(), [ManualCheckReason::OfficialPlate], "{class}");
            seen(private, 0.96, Some((class, 0.009))).violation();
        } else {
            seen(class, 0.99, None).violation();
        }
    }
}

#[test]
fn a_read_or_character_below_its_floor_stops_the_machine() {
    let low = |value| Confidence::new(value).unwrap();
    spoilt(|sample| sample.read_of(0).confidence = low(0.9)).violation();
    assert_eq!(
        reasons(|sample| sample.read_of(0).confidence = low(0.899)),
        [ManualCheckReason::LowConfidence]
    );
    assert_eq!(
        reasons(|sample| sample.read_of(1).characters[3].confidence = low(0.79)),
        [ManualCheckReason::LowConfidence]
    );
}

#[test]
fn what_was_not_read_is_told_apart() {
    let readings =
        |reading: &FrameReading| reasons(|sample| sample.readings = vec![reading.clone(), reading.clone()]);
    assert_eq!(readings(&FrameReading::Read(Vec::new())), [ManualCheckReason::NoPlate]);
    assert_eq!(readings(&FrameReading::ModelFailure), [ManualCheckReason::ModelFailure]);
    // No Saudi plate has that letter.
    let mut no_plate = plate_read(other_plate());
    no_plate.characters[0].character = 'ج';
    no_plate.plate = None;
    assert_eq!(readings(&FrameReading::Read(vec![no_plate])), [ManualCheckReason::OutOfGrammar]);
    assert_eq!(reasons(|sample| sample.readings.clear()), [ManualCheckReason::ModelFailure]);
}

#[test]
fn a_plate_of_the_other_country_or_of_a_special_series_goes_to_a_person() {
    let egyptian = plate(Jurisdiction::Egypt);
    let other = reasons(|sample| sample.readings = vec![read(egyptian.clone()), read(egyptian)]);
    assert_eq!(other, [ManualCheckReason::JurisdictionDiffers]);
    let special = PlateNumber::parse(Jurisdiction::Egypt, "س", "2").unwrap();
    let mut sample = Sample::speeding(Jurisdiction::Egypt);
    sample.readings = vec![read(special.clone()), read(special)];
    assert_eq!(sample.reasons(), [ManualCheckReason::SpecialSeries]);
}

/// Both frames show the plate of the sample and, further right, another one.
fn two_cars() -> Sample {
    spoilt(|sample| {
        let mut other = plate_read(other_plate());
        other.position.x = 900;
        other.flags.insert(ReadFlag::SeveralPlates);
        for index in 0..2 {
            sample.read_of(index).flags.insert(ReadFlag::SeveralPlates);
        }
        for reading in &mut sample.readings {
            match reading {
                FrameReading::Read(reads) => reads.push(other.clone()),
                FrameReading::ModelFailure => panic!("the sample is read"),
            }
        }
    })
}

#[test]
fn with_several_plates_the_cameras_box_says_which_vehicle_is_meant() {
    let mut sample = two_cars();
    assert_eq!(sample.reasons(), [ManualCheckReason::SeveralPlates]);
    let left = PixelBox { x: 300, y: 300, width: 400, height: 300 };
    sample.event.frames[0].vehicle = Some(left);
    assert_eq!(sample.reasons(), [ManualCheckReason::TooFewFrames, ManualCheckReason::SeveralPlates]);
    sample.event.frames[1].vehicle = Some(left);
    assert_eq!(sample.violation().plate, plate(Jurisdiction::SaudiArabia));
    let right = PixelBox { x: 800, ..left };
    sample.event.frames.iter_mut().for_each(|frame| frame.vehicle = Some(right));
    assert_eq!(sample.violation().plate, other_plate());
    let both = PixelBox { width: 800, ..left };
    sample.event.frames.iter_mut().for_each(|frame| frame.vehicle = Some(both));
    assert_eq!(sample.reasons(), [ManualCheckReason::SeveralPlates]);
}

#[test]
fn the_box_of_the_event_is_that_of_its_first_frame() {
    let mut sample = two_cars();
    let left = PixelBox { x: 300, y: 300, width: 400, height: 300 };
    let (class, colour, make) = (String::new(), String::new(), String::new());
    sample.event.vehicle = Some(Vehicle { class, colour, make, position: Some(left) });
    assert_eq!(sample.reasons(), [ManualCheckReason::TooFewFrames, ManualCheckReason::SeveralPlates]);
}

#[test]
fn a_plate_just_outside_the_box_is_its_vehicles_and_one_further_off_is_not() {
    let with_box = |x| {
        let vehicle = PixelBox { x, y: 300, width: 400, height: 300 };
        spoilt(|sample| sample.event.frames.iter_mut().for_each(|frame| frame.vehicle = Some(vehicle)))
    };
    // The plate's centre is at 460; the margin is 40 pixels.
    with_box(500).violation();
    assert_eq!(with_box(501).reasons(), [ManualCheckReason::NoPlate]);
}
