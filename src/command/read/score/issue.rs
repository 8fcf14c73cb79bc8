//! What the automatic-issue floor lets through: how many readable plates, and how many of those wrongly; pure.
//!
//! This is of one picture alone; the pipeline asks for two looks that agree as well.

use super::matching::{ScoredPicture, ScoredRead};
use super::resample::{Proportion, share};
use serde::Serialize;
use std::collections::BTreeMap;

/// Chance that a true rate lies above its bound.
const SIGNIFICANCE: f64 = 0.05;
/// Halvings of the interval in which a bound is sought: to 15 digits.
const BISECTIONS: usize = 50;

/// Coverage and errors.
#[derive(Debug, Serialize)]
pub(in super::super) struct AutomaticIssue {
    /// Plates with a readable label that would be issued, of all of them.
    pub(super) coverage: Proportion,
    /// Those issued that were read wrongly.
    pub(super) wrong: usize,
    /// The true share of wrong ones among those issued is below this, with 95 % confidence.
    pub(super) wrong_share_at_most_95: f64,
    /// The same where pictures of one plate count once.
    pub(super) wrong_plates: usize,
    /// Distinct plates issued at least once.
    pub(super) issued_plates: usize,
    /// As `wrong_share_at_most_95`.
    pub(super) wrong_plates_share_at_most_95: f64,
}

impl AutomaticIssue {
    pub(super) fn of(pictures: &[ScoredPicture]) -> Self {
        let labelled = pictures.iter().flat_map(|picture| &picture.plates);
        let readable: Vec<(String, Option<&ScoredRead>)> = labelled
            .filter_map(|plate| {
                let issued = plate.read.as_ref().filter(|read| read.is_automatic);
                Some((plate.label.as_ref()?.key(), issued))
            })
            .collect();
        let mut wrong_of_plate: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, read) in &readable {
            if let Some(read) = read {
                *wrong_of_plate.entry(key).or_default() += usize::from(!read.is_exact);
            }
        }
        let coverage = Proportion::over(
            readable.iter().map(|(key, issued)| (key.clone(), usize::from(issued.is_some()), 1)),
        );
        let wrong = wrong_of_plate.values().sum();
        let wrong_plates = wrong_of_plate.values().filter(|wrong| **wrong > 0).count();
        Self {
            wrong,
            wrong_share_at_most_95: upper_bound(wrong, coverage.part),
            wrong_plates,
            issued_plates: wrong_of_plate.len(),
            wrong_plates_share_at_most_95: upper_bound(wrong_plates, wrong_of_plate.len()),
            coverage,
        }
    }
}

/// The one-sided exact upper bound of a rate of which `wrong` of `all` were seen (Clopper and Pearson 1934). With none
/// wrong it is about 3 / `all`, the rule of three.
fn upper_bound(wrong: usize, all: usize) -> f64 {
    if wrong >= all {
        return 1.0;
    }
    let (mut low, mut high) = (share(wrong, all), 1.0);
    for _ in 0..BISECTIONS {
        let rate = f64::midpoint(low, high);
        if at_most(wrong, all, rate) > SIGNIFICANCE {
            low = rate;
        } else {
            high = rate;
        }
    }
    high
}

/// Chance of at most `wrong` of `all` when each is wrong with this rate, above 0 and below 1.
#[expect(clippy::cast_precision_loss, reason = "counts of pictures")]
fn at_most(wrong: usize, all: usize, rate: f64) -> f64 {
    let odds = (rate / (1.0 - rate)).ln();
    let mut term = all as f64 * (1.0 - rate).ln();
    let mut sum = term.exp();
    for count in 1..=wrong {
        term += ((all - count + 1) as f64 / count as f64).ln() + odds;
        sum += term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::super::report::tests::read_of;
    use super::super::matching::tests::{ELSEWHERE, HERE, labelled, scored};
    use super::*;
    use schemas::plate_read::ReadFlag;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 5e-5, "{got} is not {expected}");
    }

    #[test]
    fn the_upper_bound_is_the_rule_of_three_and_its_exact_kin() {
        close(upper_bound(0, 100), 1.0 - 0.05_f64.powf(0.01));
        // Published tables: 1 of 20 gives 0.2161, 2 of 10 gives 0.5069.
        close(upper_bound(1, 20), 0.2161);
        close(upper_bound(2, 10), 0.5069);
        close(upper_bound(0, 0), 1.0);
        close(upper_bound(3, 3), 1.0);
    }

    #[test]
    fn flagged_reads_lower_the_coverage_and_wrong_ones_are_counted_by_picture_and_plate() {
        let mut flagged = read_of("SA-1-ABD", HERE);
        flagged.flags.insert(ReadFlag::RowsDisagree);
        let issue = AutomaticIssue::of(&[
            scored("ABD", "1", "SA-1-ABD", 0.9),
            scored("ABD", "1", "SA-7-ABD", 0.9),
            scored("ABD", "1", "SA-7-ABD", 0.9),
            ScoredPicture::new(&labelled("ABD", "1"), &[flagged]),
            ScoredPicture::new(&labelled("TNJ", "2"), &[]),
        ]);
        assert_eq!((issue.coverage.part, issue.coverage.whole), (3, 5));
        assert_eq!((issue.wrong, issue.wrong_plates, issue.issued_plates), (2, 1, 1));
    }

    #[test]
    fn a_read_beside_the_labels_is_no_coverage() {
        let stray = ScoredPicture::new(&labelled("ABD", "1"), &[read_of("SA-1-ABD", ELSEWHERE)]);
        let issue = AutomaticIssue::of(&[stray]);
        assert_eq!((issue.coverage.part, issue.wrong), (0, 0));
    }
}
