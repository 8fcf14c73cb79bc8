//! What is written on a plate. The text is a [`PlateNumber`], so it fits the grammar of its country.

use crate::drawing::fonts::Face;
use crate::plate::layout::{EgyptLayout, Layout, Mount, SaudiLayout, drawn_classes};
use crate::random::SynthRng;
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::{PlateError, PlateNumber};
use schemas::plate_grammar::PlateGrammar;
use schemas::vehicle_class::VehicleClass;
use serde::Deserialize;
use thiserror::Error;

/// Arabic letters that no plate carries, but that paint can make of one that plates do.
const PAINTED_LETTERS: [char; 10] = ['ز', 'ض', 'ش', 'ذ', 'ظ', 'غ', 'ت', 'ث', 'خ', 'ك'];

/// Why a plate cannot be specified so.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SpecificationError {
    /// The text is no plate of the layout's country.
    #[error("the layout {layout} is not of {jurisdiction}")]
    OtherCountry {
        /// Name of the layout.
        layout: &'static str,
        /// Country of the number.
        jurisdiction: Jurisdiction,
    },
    /// An alteration that this plate has no place for.
    #[error("the plate cannot be altered so: there is no such place, or its letter cannot become another")]
    Alteration,
}

/// A plate that somebody altered; none of these may ever be issued automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alteration {
    /// A painted dot turns the letter at this place of the reading order into one outside the alphabet.
    PaintedLetter {
        /// Place in the Arabic reading order, from 0.
        place: usize,
    },
    /// Tape covers the digit at this place from the left.
    CoveredDigit {
        /// Place from the left, from 0.
        place: usize,
    },
    /// The Latin row of a Saudi plate carries another letter at this column from the left.
    OtherLatinLetter {
        /// Column from the left, from 0.
        column: usize,
        /// The letter that stands there.
        latin: char,
    },
}

/// One plate to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct PlateSpecification {
    layout: Layout,
    class: VehicleClass,
    number: PlateNumber,
    arabic_face: Face,
    latin_face: Face,
    alteration: Option<Alteration>,
    has_latin_beside: bool,
}

impl PlateSpecification {
    /// A plate with this number.
    ///
    /// # Errors
    /// When the layout is of another country than the number.
    pub fn new(layout: Layout, class: VehicleClass, number: PlateNumber) -> Result<Self, SpecificationError> {
        let jurisdiction = number.jurisdiction();
        if layout.jurisdiction() != jurisdiction {
            return Err(SpecificationError::OtherCountry { layout: layout.label(), jurisdiction });
        }
        Ok(Self {
            layout,
            class,
            number,
            arabic_face: Face::Naskh,
            latin_face: Face::DejaVu,
            alteration: None,
            has_latin_beside: false,
        })
    }

    /// A plate of the country by chance: every letter equally often, so that rare ones are learned too.
    ///
    /// # Errors
    /// Never with the grammars as they are; they are data, so it stands in the type.
    pub fn random(jurisdiction: Jurisdiction, random: &mut SynthRng) -> Result<Self, PlateError> {
        let layout = match jurisdiction {
            Jurisdiction::Egypt => Layout::Egypt(EgyptLayout::Car),
            Jurisdiction::SaudiArabia => match random.random_range(0..10_u8) {
                0..5 => Layout::Saudi(SaudiLayout::Short),
                5..9 => Layout::Saudi(SaudiLayout::Long),
                9.. => Layout::Saudi(SaudiLayout::LongStripRight),
            },
        };
        Ok(Self {
            layout,
            class: random_class(jurisdiction, random),
            number: random_number(jurisdiction, random)?,
            arabic_face: random_arabic_face(random),
            latin_face: Face::LATIN[random.random_range(0..Face::LATIN.len())],
            alteration: None,
            has_latin_beside: false,
        })
    }

    /// Now and then as a rarer plate of its country: a police car's, or in the Egyptian face since 2022.
    #[must_use]
    pub fn varied(mut self, random: &mut SynthRng) -> Self {
        match self.layout.jurisdiction() {
            Jurisdiction::Egypt => {
                if random.random_bool(0.06) {
                    self.class = VehicleClass::Police;
                }
                if random.random_bool(0.25) {
                    self.arabic_face = Face::Kufi;
                    self.latin_face = Face::Office;
                    self.has_latin_beside = true;
                }
            }
            Jurisdiction::SaudiArabia => {}
        }
        self
    }

    /// The same number on a motorcycle's plate: now and then the police's in Egypt, private otherwise.
    #[must_use]
    pub fn on_motorcycle(mut self, random: &mut SynthRng) -> Self {
        let jurisdiction = self.layout.jurisdiction();
        let layouts = Layout::of(jurisdiction, Mount::Motorcycle);
        self.layout = layouts[random.random_range(0..layouts.len())];
        self.class = match jurisdiction {
            Jurisdiction::Egypt if random.random_bool(0.1) => VehicleClass::Police,
            Jurisdiction::Egypt | Jurisdiction::SaudiArabia => VehicleClass::Private,
        };
        // Small Latin characters would have no place.
        self.has_latin_beside = false;
        self
    }

