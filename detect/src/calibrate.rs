//! What speaks against issuing on a read; pure. Probabilities are calibrated by the temperature of the contract,
//! which was fitted on plates that the net had not seen (`MODEL_CARD.md`).

use crate::contract::{ReadContract, SuspicionDoubt, SuspicionFloors};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_grammar::PlateGrammar;
use schemas::plate_read::{Confidence, ReadFlag};
use std::collections::BTreeSet;

/// What the reader suspects beside reading, as probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Suspicions {
    /// Characters were painted or altered.
    pub altered: f32,
    /// At least one character is hidden by half or more.
    pub hidden: f32,
    /// The row is none of the country's.
    pub other: f32,
}

impl Suspicions {
    /// From the raw scores of the net, in the order altered, hidden, other.
    #[must_use]
    pub fn from_scores(scores: [f32; 3]) -> Self {
        let [altered, hidden, other] = scores.map(|score| 1.0 / (1.0 + (-score).exp()));
        Self { altered, hidden, other }
    }

    /// The mean of several readings of one row; nothing is suspected of a row that was not read.
    #[must_use]
    pub fn mean(readings: impl Iterator<Item = Self>) -> Self {
        let mut count = 0.0_f32;
        let sum = readings.inspect(|_| count += 1.0).fold(Self::default(), |sum, reading| Self {
            altered: sum.altered + reading.altered,
            hidden: sum.hidden + reading.hidden,
            other: sum.other + reading.other,
        });
        let count = count.max(1.0);
        Self { altered: sum.altered / count, hidden: sum.hidden / count, other: sum.other / count }
    }

    /// Whether a further reading might raise or clear them: the worst, measured by its floor, lies between the shares of `doubt`.
    #[must_use]
    pub fn are_doubtful(self, floors: SuspicionFloors, doubt: SuspicionDoubt) -> bool {
        let shares = [self.altered / floors.altered, self.hidden / floors.hidden, self.other / floors.other];
        let worst = shares.into_iter().fold(0.0, f32::max);
        doubt.least <= worst && worst < doubt.most
    }

    /// The worse of two rows in every respect.
    #[must_use]
    pub const fn worst(self, other: Self) -> Self {
        Self {
            altered: self.altered.max(other.altered),
            hidden: self.hidden.max(other.hidden),
            other: self.other.max(other.other),
        }
    }
}

/// All that is known of one read.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The country as which it was read.
    pub jurisdiction: Jurisdiction,
    /// The plate, if the characters fit the grammar.
    pub number: Option<&'a PlateNumber>,
    /// All letters that any row's best reading holds.
    pub seen_letters: &'a str,
    /// Whether all rows say the same.
    pub rows_agree: bool,
    /// That the whole read is exact.
    pub confidence: Confidence,
    /// The worst of any row.
    pub suspicions: Suspicions,
    /// Whether the plate has the layout of a third country.
    pub is_foreign: bool,
    /// Whether the plate reaches the border of the picture.
    pub is_cut: bool,
}

