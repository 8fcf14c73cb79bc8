//! Which read stands on which labelled plate, and whether it is right; pure.
//!
//! Pairs are made one to one, the greatest overlap first. A read is exact when it stands on a labelled plate of its
//! country and equals its text after folding; every other read is false.

use super::super::report::LabelText;
use crate::labels::{LabelledPicture, LabelledPlate};
use schemas::frame::PixelBox;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::fold;
use schemas::plate_read::PlateRead;

/// Intersection over union from which a box stands on a plate.
pub(super) const MATCHING_OVERLAP: f64 = 0.5;

/// One picture.
#[derive(Debug)]
pub(in super::super) struct ScoredPicture {
    /// File name beside the labels.
    pub(super) image: String,
    /// Whether it could be decoded and read.
    pub(super) is_readable: bool,
    /// Plates of the label, in its order.
    pub(super) plates: Vec<ScoredPlate>,
    /// Reads that stand on no labelled plate.
    pub(super) strays: Vec<ScoredRead>,
}

/// One labelled plate.
#[derive(Debug)]
pub(super) struct ScoredPlate {
    /// Nothing when nobody can read it: then it counts for locating only.
    pub(super) label: Option<PlateText>,
    /// x, y, width, height in pixels.
    pub(super) position: [f64; 4],
    /// Whether a box stands on it.
    pub(super) is_located: bool,
    /// The read that stands on it.
    pub(super) read: Option<ScoredRead>,
}

/// What a read or a label says, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlateText {
    pub(super) country: Jurisdiction,
    pub(super) text: LabelText,
}

/// What counts of a read.
#[derive(Debug)]
pub(super) struct ScoredRead {
    pub(super) said: PlateText,
    /// Calibrated probability that it is exact.
    pub(super) confidence: f64,
    /// Whether nothing in this picture speaks against issuing.
    pub(super) is_automatic: bool,
    pub(super) is_exact: bool,
}

impl ScoredPicture {
    /// Compares the reads of a picture with its label.
    pub(in super::super) fn new(picture: &LabelledPicture, reads: &[PlateRead]) -> Self {
        let mut reads: Vec<(PixelBox, Option<ScoredRead>)> =
            reads.iter().map(|read| (read.position, Some(ScoredRead::new(read)))).collect();
        let boxes: Vec<PixelBox> = reads.iter().map(|(position, _)| *position).collect();
        let pairs = paired(&picture.plates, &boxes);
        let plates = picture.plates.iter().zip(pairs).map(|(plate, pair)| {
            let label = PlateText::of_label(plate);
            let mut read = pair.and_then(|place| reads[place].1.take());
            if let Some(read) = &mut read {
                read.is_exact = label.as_ref() == Some(&read.said);
            }
            ScoredPlate { label, position: plate.position, is_located: read.is_some(), read }
        });
        let plates = plates.collect();
        let strays = reads.into_iter().filter_map(|(_, read)| read).collect();
        Self { image: picture.image.clone(), is_readable: true, plates, strays }
    }

    /// A picture that could not be read: its plates are missed.
    pub(in super::super) fn unreadable(picture: &LabelledPicture) -> Self {
        Self { is_readable: false, ..Self::new(picture, &[]) }
    }

    /// Whether a plate has no read on it; it may have been located all the same.
    pub(in super::super) fn has_plate_without_read(&self) -> bool {
        self.plates.iter().any(|plate| plate.read.is_none())
    }

    /// Marks the plates that the locator alone put a box on.
    pub(in super::super) fn locate(&mut self, boxes: &[PixelBox]) {
        for plate in &mut self.plates {
            plate.is_located |=
                boxes.iter().any(|position| overlap(plate.position, *position) >= MATCHING_OVERLAP);
        }
    }

    /// All reads, on plates and elsewhere.
    pub(super) fn reads(&self) -> impl Iterator<Item = &ScoredRead> {
        self.plates.iter().filter_map(|plate| plate.read.as_ref()).chain(&self.strays)
    }
}

impl PlateText {
    fn of_label(plate: &LabelledPlate) -> Option<Self> {
        let (letters, digits) = (plate.letters.as_deref()?, plate.digits.as_deref()?);
        let country = if letters.is_ascii() { Jurisdiction::SaudiArabia } else { Jurisdiction::Egypt };
        Some(Self { country, text: folded(letters, digits) })
    }

    /// What tells distinct plates apart.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.text.letters, self.text.digits)
    }
}

