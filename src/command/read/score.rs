//! Exact and false reads against labels, with an interval resampled by plate; pure.
//!
//! A labelled plate is exact when the plate read at an overlap of one half or more equals it after folding. Every
//! other read is a false read.

use super::is_saudi;
use super::report::LabelText;
use crate::labels::{LabelledPicture, LabelledPlate};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::fold;
use schemas::plate_read::PlateRead;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

const MATCHING_OVERLAP: f64 = 0.5;
const RESAMPLES: usize = 2000;
const RESAMPLING_SEED: u64 = 7;

/// Counts over a set.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pictures: usize,
    unreadable: usize,
    false_reads: usize,
    automatic: usize,
    automatic_wrong: usize,
    /// Exact and all pictures of each plate text.
    by_plate: BTreeMap<String, (usize, usize)>,
}

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
    false_reads: usize,
    false_reads_per_picture: f64,
    automatic: usize,
    automatic_wrong: usize,
}

impl Tally {
    pub(super) fn count(&mut self, picture: &LabelledPicture, reads: &[PlateRead]) {
        self.pictures += 1;
        let country = if is_saudi(picture) { Jurisdiction::SaudiArabia } else { Jurisdiction::Egypt };
        let mut exact = vec![false; reads.len()];
        for plate in &picture.plates {
            let nearest = reads
                .iter()
                .enumerate()
                .filter(|(place, _)| !exact[*place])
                .map(|(place, read)| (place, overlap(plate, read)))
                .filter(|(_, overlap)| *overlap >= MATCHING_OVERLAP)
                .max_by(|one, other| one.1.total_cmp(&other.1));
            let (Some(letters), Some(digits)) = (&plate.letters, &plate.digits) else { continue };
            let right = nearest.is_some_and(|(place, _)| {
                let read = LabelText::of(&reads[place]);
                reads[place].jurisdiction == country
                    && (fold(&read.letters), fold(&read.digits)) == (fold(letters), fold(digits))
            });
            if let (true, Some((place, _))) = (right, nearest) {
                exact[place] = true;
            }
            self.enter(letters, digits, right);
        }
        for (read, exact) in reads.iter().zip(exact) {
            let automatic = read.may_issue_automatically();
            self.automatic += usize::from(automatic);
            self.automatic_wrong += usize::from(automatic && !exact);
            self.false_reads += usize::from(!exact);
        }
    }

    /// A picture that could not be decoded: its plates are not exact.
    pub(super) fn count_unreadable(&mut self, picture: &LabelledPicture) {
        self.unreadable += 1;
        self.count(picture, &[]);
    }

    pub(super) fn summary(&self) -> Summary {
        let groups: Vec<(usize, usize)> = self.by_plate.values().copied().collect();
        let (exact, labelled) = sums(groups.iter());
        Summary {
            pictures: self.pictures,
            unreadable: self.unreadable,
            labelled,
            exact,
            exact_share: share(exact, labelled),
            exact_interval_95: interval(&groups),
            distinct_plates: groups.len(),
            false_reads: self.false_reads,
            false_reads_per_picture: share(self.false_reads, self.pictures),
            automatic: self.automatic,
            automatic_wrong: self.automatic_wrong,
        }
    }

    fn enter(&mut self, letters: &str, digits: &str, right: bool) {
        let group = self.by_plate.entry(format!("{letters} {digits}")).or_default();
        group.0 += usize::from(right);
        group.1 += 1;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.exact_interval_95;
        writeln!(
            formatter,
            "exact: {} of {} plates = {:.2} % (95 %: {:.2} to {:.2} %, resampled over {} distinct plates)",
            self.exact,
            self.labelled,
            100.0 * self.exact_share,
            100.0 * low,
            100.0 * high,
            self.distinct_plates
        )?;
        writeln!(
            formatter,
            "false reads: {} in {} pictures = {:.2} %",
            self.false_reads,
            self.pictures,
            100.0 * self.false_reads_per_picture
        )?;
        write!(
            formatter,
            "nothing speaks against issuing: {} reads, {} of them wrong",
            self.automatic, self.automatic_wrong
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of pictures")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn sums<'a>(groups: impl Iterator<Item = &'a (usize, usize)>) -> (usize, usize) {
    groups.fold((0, 0), |sum, group| (sum.0 + group.0, sum.1 + group.1))
}

/// The middle 95 % of exact shares when plates, not pictures, are drawn again: repeated vehicles are no new evidence.
fn interval(groups: &[(usize, usize)]) -> [f64; 2] {
    if groups.is_empty() {
        return [0.0, 1.0];
    }
    let mut state = RESAMPLING_SEED;
    let mut shares: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (exact, all) = sums((0..groups.len()).map(|_| &groups[draw(&mut state, groups.len())]));
            share(exact, all)
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    [shares[RESAMPLES / 40], shares[RESAMPLES - 1 - RESAMPLES / 40]]
}

/// `SplitMix64` (Steele, Lea and Flood 2014): the same draws on every machine.
fn draw(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut value = *state;
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let high = u128::from(value ^ (value >> 31)) * below as u128;
    usize::try_from(high >> 64).unwrap_or(0)
}

fn overlap(label: &LabelledPlate, read: &PlateRead) -> f64 {
    let [x, y, width, height] = label.position;
    let (left, top) = (f64::from(read.position.x), f64::from(read.position.y));
    let (read_width, read_height) = (f64::from(read.position.width), f64::from(read.position.height));
    let across = ((x + width).min(left + read_width) - x.max(left)).max(0.0);
    let down = ((y + height).min(top + read_height) - y.max(top)).max(0.0);
    let shared = across * down;
    shared / (width * height + read_width * read_height - shared)
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::read_of;
    use super::*;
    use schemas::frame::PixelBox;

    fn labelled(letters: &str, digits: &str) -> LabelledPicture {
        let plate = LabelledPlate {
            position: [10.0, 10.0, 40.0, 20.0],
            letters: Some(letters.to_owned()),
            digits: Some(digits.to_owned()),
        };
        LabelledPicture { line: 1, image: "a.jpg".to_owned(), plates: vec![plate] }
    }

    const HERE: PixelBox = PixelBox { x: 11, y: 9, width: 40, height: 20 };
    const ELSEWHERE: PixelBox = PixelBox { x: 80, y: 80, width: 40, height: 20 };

    fn counted(reads: &[PlateRead]) -> Summary {
        let mut tally = Tally::default();
        tally.count(&labelled("TNJ", "0123"), reads);
        tally.summary()
    }

    #[test]
    fn a_right_read_in_place_is_exact_and_anything_else_is_false() {
        let mut right = read_of("SA-123-TNJ", HERE);
        right.plate = schemas::plate::PlateNumber::parse_saudi_latin("TNJ", "0123").ok();
        let summary = counted(&[right, read_of("SA-123-TNJ", ELSEWHERE)]);
        assert_eq!((summary.exact, summary.false_reads), (1, 1));
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
        let mut tally = Tally::default();
        let read = read_of("EG-AYH-12", HERE);
        tally.count(&labelled("أىهـ", "12"), &[read]);
        assert_eq!(tally.summary().exact, 1);
    }

    #[test]
    fn the_interval_is_over_plates_and_holds_the_share() {
        let [low, high] = interval(&[(10, 10), (0, 10), (10, 10), (10, 10)]);
        assert!(low < 0.75 && 0.75 < high);
        assert_eq!(interval(&[(5, 5), (3, 3)]), [1.0, 1.0]);
    }
}
