//! The JSON lines of `rasid read`: their own shapes, so that the domain types stay free of it.

use schemas::frame::PixelBox;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_read::{CharacterRead, ClassReading, Confidence, PlateRead};
use schemas::vehicle_class::VehicleClass;
use serde::Serialize;
use std::path::Path;

/// One picture.
#[derive(Debug, Serialize)]
pub(super) struct PictureReport {
    path: String,
    plates: Vec<PlateReport>,
}

/// A picture that could not be read.
#[derive(Debug, Serialize)]
pub(super) struct PictureFailure {
    path: String,
    error: String,
}

#[derive(Debug, Serialize)]
struct PlateReport {
    jurisdiction: &'static str,
    letters: String,
    letters_ar: String,
    digits: String,
    /// As read, before grammar; both rows where they differ.
    raw: String,
    key: Option<String>,
    confidence: f32,
    #[serde(rename = "box")]
    position: [u32; 4],
    /// Top left, top right, bottom right, bottom left as seen on the plate.
    corners: [[f32; 2]; 4],
    auto_issue: bool,
    class: Option<ClassReport>,
    flags: Vec<&'static str>,
    characters: Vec<CharacterReport>,
}

#[derive(Debug, Serialize)]
struct ClassReport {
    class: &'static str,
    confidence: f32,
    alternatives: Vec<(&'static str, f32)>,
    colour: String,
}

#[derive(Debug, Serialize)]
struct CharacterReport {
    char: char,
    confidence: f32,
    runner_up: Option<char>,
    runner_up_confidence: Option<f32>,
    row: &'static str,
    #[serde(rename = "box")]
    position: [u32; 4],
}

/// Letters as the labels write them and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelText {
    /// Egypt: Arabic reading order; Saudi Arabia: the Latin row as printed.
    pub(super) letters: String,
    /// ASCII, as printed.
    pub(super) digits: String,
}

impl PictureReport {
    pub(super) fn new(path: &Path, plates: &[PlateRead]) -> Self {
        Self { path: path.display().to_string(), plates: plates.iter().map(PlateReport::new).collect() }
    }
}

impl PictureFailure {
    pub(super) fn new(path: &Path, error: &anyhow::Error) -> Self {
        Self { path: path.display().to_string(), error: format!("{error:#}") }
    }
}

impl LabelText {
    /// What a read says, also when it fits no grammar: then the characters as they were read.
    pub(super) fn of(read: &PlateRead) -> Self {
        let Some(plate) = &read.plate else {
            let row = read.characters.first().map(|character| character.row);
            let own = read.characters.iter().filter(|character| Some(character.row) == row);
            let (digits, letters) = own.map(|character| character.character).partition(char::is_ascii_digit);
            return Self { letters, digits };
        };
        let letters = match read.jurisdiction {
            Jurisdiction::Egypt => plate.letters().to_owned(),
            Jurisdiction::SaudiArabia => plate.latin_letters(),
        };
        Self { letters, digits: plate.digits().to_owned() }
    }
}

impl PlateReport {
    fn new(read: &PlateRead) -> Self {
        let text = LabelText::of(read);
        Self {
            jurisdiction: read.jurisdiction.code(),
            letters: text.letters,
            letters_ar: arabic_letters(read),
            digits: text.digits,
            raw: read.raw.clone(),
            key: read.plate.as_ref().map(schemas::plate::PlateNumber::key),
            confidence: read.confidence.value(),
            position: place(read.position),
            corners: read.corners.map(|corner| [tenths(corner.x), tenths(corner.y)]),
            auto_issue: read.may_issue_automatically(),
            class: read.class.as_ref().map(class),
            flags: read.flags.iter().map(|flag| flag.label()).collect(),
            characters: read.characters.iter().map(character).collect(),
        }
    }
}

fn class(reading: &ClassReading) -> ClassReport {
    let ClassReading { class, confidence, alternatives, colour } = reading;
    let alternative = |(class, confidence): &(VehicleClass, Confidence)| (class.label(), confidence.value());
    ClassReport {
        class: class.label(),
        confidence: confidence.value(),
        alternatives: alternatives.iter().map(alternative).collect(),
        colour: colour.to_string(),
    }
}

