//! Tests of `read`.

use super::*;
use crate::model_card::Models;

const FRAME: Edges = Edges { left: 0.0, top: 0.0, right: 640.0, bottom: 480.0 };

/// Scores that spell `text`, each character on a step of its own with a blank after it.
fn spelled(text: &str, contract: &ReadContract, sureness: f32) -> StepProbabilities {
    let classes = contract.classes();
    let mut scores = vec![0.0; contract.output.steps * classes];
    let places: Vec<usize> =
        text.chars().map(|c| contract.alphabet.iter().position(|a| *a == c).unwrap() + 1).collect();
    for step in 0..contract.output.steps {
        let class = if step % 2 == 0 { places.get(step / 2).copied().unwrap_or(0) } else { 0 };
        scores[step * classes + class] = sureness;
    }
    StepProbabilities::from_scores(&scores, classes, 1.0)
}

fn read_spelled(jurisdiction: Jurisdiction, texts: &[&str], sureness: f32) -> Option<PlateRead> {
    read_suspected(jurisdiction, texts, sureness, (false, 0.0))
}

/// The same of a plate that the locator may call foreign, on rows that are none of ours with some probability.
fn read_suspected(
    jurisdiction: Jurisdiction,
    texts: &[&str],
    sureness: f32,
    (is_foreign, other): (bool, f32),
) -> Option<PlateRead> {
    let contract = Models::load(None).unwrap().read;
    let edges = Edges { left: 10.0, top: 20.0, right: 110.0, bottom: 70.0 };
    let plate = LocatedPlate { is_foreign, ..LocatedPlate::upright(edges, jurisdiction, 0.9) };
    let rows: Vec<RowScores> = rows_of(jurisdiction, &contract)
        .into_iter()
        .zip(texts)
        .map(|(layout, text)| RowScores {
            layout,
            place: RowPlace::Upright(edges),
            first: RowReading {
                steps: spelled(text, &contract, sureness),
                suspicions: Suspicions { other, ..Suspicions::default() },
            },
            further: Vec::new(),
        })
        .collect();
    read(&plate, &rows, FRAME, &contract)
}

fn read_surely(jurisdiction: Jurisdiction, texts: &[&str]) -> PlateRead {
    read_spelled(jurisdiction, texts, 20.0).unwrap()
}

#[test]
fn egyptian_letters_come_in_arabic_reading_order() {
    let read = read_surely(Jurisdiction::Egypt, &["٧١٢٦نطس"]);
    let plate = read.plate.clone().unwrap();
    assert_eq!((plate.letters(), plate.digits()), ("سطن", "7126"));
    let characters: String = read.characters.iter().map(|c| c.character).collect();
    assert_eq!(characters, "سطن7126");
    assert!(read.may_issue_automatically(), "{:?}", read.flags);
}

#[test]
fn saudi_rows_that_agree_give_one_plate_with_both_rows_characters() {
    let read = read_surely(Jurisdiction::SaudiArabia, &["١٢٣٤طنح", "1234TNJ"]);
    let plate = read.plate.clone().unwrap();
    assert_eq!((plate.letters(), plate.latin_letters().as_str()), ("حنط", "TNJ"));
    let characters: String = read.characters.iter().map(|c| c.character).collect();
    assert_eq!(characters, "TNJ1234طنح1234");
    assert!(read.may_issue_automatically(), "{:?}", read.flags);
}

#[test]
fn saudi_rows_that_differ_are_flagged_and_never_sure() {
    let read = read_surely(Jurisdiction::SaudiArabia, &["١٢٣٤طنح", "1234TNB"]);
    assert!(read.flags.contains(&ReadFlag::RowsDisagree));
    assert!(read.confidence.value() < 0.6, "{:?}", read.confidence);
    assert_eq!(read.raw, "حنط1234 / بنط1234");
}

#[test]
fn the_latin_row_seen_twice_is_no_agreement() {
    let read = read_surely(Jurisdiction::SaudiArabia, &["1234TNJ", "1234TNJ"]);
    assert!(read.flags.contains(&ReadFlag::RowsDisagree));
}

#[test]
fn a_read_outside_the_grammar_is_kept_as_it_is() {
    let read = read_surely(Jurisdiction::Egypt, &["٧٠٢٦نطس"]);
    assert_eq!(read.plate, None);
    assert_eq!(read.raw, "سطن7026");
    assert!(read.flags.contains(&ReadFlag::OutOfGrammar));
}

