//! Scores of a plate's rows to what the plate says; pure. The same steps as `read` in `detect/training/contract/decode.py`.

use crate::calibrate::{Evidence, Suspicions, flags};
use crate::contract::{Extent, LocateContract, ReadContract};
use crate::corners::Corners;
use crate::ctc::{AlignedCharacter, StepProbabilities, align, beam_search};
use crate::locate::{LocatedPlate, pixel_box};
use crate::preprocess::Edges;
use schemas::frame::PixelBox;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_grammar::PlateGrammar;
use schemas::plate_read::{CharacterRead, Confidence, PlateRead, PlateRow, ReadFlag};
use std::collections::BTreeMap;

/// What a row that cannot be read at all still grants the other row's reading.
const ROW_DOUBT: f64 = 1e-3;
const ARABIC_INDIC_ZERO: u32 = 0x0660;

/// A row of a plate of one country: its script and where it lies in the box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowLayout {
    /// The script.
    pub script: PlateRow,
    /// The part of the box.
    pub extent: Extent,
}

/// The rows of a country's plates, in the order in which their scores are handed to [`read`].
#[must_use]
pub fn rows_of(jurisdiction: Jurisdiction, contract: &ReadContract) -> Vec<RowLayout> {
    let row = |script, extent| RowLayout { script, extent };
    match jurisdiction {
        Jurisdiction::Egypt => vec![row(PlateRow::Arabic, contract.rows.egypt)],
        Jurisdiction::SaudiArabia => vec![
            row(PlateRow::Arabic, contract.rows.saudi_arabic),
            row(PlateRow::Latin, contract.rows.saudi_latin),
        ],
    }
}

/// Where a row lies in the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowPlace {
    /// Cut out along the plate's upright box.
    Upright(Edges),
    /// Rectified between these corners.
    Turned(Corners),
}

impl RowPlace {
    /// The row of a plate in a frame of this size: by its corners where it is turned, by its box otherwise.
    #[must_use]
    pub fn of(plate: &LocatedPlate, extent: Extent, size: (u32, u32), contract: &LocateContract) -> Self {
        if plate.corners.turned_degrees() <= contract.turned_degrees {
            return Self::Upright(plate.edges.row(extent, size));
        }
        let Extent { left, top, right, bottom } = extent;
        Self::Turned(plate.corners.perspective().part(Edges { left, top, right, bottom }))
    }

    /// The smallest upright box around the row.
    #[must_use]
    pub fn bounds(&self) -> Edges {
        match self {
            Self::Upright(edges) => *edges,
            Self::Turned(corners) => corners.bounds(),
        }
    }

    /// The smallest upright box around the row's part between two shares of its length, held inside `within`.
    fn between(&self, first: f32, last: f32, within: Edges) -> PixelBox {
        let part = match self {
            Self::Upright(edges) => Edges {
                left: edges.left + first * edges.width(),
                right: edges.left + last * edges.width(),
                ..*edges
            },
            Self::Turned(corners) => {
                corners.perspective().part(Edges { left: first, top: 0.0, right: last, bottom: 1.0 }).bounds()
            }
        };
        pixel_box(Edges {
            left: part.left.clamp(within.left, within.right - 1.0),
            top: part.top.clamp(within.top, within.bottom - 1.0),
            right: part.right.clamp(within.left + 1.0, within.right),
            bottom: part.bottom.clamp(within.top + 1.0, within.bottom),
        })
    }
}

/// What one row says, with where it was cut out.
#[derive(Debug, Clone)]
pub struct RowScores {
    /// Script and extent.
    pub layout: RowLayout,
    /// Where the row lies in the frame.
    pub place: RowPlace,
    /// The first look at it.
    pub first: RowLook,
    /// Further looks, if any were taken.
    pub further: Vec<RowLook>,
}

/// One look at a row.
#[derive(Debug, Clone)]
pub struct RowLook {
    /// Probabilities at each step.
    pub steps: StepProbabilities,
    /// What speaks against the row besides its text.
    pub suspicions: Suspicions,
}

impl RowScores {
    /// What speaks against the row besides its text, by the mean of all looks.
    #[must_use]
    pub fn suspicions(&self) -> Suspicions {
        Suspicions::mean(self.looks().map(|look| look.suspicions))
    }

    fn looks(&self) -> impl Iterator<Item = &RowLook> {
        std::iter::once(&self.first).chain(&self.further)
    }
}

