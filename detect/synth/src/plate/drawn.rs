//! A flat plate as it was drawn, with the box of every character.

use crate::drawing::area::Area;
use crate::drawing::canvas::Canvas;
use crate::drawing::colour::Rgb;

/// The row a character stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The only row of an Egyptian plate, or the upper row of a Saudi one.
    Arabic,
    /// The lower row of a Saudi plate.
    Latin,
}

impl Row {
    /// The name written to labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Arabic => "arabic",
            Self::Latin => "latin",
        }
    }
}

/// One character of a drawn plate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Character {
    /// A canonical letter as it is seen, or an ASCII digit in either row.
    pub symbol: char,
    /// The row.
    pub row: Row,
    /// The box around its ink. On a [`DrawnPlate`] in millimetres.
    pub area: Area,
    /// Whether a person can see it: less than half of it is hidden, and the picture is good enough.
    pub visible: bool,
    /// Somebody changed it: it says something else than what was issued, or part of it is painted over.
    pub altered: bool,
}

/// A flat plate.
#[derive(Debug, Clone)]
pub struct DrawnPlate {
    /// The surface in millimetres; transparent outside the rounded corners.
    pub canvas: Canvas,
    /// Every character, row by row, left to right.
    pub characters: Vec<Character>,
    /// Colour of the ground that characters stand on.
    pub field: Rgb,
    /// Colour of the characters.
    pub ink: Rgb,
}
