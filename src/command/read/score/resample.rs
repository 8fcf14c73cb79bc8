//! Shares with the interval that distinct plates, drawn again, give them; pure.
//!
//! Pictures of one vehicle are hardly more evidence than one of them, so whole plates are drawn, not pictures
//! (the bootstrap of Efron 1979, over clusters).

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

const RESAMPLES: usize = 2000;
const RESAMPLING_SEED: u64 = 7;

/// Some of many, 0 to 1, with the middle 95 % of resampled shares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Proportion {
    pub(super) part: usize,
    pub(super) whole: usize,
    pub(super) share: f64,
    pub(super) interval_95: [f64; 2],
    /// Plates that were drawn among.
    pub(super) distinct_plates: usize,
}

impl Proportion {
    /// Over what single plates add to part and whole, each with the key of its plate.
    pub(super) fn over(counts: impl IntoIterator<Item = (String, usize, usize)>) -> Self {
        let mut by_plate: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (plate, part, whole) in counts {
            let group = by_plate.entry(plate).or_default();
            *group = (group.0 + part, group.1 + whole);
        }
        let groups: Vec<(usize, usize)> = by_plate.into_values().collect();
        let (part, whole) = sums(groups.iter());
        Self {
            part,
            whole,
            share: share(part, whole),
            interval_95: interval(&groups),
            distinct_plates: groups.len(),
        }
    }
}

impl fmt::Display for Proportion {
    /// `221 of 223 = 99.10 % (95 %: 97.66 to 100.00 %)`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, whole, share, interval_95: [low, high], distinct_plates: _ } = self;
        write!(
            formatter,
            "{part} of {whole} = {:.2} % (95 %: {:.2} to {:.2} %)",
            100.0 * share,
            100.0 * low,
            100.0 * high
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of pictures")]
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn sums<'a>(groups: impl Iterator<Item = &'a (usize, usize)>) -> (usize, usize) {
    groups.fold((0, 0), |sum, group| (sum.0 + group.0, sum.1 + group.1))
}

fn interval(groups: &[(usize, usize)]) -> [f64; 2] {
    if groups.is_empty() {
        return [0.0, 1.0];
    }
    let mut state = RESAMPLING_SEED;
    let mut shares: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (part, whole) = sums((0..groups.len()).map(|_| &groups[draw(&mut state, groups.len())]));
            share(part, whole)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_over_plates_and_holds_the_share() {
        let [low, high] = interval(&[(10, 10), (0, 10), (10, 10), (10, 10)]);
        assert!(low < 0.75 && 0.75 < high);
        assert_eq!(interval(&[(5, 5), (3, 3)]), [1.0, 1.0]);
    }

    #[test]
    fn pictures_of_one_plate_are_drawn_together() {
        let pictures = [("a", 1), ("b", 0), ("a", 1), ("a", 1)];
        let proportion = Proportion::over(pictures.map(|(plate, exact)| (plate.to_owned(), exact, 1)));
        assert_eq!((proportion.part, proportion.whole, proportion.distinct_plates), (3, 4, 2));
        assert_eq!(proportion.interval_95, [0.0, 1.0], "two plates: often the same one is drawn twice");
        assert_eq!(proportion.to_string(), "3 of 4 = 75.00 % (95 %: 0.00 to 100.00 %)");
    }

    #[test]
    fn nothing_of_nothing_says_nothing() {
        let proportion = Proportion::over([]);
        assert_eq!((proportion.share, proportion.interval_95), (0.0, [0.0, 1.0]));
    }
}
