//! Scores of a plate's rows to what the plate says; pure. The same steps as `read` in `detect/training/decode.py`.

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
        let looks: Vec<Suspicions> = self.looks().map(|look| look.suspicions).collect();
        Suspicions::mean(looks.into_iter())
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
mod tests {
    use super::*;
    use crate::model_card::Models;

    const FRAME: Edges = Edges { left: 0.0, top: 0.0, right: 640.0, bottom: 480.0 };

    /// Scores that spell `text`, each character on a step of its own with a blank after it.
    fn spelled(text: &str, contract: &ReadContract, sureness: f32) -> StepProbabilities {
        let classes = contract.classes();
        let mut scores = vec![0.0; contract.output.steps * classes];
        let places: Vec<usize> =
            text.chars().map(|c| contract.alphabet.iter().position(|a| *a == c).unwrap() + 1).collect();
        for step in 0..contract.output.steps {
            let class = if step % 2 == 0 { places.get(step / 2).copied().unwrap_or(0) } else { 0 };
            scores[step * classes + class] = sureness;
        }
        StepProbabilities::from_scores(&scores, classes, 1.0)
    }

    fn read_spelled(jurisdiction: Jurisdiction, texts: &[&str], sureness: f32) -> Option<PlateRead> {
        read_suspected(jurisdiction, texts, sureness, (false, 0.0))
    }

    /// The same of a plate that the locator may call foreign, on rows that are none of ours with some probability.
    fn read_suspected(
        jurisdiction: Jurisdiction,
        texts: &[&str],
        sureness: f32,
        (is_foreign, other): (bool, f32),
    ) -> Option<PlateRead> {
        let contract = Models::load(None).unwrap().read;
        let edges = Edges { left: 10.0, top: 20.0, right: 110.0, bottom: 70.0 };
        let plate = LocatedPlate { is_foreign, ..LocatedPlate::upright(edges, jurisdiction, 0.9) };
        let rows: Vec<RowScores> = rows_of(jurisdiction, &contract)
            .into_iter()
            .zip(texts)
            .map(|(layout, text)| RowScores {
                layout,
                place: RowPlace::Upright(edges),
                first: RowLook {
                    steps: spelled(text, &contract, sureness),
                    suspicions: Suspicions { other, ..Suspicions::default() },
                },
                further: Vec::new(),
            })
            .collect();
        read(&plate, &rows, FRAME, &contract)
    }

    fn read_surely(jurisdiction: Jurisdiction, texts: &[&str]) -> PlateRead {
        read_spelled(jurisdiction, texts, 20.0).unwrap()
    }

    #[test]
    fn egyptian_letters_come_in_arabic_reading_order() {
        let read = read_surely(Jurisdiction::Egypt, &["٧١٢٦نطس"]);
        let plate = read.plate.clone().unwrap();
        assert_eq!((plate.letters(), plate.digits()), ("سطن", "7126"));
        let characters: String = read.characters.iter().map(|c| c.character).collect();
        assert_eq!(characters, "سطن7126");
        assert!(read.may_issue_automatically(), "{:?}", read.flags);
    }

    #[test]
    fn saudi_rows_that_agree_give_one_plate_with_both_rows_characters() {
        let read = read_surely(Jurisdiction::SaudiArabia, &["١٢٣٤طنح", "1234TNJ"]);
        let plate = read.plate.clone().unwrap();
        assert_eq!((plate.letters(), plate.latin_letters().as_str()), ("حنط", "TNJ"));
        let characters: String = read.characters.iter().map(|c| c.character).collect();
        assert_eq!(characters, "TNJ1234طنح1234");
        assert!(read.may_issue_automatically(), "{:?}", read.flags);
    }

    #[test]
    fn saudi_rows_that_differ_are_flagged_and_never_sure() {
        let read = read_surely(Jurisdiction::SaudiArabia, &["١٢٣٤طنح", "1234TNB"]);
        assert!(read.flags.contains(&ReadFlag::RowsDisagree));
        assert!(read.confidence.value() < 0.6, "{:?}", read.confidence);
        assert_eq!(read.raw, "حنط1234 / بنط1234");
    }

    #[test]
    fn the_latin_row_seen_twice_is_no_agreement() {
        let read = read_surely(Jurisdiction::SaudiArabia, &["1234TNJ", "1234TNJ"]);
        assert!(read.flags.contains(&ReadFlag::RowsDisagree));
    }

