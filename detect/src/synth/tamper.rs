//! What people do to a plate to be read as somebody else, painted on the flat plate by hand: never quite in place,
//! never quite the right black.

use super::canvas::{Area, Rgb, byte};
use super::fonts::Fonts;
use super::plate::{Character, DrawnPlate, Row, printed_shape};
use super::random::{SynthRng, between, one_of};
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
fn index_of_letter(plate: &PlateSpecification, place: usize) -> usize {
    plate.digits().len() + plate.letters().len() - 1 - place
}

/// Paints one change on a plate.
pub(super) fn tamper(
    drawn: &mut DrawnPlate,
    fonts: &Fonts,
    plate: &PlateSpecification,
    tampering: Tampering,
    random: &mut SynthRng,
) {
    let letter = |place: usize| index_of_letter(plate, place);
    match tampering {
        Tampering::PaintedDots { place, becomes } => {
            paint_dots(drawn, fonts, plate, letter(place), becomes, random);
        }
        Tampering::HiddenDot { place } => {
            hide_dots(drawn, fonts, plate, letter(place), random);
        }
        Tampering::MovedDot { place } => move_dot(drawn, fonts, plate, letter(place), random),
        Tampering::PaintedStroke { character, becomes } => {
            paint_stroke(drawn, character, becomes, random);
        }
        Tampering::PaintedZero { before } => paint_zero(drawn, before, random),
        Tampering::PaintedOver { character } => paint_over(drawn, character, random),
        Tampering::Taped { character } => tape(drawn, character, random),
        Tampering::Reprinted(alteration) => mark_reprinted(drawn, plate, alteration),
    }
}

fn paint_dots(
    drawn: &mut DrawnPlate,
    fonts: &Fonts,
    plate: &PlateSpecification,
    index: usize,
    becomes: char,
    random: &mut SynthRng,
) {
    let Some(character) = drawn.characters.get(index).copied() else { return };
    let issued = character.symbol;
    let moves_own = matches!((issued, becomes), ('ج', 'خ'));
    if moves_own || (matches!((issued, becomes), ('ب', _)) && random.random_bool(0.5)) {
        hide_dots(drawn, fonts, plate, index, random);
    }
    let area = character.area;
    let radius = dot_radius(plate) * between(random, 0.8, 1.25);
    let colour = hand_black(drawn.ink, random);
    if becomes == 'ك' {
        kaf_mark(drawn, area, radius, colour, random);
    } else {
        for [x, y] in dot_places(becomes, area, radius) {
            let place = [x + between(random, -0.5, 0.5) * radius, y + between(random, -0.4, 0.3) * radius];
            dab(drawn, place, radius, colour, random);
        }
    }
    mark(drawn, index, Some(becomes));
}

/// Radius of a painted dot in millimetres: about that of a printed one.
fn dot_radius(plate: &PlateSpecification) -> f32 {
    match plate.layout().jurisdiction() {
        Jurisdiction::Egypt => 5.2,
        Jurisdiction::SaudiArabia => plate.layout().size_mm().1 * 0.024,
    }
}

/// Middles of the dots that make a letter, about the box of the letter without them.
fn dot_places(becomes: char, area: Area, radius: f32) -> Vec<[f32; 2]> {
    let at = |share: f32, above: f32| [area.left + share * area.width(), area.top - above * radius];
    match becomes {
        'ش' => vec![at(0.62, 1.5), at(0.62 + 2.4 * radius / area.width(), 1.5), at(0.68, 3.4)],
        'ث' => vec![at(0.4, 1.5), at(0.4 + 2.4 * radius / area.width(), 1.5), at(0.48, 3.4)],
        'ت' | 'ق' => vec![at(0.4, 1.5), at(0.4 + 2.4 * radius / area.width(), 1.5)],
        'ظ' => vec![[area.left + 0.7 * area.width(), area.top + 0.36 * area.height()]],
        'ج' => vec![[area.left + 0.55 * area.width(), area.top + 0.62 * area.height()]],
        'ض' => vec![at(0.66, 1.6)],
        _ => vec![at(0.52, 1.6)],
    }
}

