//! What people do to a plate to be read as somebody else, painted on the flat plate by hand: never quite in place,
//! never quite the right black.

use crate::fault::strokes::stroke_on;
use crate::plate::printed::{index_of_letter, printed_characters};
use crate::plate::specification::{Alteration, PlateSpecification};
use crate::random::{SynthRng, one_of};
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;

/// Most places of one plate that are tampered with.
pub(crate) const TAMPERINGS_MAX: usize = 3;

/// One change. Places of letters count in Arabic reading order, places of characters as they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// Painted dots or strokes make another letter of the one at this place.
    PaintedDots {
        /// Place in the Arabic reading order, from 0.
        place: usize,
        /// What is seen.
        becomes: char,
    },
    /// The dot of the letter at this place is painted over in the colour of the plate.
    HiddenDot {
        /// Place in the Arabic reading order, from 0.
        place: usize,
    },
    /// The dot of the letter at this place is painted over, and painted anew on its other side.
    MovedDot {
        /// Place in the Arabic reading order, from 0.
        place: usize,
    },
    /// Painted strokes change a digit or Latin letter.
    PaintedStroke {
        /// Place of the character as drawn, row by row from the left.
        character: usize,
        /// What is seen; none when it is like no character at all.
        becomes: Option<char>,
    },
    /// A dot among the digits, as a zero would be.
    PaintedZero {
        /// Place of the digit that it stands before, from the left.
        before: usize,
    },
    /// Part of a character is painted over in the colour of the plate.
    PaintedOver {
        /// Place of the character as drawn.
        character: usize,
    },
    /// A strip of tape over part of a character.
    Taped {
        /// Place of the character as drawn.
        character: usize,
    },
    /// Something else is printed than what was issued.
    Reprinted(Alteration),
}

/// Letters and what paint makes of them; the first of a pair is issued, the second is seen.
const PAINTABLE: [(char, char); 14] = [
    ('ر', 'ز'),
    ('ص', 'ض'),
    ('س', 'ش'),
    ('د', 'ذ'),
    ('ط', 'ظ'),
    ('ع', 'غ'),
    ('ب', 'ت'),
    ('ب', 'ث'),
    ('ج', 'ح'),
    ('ج', 'خ'),
    ('ح', 'خ'),
    ('ح', 'ج'),
    ('ل', 'ك'),
    ('ف', 'ق'),
];

impl Tampering {
    /// One to three changes at different places; the plate comes back with what is printed otherwise.
    #[must_use]
    pub fn some(plate: PlateSpecification, random: &mut SynthRng) -> (PlateSpecification, Vec<Self>) {
        let wanted = [1, 1, 1, 2, 2, TAMPERINGS_MAX][random.random_range(0..6_usize)];
        let mut plate = plate;
        let mut chosen: Vec<Self> = Vec::new();
        while chosen.len() < wanted {
            let Some(tampering) = Self::one(&plate, random) else { break };
            if chosen.iter().any(|other| tampering.meets(*other, &plate)) {
                break;
            }
            if let Self::Reprinted(alteration) = tampering {
                match plate.clone().with_alteration(alteration) {
                    Ok(reprinted) => plate = reprinted,
                    Err(_) => continue,
                }
            }
            chosen.push(tampering);
        }
        // A painted zero moves the places of all characters after it.
        chosen.sort_by_key(|tampering| match tampering {
            Self::PaintedZero { before } => usize::MAX - before,
            Self::PaintedDots { .. }
            | Self::HiddenDot { .. }
            | Self::MovedDot { .. }
            | Self::PaintedStroke { .. }
            | Self::PaintedOver { .. }
            | Self::Taped { .. }
            | Self::Reprinted(_) => 0,
        });
        (plate, chosen)
    }

