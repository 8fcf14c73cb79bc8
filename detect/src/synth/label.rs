//! The truth of a sample as one line of `labels.jsonl`: the fields of the hand-labelled sets, and more.

use super::canvas::Area;
use super::degrade::Quality;
use super::plate::Character;
use super::sample::{PlateTruth, Sample};
use super::specification::Alteration;
use serde::Serialize;

/// One picture.
#[derive(Debug, Serialize)]
pub struct PictureLabel {
    /// File name within the folder.
    pub image: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Every plate in it.
    pub plates: Vec<PlateLabel>,
}

/// One plate; `box`, `letters`, `digits` and `quality` mean what they mean in the hand-labelled sets.
#[derive(Debug, Serialize)]
pub struct PlateLabel {
    /// Left, top, width and height in pixels.
    pub r#box: [f32; 4],
    /// Corners clockwise from the plate's own top left, in pixels.
    pub corners: [[f32; 2]; 4],
    /// Egypt: Arabic reading order. Saudi Arabia: the Latin row as printed, left to right.
    pub letters: String,
    /// ASCII digits, left to right.
    pub digits: String,
    /// `clear` or `mixed`.
    pub quality: Quality,
    /// `EG` or `SA`.
    pub jurisdiction: &'static str,
    /// Size and arrangement.
    pub layout: &'static str,
    /// Vehicle class by the colour of band or strip.
    pub class: &'static str,
    /// Series by the counts of letters and digits.
    pub series: &'static str,
    /// What was altered: `tamper_suspect`, `occluded` or `rows_disagree`; empty for an honest plate.
    pub flags: Vec<&'static str>,
    /// Row by row, left to right as printed.
    pub characters: Vec<CharacterLabel>,
}

/// One character.
#[derive(Debug, Serialize)]
pub struct CharacterLabel {
    /// A canonical letter as seen, or an ASCII digit in either row.
    pub char: char,
    /// `arabic` or `latin`.
    pub row: &'static str,
    /// Left, top, width and height of its ink in pixels.
    pub r#box: [f32; 4],
    /// Hidden by tape.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub covered: bool,
}

impl PictureLabel {
    /// The label of a sample that is kept under this name.
    #[must_use]
    pub fn of(sample: &Sample, image: String) -> Self {
        let (width, height) = sample.picture.dimensions();
        let plates = sample.plates.iter().map(|plate| plate_label(plate, sample.quality)).collect();
        Self { image, size: [width, height], plates }
    }
}

fn plate_label(truth: &PlateTruth, quality: Quality) -> PlateLabel {
    let PlateTruth { specification, corners, area, characters } = truth;
    PlateLabel {
        r#box: rounded(*area),
        corners: corners.map(|corner| corner.map(tenths)),
        letters: specification.label_letters(),
        digits: specification.digits().to_owned(),
        quality,
        jurisdiction: specification.layout().jurisdiction().code(),
        layout: specification.layout().label(),
        class: specification.class().label(),
        series: specification.series(),
        flags: specification.alteration().map(flag).into_iter().collect(),
        characters: characters.iter().map(character_label).collect(),
    }
}

fn character_label(character: &Character) -> CharacterLabel {
    let Character { symbol, row, area, covered } = *character;
    CharacterLabel { char: symbol, row: row.label(), r#box: rounded(area), covered }
}

const fn flag(alteration: Alteration) -> &'static str {
    match alteration {
        Alteration::PaintedLetter { .. } => "tamper_suspect",
        Alteration::CoveredDigit { .. } => "occluded",
        Alteration::OtherLatinLetter { .. } => "rows_disagree",
    }
}

fn rounded(area: Area) -> [f32; 4] {
    [area.left, area.top, area.width(), area.height()].map(tenths)
}

fn tenths(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}