impl ScoredRead {
    fn new(read: &PlateRead) -> Self {
        let LabelText { letters, digits } = LabelText::of(read);
        Self {
            said: PlateText { country: read.jurisdiction, text: folded(&letters, &digits) },
            confidence: f64::from(read.confidence.value()),
            is_automatic: read.may_issue_automatically(),
            is_exact: false,
        }
    }
}

fn folded(letters: &str, digits: &str) -> LabelText {
    LabelText { letters: fold(letters), digits: fold(digits) }
}

/// For each plate the place of the box that stands on it.
fn paired(plates: &[LabelledPlate], boxes: &[PixelBox]) -> Vec<Option<usize>> {
    let all = (0..plates.len()).flat_map(|plate| (0..boxes.len()).map(move |place| (plate, place)));
    let mut candidates: Vec<(usize, usize, f64)> = all
        .map(|(plate, place)| (plate, place, overlap(plates[plate].position, boxes[place])))
        .filter(|(_, _, overlap)| *overlap >= MATCHING_OVERLAP)
        .collect();
    candidates.sort_by(|one, other| other.2.total_cmp(&one.2));
    let mut pairs = vec![None; plates.len()];
    for (plate, place, _) in candidates {
        if pairs[plate].is_none() && !pairs.contains(&Some(place)) {
            pairs[plate] = Some(place);
        }
    }
    pairs
}

/// Intersection over union.
fn overlap([x, y, width, height]: [f64; 4], position: PixelBox) -> f64 {
    let (left, top) = (f64::from(position.x), f64::from(position.y));
    let (box_width, box_height) = (f64::from(position.width), f64::from(position.height));
    let across = ((x + width).min(left + box_width) - x.max(left)).max(0.0);
    let down = ((y + height).min(top + box_height) - y.max(top)).max(0.0);
    let shared = across * down;
    shared / (width * height + box_width * box_height - shared)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::report::tests::read_of;
    use super::*;

    pub(in super::super) const HERE: PixelBox = PixelBox { x: 11, y: 9, width: 40, height: 20 };
    pub(in super::super) const ELSEWHERE: PixelBox = PixelBox { x: 80, y: 80, width: 40, height: 20 };

    /// A picture with one plate, 40 pixels wide, at `HERE`.
    pub(in super::super) fn labelled(letters: &str, digits: &str) -> LabelledPicture {
        let plate = LabelledPlate {
            position: [10.0, 10.0, 40.0, 20.0],
            letters: Some(letters.to_owned()),
            digits: Some(digits.to_owned()),
        };
        LabelledPicture { line: 1, image: "a.jpg".to_owned(), plates: vec![plate] }
    }

    /// One read at `HERE` against one label, with a confidence.
    pub(in super::super) fn scored(letters: &str, digits: &str, key: &str, confidence: f32) -> ScoredPicture {
        let mut read = read_of(key, HERE);
        read.confidence = schemas::plate_read::Confidence::new(confidence).unwrap();
        ScoredPicture::new(&labelled(letters, digits), &[read])
    }

    #[test]
    fn a_read_is_paired_with_the_plate_it_covers_most_and_only_once() {
        let mut two = labelled("TNJ", "12");
        two.plates.push(LabelledPlate { position: [14.0, 9.0, 40.0, 20.0], letters: None, digits: None });
        let right = PixelBox { x: 15, ..HERE };
        let picture = ScoredPicture::new(&two, &[read_of("SA-34-ABD", right), read_of("SA-12-TNJ", HERE)]);
        assert!(picture.plates[0].read.as_ref().unwrap().is_exact);
        assert_eq!(picture.plates[1].read.as_ref().unwrap().said.text.letters, "ABD");
        assert!(picture.strays.is_empty());
    }

    #[test]
    fn the_same_characters_of_another_country_are_not_exact() {
        let mut read = read_of("SA-12-TNJ", HERE);
        read.jurisdiction = Jurisdiction::Egypt;
        let picture = ScoredPicture::new(&labelled("TNJ", "12"), &[read]);
        assert!(picture.reads().all(|read| !read.is_exact));
    }

    #[test]
    fn a_plate_without_a_read_is_located_when_the_locator_put_a_box_there() {
        let mut picture = ScoredPicture::new(&labelled("TNJ", "12"), &[]);
        assert!(picture.has_plate_without_read());
        picture.locate(&[ELSEWHERE]);
        assert!(!picture.plates[0].is_located);
        picture.locate(&[ELSEWHERE, HERE]);
        assert!(picture.plates[0].is_located);
    }
}
