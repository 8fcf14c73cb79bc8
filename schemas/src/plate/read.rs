//! What the reader says of one plate in one picture.

use crate::jurisdiction::Jurisdiction;
use crate::picture::frame::{PixelBox, PixelPoint};
use crate::plate::number::PlateNumber;
use crate::plate::vehicle_class::VehicleClass;
use std::collections::BTreeSet;
use std::fmt;
use thiserror::Error;

/// A probability, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f32);

/// Not a probability.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("a confidence must be from 0 to 1, got {0}")]
pub struct ConfidenceError(pub f32);

impl Confidence {
    /// None at all.
    pub const ZERO: Self = Self(0.0);

    /// Takes a probability.
    ///
    /// # Errors
    /// When it is below 0, above 1 or not a number.
    pub fn new(value: f32) -> Result<Self, ConfidenceError> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(ConfidenceError(value)) }
    }

    /// From 0 to 1.
    #[must_use]
    pub const fn value(self) -> f32 {
        self.0
    }
}

crate::closed_list! {
    /// The line of a plate on which a character stands.
    pub enum PlateRow {
        /// Arabic letters or Arabic-Indic digits.
        Arabic = "arabic",
        /// Latin letters or Western digits.
        Latin = "latin",
    }
}

/// One character with its doubt.
#[derive(Debug, Clone, PartialEq)]
pub struct CharacterRead {
    /// Canonical letter (Arabic code point, or Latin on the Latin row) or ASCII digit.
    pub character: char,
    /// Probability that it is right.
    pub confidence: Confidence,
    /// The next best reading.
    pub runner_up: Option<(char, Confidence)>,
    /// The line it was read from.
    pub row: PlateRow,
    /// Where it stands, pixels of the upright picture; an estimate.
    pub position: PixelBox,
}

crate::closed_list! {
    /// What speaks against issuing on this read alone.
    pub enum ReadFlag {
        /// The calibrated confidence is below the floor.
        LowConfidence = "low_confidence",
        /// The two rows of a Saudi plate say different things, or one could not be read.
        RowsDisagree = "rows_disagree",
        /// A letter outside the alphabet that paint makes out of one inside it.
        TamperSuspect = "tamper_suspect",
        /// The characters are not a plate of the country.
        OutOfGrammar = "out_of_grammar",
        /// A distinguished series: valid, but rare enough to want a look.
        SpecialSeries = "special_series",
        /// Not a plate of a country that Rasid serves.
        Foreign = "foreign",
        /// Part of the plate is hidden.
        Occluded = "occluded",
        /// More than one plate could be meant.
        SeveralPlates = "several_plates",
        /// The colour of band or strip contradicts the class.
        ClassMismatch = "class_mismatch",
    }
    impl Display;
}

/// A colour as it would be under white light, sRGB with 8 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasuredColour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl fmt::Display for MeasuredColour {
    /// `#1884e2`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { red, green, blue } = self;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// What the colour of band or strip says of the vehicle's class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassReading {
    /// The likeliest class.
    pub class: VehicleClass,
    /// Probability that it is right.
    pub confidence: Confidence,
    /// Other classes that stay possible, the likeliest first.
    pub alternatives: Vec<(VehicleClass, Confidence)>,
    /// The colour, balanced by the plate's own white and black.
    pub colour: MeasuredColour,
}

impl ClassReading {
    /// Returns the probability, 0 to 1, that the class is an official one, over all that stay possible.
    #[must_use]
    pub fn official_probability(&self) -> f32 {
        let own = std::iter::once((self.class, self.confidence));
        let all = own.chain(self.alternatives.iter().copied());
        all.filter(|(class, _)| class.is_official()).map(|(_, confidence)| confidence.value()).sum()
    }
}

/// One plate in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PlateRead {
    /// Country of the layout.
    pub jurisdiction: Jurisdiction,
    /// As read, before grammar: letters in Arabic reading order, then digits; kept as evidence.
    pub raw: String,
    /// The plate, if what was read fits the country's grammar.
    pub plate: Option<PlateNumber>,
    /// Calibrated probability that the whole read is exact.
    pub confidence: Confidence,
    /// Where the plate stands, pixels of the upright picture.
    pub position: PixelBox,
    /// Top left, top right, bottom right and bottom left corner as seen on the plate.
    pub corners: [PixelPoint; 4],
    /// Letters then digits, in the order of the plate's letters as printed for its country's label
    /// (Egypt: Arabic reading order; Saudi Arabia: Latin row left to right, with the Arabic row's after it).
    pub characters: Vec<CharacterRead>,
    /// The vehicle's class by the plate's colour; `None` where the picture shows no colour to go by.
    pub class: Option<ClassReading>,
    /// What speaks against issuing.
    pub flags: BTreeSet<ReadFlag>,
}

impl PlateRead {
    /// Whether nothing in this picture alone speaks against automatic issue.
    #[must_use]
    pub fn may_issue_automatically(&self) -> bool {
        self.plate.is_some() && self.flags.is_empty()
    }
}
