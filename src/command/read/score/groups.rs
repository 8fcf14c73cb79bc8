//! Located plates, and exact ones by width and by series; pure.

use super::matching::{MATCHING_OVERLAP, PlateText, ScoredPicture, ScoredPlate};
use super::resample::Proportion;
use serde::Serialize;
use std::collections::BTreeMap;

/// Plates narrower than this are not expected to be located, pixels.
const LOCATED_WIDTH_MIN_PX: f64 = 60.0;
/// Where bands of plate widths end, pixels; the last one has no end.
const WIDTH_BANDS_PX: [f64; 5] = [60.0, 80.0, 120.0, 160.0, 240.0];

/// Plates that a box stands on, readable or not.
#[derive(Debug, Serialize)]
pub(in super::super) struct Locating {
    /// Intersection over union that counts.
    pub(super) overlap_min: f64,
    pub(super) width_min_px: f64,
    /// Of the plates at least that wide.
    pub(super) wide_enough: Proportion,
    /// Of all plates.
    pub(super) any_width: Proportion,
}

/// Exact plates among those alike.
#[derive(Debug, Serialize)]
pub(in super::super) struct Group {
    pub(super) name: String,
    pub(super) exact: Proportion,
}

impl Locating {
    pub(super) fn of(pictures: &[ScoredPicture]) -> Self {
        let over = |width_min_px: f64| {
            let plates = pictures.iter().flat_map(|picture| {
                picture.plates.iter().enumerate().map(move |(place, plate)| (picture, place, plate))
            });
            let wide = plates.filter(move |(_, _, plate)| width_px(plate) >= width_min_px);
            Proportion::over(wide.map(|(picture, place, plate)| {
                // What nobody can read is a plate of its own.
                let unread = || format!("{} {place}", picture.image);
                let key = plate.label.as_ref().map_or_else(unread, PlateText::key);
                (key, usize::from(plate.is_located), 1)
            }))
        };
        Self {
            overlap_min: MATCHING_OVERLAP,
            width_min_px: LOCATED_WIDTH_MIN_PX,
            wide_enough: over(LOCATED_WIDTH_MIN_PX),
            any_width: over(0.0),
        }
    }
}

/// Readable plates that were read exactly.
pub(super) fn exact(pictures: &[ScoredPicture]) -> Proportion {
    exact_of(&readable(pictures))
}

/// The same by bands of the label's width, the narrowest first; bands without plates are left out.
pub(super) fn by_width(pictures: &[ScoredPicture]) -> Vec<Group> {
    grouped(pictures, |plate, _| WIDTH_BANDS_PX.iter().filter(|end| width_px(plate) >= **end).count())
        .into_iter()
        .map(|(band, plates)| Group { name: band_name(band), exact: exact_of(&plates) })
        .collect()
}

/// The same by country and counts of letters and digits: `EG 3+4`.
pub(super) fn by_series(pictures: &[ScoredPicture]) -> Vec<Group> {
    grouped(pictures, |_, PlateText { country, text }| {
        format!("{country} {}+{}", text.letters.chars().count(), text.digits.chars().count())
    })
    .into_iter()
    .map(|(name, plates)| Group { name, exact: exact_of(&plates) })
    .collect()
}

fn readable(pictures: &[ScoredPicture]) -> Vec<(&PlateText, &ScoredPlate)> {
    let plates = pictures.iter().flat_map(|picture| &picture.plates);
    plates.filter_map(|plate| Some((plate.label.as_ref()?, plate))).collect()
}

fn grouped<K: Ord>(
    pictures: &[ScoredPicture],
    key: impl Fn(&ScoredPlate, &PlateText) -> K,
) -> BTreeMap<K, Vec<(&PlateText, &ScoredPlate)>> {
    let mut groups: BTreeMap<K, Vec<_>> = BTreeMap::new();
    for (label, plate) in readable(pictures) {
        groups.entry(key(plate, label)).or_default().push((label, plate));
    }
    groups
}

fn exact_of(plates: &[(&PlateText, &ScoredPlate)]) -> Proportion {
    Proportion::over(plates.iter().map(|(label, plate)| {
        let is_exact = plate.read.as_ref().is_some_and(|read| read.is_exact);
        (label.key(), usize::from(is_exact), 1)
    }))
}

fn band_name(band: usize) -> String {
    let end = |place: usize| WIDTH_BANDS_PX.get(place);
    match (band.checked_sub(1).and_then(end), end(band)) {
        (Some(from), Some(to)) => format!("{from} to {to} px"),
        (Some(from), None) => format!("{from} px or more"),
        (None, Some(to)) => format!("below {to} px"),
        (None, None) => "any width".to_owned(),
    }
}

const fn width_px(plate: &ScoredPlate) -> f64 {
    plate.position[2]
}

#[cfg(test)]
mod tests {
    use super::super::matching::tests::{HERE, labelled, scored};
    use super::*;

    /// A picture as `scored`, with its label that many pixels wide.
    fn wide(width: f64, key: &str) -> ScoredPicture {
        let mut picture = scored("سطن", "7126", key, 0.9);
        picture.plates[0].position[2] = width;
        picture
    }

    fn told(groups: &[Group]) -> Vec<(&str, usize, usize)> {
        groups.iter().map(|group| (group.name.as_str(), group.exact.part, group.exact.whole)).collect()
    }

    #[test]
    fn exactness_is_told_by_bands_of_width_and_empty_bands_are_not() {
        let right = "EG-STN-7126";
        let pictures = [wide(240.0, right), wide(59.5, "EG-STN-7125"), wide(60.0, right), wide(79.9, right)];
        let groups = by_width(&pictures);
        let expected = [("below 60 px", 0, 1), ("60 to 80 px", 2, 2), ("240 px or more", 1, 1)];
        assert_eq!(told(&groups), expected);
    }

    #[test]
    fn exactness_is_told_by_country_and_counts_of_letters_and_digits() {
        let pictures = [
            scored("سطن", "7126", "EG-STN-7126", 0.9),
            scored("سط", "7126", "EG-ST-7125", 0.9),
            scored("ABD", "0012", "SA-12-ABD", 0.9),
        ];
        assert_eq!(told(&by_series(&pictures)), [("EG 2+4", 0, 1), ("EG 3+4", 1, 1), ("SA 3+4", 0, 1)]);
    }

    #[test]
    fn plates_without_text_count_for_locating_only() {
        let mut unread = labelled("", "");
        unread.plates[0].letters = None;
        unread.plates[0].position[2] = 100.0;
        let mut picture = ScoredPicture::new(&unread, &[]);
        picture.locate(&[schemas::frame::PixelBox { width: 100, ..HERE }]);
        let pictures = [picture, wide(59.0, "EG-STN-7126")];
        let locating = Locating::of(&pictures);
        assert_eq!((locating.wide_enough.part, locating.wide_enough.whole), (1, 1));
        assert_eq!((locating.any_width.part, locating.any_width.whole), (2, 2));
        assert_eq!(exact(&pictures).whole, 1);
    }
}