    /// Whether an Egyptian plate carries small Latin letters and digits too, as in the face since 2022.
    #[must_use]
    pub const fn has_latin_beside(&self) -> bool {
        self.has_latin_beside
    }

    /// The same plate, altered.
    ///
    /// # Errors
    /// When the alteration names a place that the plate does not have, or a letter that cannot be painted over.
    pub fn with_alteration(mut self, alteration: Alteration) -> Result<Self, SpecificationError> {
        let possible = match alteration {
            Alteration::PaintedLetter { place } => {
                self.letters().get(place).and_then(|letter| self.painted(*letter)).is_some()
            }
            Alteration::CoveredDigit { place } => place < self.digits().len(),
            Alteration::OtherLatinLetter { column, latin } => {
                let known = PlateGrammar::of(Jurisdiction::SaudiArabia).arabic_of(latin).is_some();
                known
                    && self
                        .latin_letters()
                        .is_some_and(|row| row.get(column).is_some_and(|there| *there != latin))
            }
        };
        if !possible {
            return Err(SpecificationError::Alteration);
        }
        self.alteration = Some(alteration);
        Ok(self)
    }

    /// The same plate with an alteration by chance, or unaltered where the dice name an impossible one.
    #[must_use]
    pub fn altered_by_chance(self, random: &mut SynthRng) -> Self {
        let place = random.random_range(0..self.letters().len());
        let alteration = match random.random_range(0..3_u8) {
            0 => Alteration::PaintedLetter { place },
            1 => Alteration::CoveredDigit { place: random.random_range(0..self.digits().len()) },
            2.. => Alteration::OtherLatinLetter { column: place, latin: random.random_range('A'..='Z') },
        };
        self.clone().with_alteration(alteration).unwrap_or(self)
    }

    /// Size and arrangement.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// The vehicle class.
    #[must_use]
    pub const fn class(&self) -> VehicleClass {
        self.class
    }

    /// The number that the plate was issued with.
    #[must_use]
    pub const fn number(&self) -> &PlateNumber {
        &self.number
    }

    /// ASCII digits, left to right as printed.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.number.digits()
    }

    /// The Arabic face.
    #[must_use]
    pub const fn arabic_face(&self) -> Face {
        self.arabic_face
    }

    /// The Latin face.
    #[must_use]
    pub const fn latin_face(&self) -> Face {
        self.latin_face
    }

    /// What was altered, if anything.
    #[must_use]
    pub const fn alteration(&self) -> Option<Alteration> {
        self.alteration
    }

    /// The Latin row of a Saudi plate, left to right, as printed (an altered letter included); `None` for Egypt.
    #[must_use]
    pub fn latin_letters(&self) -> Option<Vec<char>> {
        if self.layout.jurisdiction() != Jurisdiction::SaudiArabia {
            return None;
        }
        let mut row: Vec<char> = self.number.latin_letters().chars().collect();
        if let Some(Alteration::OtherLatinLetter { column, latin }) = self.alteration
            && let Some(there) = row.get_mut(column)
        {
            *there = latin;
        }
        Some(row)
    }

    /// The Arabic letters as they are seen, in reading order: a painted one counts as what it became.
    #[must_use]
    pub fn visible_letters(&self) -> Vec<char> {
        let mut letters = self.letters();
        if let Some(Alteration::PaintedLetter { place }) = self.alteration
            && let Some(there) = letters.get_mut(place)
        {
            *there = self.painted(*there).unwrap_or(*there);
        }
        letters
    }

    /// The `letters` field of a label: Arabic reading order for Egypt, the Latin row as printed for Saudi Arabia.
    #[must_use]
    pub fn label_letters(&self) -> String {
        self.latin_letters().unwrap_or_else(|| self.letters()).into_iter().collect()
    }

    /// The series that the counts of letters and digits put it in; `special` for a distinguished plate.
    #[must_use]
    pub fn series(&self) -> &'static str {
        PlateGrammar::of(self.layout.jurisdiction())
            .regular_series(self.letters().len(), self.digits().len())
            .unwrap_or("special")
    }

    /// The letters as issued, Arabic reading order.
    #[must_use]
    pub fn letters(&self) -> Vec<char> {
        self.number.letters().chars().collect()
    }

    fn painted(&self, letter: char) -> Option<char> {
        let grammar = PlateGrammar::of(self.layout.jurisdiction());
        PAINTED_LETTERS.into_iter().find(|seen| grammar.likely_before_paint(*seen) == Some(letter))
    }
}

