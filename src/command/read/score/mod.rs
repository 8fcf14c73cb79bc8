//! How well pictures were read, against what people say that they show; pure.
//!
//! [`matching`] pairs reads with labelled plates; each other file makes one figure of all pictures; [`text`] prints.

mod calibration;
mod characters;
mod groups;
mod issue;
mod matching;
mod resample;
mod text;
mod worst;

use calibration::Calibration;
use characters::CharacterAccuracy;
use groups::{Group, Locating};
use issue::AutomaticIssue;
pub(super) use matching::ScoredPicture;
use resample::{Proportion, share};
use serde::Serialize;
use worst::WorstPicture;

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) pictures: usize,
    pub(super) unreadable: usize,
    labelled: usize,
    exact: usize,
    exact_share: f64,
    exact_interval_95: [f64; 2],
    distinct_plates: usize,
    /// Reads that no label bears out.
    false_reads: usize,
    false_reads_per_picture: f64,
    /// Reads that nothing speaks against issuing, wherever they stand.
    automatic: usize,
    automatic_wrong: usize,
    automatic_issue: AutomaticIssue,
    locating: Locating,
    calibration: Calibration,
    characters: CharacterAccuracy,
    exact_by_width: Vec<Group>,
    exact_by_series: Vec<Group>,
    worst: Vec<WorstPicture>,
}

impl Summary {
    pub(super) fn of(pictures: &[ScoredPicture]) -> Self {
        let Proportion { part, whole, share: exact_share, interval_95, distinct_plates } =
            groups::exact(pictures);
        let reads = || pictures.iter().flat_map(ScoredPicture::reads);
        let automatic = || reads().filter(|read| read.is_automatic);
        let false_reads = reads().filter(|read| !read.is_exact).count();
        Self {
            pictures: pictures.len(),
            unreadable: pictures.iter().filter(|picture| !picture.is_readable).count(),
            labelled: whole,
            exact: part,
            exact_share,
            exact_interval_95: interval_95,
            distinct_plates,
            false_reads,
            false_reads_per_picture: share(false_reads, pictures.len()),
            automatic: automatic().count(),
            automatic_wrong: automatic().filter(|read| !read.is_exact).count(),
            automatic_issue: AutomaticIssue::of(pictures),
            locating: Locating::of(pictures),
            calibration: Calibration::of(pictures),
            characters: CharacterAccuracy::of(pictures),
            exact_by_width: groups::by_width(pictures),
            exact_by_series: groups::by_series(pictures),
            worst: worst::worst(pictures),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::read_of;
    use super::matching::tests::{ELSEWHERE, HERE, labelled};
    use super::*;
    use schemas::plate_read::PlateRead;

    fn counted(reads: &[PlateRead]) -> Summary {
        Summary::of(&[ScoredPicture::new(&labelled("TNJ", "0123"), reads)])
    }

    #[test]
    fn a_right_read_in_place_is_exact_and_anything_else_is_false() {
        let mut right = read_of("SA-123-TNJ", HERE);
        right.plate = schemas::plate::PlateNumber::parse_saudi_latin("TNJ", "0123").ok();
        let summary = counted(&[right, read_of("SA-123-TNJ", ELSEWHERE)]);
        assert_eq!((summary.exact, summary.false_reads), (1, 1));
        assert_eq!((summary.automatic, summary.automatic_wrong), (2, 1));
    }

    #[test]
    fn a_wrong_read_in_place_counts_twice_and_silence_once() {
        let wrong = counted(&[read_of("SA-124-TNJ", HERE)]);
        assert_eq!((wrong.exact, wrong.labelled, wrong.false_reads), (0, 1, 1));
        let silent = counted(&[]);
        assert_eq!((silent.exact, silent.labelled, silent.false_reads), (0, 1, 0));
    }

    #[test]
    fn letters_are_folded_before_they_are_compared() {
        let picture = ScoredPicture::new(&labelled("أىهـ", "12"), &[read_of("EG-AYH-12", HERE)]);
        assert_eq!(Summary::of(&[picture]).exact, 1);
    }

    #[test]
    fn a_picture_that_could_not_be_read_misses_its_plates_and_is_told() {
        let summary = Summary::of(&[ScoredPicture::unreadable(&labelled("TNJ", "1"))]);
        assert_eq!((summary.unreadable, summary.labelled, summary.exact), (1, 1, 0));
        assert_eq!((summary.locating.any_width.part, summary.worst.len()), (0, 1));
    }
}
