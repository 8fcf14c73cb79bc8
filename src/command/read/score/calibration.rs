//! Whether the confidence is the probability of an exact read: expected calibration error and reliability table; pure.
//!
//! Ten bins of equal width; the error is the mean difference between a bin's mean confidence and its share of exact
//! reads, weighted by its reads (Naeini, Cooper and Hauskrecht 2015). Only reads that stand on a plate with a readable
//! label count: of the others nobody knows what is right.

use super::matching::{ScoredPicture, ScoredRead};
use super::resample::share;
use serde::Serialize;

const BINS: usize = 10;

/// The error and its table.
#[derive(Debug, Serialize)]
pub(in super::super) struct Calibration {
    /// Reads that stand on a plate with a readable label.
    pub(super) reads: usize,
    /// All other reads; they are left out.
    pub(super) reads_without_label: usize,
    /// 0 is perfect, 1 the worst.
    pub(super) expected_error: f64,
    /// Those with reads, from the least confident.
    pub(super) bins: Vec<Bin>,
}

/// Reads of about the same confidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Bin {
    /// Least confidence.
    pub(super) from: f64,
    /// Where the next bin begins; the last one holds 1 itself.
    pub(super) to: f64,
    pub(super) reads: usize,
    pub(super) mean_confidence: f64,
    pub(super) exact_share: f64,
}

impl Calibration {
    pub(super) fn of(pictures: &[ScoredPicture]) -> Self {
        let labelled =
            pictures.iter().flat_map(|picture| &picture.plates).filter(|plate| plate.label.is_some());
        let known: Vec<&ScoredRead> = labelled.filter_map(|plate| plate.read.as_ref()).collect();
        let all = pictures.iter().flat_map(ScoredPicture::reads).count();
        let bins: Vec<Bin> = (0..BINS).filter_map(|number| Bin::of(number, &known)).collect();
        let error = |bin: &Bin| share(bin.reads, known.len()) * (bin.mean_confidence - bin.exact_share).abs();
        Self {
            reads: known.len(),
            reads_without_label: all - known.len(),
            expected_error: bins.iter().map(error).sum(),
            bins,
        }
    }
}

impl Bin {
    fn of(number: usize, reads: &[&ScoredRead]) -> Option<Self> {
        let inside: Vec<&&ScoredRead> =
            reads.iter().filter(|read| bin_of(read.confidence) == number).collect();
        let count = inside.len();
        let exact = inside.iter().filter(|read| read.is_exact).count();
        let weight = share(1, count);
        (count > 0).then(|| Self {
            from: share(number, BINS),
            to: share(number + 1, BINS),
            reads: count,
            mean_confidence: inside.iter().map(|read| read.confidence * weight).sum(),
            exact_share: share(exact, count),
        })
    }
}

/// The number of the bin of a confidence from 0 to 1.
fn bin_of(confidence: f64) -> usize {
    (1..BINS).take_while(|number| confidence >= share(*number, BINS)).count()
}

#[cfg(test)]
mod tests {
    use super::super::matching::tests::scored;
    use super::*;

    fn right(confidence: f32) -> ScoredPicture {
        scored("ABD", "1", "SA-1-ABD", confidence)
    }

    fn wrong(confidence: f32) -> ScoredPicture {
        scored("ABD", "1", "SA-2-ABD", confidence)
    }

    #[test]
    fn a_bin_holds_its_lower_edge_and_the_last_one_holds_certainty() {
        assert_eq!([0.0, 0.0999, 0.1, 0.9, 1.0].map(bin_of), [0, 0, 1, 9, 9]);
    }

    #[test]
    fn the_error_weighs_each_bins_difference_by_its_reads() {
        // Three of four exact at 0.75 is perfect; one wrong at 0.25 is off by 0.25, with a weight of one in five.
        let pictures = [right(0.75), right(0.75), wrong(0.75), right(0.75), wrong(0.25)];
        let calibration = Calibration::of(&pictures);
        assert!((calibration.expected_error - 0.05).abs() < 1e-9, "{calibration:?}");
        let upper = Bin { from: 0.7, to: 0.8, reads: 4, mean_confidence: 0.75, exact_share: 0.75 };
        assert_eq!(calibration.bins[1], upper);
    }

    #[test]
    fn a_read_on_no_labelled_plate_is_told_but_left_out() {
        let mut picture = right(1.0);
        picture.strays.extend(wrong(0.9).plates.remove(0).read);
        let calibration = Calibration::of(&[picture]);
        assert_eq!((calibration.reads, calibration.reads_without_label), (1, 1));
        assert!(calibration.expected_error.abs() < 1e-9);
    }
}
