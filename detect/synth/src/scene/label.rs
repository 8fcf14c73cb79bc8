//! The truth of a sample as one line of `labels.jsonl`: the fields of the hand-labelled sets, and more.

use crate::camera::degrade::Quality;
use crate::camera::weather::Weather;
use crate::drawing::area::Area;
use crate::fault::tamper::Tampering;
use crate::plate::drawn::Character;
use crate::plate::specification::{Alteration, PlateSpecification};
use crate::scene::condition::{Condition, ConditionKind};
use crate::scene::place::PlateTruth;
use crate::scene::sample::Sample;
use serde::Serialize;

/// One picture.
#[derive(Debug, Serialize)]
pub struct PictureLabel {
    /// File name within the folder.
    pub image: String,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// The weather, unless it is dry.
    #[serde(skip_serializing_if = "Weather::is_dry")]
    pub weather: Weather,
    /// Every plate in it.
    pub plates: Vec<PlateLabel>,
    /// Every thing in it that looks like a plate and is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fakes: Vec<PlateLabel>,
}

/// One plate; `box`, `letters`, `digits` and `quality` mean what they mean in the hand-labelled sets.
#[derive(Debug, Serialize)]
pub struct PlateLabel {
    /// Left, top, width and height in pixels.
    pub r#box: [f32; 4],
    /// Corners clockwise from the plate's own top left, in pixels; outside where the picture cuts the plate.
    pub corners: [[f32; 2]; 4],
    /// Width of the plate in pixels, also where the picture cuts it.
    pub width: f32,
    /// Regular plates only; others count for locating, not for reading. Egypt: Arabic reading order. Saudi Arabia: the
    /// Latin row as printed, left to right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letters: Option<String>,
    /// ASCII digits, left to right; regular plates only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// What the plate was issued with, where it does not say it or nobody can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<IssuedLabel>,
    /// `clear` or `mixed`.
    pub quality: Quality,
    /// `regular`, `tampered`, `occluded`, `unreadable`, `foreign` or `fake`.
    pub condition: &'static str,
    /// The particulars of the condition: tamperings, cover, reason, layout.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<&'static str>,
    /// Whether a reader may let it pass without a person.
    pub may_issue: bool,
    /// `EG` or `SA`; for foreign plates the code of their country; none for what is no plate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<&'static str>,
    /// Size and arrangement.
    pub layout: &'static str,
    /// Vehicle class by the colour of band or strip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    /// Series by the counts of letters and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<&'static str>,
    /// What a reader should say against it, by the names of its flags; empty for an honest plate.
    pub flags: Vec<&'static str>,
    /// Row by row, left to right as printed.
    pub characters: Vec<CharacterLabel>,
}

/// The number that a plate was issued with.
#[derive(Debug, Serialize)]
pub struct IssuedLabel {
    /// As [`PlateLabel::letters`].
    pub letters: String,
    /// As [`PlateLabel::digits`].
    pub digits: String,
}

/// One character.
#[derive(Debug, Serialize)]
pub struct CharacterLabel {
    /// A canonical letter as seen, or an ASCII digit in either row; on foreign plates the character as printed.
    pub char: char,
    /// `arabic` or `latin`.
    pub row: &'static str,
    /// Left, top, width and height of its ink in pixels.
    pub r#box: [f32; 4],
    /// Whether a person can see it.
    pub visible: bool,
    /// Changed by somebody.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub altered: bool,
}

impl PictureLabel {
    /// The label of a sample that is kept under this name.
    #[must_use]
    pub fn of(sample: &Sample, image: String) -> Self {
        let (width, height) = sample.picture.dimensions();
        let (fakes, plates): (Vec<&PlateTruth>, Vec<&PlateTruth>) =
            sample.plates.iter().partition(|plate| plate.condition.kind() == ConditionKind::Fake);
        let labels = |truths: Vec<&PlateTruth>| {
            truths.into_iter().map(|truth| plate_label(truth, sample.quality)).collect()
        };
        Self {
            image,
            size: [width, height],
            weather: sample.weather,
            plates: labels(plates),
            fakes: labels(fakes),
        }
    }
}

fn plate_label(truth: &PlateTruth, quality: Quality) -> PlateLabel {
    let PlateTruth { condition, corners, area, width, characters } = truth;
    let plate = condition.specification();
    let text = plate.map(issued);
    let (shown, issued) = match condition.kind() {
        ConditionKind::Regular => (text, None),
        ConditionKind::Tampered
        | ConditionKind::Occluded
        | ConditionKind::Unreadable
        | ConditionKind::Foreign
        | ConditionKind::Fake => (None, text),
    };
    let (letters, digits) = shown.map(|IssuedLabel { letters, digits }| (letters, digits)).unzip();
    let (jurisdiction, layout) = origin(condition);
    PlateLabel {
        r#box: rounded(*area),
        corners: corners.map(|corner| corner.map(tenths)),
        width: tenths(*width),
        letters,
        digits,
        issued,
        quality,
        condition: condition.kind().label(),
        details: condition.details(),
        may_issue: condition.may_issue(),
        jurisdiction,
        layout,
        class: plate.map(|plate| plate.class().label()),
        series: plate.map(PlateSpecification::series),
        flags: flags(condition),
        characters: characters.iter().map(character_label).collect(),
    }
}

fn issued(plate: &PlateSpecification) -> IssuedLabel {
    IssuedLabel { letters: plate.label_letters(), digits: plate.digits().to_owned() }
}

/// Country and layout.
fn origin(condition: &Condition) -> (Option<&'static str>, &'static str) {
    match condition {
        Condition::Regular(plate)
        | Condition::Tampered(plate, _)
        | Condition::Occluded(plate, _)
        | Condition::Unreadable(plate, _) => {
            (Some(plate.layout().jurisdiction().code()), plate.layout().label())
        }
        Condition::Foreign(plate) => (Some(plate.country()), plate.name()),
        Condition::Fake(plate) => (None, plate.label()),
    }
}

fn character_label(character: &Character) -> CharacterLabel {
    let Character { symbol, row, area, visible, altered } = *character;
    CharacterLabel { char: symbol, row: row.label(), r#box: rounded(area), visible, altered }
}

fn flags(condition: &Condition) -> Vec<&'static str> {
    let mut flags: Vec<&'static str> = match condition {
        Condition::Regular(plate) if plate.series() == "special" => vec!["special_series"],
        Condition::Regular(_) => Vec::new(),
        Condition::Tampered(_, tamperings) => tamperings.iter().map(flag).collect(),
        Condition::Occluded(..) => vec!["occluded"],
        Condition::Unreadable(..) => vec!["low_confidence"],
        Condition::Foreign(_) | Condition::Fake(_) => vec!["foreign"],
    };
    flags.sort_unstable();
    flags.dedup();
    flags
}

const fn flag(tampering: &Tampering) -> &'static str {
    match tampering {
        Tampering::PaintedDots { .. }
        | Tampering::HiddenDot { .. }
        | Tampering::MovedDot { .. }
        | Tampering::PaintedStroke { .. }
        | Tampering::PaintedZero { .. }
        | Tampering::PaintedOver { .. }
        | Tampering::Taped { .. }
        | Tampering::Reprinted(Alteration::PaintedLetter { .. }) => "tamper_suspect",
        Tampering::Reprinted(Alteration::CoveredDigit { .. }) => "occluded",
        Tampering::Reprinted(Alteration::OtherLatinLetter { .. }) => "rows_disagree",
    }
}

fn rounded(area: Area) -> [f32; 4] {
    [area.left, area.top, area.width(), area.height()].map(tenths)
}

fn tenths(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}