    #[test]
    fn a_read_outside_the_grammar_is_kept_as_it_is() {
        let read = read_surely(Jurisdiction::Egypt, &["٧٠٢٦نطس"]);
        assert_eq!(read.plate, None);
        assert_eq!(read.raw, "سطن7026");
        assert!(read.flags.contains(&ReadFlag::OutOfGrammar));
    }

    #[test]
    fn what_is_likelier_wrong_than_right_is_put_forward_only_where_two_rows_contradict_each_other() {
        let contract = Models::load(None).unwrap().read;
        let at = |confidence, read: &PlateRead| {
            let confidence = Confidence::new(confidence).unwrap();
            is_put_forward(&PlateRead { confidence, ..read.clone() }, FRAME, &contract)
        };
        let alone = read_surely(Jurisdiction::Egypt, &["٧١٢٦نطس"]);
        assert!(at(0.5, &alone) && !at(0.45, &alone));
        let contradicting = read_surely(Jurisdiction::SaudiArabia, &["١٢٣٤طنح", "1234TNB"]);
        assert!(at(0.45, &contradicting) && !at(0.35, &contradicting));
    }

    #[test]
    fn a_plate_that_goes_on_beyond_the_frame_is_put_forward_only_where_it_is_sure() {
        let contract = Models::load(None).unwrap().read;
        let at = |x, confidence| {
            let read = read_surely(Jurisdiction::Egypt, &["٧١٢٦نطس"]);
            let position = PixelBox { x, ..read.position };
            let confidence = Confidence::new(confidence).unwrap();
            is_put_forward(&PlateRead { position, confidence, ..read }, FRAME, &contract)
        };
        assert!(at(0, 0.95) && !at(0, 0.9) && at(10, 0.9));
        assert!(!at(540, 0.9), "100 pixels wide at the right border of 640");
    }

    #[test]
    fn doubtful_scores_give_little_confidence() {
        let read = read_spelled(Jurisdiction::Egypt, &["٧١٢٦نطس"], 5.0).unwrap();
        assert!(read.confidence.value() < 0.3, "{:?}", read.confidence);
        assert!(read.flags.contains(&ReadFlag::LowConfidence));
    }

    #[test]
    fn every_look_at_a_row_counts_alike() {
        let contract = Models::load(None).unwrap().read;
        let edges = Edges { left: 10.0, top: 20.0, right: 110.0, bottom: 70.0 };
        let plate = LocatedPlate::upright(edges, Jurisdiction::Egypt, 0.9);
        let look = |text, altered| RowLook {
            steps: spelled(text, &contract, 20.0),
            suspicions: Suspicions { altered, ..Suspicions::default() },
        };
        let row = RowScores {
            layout: rows_of(Jurisdiction::Egypt, &contract)[0],
            place: RowPlace::Upright(edges),
            first: look("٧١٢٦نطس", 0.9),
            further: vec![look("٧٢٦نطس", 0.0); 2],
        };
        assert!((row.suspicions().altered - 0.3).abs() < 1e-6);
        let read = read(&plate, &[row], FRAME, &contract).unwrap();
        assert_eq!(read.plate.unwrap().digits(), "726");
        assert!((read.confidence.value() - 2.0 / 3.0).abs() < 0.01, "{:?}", read.confidence);
    }

    #[test]
    fn only_a_plate_that_both_nets_call_foreign_is_given_no_number() {
        let of = |foreign| read_suspected(Jurisdiction::Egypt, &["٧١٢٦نطس"], 20.0, foreign).unwrap();
        let both = of((true, 0.99));
        assert_eq!((both.plate, both.raw.as_str()), (None, "سطن7126"));
        let one = of((true, 0.0));
        assert!(one.plate.is_some() && one.flags.contains(&ReadFlag::Foreign));
        let other = of((false, 0.99));
        assert!(other.plate.is_some() && other.flags.contains(&ReadFlag::Foreign));
    }

    #[test]
    fn a_character_of_a_turned_row_lies_between_the_rows_corners() {
        let corners = [(100.0, 100.0), (200.0, 150.0), (180.0, 190.0), (80.0, 140.0)];
        let row = RowPlace::Turned(Corners(corners.map(|(x, y)| schemas::frame::PixelPoint { x, y })));
        let place = row.between(0.5, 1.0, FRAME);
        assert_eq!(place, PixelBox { x: 130, y: 125, width: 70, height: 65 });
    }

    #[test]
    fn digits_alone_are_no_read_of_a_plate() {
        assert_eq!(read_spelled(Jurisdiction::Egypt, &["٧١٢٦"], 20.0), None);
        assert_eq!(read_spelled(Jurisdiction::Egypt, &[""], 20.0), None);
    }
}