    /// The name written to labels.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::PaintedDots { .. } => "painted_dots",
            Self::HiddenDot { .. } => "hidden_dot",
            Self::MovedDot { .. } => "moved_dot",
            Self::PaintedStroke { .. } => "painted_stroke",
            Self::PaintedZero { .. } => "painted_zero",
            Self::PaintedOver { .. } => "painted_over",
            Self::Taped { .. } => "taped",
            Self::Reprinted(Alteration::PaintedLetter { .. }) => "reprinted_letter",
            Self::Reprinted(Alteration::CoveredDigit { .. }) => "covered_digit",
            Self::Reprinted(Alteration::OtherLatinLetter { .. }) => "other_latin_letter",
        }
    }

    /// A change that this plate has a place for: first the sort, then the place, so that no sort is rare.
    fn one(plate: &PlateSpecification, random: &mut SynthRng) -> Option<Self> {
        let sorts: Vec<Vec<Self>> = all_possible(plate).into_iter().filter(|sort| !sort.is_empty()).collect();
        // Dots are what is met on the road; they count three times.
        let weighted: Vec<&Vec<Self>> = sorts
            .iter()
            .flat_map(|sort| {
                let times = if matches!(sort[0], Self::PaintedDots { .. }) { 3 } else { 1 };
                std::iter::repeat_n(sort, times)
            })
            .collect();
        one_of(&weighted, random).and_then(|sort| one_of(sort, random)).copied()
    }

    /// Whether two changes are to the same character; two changed letters of print do not go together either.
    fn meets(self, other: Self, plate: &PlateSpecification) -> bool {
        let character = |tampering: Self| match tampering {
            Self::PaintedDots { place, .. } | Self::HiddenDot { place } | Self::MovedDot { place } => {
                Some(index_of_letter(plate, place))
            }
            Self::PaintedStroke { character, .. }
            | Self::PaintedOver { character }
            | Self::Taped { character } => Some(character),
            Self::PaintedZero { before } => Some(before),
            Self::Reprinted(_) => None,
        };
        match (character(self), character(other)) {
            (Some(one), Some(two)) => one == two,
            (None, _) | (_, None) => true,
        }
    }
}

/// Every change that fits the plate, sort by sort.
fn all_possible(plate: &PlateSpecification) -> Vec<Vec<Tampering>> {
    let letters = plate.letters();
    let digits = plate.digits().len();
    let places = |wanted: &[char]| -> Vec<usize> {
        letters
            .iter()
            .enumerate()
            .filter(|(_, letter)| wanted.contains(letter))
            .map(|(place, _)| place)
            .collect()
    };
    let printed = printed_characters(plate);
    let dots = letters
        .iter()
        .enumerate()
        .flat_map(|(place, letter)| {
            PAINTABLE
                .iter()
                .filter(move |(issued, seen)| issued == letter && *seen != 'ح')
                .map(move |(_, becomes)| Tampering::PaintedDots { place, becomes: *becomes })
        })
        .collect();
    let dotted = ['ج', 'ب', 'ن', 'ف', 'ق'];
    let strokes = printed
        .iter()
        .enumerate()
        .filter_map(|(character, (symbol, row))| {
            let (becomes, _) = stroke_on(*symbol, *row)?;
            Some(Tampering::PaintedStroke { character, becomes })
        })
        .collect();
    let zeros = match plate.layout().jurisdiction() {
        Jurisdiction::Egypt => (0..digits).map(|before| Tampering::PaintedZero { before }).collect(),
        // A Saudi zero is a digit like others.
        Jurisdiction::SaudiArabia => Vec::new(),
    };
    let other_latin = plate.latin_letters().map_or(Vec::new(), |row| {
        (0..row.len())
            .flat_map(|column| {
                ['B', 'D', 'R', 'S', 'L', 'T', 'U', 'V']
                    .map(|latin| Tampering::Reprinted(Alteration::OtherLatinLetter { column, latin }))
            })
            .collect()
    });
    let reprinted = places(&['ر', 'ص', 'س', 'د', 'ط', 'ع', 'ب', 'ج', 'ل'])
        .into_iter()
        .map(|place| Tampering::Reprinted(Alteration::PaintedLetter { place }))
        .collect();
    vec![
        dots,
        places(&dotted).into_iter().map(|place| Tampering::HiddenDot { place }).collect(),
        places(&['ج', 'ب', 'ن']).into_iter().map(|place| Tampering::MovedDot { place }).collect(),
        strokes,
        zeros,
        (0..printed.len()).map(|character| Tampering::PaintedOver { character }).collect(),
        (0..printed.len()).map(|character| Tampering::Taped { character }).collect(),
        other_latin,
        if plate.layout().jurisdiction() == Jurisdiction::Egypt { reprinted } else { Vec::new() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::plate_grammar::PlateGrammar;
    use std::collections::BTreeSet;

    #[test]
    fn paint_reaches_every_letter_of_the_tamper_map() {
        let grammar = PlateGrammar::of(Jurisdiction::Egypt);
        let seen: BTreeSet<char> = "زضشذظغتثحخك".chars().collect();
        let painted: BTreeSet<char> = PAINTABLE
            .iter()
            .filter(|(issued, seen)| grammar.likely_before_paint(*seen) == Some(*issued))
            .map(|(_, seen)| *seen)
            .collect();
        assert_eq!(painted, seen);
    }
}