/// The flags of one read.
#[must_use]
pub fn flags(evidence: &Evidence<'_>, contract: &ReadContract) -> BTreeSet<ReadFlag> {
    let grammar = PlateGrammar::of(evidence.jurisdiction);
    let painted =
        |letter: char| grammar.latin_of(letter).is_none() && grammar.likely_before_paint(letter).is_some();
    let (seen, floors) = (evidence.suspicions, contract.suspicion_floors);
    let is_painted = evidence.seen_letters.chars().any(painted);
    let found = [
        (ReadFlag::LowConfidence, evidence.confidence.value() < contract.automatic_issue_floor),
        (ReadFlag::RowsDisagree, !evidence.rows_agree),
        (ReadFlag::TamperSuspect, is_painted || seen.altered >= floors.altered),
        (ReadFlag::OutOfGrammar, evidence.number.is_none()),
        (ReadFlag::SpecialSeries, evidence.number.is_some_and(PlateNumber::is_special_series)),
        (ReadFlag::Foreign, evidence.is_foreign || seen.other >= floors.other),
        (ReadFlag::Occluded, evidence.is_cut || seen.hidden >= floors.hidden),
    ];
    found.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_card::Models;

    /// The flags of an Egyptian read, after `change` of one without fault.
    fn flags_after(
        letters: &str,
        digits: &str,
        change: impl FnOnce(&mut Evidence<'_>),
    ) -> BTreeSet<ReadFlag> {
        let contract = Models::load(None).unwrap().read;
        let number = PlateNumber::parse(Jurisdiction::Egypt, letters, digits).ok();
        let mut evidence = Evidence {
            jurisdiction: Jurisdiction::Egypt,
            number: number.as_ref(),
            seen_letters: letters,
            rows_agree: true,
            confidence: Confidence::new(1.0).unwrap(),
            suspicions: Suspicions::default(),
            is_foreign: false,
            is_cut: false,
        };
        change(&mut evidence);
        flags(&evidence, &contract)
    }

    #[test]
    fn a_regular_plate_read_surely_has_no_flag() {
        assert!(flags_after("سطن", "7126", |_| ()).is_empty());
    }

    #[test]
    fn a_letter_that_paint_makes_is_suspected() {
        let flags = flags_after("حطن", "7126", |_| ());
        assert!(flags.contains(&ReadFlag::TamperSuspect) && flags.contains(&ReadFlag::OutOfGrammar));
    }

    #[test]
    fn a_distinguished_plate_and_a_doubtful_one_are_flagged() {
        assert_eq!(flags_after("س", "2", |_| ()), BTreeSet::from([ReadFlag::SpecialSeries]));
        let doubtful = flags_after("سطن", "7126", |read| read.confidence = Confidence::new(0.5).unwrap());
        assert_eq!(doubtful, BTreeSet::from([ReadFlag::LowConfidence]));
    }

    #[test]
    fn looks_at_a_row_count_alike() {
        let readings = [0.9, 0.0, 0.3].map(|hidden| Suspicions { hidden, ..Suspicions::default() });
        let mean = Suspicions::mean(readings.into_iter());
        assert!((mean.hidden - 0.4).abs() < 1e-6 && mean.altered == 0.0, "{mean:?}");
    }

    #[test]
    fn only_a_suspicion_about_its_floor_is_a_doubt() {
        let floors = Models::load(None).unwrap().read.suspicion_floors;
        let doubt = SuspicionDoubt { least: 0.8, most: 1.5 };
        let is_doubtful = |share: f32| {
            let altered = share * floors.altered;
            Suspicions { altered, ..Suspicions::default() }.are_doubtful(floors, doubt)
        };
        assert!(!is_doubtful(0.79) && is_doubtful(0.81) && is_doubtful(1.49) && !is_doubtful(1.51));
    }

    #[test]
    fn every_suspicion_has_its_flag_from_its_floor_on() {
        let floors = Models::load(None).unwrap().read.suspicion_floors;
        let none = Suspicions::default();
        let expected = [
            (Suspicions { altered: floors.altered, ..none }, ReadFlag::TamperSuspect),
            (Suspicions { hidden: floors.hidden, ..none }, ReadFlag::Occluded),
            (Suspicions { other: floors.other, ..none }, ReadFlag::Foreign),
        ];
        for (suspicions, flag) in expected {
            let found = flags_after("سطن", "7126", |read| read.suspicions = suspicions.worst(none));
            assert_eq!(found, BTreeSet::from([flag]));
        }
        let just_below = Suspicions { altered: floors.altered - 0.01, ..none };
        assert!(flags_after("سطن", "7126", |read| read.suspicions = just_below).is_empty());
    }

    #[test]
    fn a_plate_of_a_third_country_and_one_cut_by_the_border_are_flagged() {
        let foreign = flags_after("سطن", "7126", |read| read.is_foreign = true);
        assert_eq!(foreign, BTreeSet::from([ReadFlag::Foreign]));
        let cut = flags_after("سطن", "7126", |read| read.is_cut = true);
        assert_eq!(cut, BTreeSet::from([ReadFlag::Occluded]));
    }

    #[test]
    fn a_score_of_nothing_is_even_chances() {
        let even = Suspicions::from_scores([0.0; 3]);
        assert_eq!(even, Suspicions { altered: 0.5, hidden: 0.5, other: 0.5 });
    }
}