/// The small zigzag inside a kaf.
fn kaf_mark(drawn: &mut DrawnPlate, area: Area, radius: f32, colour: Rgb, random: &mut SynthRng) {
    let at = |x: f32, y: f32| [area.left + x * area.width(), area.top + y * area.height()];
    let shift = between(random, -0.05, 0.05);
    let points = [at(0.6 + shift, 0.42), at(0.38, 0.44), at(0.58 + shift, 0.56), at(0.3, 0.6)];
    drawn.canvas.line(&points, radius * 0.7, colour, 1.0);
}

/// A dot by hand: some blobs over each other, or the square of a broad pen.
fn dab(drawn: &mut DrawnPlate, [x, y]: [f32; 2], radius: f32, colour: Rgb, random: &mut SynthRng) {
    if random.random_bool(0.3) {
        let turn = between(random, 0.0, 1.5);
        let corner = |quarter: f32| {
            let angle = turn + quarter * std::f32::consts::FRAC_PI_2;
            [x + 1.2 * radius * angle.cos(), y + 1.2 * radius * angle.sin()]
        };
        drawn.canvas.polygon(&[0.0, 1.0, 2.0, 3.0].map(corner), colour, 1.0);
        return;
    }
    drawn.canvas.circle([x, y], radius * 0.9, colour, 1.0);
    for _ in 0..3 {
        let place = [x + between(random, -0.35, 0.35) * radius, y + between(random, -0.35, 0.35) * radius];
        drawn.canvas.circle(place, radius * between(random, 0.6, 0.85), colour, 1.0);
    }
}

fn hide_dots(
    drawn: &mut DrawnPlate,
    fonts: &Fonts,
    plate: &PlateSpecification,
    index: usize,
    random: &mut SynthRng,
) {
    let paint = field_paint(drawn.field, random);
    for dot in dots(drawn, fonts, plate, index) {
        let grown = between(random, 0.25, 0.4) * dot.width().max(dot.height());
        drawn.canvas.rounded(inflated(dot, grown), grown * 2.0, paint, 1.0);
    }
    let becomes = drawn.characters.get(index).filter(|character| character.symbol == 'ج').map(|_| 'ح');
    mark(drawn, index, becomes);
}

fn move_dot(
    drawn: &mut DrawnPlate,
    fonts: &Fonts,
    plate: &PlateSpecification,
    index: usize,
    random: &mut SynthRng,
) {
    let places = dots(drawn, fonts, plate, index);
    let Some((character, dot)) = drawn.characters.get(index).copied().zip(places.first().copied()) else {
        return mark(drawn, index, None);
    };
    let radius = dot.width().min(dot.height()) / 2.0 * between(random, 0.9, 1.2);
    hide_dots(drawn, fonts, plate, index, random);
    let middle = f32::midpoint(dot.top, dot.bottom);
    let is_high = middle < f32::midpoint(character.area.top, character.area.bottom);
    let across = f32::midpoint(character.area.left, character.area.right);
    let y = if is_high { character.area.bottom + 1.5 * radius } else { character.area.top - 1.5 * radius };
    let colour = hand_black(drawn.ink, random);
    dab(drawn, [across + between(random, -0.1, 0.1) * character.area.width(), y], radius, colour, random);
    let becomes = match character.symbol {
        'ج' => Some('خ'),
        'ن' => Some('ب'),
        'ب' => Some('ن'),
        _ => None,
    };
    mark(drawn, index, becomes);
}

/// The boxes of a letter's own dots, in millimetres.
fn dots(drawn: &DrawnPlate, fonts: &Fonts, plate: &PlateSpecification, index: usize) -> Vec<Area> {
    let Some(character) = drawn.characters.get(index) else { return Vec::new() };
    let shape = printed_shape(character.symbol, character.row, plate.layout().jurisdiction());
    let Some(glyph) = fonts.glyph(plate.arabic_face(), shape) else { return Vec::new() };
    let area = character.area;
    let across = |share: f32| area.left + share * area.width();
    let down = |share: f32| area.top + share * area.height();
    glyph
        .dots
        .iter()
        .map(|dot| Area::new(across(dot.left), down(dot.top), across(dot.right), down(dot.bottom)))
        .collect()
}

/// Lines through points of one pen stroke each; x and y in heights of the character, from its top left.
type Strokes = &'static [&'static [[f32; 2]]];