fn random_number(jurisdiction: Jurisdiction, random: &mut SynthRng) -> Result<PlateNumber, PlateError> {
    let grammar = PlateGrammar::of(jurisdiction);
    let alphabet: Vec<char> = grammar.arabic_letters().collect();
    let figures: Vec<char> = grammar.digits().chars().collect();
    let (letter_count, digit_count) = random_counts(jurisdiction, random);
    let letters: String =
        (0..letter_count).map(|_| alphabet[random.random_range(0..alphabet.len())]).collect();
    let mut digits: String =
        (0..digit_count).map(|_| figures[random.random_range(0..figures.len())]).collect();
    // No plate has zeros alone.
    if digits.chars().all(|digit| digit == '0') && digits.pop().is_some() {
        digits.push('1');
    }
    PlateNumber::parse(jurisdiction, &letters, &digits)
}

/// Counts of letters and digits: the regular series as on the road, and more special plates than there.
fn random_counts(jurisdiction: Jurisdiction, random: &mut SynthRng) -> (u8, u8) {
    let dice = random.random_range(0..100_u8);
    match jurisdiction {
        Jurisdiction::Egypt => match dice {
            0..40 => (3, 4),
            40..62 => (3, 3),
            62..80 => (2, 4),
            80.. => (random.random_range(1..4), random.random_range(1..5)),
        },
        Jurisdiction::SaudiArabia => match dice {
            0..76 => (3, 4),
            76.. => (3, random.random_range(1..4)),
        },
    }
}

fn random_class(jurisdiction: Jurisdiction, random: &mut SynthRng) -> VehicleClass {
    let classes = drawn_classes(jurisdiction);
    if random.random_bool(0.55) {
        VehicleClass::Private
    } else {
        classes[random.random_range(0..classes.len())]
    }
}

fn random_arabic_face(random: &mut SynthRng) -> Face {
    match random.random_range(0..100_u8) {
        0..42 => Face::Naskh,
        42..58 => Face::Amiri,
        58..74 => Face::Sans,
        74..90 => Face::DejaVu,
        90.. => Face::Kufi,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::sample_rng;

    fn saudi(latin: &str, digits: &str) -> PlateSpecification {
        let number = PlateNumber::parse_saudi_latin(latin, digits).unwrap();
        PlateSpecification::new(Layout::Saudi(SaudiLayout::Short), VehicleClass::Private, number).unwrap()
    }

    #[test]
    fn random_plates_fit_the_grammar_and_reach_every_series_and_letter() {
        for jurisdiction in Jurisdiction::ALL {
            let mut series = std::collections::BTreeSet::new();
            let mut letters = std::collections::BTreeSet::new();
            for index in 0..2_000 {
                let plate = PlateSpecification::random(jurisdiction, &mut sample_rng(5, index)).unwrap();
                assert_eq!(plate.layout().jurisdiction(), jurisdiction);
                series.insert(plate.series());
                letters.extend(plate.letters());
            }
            assert_eq!(letters.len(), 17);
            assert_eq!(series.len(), if jurisdiction == Jurisdiction::Egypt { 4 } else { 2 });
        }
    }

    #[test]
    fn the_label_of_a_saudi_plate_is_its_latin_row_and_the_arabic_row_is_the_reverse() {
        let plate = saudi("TNJ", "0412");
        assert_eq!(plate.label_letters(), "TNJ");
        assert_eq!(plate.visible_letters(), ['ح', 'ن', 'ط']);
    }

    #[test]
    fn a_layout_of_another_country_is_refused() {
        let number = PlateNumber::parse(Jurisdiction::Egypt, "طن", "71").unwrap();
        let refused =
            PlateSpecification::new(Layout::Saudi(SaudiLayout::Long), VehicleClass::Private, number);
        assert!(matches!(refused, Err(SpecificationError::OtherCountry { .. })));
    }

    #[test]
    fn another_latin_letter_shows_in_the_label_and_leaves_the_arabic_row_alone() {
        let plate = saudi("TNJ", "1")
            .with_alteration(Alteration::OtherLatinLetter { column: 0, latin: 'B' })
            .unwrap();
        assert_eq!(plate.label_letters(), "BNJ");
        assert_eq!(plate.visible_letters(), ['ح', 'ن', 'ط']);
        let unknown = Alteration::OtherLatinLetter { column: 0, latin: 'Q' };
        assert_eq!(saudi("TNJ", "1").with_alteration(unknown), Err(SpecificationError::Alteration));
    }

    #[test]
    fn paint_makes_a_letter_that_no_plate_carries() {
        let number = PlateNumber::parse(Jurisdiction::Egypt, "رسم", "7126").unwrap();
        let plate =
            PlateSpecification::new(Layout::Egypt(EgyptLayout::Car), VehicleClass::Private, number).unwrap();
        let painted = plate.with_alteration(Alteration::PaintedLetter { place: 0 }).unwrap();
        assert_eq!(painted.visible_letters(), ['ز', 'س', 'م']);
        assert_eq!(painted.label_letters(), "رسم");
    }
}