/// Letters in Arabic reading order, also when they fit no grammar.
pub(super) fn arabic_letters(read: &PlateRead) -> String {
    read.plate.as_ref().map_or_else(
        || read.raw.chars().filter(|letter| letter.is_alphabetic() && !letter.is_ascii()).collect(),
        |plate| plate.letters().to_owned(),
    )
}

fn character(read: &CharacterRead) -> CharacterReport {
    CharacterReport {
        char: read.character,
        confidence: read.confidence.value(),
        runner_up: read.runner_up.map(|(character, _)| character),
        runner_up_confidence: read.runner_up.map(|(_, confidence)| confidence.value()),
        row: read.row.label(),
        position: place(read.position),
    }
}

const fn place(PixelBox { x, y, width, height }: PixelBox) -> [u32; 4] {
    [x, y, width, height]
}

fn tenths(pixels: f32) -> f32 {
    (pixels * 10.0).round() / 10.0
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use schemas::plate::PlateNumber;
    use schemas::plate_read::{MeasuredColour, PlateRow};
    use std::collections::BTreeSet;

    /// A read of a plate that fits the grammar, at a box.
    pub(in super::super) fn read_of(key: &str, position: PixelBox) -> PlateRead {
        let plate = PlateNumber::parse_key(key).unwrap();
        let characters = plate.digits().chars().map(|digit| CharacterRead {
            character: digit,
            confidence: Confidence::new(0.75).unwrap(),
            runner_up: Some(('8', Confidence::new(0.25).unwrap())),
            row: PlateRow::Latin,
            position,
        });
        PlateRead {
            jurisdiction: plate.jurisdiction(),
            raw: String::new(),
            confidence: Confidence::new(0.5).unwrap(),
            position,
            corners: position.corners(),
            characters: characters.collect(),
            class: None,
            flags: BTreeSet::new(),
            plate: Some(plate),
        }
    }

    #[test]
    fn a_saudi_line_has_the_latin_row_and_the_arabic_reading_order() {
        let mut read = read_of("SA-12-TNJ", PixelBox { x: 1, y: 2, width: 30, height: 40 });
        read.class = Some(ClassReading {
            class: VehicleClass::Taxi,
            confidence: Confidence::new(0.75).unwrap(),
            alternatives: vec![(VehicleClass::Private, Confidence::new(0.25).unwrap())],
            colour: MeasuredColour { red: 246, green: 200, blue: 9 },
        });
        let line = serde_json::to_value(PictureReport::new(Path::new("street.jpg"), &[read])).unwrap();
        let plate = &line["plates"][0];
        assert_eq!(line["path"], "street.jpg");
        assert_eq!((plate["letters"].as_str(), plate["letters_ar"].as_str()), (Some("TNJ"), Some("حنط")));
        assert_eq!(plate["key"], "SA-12-TNJ");
        assert_eq!(plate["box"], serde_json::json!([1, 2, 30, 40]));
        assert_eq!(plate["corners"][2], serde_json::json!([31.0, 42.0]));
        assert_eq!(plate["auto_issue"], true);
        let class = serde_json::json!({
            "class": "taxi", "confidence": 0.75, "alternatives": [["private", 0.25]], "colour": "#f6c809"
        });
        assert_eq!(plate["class"], class);
        let first = serde_json::json!({
            "char": "1", "confidence": 0.75, "runner_up": "8", "runner_up_confidence": 0.25, "row": "latin",
            "box": [1, 2, 30, 40]
        });
        assert_eq!(plate["characters"][0], first);
    }

    #[test]
    fn a_failure_names_path_and_cause() {
        let error = anyhow::anyhow!("no such file").context("cannot read the file");
        let line = serde_json::to_value(PictureFailure::new(Path::new("gone.jpg"), &error)).unwrap();
        assert_eq!(line["error"], "cannot read the file: no such file");
    }
}
