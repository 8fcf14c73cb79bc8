//! The pictures to look at first; pure.
//!
//! Wrong reads come first, the most confident one at the top, since those are issued; then plates that were missed, the
//! widest first; then right reads, the least confident first. A picture is listed once, by its worst plate.

use super::super::report::LabelText;
use super::matching::{PlateText, ScoredPicture, ScoredRead};
use serde::{Serialize, Serializer};
use std::collections::HashSet;

/// How many are listed.
const WORST_PICTURES: usize = 10;

/// One picture, with its worst plate.
#[derive(Debug, Serialize)]
pub(in super::super) struct WorstPicture {
    pub(super) image: String,
    pub(super) fault: Fault,
    /// Of the read.
    pub(super) confidence: Option<f64>,
    #[serde(serialize_with = "text")]
    pub(super) read: Option<PlateText>,
    #[serde(serialize_with = "text")]
    pub(super) label: Option<PlateText>,
}

/// What is bad about a plate, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Fault {
    /// Read, but not as labelled, or where no readable plate is labelled.
    Wrong,
    /// Not read.
    Missed,
    /// Read as labelled, but with little confidence.
    Unsure,
}

impl Fault {
    /// Name in JSON and tables.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Missed => "missed",
            Self::Unsure => "unsure",
        }
    }
}

/// The worst pictures, at most ten.
pub(super) fn worst(pictures: &[ScoredPicture]) -> Vec<WorstPicture> {
    let mut all: Vec<(Fault, f64, WorstPicture)> = pictures.iter().flat_map(faults).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut seen = HashSet::new();
    all.retain(|(_, _, picture)| seen.insert(picture.image.clone()));
    all.into_iter().take(WORST_PICTURES).map(|(_, _, picture)| picture).collect()
}

/// Every plate and read of a picture with its fault, and how bad it is among those of the same fault: less is worse.
fn faults(picture: &ScoredPicture) -> Vec<(Fault, f64, WorstPicture)> {
    let entry = |fault, rank, read: Option<&ScoredRead>, label: Option<&PlateText>| {
        let confidence = read.map(|read| read.confidence);
        let read = read.map(|read| read.said.clone());
        (
            fault,
            rank,
            WorstPicture { image: picture.image.clone(), fault, confidence, read, label: label.cloned() },
        )
    };
    let of_read = |read: &ScoredRead, label: Option<&PlateText>| {
        let (fault, rank) =
            if read.is_exact { (Fault::Unsure, read.confidence) } else { (Fault::Wrong, -read.confidence) };
        entry(fault, rank, Some(read), label)
    };
    let of_plates = picture.plates.iter().filter_map(|plate| match (&plate.read, &plate.label) {
        (Some(read), label) => Some(of_read(read, label.as_ref())),
        (None, Some(label)) => Some(entry(Fault::Missed, -plate.position[2], None, Some(label))),
        (None, None) => None,
    });
    of_plates.chain(picture.strays.iter().map(|read| of_read(read, None))).collect()
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn text<S: Serializer>(text: &Option<PlateText>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Text<'a> {
        jurisdiction: &'static str,
        letters: &'a str,
        digits: &'a str,
    }
    let text = text.as_ref().map(|PlateText { country, text: LabelText { letters, digits } }| Text {
        jurisdiction: country.code(),
        letters,
        digits,
    });
    text.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::super::super::report::tests::read_of;
    use super::super::matching::tests::{ELSEWHERE, labelled, scored};
    use super::*;

    fn named(image: &str, picture: ScoredPicture) -> ScoredPicture {
        ScoredPicture { image: image.to_owned(), ..picture }
    }

    fn right(image: &str, confidence: f32) -> ScoredPicture {
        named(image, scored("ABD", "1", "SA-1-ABD", confidence))
    }

    fn wrong(image: &str, confidence: f32) -> ScoredPicture {
        named(image, scored("ABD", "1", "SA-7-ABD", confidence))
    }

    fn missed(image: &str, width: f64) -> ScoredPicture {
        let mut picture = ScoredPicture::new(&labelled("ABD", "1"), &[]);
        picture.plates[0].position[2] = width;
        named(image, picture)
    }

    #[test]
    fn confident_errors_come_first_then_missed_plates_then_doubtful_right_reads() {
        let pictures = [
            right("sure", 0.99),
            missed("narrow", 40.0),
            wrong("wrong and unsure", 0.3),
            right("unsure", 0.5),
            missed("wide", 200.0),
            wrong("wrong and sure", 0.9),
        ];
        let images: Vec<String> = worst(&pictures).into_iter().map(|picture| picture.image).collect();
        let expected = ["wrong and sure", "wrong and unsure", "wide", "narrow", "unsure", "sure"];
        assert_eq!(images, expected);
    }

    #[test]
    fn a_picture_is_listed_once_by_its_worst_read_and_never_more_than_ten_are() {
        let both = ScoredPicture::new(&labelled("ABD", "1"), &[read_of("SA-1-ABD", ELSEWHERE)]);
        let listed = worst(&[both]);
        assert_eq!(listed.len(), 1);
        assert!(listed[0].fault == Fault::Wrong && listed[0].label.is_none() && listed[0].read.is_some());
        let many: Vec<ScoredPicture> = (0..12).map(|number| right(&number.to_string(), 0.5)).collect();
        assert_eq!(worst(&many).len(), WORST_PICTURES);
    }

    #[test]
    fn a_line_of_json_says_what_was_read_and_what_the_label_says() {
        let listed = serde_json::to_value(worst(&[wrong("a.jpg", 0.5)])).unwrap();
        let expected = serde_json::json!([{
            "image": "a.jpg", "fault": "wrong", "confidence": 0.5,
            "read": { "jurisdiction": "SA", "letters": "ABD", "digits": "7" },
            "label": { "jurisdiction": "SA", "letters": "ABD", "digits": "1" },
        }]);
        assert_eq!(listed, expected);
    }
}
