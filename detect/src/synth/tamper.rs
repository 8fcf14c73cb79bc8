//! What people do to a plate to be read as somebody else, painted on the flat plate by hand: never quite in place,
//! never quite the right black.

use super::paint::stroke_on;
use super::plate::Row;
use super::random::{SynthRng, one_of};
use super::specification::{Alteration, PlateSpecification};
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;

/// Most places of one plate that are tampered with.
const TAMPERINGS_MAX: usize = 3;

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

/// Symbols and rows in the order in which they are drawn.
pub(super) fn printed_characters(plate: &PlateSpecification) -> Vec<(char, Row)> {
    let arabic = plate.digits().chars().chain(plate.visible_letters().into_iter().rev());
    let latin = plate.latin_letters().map(|row| plate.digits().chars().chain(row).collect::<Vec<_>>());
    arabic
        .map(|symbol| (symbol, Row::Arabic))
        .chain(latin.unwrap_or_default().into_iter().map(|symbol| (symbol, Row::Latin)))
        .collect()
}

/// Where the letter at a place of the reading order is among the characters as drawn.
pub(super) fn index_of_letter(plate: &PlateSpecification, place: usize) -> usize {
    plate.digits().len() + plate.letters().len() - 1 - place
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Area;
    use super::super::fonts::Fonts;
    use super::super::layout::{EgyptLayout, Layout};
    use super::super::paint::{dots, tamper};
    use super::super::plate::{DrawnPlate, draw_plate};
    use super::super::random::sample_rng;
    use super::*;
    use schemas::plate::PlateNumber;
    use schemas::plate_grammar::PlateGrammar;
    use schemas::vehicle_class::VehicleClass;
    use std::collections::BTreeSet;

    const PIXELS_PER_MM: f32 = 2.0;

    fn egyptian(letters: &str, digits: &str) -> PlateSpecification {
        let number = PlateNumber::parse(Jurisdiction::Egypt, letters, digits).unwrap();
        PlateSpecification::new(Layout::Egypt(EgyptLayout::Car), VehicleClass::Private, number).unwrap()
    }

    /// The plate before and after.
    fn both(plate: &PlateSpecification, tampering: Tampering) -> (DrawnPlate, DrawnPlate) {
        let fonts = Fonts::load().unwrap();
        let before = draw_plate(&fonts, plate, PIXELS_PER_MM, &mut sample_rng(1, 1)).unwrap();
        let mut after = before.clone();
        tamper(&mut after, &fonts, plate, tampering, &mut sample_rng(2, 2));
        (before, after)
    }

    /// Mean of the green channel over an area in millimetres.
    fn light(plate: &DrawnPlate, area: Area) -> f32 {
        let Area { left, top, right, bottom } = area;
        let (mut sum, mut count) = (0.0, 0.0);
        for y in super::super::canvas::whole(top * PIXELS_PER_MM)
            ..super::super::canvas::whole(bottom * PIXELS_PER_MM)
        {
            for x in super::super::canvas::whole(left * PIXELS_PER_MM)
                ..super::super::canvas::whole(right * PIXELS_PER_MM)
            {
                sum += f32::from(plate.canvas.pixmap().pixel(x, y).unwrap().green());
                count += 1.0;
            }
        }
        sum / count
    }

    /// Where dots above a letter go.
    fn above(area: Area) -> Area {
        Area { top: area.top - 13.0, bottom: area.top - 2.0, ..area }
    }

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

    #[test]
    fn a_painted_dot_darkens_the_place_above_its_letter_and_no_other() {
        for (letter, becomes) in [('ر', 'ز'), ('ص', 'ض'), ('س', 'ش'), ('د', 'ذ'), ('ع', 'غ'), ('ب', 'ت')]
        {
            let plate = egyptian(&format!("و{letter}ه"), "71");
            let (before, after) = both(&plate, Tampering::PaintedDots { place: 1, becomes });
            let area = |index: usize| above(before.characters[index].area);
            let changed = light(&before, area(3)) - light(&after, area(3));
            assert!(changed > 8.0, "{letter}: {changed}");
            for other in [2, 4] {
                assert!((light(&before, area(other)) - light(&after, area(other))).abs() < 3.0, "{letter}");
            }
            assert_eq!(after.characters[3].symbol, becomes);
            assert!(after.characters[3].altered && !after.characters[2].altered);
        }
    }

    #[test]
    fn a_hidden_dot_is_gone_and_a_moved_one_is_on_the_other_side() {
        let plate = egyptian("وجو", "71");
        let (before, hidden) = both(&plate, Tampering::HiddenDot { place: 1 });
        let fonts = Fonts::load().unwrap();
        let dot = dots(&before, &fonts, &plate, 3)[0];
        assert!(light(&before, dot) < 170.0, "there is a dot: {}", light(&before, dot));
        assert!(light(&hidden, dot) > 190.0, "and it is gone: {}", light(&hidden, dot));
        assert_eq!(hidden.characters[3].symbol, 'ح');
        let (_, moved) = both(&plate, Tampering::MovedDot { place: 1 });
        let place = above(before.characters[3].area);
        assert!(light(&moved, dot) > 190.0 && light(&before, place) - light(&moved, place) > 10.0);
        assert_eq!(moved.characters[3].symbol, 'خ');
    }

    #[test]
    fn a_painted_zero_is_a_dark_dot_that_was_not_there() {
        let plate = egyptian("سطن", "716");
        let (before, after) = both(&plate, Tampering::PaintedZero { before: 1 });
        let zero = after.characters[1];
        assert_eq!((after.characters.len(), zero.symbol), (before.characters.len() + 1, '0'));
        assert!(zero.altered && light(&before, zero.area) - light(&after, zero.area) > 60.0);
    }

    #[test]
    fn paint_and_tape_change_a_character_but_not_its_neighbours() {
        let plate = egyptian("سطن", "1768");
        for tampering in [
            Tampering::PaintedOver { character: 2 },
            Tampering::Taped { character: 2 },
            Tampering::PaintedStroke { character: 2, becomes: None },
        ] {
            let (before, after) = both(&plate, tampering);
            let changed = |index: usize| {
                let area = before.characters[index].area;
                (light(&before, area) - light(&after, area)).abs()
            };
            assert!(changed(2) > 3.0, "{tampering:?}: {}", changed(2));
            assert!(changed(0) < 1.0, "{tampering:?}: {}", changed(0));
            assert!(after.characters[2].altered);
        }
    }

    #[test]
    fn several_changes_of_one_plate_are_at_different_characters() {
        let fonts = Fonts::load().unwrap();
        let mut several = 0;
        for number in 0..300 {
            let mut random = sample_rng(6, number);
            let plate = PlateSpecification::random(Jurisdiction::Egypt, &mut random).unwrap();
            let (plate, tamperings) = Tampering::some(plate, &mut random);
            assert!((1..=TAMPERINGS_MAX).contains(&tamperings.len()));
            let mut drawn = draw_plate(&fonts, &plate, 0.5, &mut random).unwrap();
            for tampering in &tamperings {
                tamper(&mut drawn, &fonts, &plate, *tampering, &mut random);
            }
            let altered = drawn.characters.iter().filter(|character| character.altered).count();
            assert_eq!(altered, tamperings.len(), "{plate:?} {tamperings:?}");
            several += usize::from(tamperings.len() > 1);
        }
        assert!(several > 60, "{several}");
    }
}
