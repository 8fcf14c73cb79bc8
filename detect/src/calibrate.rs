//! What speaks against issuing on a read; pure. Probabilities are calibrated by the temperature of the contract,
//! which was fitted on plates that the net had not seen (`MODEL_CARD.md`).

use crate::model_card::ReadContract;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_grammar::PlateGrammar;
use schemas::plate_read::{Confidence, ReadFlag};
use std::collections::BTreeSet;

/// The flags of one read; `seen_letters` are all letters that any row's best reading holds.
#[must_use]
pub fn flags(
    jurisdiction: Jurisdiction,
    number: Option<&PlateNumber>,
    seen_letters: &str,
    rows_agree: bool,
    confidence: Confidence,
    contract: &ReadContract,
) -> BTreeSet<ReadFlag> {
    let grammar = PlateGrammar::of(jurisdiction);
    let painted =
        |letter: char| grammar.latin_of(letter).is_none() && grammar.likely_before_paint(letter).is_some();
    let found = [
        (ReadFlag::LowConfidence, confidence.value() < contract.automatic_issue_floor),
        (ReadFlag::RowsDisagree, !rows_agree),
        (ReadFlag::TamperSuspect, seen_letters.chars().any(painted)),
        (ReadFlag::OutOfGrammar, number.is_none()),
        (ReadFlag::SpecialSeries, number.is_some_and(PlateNumber::is_special_series)),
    ];
    found.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_card::Models;

    fn flags_of(letters: &str, digits: &str, confidence: f32) -> BTreeSet<ReadFlag> {
        let contract = Models::load(None).unwrap().read;
        let number = PlateNumber::parse(Jurisdiction::Egypt, letters, digits).ok();
        let confidence = Confidence::new(confidence).unwrap();
        flags(Jurisdiction::Egypt, number.as_ref(), letters, true, confidence, &contract)
    }

    #[test]
    fn a_regular_plate_read_surely_has_no_flag() {
        assert!(flags_of("سطن", "7126", 1.0).is_empty());
    }

    #[test]
    fn a_letter_that_paint_makes_is_suspected() {
        let flags = flags_of("حطن", "7126", 1.0);
        assert!(flags.contains(&ReadFlag::TamperSuspect) && flags.contains(&ReadFlag::OutOfGrammar));
    }

    #[test]
    fn a_distinguished_plate_and_a_doubtful_one_are_flagged() {
        assert_eq!(flags_of("س", "2", 1.0), BTreeSet::from([ReadFlag::SpecialSeries]));
        assert_eq!(flags_of("سطن", "7126", 0.5), BTreeSet::from([ReadFlag::LowConfidence]));
    }
}