/// What paint makes of a digit or Latin letter, and how.
fn stroke_on(symbol: char, row: Row) -> Option<(Option<char>, Strokes)> {
    const HOOK: &[[f32; 2]] = &[[0.06, 0.06], [0.16, 0.26], [0.36, 0.24], [0.42, 0.02]];
    Some(match (row, symbol) {
        (Row::Arabic, '1') => (Some('2'), &[HOOK]),
        (Row::Arabic, '2') => (Some('3'), &[&[[0.4, 0.08], [0.44, 0.26], [0.6, 0.24], [0.64, 0.02]]]),
        (Row::Arabic, '5') => (Some('9'), &[&[[0.5, 0.4], [0.56, 0.8], [0.6, 1.3]]]),
        (Row::Arabic, '7') => (None, &[&[[0.0, 0.04], [0.6, 0.04]]]),
        (Row::Arabic, '8') => (None, &[&[[0.0, 0.96], [0.6, 0.96]]]),
        (Row::Arabic, '6') => (None, &[&[[-0.02, 0.5], [0.4, 0.5]]]),
        (Row::Latin, '1') => (Some('7'), &[&[[-0.3, 0.05], [0.3, 0.05]]]),
        (Row::Latin, '3') => (
            Some('8'),
            &[&[[0.1, 0.12], [0.05, 0.28], [0.14, 0.46]], &[[0.14, 0.54], [0.05, 0.72], [0.1, 0.9]]],
        ),
        (Row::Latin, '0') => (Some('8'), &[&[[0.1, 0.5], [0.5, 0.5]]]),
        (Row::Latin, '5') => (Some('6'), &[&[[0.1, 0.48], [0.06, 0.7], [0.12, 0.92]]]),
        (Row::Latin, 'L') => (Some('E'), &[&[[0.08, 0.05], [0.5, 0.05]], &[[0.08, 0.5], [0.45, 0.5]]]),
        (Row::Latin, 'J' | 'T') => (None, &[&[[0.0, 0.95], [0.55, 0.95]]]),
        (Row::Arabic | Row::Latin, _) => return None,
    })
}

fn paint_stroke(drawn: &mut DrawnPlate, index: usize, becomes: Option<char>, random: &mut SynthRng) {
    let Some(character) = drawn.characters.get(index).copied() else { return };
    let Some((_, strokes)) = stroke_on(character.symbol, character.row) else { return };
    let Area { left, top, .. } = character.area;
    let tall = character.area.height();
    let colour = hand_black(drawn.ink, random);
    let thick = tall * between(random, 0.09, 0.15);
    for stroke in strokes {
        let points: Vec<[f32; 2]> = stroke
            .iter()
            .map(|[x, y]| {
                let wobble = |random: &mut SynthRng| between(random, -0.025, 0.025);
                [left + (x + wobble(random)) * tall, top + (y + wobble(random)) * tall]
            })
            .collect();
        drawn.canvas.line(&points, thick, colour, 1.0);
    }
    mark(drawn, index, becomes);
}

/// A dot at half height before a digit: a character that was never issued.
fn paint_zero(drawn: &mut DrawnPlate, before: usize, random: &mut SynthRng) {
    let Some(character) = drawn.characters.get(before).copied() else { return };
    let area = character.area;
    let radius = area.height() * between(random, 0.09, 0.13);
    let end = before
        .checked_sub(1)
        .and_then(|place| drawn.characters.get(place))
        .map_or(7.0, |there| there.area.right);
    let x = f32::midpoint(end, area.left).max(radius + 4.0);
    let y = area.top + area.height() * between(random, 0.45, 0.6);
    let colour = hand_black(drawn.ink, random);
    dab(drawn, [x, y], radius, colour, random);
    let zero = Character {
        symbol: '0',
        row: character.row,
        area: Area::new(x - radius, y - radius, x + radius, y + radius),
        visible: true,
        altered: true,
    };
    drawn.characters.insert(before, zero);
}