#[test]
fn what_is_likelier_wrong_than_right_is_put_forward_only_where_two_rows_contradict_each_other() {
    let contract = Models::load(None).unwrap().read;
    let at = |confidence, read: &PlateRead| {
        let confidence = Confidence::new(confidence).unwrap();
        is_put_forward(&PlateRead { confidence, ..read.clone() }, FRAME, &contract)
    };
    let alone = read_surely(Jurisdiction::Egypt, &["٧١٢٦نطس"]);
    assert!(at(0.5, &alone) && !at(0.45, &alone));
    let contradicting = read_surely(Jurisdiction::SaudiArabia, &["١٢٣٤طنح", "1234TNB"]);
    assert!(at(0.45, &contradicting) && !at(0.35, &contradicting));
}

#[test]
fn a_plate_that_goes_on_beyond_the_frame_is_put_forward_only_where_it_is_sure() {
    let contract = Models::load(None).unwrap().read;
    let at = |x, confidence| {
        let read = read_surely(Jurisdiction::Egypt, &["٧١٢٦نطس"]);
        let position = PixelBox { x, ..read.position };
        let confidence = Confidence::new(confidence).unwrap();
        is_put_forward(&PlateRead { position, confidence, ..read }, FRAME, &contract)
    };
    assert!(at(0, 0.95) && !at(0, 0.9) && at(10, 0.9));
    assert!(!at(540, 0.9), "100 pixels wide at the right border of 640");
}

#[test]
fn doubtful_scores_give_little_confidence() {
    let read = read_spelled(Jurisdiction::Egypt, &["٧١٢٦نطس"], 5.0).unwrap();
    assert!(read.confidence.value() < 0.3, "{:?}", read.confidence);
    assert!(read.flags.contains(&ReadFlag::LowConfidence));
}

#[test]
fn every_look_at_a_row_counts_alike() {
    let contract = Models::load(None).unwrap().read;
    let edges = Edges { left: 10.0, top: 20.0, right: 110.0, bottom: 70.0 };
    let plate = LocatedPlate::upright(edges, Jurisdiction::Egypt, 0.9);
    let reading = |text, altered| RowReading {
        steps: spelled(text, &contract, 20.0),
        suspicions: Suspicions { altered, ..Suspicions::default() },
    };
    let row = RowScores {
        layout: rows_of(Jurisdiction::Egypt, &contract)[0],
        place: RowPlace::Upright(edges),
        first: reading("٧١٢٦نطس", 0.9),
        further: vec![reading("٧٢٦نطس", 0.0); 2],
    };
    assert!((row.suspicions().altered - 0.3).abs() < 1e-6);
    let read = read(&plate, &[row], FRAME, &contract).unwrap();
    assert_eq!(read.plate.unwrap().digits(), "726");
    assert!((read.confidence.value() - 2.0 / 3.0).abs() < 0.01, "{:?}", read.confidence);
}

#[test]
fn only_a_plate_that_both_nets_call_foreign_is_given_no_number() {
    let of = |foreign| read_suspected(Jurisdiction::Egypt, &["٧١٢٦نطس"], 20.0, foreign).unwrap();
    let both = of((true, 0.99));
    assert_eq!((both.plate, both.raw.as_str()), (None, "سطن7126"));
    let one = of((true, 0.0));
    assert!(one.plate.is_some() && one.flags.contains(&ReadFlag::Foreign));
    let other = of((false, 0.99));
    assert!(other.plate.is_some() && other.flags.contains(&ReadFlag::Foreign));
}

#[test]
fn a_character_of_a_turned_row_lies_between_the_rows_corners() {
    let corners = [(100.0, 100.0), (200.0, 150.0), (180.0, 190.0), (80.0, 140.0)];
    let row = RowPlace::Turned(Corners(corners.map(|(x, y)| schemas::frame::PixelPoint { x, y })));
    let place = row.between(0.5, 1.0, FRAME);
    assert_eq!(place, PixelBox { x: 130, y: 125, width: 70, height: 65 });
}

#[test]
fn digits_alone_are_no_read_of_a_plate() {
    assert_eq!(read_spelled(Jurisdiction::Egypt, &["٧١٢٦"], 20.0), None);
    assert_eq!(read_spelled(Jurisdiction::Egypt, &[""], 20.0), None);
}