/// The reading of a plate from its rows. Saudi rows are searched apart, each over all looks at it alike; the reading is
/// the one that both together make likeliest, and a flag says when they differ. Nothing when there are not both letters and digits of the row's
/// script: that is no read of a plate.
#[must_use]
pub fn read(
    plate: &LocatedPlate,
    rows: &[RowScores],
    frame: Edges,
    contract: &ReadContract,
) -> Option<PlateRead> {
    let readings: Vec<BTreeMap<Columns, f64>> = rows.iter().map(|row| row_readings(row, contract)).collect();
    let tops: Vec<Columns> = readings.iter().filter_map(likeliest).collect();
    let (columns, probability) = joint(&readings).filter(|(columns, _)| columns.is_complete())?;
    let agree = tops.windows(2).all(|pair| pair[0] == pair[1]);
    let (letters, digits) = columns.letters_and_digits();
    let number = PlateNumber::parse(plate.jurisdiction, &letters, &digits).ok();
    let characters: Vec<CharacterRead> = rows
        .iter()
        .rev()
        .flat_map(|row| row_characters(row, &columns, plate.jurisdiction, frame, contract))
        .collect();
    let confidence = Confidence::new(as_probability(probability)).unwrap_or(Confidence::ZERO);
    let raw = if agree {
        format!("{letters}{digits}")
    } else {
        tops.iter().map(Columns::raw).collect::<Vec<_>>().join(" / ")
    };
    let suspicions = rows.iter().map(RowScores::suspicions).fold(Suspicions::default(), Suspicions::worst);
    // Where both nets call it foreign, its number would be another vehicle's here.
    let is_none_of_ours = plate.is_foreign && suspicions.other >= contract.suspicion_floors.other;
    let evidence = Evidence {
        jurisdiction: plate.jurisdiction,
        number: number.as_ref(),
        seen_letters: &tops_letters(&tops),
        rows_agree: agree,
        confidence,
        suspicions,
        is_foreign: plate.is_foreign,
        is_cut: plate.edges.reaches(frame),
    };
    let flags = flags(&evidence, contract);
    Some(PlateRead {
        jurisdiction: plate.jurisdiction,
        raw,
        plate: number.filter(|_| !is_none_of_ours),
        confidence,
        position: pixel_box(plate.edges),
        corners: plate.corners.0,
        characters,
        class: None,
        flags,
    })
}

/// Whether a read from a frame is sure enough to be shown to anybody. Of a plate that goes on beyond the frame some characters
/// may be missing: that it was read to its end must be as sure as for issuing.
#[must_use]
pub fn is_put_forward(read: &PlateRead, frame: Edges, contract: &ReadContract) -> bool {
    let contradicts_itself = read.flags.contains(&ReadFlag::RowsDisagree);
    let floor = if Edges::of(read.position).goes_on_beyond(frame) {
        contract.automatic_issue_floor
    } else if contradicts_itself {
        contract.disagreement_floor
    } else {
        contract.report_floor
    };
    read.confidence.value() >= floor
}

/// Characters from left to right, Arabic letters and ASCII digits: the form in which both rows can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Columns {
    characters: String,
    /// Whether every character is of the row's script and known to the country; otherwise `characters` is as read.
    fits_row: bool,
}

impl Columns {
    /// Letters in Arabic reading order and digits as printed: digits stand on the left, letters on the right.
    fn letters_and_digits(&self) -> (String, String) {
        let split = self.characters.find(|character: char| !character.is_ascii_digit());
        let (digits, letters) = self.characters.split_at(split.unwrap_or(self.characters.len()));
        (letters.chars().rev().collect(), digits.to_owned())
    }

    fn is_complete(&self) -> bool {
        let (letters, digits) = self.letters_and_digits();
        self.fits_row && !letters.is_empty() && !digits.is_empty()
    }

    fn raw(&self) -> String {
        let (letters, digits) = self.letters_and_digits();
        letters + &digits
    }
}

/// What the row may say, each with the mean of its probabilities over all looks.
fn row_readings(row: &RowScores, contract: &ReadContract) -> BTreeMap<Columns, f64> {
    let mut readings = BTreeMap::new();
    let share = 1.0 / (1 + row.further.len()) as f64;
    for hypothesis in row.looks().flat_map(|look| beam_search(&look.steps, contract.beam_width)) {
        let printed: Vec<char> =
            hypothesis.text.iter().filter_map(|class| contract.alphabet.get(class - 1)).copied().collect();
        let canonical: Option<String> = printed.iter().map(|c| canonical(*c, row.layout.script)).collect();
        let columns = canonical.map_or_else(
            || Columns { characters: printed.iter().collect(), fits_row: false },
            |characters| Columns { characters, fits_row: true },
        );
        *readings.entry(columns).or_insert(0.0) += share * hypothesis.log_probability.exp();
    }
    readings
}