/// Covers from one side to before the middle, so that half of the character is still there.
fn paint_over(drawn: &mut DrawnPlate, index: usize, random: &mut SynthRng) {
    let Some(character) = drawn.characters.get(index).copied() else { return };
    let area = inflated(character.area, character.area.height() * 0.04);
    let share = between(random, 0.3, 0.45);
    let part = match random.random_range(0..4_u8) {
        0 => Area { right: area.left + share * area.width(), ..area },
        1 => Area { left: area.right - share * area.width(), ..area },
        2 => Area { bottom: area.top + share * area.height(), ..area },
        3.. => Area { top: area.bottom - share * area.height(), ..area },
    };
    let paint = field_paint(drawn.field, random);
    drawn.canvas.rounded(part, part.width().min(part.height()) * 0.2, paint, 1.0);
    mark(drawn, index, None);
}

/// A strip across the character, in any direction, narrower than half of it.
fn tape(drawn: &mut DrawnPlate, index: usize, random: &mut SynthRng) {
    let Some(character) = drawn.characters.get(index).copied() else { return };
    let area = character.area;
    let middle = [
        area.left + area.width() * between(random, 0.3, 0.7),
        area.top + area.height() * between(random, 0.25, 0.75),
    ];
    let angle = between(random, 0.0, std::f32::consts::PI);
    let reach = area.width().max(area.height()) * between(random, 0.6, 0.75);
    let half = area.width().min(area.height()).max(area.height() * 0.3) * between(random, 0.14, 0.2);
    let (along, across) = ([angle.cos(), angle.sin()], [-angle.sin(), angle.cos()]);
    let corner = |a: f32, b: f32| {
        [
            middle[0] + a * reach * along[0] + b * half * across[0],
            middle[1] + a * reach * along[1] + b * half * across[1],
        ]
    };
    let colours: [Rgb; 4] = [[236, 236, 232], [24, 24, 26], [176, 146, 96], [150, 152, 156]];
    let colour = colours[random.random_range(0..4_usize)];
    let corners = [corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
    drawn.canvas.polygon(&corners, colour, 1.0);
    mark(drawn, index, None);
}

/// What is printed otherwise is drawn already; here the truth learns of it.
fn mark_reprinted(drawn: &mut DrawnPlate, plate: &PlateSpecification, alteration: Alteration) {
    let index = match alteration {
        Alteration::PaintedLetter { place } => index_of_letter(plate, place),
        Alteration::CoveredDigit { place } => place,
        Alteration::OtherLatinLetter { column, .. } => {
            2 * plate.digits().len() + plate.letters().len() + column
        }
    };
    mark(drawn, index, None);
}

fn mark(drawn: &mut DrawnPlate, index: usize, becomes: Option<char>) {
    if let Some(character) = drawn.characters.get_mut(index) {
        character.altered = true;
        character.symbol = becomes.unwrap_or(character.symbol);
    }
}

/// Black or blue paint, never quite the ink of the stamp.
fn hand_black(ink: Rgb, random: &mut SynthRng) -> Rgb {
    let lighter = between(random, -6.0, 26.0);
    let blue = if random.random_bool(0.15) { 40.0 } else { 0.0 };
    let [red, green, deep] = ink.map(f32::from);
    [byte((red + lighter).max(0.0)), byte((green + lighter).max(0.0)), byte((deep + lighter + blue).max(0.0))]
}

/// White paint, never quite the white of the plate.
fn field_paint(field: Rgb, random: &mut SynthRng) -> Rgb {
    let shift = between(random, -24.0, 8.0);
    field.map(|channel| byte((f32::from(channel) + shift).min(255.0)))
}

fn inflated(area: Area, by: f32) -> Area {
    Area::new(area.left - by, area.top - by, area.right + by, area.bottom + by)
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::super::plate::draw_plate;
    use super::super::random::sample_rng;
    use super::*;
    use schemas::plate::PlateNumber;
    use schemas::plate_grammar::PlateGrammar;
    use schemas::vehicle_class::VehicleClass;
    use std::collections::BTreeSet;

    const PIXELS_PER_MM: f32 = 2.0;

    fn egyptian(letters: &str, digits: &str) -> PlateSpecification {
        let number = PlateNumber::parse(Jurisdiction::Egypt, letters, digits).unwrap();
        PlateSpecification::new(Layout::EgyptCar, VehicleClass::Private, number).unwrap()
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
