//! Changes to a plate, painted on its drawing.

use crate::drawing::area::Area;
use crate::drawing::colour::{Rgb, byte};
use crate::drawing::fonts::Fonts;
use crate::fault::strokes::stroke_on;
use crate::fault::tamper::Tampering;
use crate::plate::drawn::{Character, DrawnPlate};
use crate::plate::printed::index_of_letter;
use crate::plate::specification::{Alteration, PlateSpecification};
use crate::plate::stamp::printed_shape;
use crate::random::{SynthRng, between};
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;

/// Paints one change on a plate.
pub(crate) fn tamper(
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
        Jurisdiction::Egypt => 5.2 * plate.layout().unit(),
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
pub(crate) fn dots(drawn: &DrawnPlate, fonts: &Fonts, plate: &PlateSpecification, index: usize) -> Vec<Area> {
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
    use super::*;
    use crate::drawing::area::whole;
    use crate::fault::tamper::TAMPERINGS_MAX;
    use crate::plate::draw::draw_plate;
    use crate::plate::layout::{EgyptLayout, Layout};
    use crate::random::sample_rng;
    use schemas::plate::PlateNumber;
    use schemas::vehicle_class::VehicleClass;

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
        for y in whole(top * PIXELS_PER_MM)..whole(bottom * PIXELS_PER_MM) {
            for x in whole(left * PIXELS_PER_MM)..whole(right * PIXELS_PER_MM) {
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