/// A printed character as ASCII digit or Arabic letter; nothing when it is not of the row's script.
fn canonical(printed: char, script: PlateRow) -> Option<char> {
    match script {
        PlateRow::Arabic => {
            match u32::from(printed).checked_sub(ARABIC_INDIC_ZERO).filter(|value| *value < 10) {
                Some(value) => char::from_digit(value, 10),
                None => (!printed.is_ascii()).then_some(printed),
            }
        }
        PlateRow::Latin if printed.is_ascii_digit() => Some(printed),
        PlateRow::Latin => PlateGrammar::of(Jurisdiction::SaudiArabia).arabic_of(printed),
    }
}

/// The inverse of [`canonical`].
fn printed(canonical: char, script: PlateRow) -> Option<char> {
    match script {
        PlateRow::Arabic => match canonical.to_digit(10) {
            Some(value) => char::from_u32(ARABIC_INDIC_ZERO + value),
            None => Some(canonical),
        },
        PlateRow::Latin if canonical.is_ascii_digit() => Some(canonical),
        PlateRow::Latin => PlateGrammar::of(Jurisdiction::SaudiArabia).latin_of(canonical),
    }
}

fn likeliest(readings: &BTreeMap<Columns, f64>) -> Option<Columns> {
    readings.iter().max_by(|one, other| one.1.total_cmp(other.1)).map(|(columns, _)| columns.clone())
}

/// The reading that all rows together make likeliest, and its share of everything they might say.
fn joint(readings: &[BTreeMap<Columns, f64>]) -> Option<(Columns, f64)> {
    if let [only] = readings {
        let best = likeliest(only)?;
        let probability = only.get(&best).copied()?;
        return Some((best, probability));
    }
    let together = |columns: &Columns| -> f64 {
        readings.iter().map(|row| row.get(columns).copied().unwrap_or(0.0) + ROW_DOUBT).product()
    };
    let all: BTreeMap<&Columns, f64> =
        readings.iter().flat_map(BTreeMap::keys).map(|columns| (columns, together(columns))).collect();
    let rest: f64 = readings.iter().map(|row| (1.0 - row.values().sum::<f64>()).max(ROW_DOUBT)).product();
    let total = all.values().sum::<f64>() + rest;
    let usable = all.into_iter().filter(|(columns, _)| columns.fits_row);
    let best = usable.max_by(|one, other| one.1.total_cmp(&other.1))?;
    Some((best.0.clone(), best.1 / total))
}

fn tops_letters(tops: &[Columns]) -> String {
    tops.iter().flat_map(|columns| columns.characters.chars()).filter(|c| !c.is_ascii_digit()).collect()
}

/// The characters of the reading as this row shows them: letters in the order of the country's labels, then digits.
fn row_characters(
    row: &RowScores,
    columns: &Columns,
    jurisdiction: Jurisdiction,
    frame: Edges,
    contract: &ReadContract,
) -> Vec<CharacterRead> {
    let shown: Option<Vec<char>> =
        columns.characters.chars().map(|character| printed(character, row.layout.script)).collect();
    let class_of =
        |character: &char| contract.alphabet.iter().position(|c| c == character).map(|place| place + 1);
    let classes: Option<Vec<usize>> = shown.as_ref().and_then(|shown| shown.iter().map(class_of).collect());
    let Some((shown, aligned)) = shown.zip(classes.and_then(|classes| align(&row.first.steps, &classes)))
    else {
        return Vec::new();
    };
    let (mut digits, mut letters): (Vec<CharacterRead>, Vec<CharacterRead>) = shown
        .iter()
        .zip(&aligned)
        .map(|(character, place)| character_read(*character, place, row, frame, contract))
        .partition(|character| character.character.is_ascii_digit());
    match jurisdiction {
        Jurisdiction::Egypt => letters.reverse(),
        Jurisdiction::SaudiArabia => {}
    }
    letters.append(&mut digits);
    letters
}

fn character_read(
    shown: char,
    place: &AlignedCharacter,
    row: &RowScores,
    frame: Edges,
    contract: &ReadContract,
) -> CharacterRead {
    let name = |character: char| match u32::from(character).checked_sub(ARABIC_INDIC_ZERO) {
        Some(value) if value < 10 => char::from_digit(value, 10).unwrap_or(character),
        Some(_) | None => character,
    };
    let confidence = |value: f64| Confidence::new(as_probability(value)).unwrap_or(Confidence::ZERO);
    let steps = row.first.steps.steps().len().max(1) as f32;
    let rival = contract.alphabet.get(place.runner_up.0.wrapping_sub(1)).copied();
    CharacterRead {
        character: name(shown),
        confidence: confidence(place.probability),
        runner_up: rival.map(|rival| (name(rival), confidence(place.runner_up.1))),
        row: row.layout.script,
        position: row.place.between(place.first as f32 / steps, (place.last + 1) as f32 / steps, frame),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a probability keeps seven digits")]
fn as_probability(value: f64) -> f32 {
    value.clamp(0.0, 1.0) as f32
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
