//! What hides characters: drawn on a surface of its own over the plate, larger than the plate, so that it is known
//! how much of each character remains.

use crate::drawing::area::{Area, to_float, whole};
use crate::drawing::canvas::{Canvas, CanvasError};
use crate::drawing::colour::{Rgb, byte, random_paint};
use crate::plate::drawn::{Character, DrawnPlate};
use crate::plate::printed::printed_characters;
use crate::plate::specification::PlateSpecification;
use crate::random::{SynthRng, between};
use rand::RngExt;

/// What lies over a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverKind {
    /// Tape in any plain colour.
    Tape,
    /// Tape with its shining or its back side up.
    ReflectiveTape,
    /// A sticker.
    Sticker,
    /// Mud.
    Mud,
    /// Sand or snow.
    Dust,
    /// A leaf.
    Leaf,
    /// A tow bar with its ball.
    TowBall,
    /// Something like a hand.
    Hand,
    /// The corner of another vehicle.
    Vehicle,
    /// Nothing: the picture ends there.
    Border,
}

impl CoverKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Tape,
        Self::ReflectiveTape,
        Self::Sticker,
        Self::Mud,
        Self::Dust,
        Self::Leaf,
        Self::TowBall,
        Self::Hand,
        Self::Vehicle,
        Self::Border,
    ];
}

/// One cover and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// What it is.
    pub kind: CoverKind,
    /// The first character that it hides, as drawn; on a Saudi plate of either row.
    pub first: usize,
    /// How many neighbours it hides.
    pub count: usize,
    /// Whether it comes from the left, where that makes a difference.
    pub from_left: bool,
}

impl Cover {
    /// A cover by chance over one to three characters.
    #[must_use]
    pub fn random(plate: &PlateSpecification, random: &mut SynthRng) -> Self {
        Self {
            kind: CoverKind::ALL[random.random_range(0..CoverKind::ALL.len())],
            first: random.random_range(0..printed_characters(plate).len()),
            count: [1, 1, 2, 3][random.random_range(0..4_usize)],
            from_left: random.random_bool(0.5),
        }
    }

    /// The name written to labels.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self.kind {
            CoverKind::Tape => "tape",
            CoverKind::ReflectiveTape => "reflective_tape",
            CoverKind::Sticker => "sticker",
            CoverKind::Mud => "mud",
            CoverKind::Dust => "dust",
            CoverKind::Leaf => "leaf",
            CoverKind::TowBall => "tow_ball",
            CoverKind::Hand => "hand",
            CoverKind::Vehicle => "vehicle",
            CoverKind::Border => "border",
        }
    }
}

/// A transparent surface over a plate that reaches beyond it.
#[derive(Debug)]
pub(crate) struct Overlay {
    pub canvas: Canvas,
    /// How far it reaches beyond the plate on every side, in millimetres.
    pub margin: f32,
}

impl Overlay {
    pub(crate) fn new(size: (f32, f32), margin: f32, pixels_per_mm: f32) -> Result<Self, CanvasError> {
        let canvas = Canvas::new((size.0 + 2.0 * margin, size.1 + 2.0 * margin), pixels_per_mm)?;
        Ok(Self { canvas, margin })
    }

    /// Plate coordinates to those of the surface.
    pub(crate) fn shifted(&self, area: Area) -> Area {
        let Area { left, top, right, bottom } = area;
        let margin = self.margin;
        Area::new(left + margin, top + margin, right + margin, bottom + margin)
    }

    /// The share of an area of the plate that is hidden.
    pub(crate) fn hidden_share(&self, area: Area) -> f32 {
        /// Less than this much of the light of the plate comes through.
        const OPAQUE: u8 = 170;
        let scale = self.canvas.scale();
        let Area { left, top, right, bottom } = self.shifted(area);
        let (mut hidden, mut all) = (0_u32, 0_u32);
        for y in whole(top * scale)..whole(bottom * scale) {
            for x in whole(left * scale)..whole(right * scale) {
                all += 1;
                let pixel = self.canvas.pixmap().pixel(x, y);
                hidden += u32::from(pixel.is_some_and(|pixel| pixel.alpha() >= OPAQUE));
            }
        }
        if all == 0 { 0.0 } else { to_float(hidden) / to_float(all) }
    }
}

/// From this share a character counts as hidden.
pub(crate) const HIDDEN_SHARE: f32 = 0.5;

/// Draws a cover over a flat plate, larger and larger until it hides what it must; tells the characters.
pub(crate) fn lay_over(
    drawn: &mut DrawnPlate,
    size: (f32, f32),
    cover: Cover,
    random: &mut SynthRng,
) -> Result<Option<Overlay>, CanvasError> {
    let Some(target) = target(&drawn.characters, cover) else { return Ok(None) };
    let margin = match cover.kind {
        CoverKind::Border => return Ok(None),
        CoverKind::Vehicle => size.0,
        CoverKind::TowBall | CoverKind::Hand => size.1,
        CoverKind::Tape
        | CoverKind::ReflectiveTape
        | CoverKind::Sticker
        | CoverKind::Mud
        | CoverKind::Dust
        | CoverKind::Leaf => 0.3 * size.1,
    };
    let mut grown = 1.0;
    loop {
        let mut overlay = Overlay::new(size, margin, drawn.canvas.scale())?;
        // Each try from the same dice, so that trying again only grows.
        draw(&mut overlay, cover, target, size, grown, &mut random.clone());
        let shares: Vec<f32> =
            drawn.characters.iter().map(|character| overlay.hidden_share(character.area)).collect();
        if grown > 3.0 || shares.iter().any(|share| *share >= HIDDEN_SHARE) {
            for (character, share) in drawn.characters.iter_mut().zip(shares) {
                character.visible &= share < HIDDEN_SHARE;
            }
            return Ok(Some(overlay));
        }
        grown *= 1.25;
    }
}

/// The box around the characters that are to be hidden.
pub(crate) fn target(characters: &[Character], cover: Cover) -> Option<Area> {
    let row = characters.get(cover.first)?.row;
    let hidden = characters.iter().skip(cover.first).take(cover.count);
    hidden.filter(|character| character.row == row).map(|character| character.area).reduce(|one, two| {
        Area::around(&[
            [one.left, one.top],
            [one.right, one.bottom],
            [two.left, two.top],
            [two.right, two.bottom],
        ])
    })
}

fn draw(
    overlay: &mut Overlay,
    cover: Cover,
    target: Area,
    size: (f32, f32),
    grown: f32,
    random: &mut SynthRng,
) {
    let area = overlay.shifted(target);
    let plate = overlay.shifted(Area::new(0.0, 0.0, size.0, size.1));
    let canvas = &mut overlay.canvas;
    match cover.kind {
        CoverKind::Tape => tape(canvas, area, grown, plain_tape(random), random),
        CoverKind::ReflectiveTape => reflective_tape(canvas, area, grown, random),
        CoverKind::Sticker => sticker(canvas, area, grown, random),
        CoverKind::Mud => blobs(canvas, area, grown, [96, 74, 50], random),
        CoverKind::Dust => dust(canvas, area, plate, grown, random),
        CoverKind::Leaf => leaf(canvas, area, grown, random),
        CoverKind::TowBall => tow_ball(canvas, area, plate, grown, random),
        CoverKind::Hand => hand(canvas, area, plate, grown, random),
        CoverKind::Vehicle => vehicle(canvas, area, plate, cover.from_left, grown, random),
        CoverKind::Border => {}
    }
}

/// A turned rectangle around an area, as corners.
fn turned(area: Area, grown: f32, angle: f32) -> [[f32; 2]; 4] {
    let middle = [f32::midpoint(area.left, area.right), f32::midpoint(area.top, area.bottom)];
    let half = [area.width() / 2.0 * grown, area.height() / 2.0 * grown];
    [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(|[x, y]| {
        let (x, y) = (x * half[0], y * half[1]);
        [middle[0] + x * angle.cos() - y * angle.sin(), middle[1] + x * angle.sin() + y * angle.cos()]
    })
}

fn plain_tape(random: &mut SynthRng) -> Rgb {
    let colours: [Rgb; 6] =
        [[232, 232, 228], [30, 30, 32], [172, 140, 92], [150, 152, 156], [196, 30, 36], [30, 60, 150]];
    varied(colours[random.random_range(0..colours.len())], 12.0, random)
}

fn tape(canvas: &mut Canvas, area: Area, grown: f32, colour: Rgb, random: &mut SynthRng) {
    let grown = grown * between(random, 1.0, 1.3);
    canvas.polygon(&turned(area, grown, between(random, -0.2, 0.2)), colour, 1.0);
}

/// Silvery, with the stripes of light that a shining film throws.
fn reflective_tape(canvas: &mut Canvas, area: Area, grown: f32, random: &mut SynthRng) {
    let grown = grown * between(random, 1.05, 1.3);
    let angle = between(random, -0.15, 0.15);
    let grey = between(random, 150.0, 215.0);
    canvas.polygon(&turned(area, grown, angle), [grey, grey, grey + 6.0].map(byte), 1.0);
    for _ in 0..random.random_range(3..8_u8) {
        let at = between(random, 0.0, 1.0);
        let x = area.left + at * area.width();
        let stripe = Area::new(x, area.top, x + between(random, 0.03, 0.15) * area.width(), area.bottom);
        let light = if random.random_bool(0.6) { 252 } else { 120 };
        canvas.polygon(&turned(stripe, 1.0, angle), [light; 3], between(random, 0.3, 0.9));
    }
}

fn sticker(canvas: &mut Canvas, area: Area, grown: f32, random: &mut SynthRng) {
    let middle = [f32::midpoint(area.left, area.right), f32::midpoint(area.top, area.bottom)];
    let colour: Rgb = std::array::from_fn(|_| random.random::<u8>());
    let other: Rgb = std::array::from_fn(|_| random.random::<u8>());
    let radius = area.width().max(area.height()) / 2.0 * grown * between(random, 0.95, 1.15);
    if random.random_bool(0.5) {
        canvas.circle(middle, radius, colour, 1.0);
        canvas.circle(middle, radius * 0.75, other, 1.0);
        canvas.circle(middle, radius * between(random, 0.2, 0.6), colour, 1.0);
    } else {
        canvas.polygon(&turned(area, grown * 1.2, between(random, -0.3, 0.3)), colour, 1.0);
        canvas.polygon(
            &turned(area, grown * between(random, 0.4, 0.9), between(random, -0.3, 0.3)),
            other,
            1.0,
        );
    }
}

/// Overlapping spots that fill an area, and splashes about it.
fn blobs(canvas: &mut Canvas, area: Area, grown: f32, colour: Rgb, random: &mut SynthRng) {
    let unit = area.width().max(area.height()) * grown;
    let middle = [f32::midpoint(area.left, area.right), f32::midpoint(area.top, area.bottom)];
    let colour = varied(colour, 22.0, random);
    for _ in 0..40 {
        let x = middle[0] + between(random, -0.55, 0.55) * area.width().max(unit * 0.6) * grown;
        let y = middle[1] + between(random, -0.55, 0.55) * area.height().max(unit * 0.6) * grown;
        let shade = varied(colour, 9.0, random);
        canvas.circle([x, y], between(random, 0.12, 0.26) * unit, shade, between(random, 0.8, 1.0));
    }
    for _ in 0..50 {
        let (x, y) = (between(random, -1.6, 1.6) * unit, between(random, -1.3, 1.3) * unit);
        let radius = between(random, 0.01, 0.06) * unit;
        canvas.circle([middle[0] + x, middle[1] + y], radius, varied(colour, 12.0, random), 0.85);
    }
}

/// Sand or snow that lies from one edge of the plate up to beyond the characters.
fn dust(canvas: &mut Canvas, area: Area, plate: Area, grown: f32, random: &mut SynthRng) {
    let sand: Rgb = if random.random_bool(0.7) { [186, 160, 120] } else { [236, 238, 242] };
    let colour = varied(sand, 16.0, random);
    let from_below = area.bottom - plate.top > plate.bottom - area.top;
    let depth = if from_below { plate.bottom - area.top } else { area.bottom - plate.top };
    let depth = depth * grown * between(random, 0.75, 0.95);
    for _ in 0..260 {
        let x = between(random, plate.left, plate.right);
        let share = random.random::<f32>();
        let y = if from_below { plate.bottom - share * depth } else { plate.top + share * depth };
        let radius = between(random, 0.06, 0.13) * plate.height();
        let alpha = if share < 0.8 { between(random, 0.5, 0.95) } else { between(random, 0.2, 0.6) };
        canvas.circle([x, y], radius, varied(colour, 8.0, random), alpha);
    }
}

fn leaf(canvas: &mut Canvas, area: Area, grown: f32, random: &mut SynthRng) {
    let colours: [Rgb; 4] = [[64, 112, 40], [120, 132, 44], [150, 96, 40], [94, 70, 36]];
    let colour = varied(colours[random.random_range(0..colours.len())], 18.0, random);
    let middle = [f32::midpoint(area.left, area.right), f32::midpoint(area.top, area.bottom)];
    let long = area.width().max(area.height()) * 0.8 * grown * between(random, 0.95, 1.2);
    let wide = (area.width().min(area.height()) * 0.8).max(long * 0.45) * grown;
    let angle = if area.width() > area.height() { 0.0 } else { std::f32::consts::FRAC_PI_2 }
        + between(random, -0.5, 0.5);
    let at = |along: f32, across: f32| {
        let (x, y) = (along * long, across * wide);
        [middle[0] + x * angle.cos() - y * angle.sin(), middle[1] + x * angle.sin() + y * angle.cos()]
    };
    let mut outline = Vec::new();
    for step in 0..24_u8 {
        let turn = f32::from(step) / 24.0 * std::f32::consts::TAU;
        // Pointed at both ends, with a wavy edge.
        let edge = turn.sin() * turn.sin().abs().powf(0.35) * between(random, 0.9, 1.1);
        outline.push(at(turn.cos(), edge));
    }
    canvas.polygon(&outline, colour, 1.0);
    let vein = colour.map(|channel| byte(f32::from(channel) * 0.7));
    canvas.line(&[at(-1.15, 0.0), at(0.95, 0.0)], long * 0.04, vein, 1.0);
    for step in [-0.5, -0.1, 0.3] {
        for side in [-0.6, 0.6] {
            canvas.line(&[at(step, 0.0), at(step + 0.3, side)], long * 0.02, vein, 0.9);
        }
    }
}

fn tow_ball(canvas: &mut Canvas, area: Area, plate: Area, grown: f32, random: &mut SynthRng) {
    let x = f32::midpoint(area.left, area.right);
    let radius = (area.width() * 0.62).max(area.height() * 0.42) * grown * between(random, 1.0, 1.15);
    let centre = [x, f32::midpoint(area.top, area.bottom)];
    let bar = radius * between(random, 0.45, 0.7);
    let foot = plate.bottom + plate.height();
    canvas.rectangle(Area::new(x - bar, centre[1], x + bar, foot), [34, 34, 36], 1.0);
    canvas.rectangle(Area::new(x - bar * 1.8, plate.bottom, x + bar * 1.8, foot), [26, 26, 28], 1.0);
    let metal = if random.random_bool(0.5) { 60.0 } else { 150.0 };
    for (share, lighter) in [(1.0, 0.0), (0.75, 16.0), (0.45, 40.0), (0.2, 80.0)] {
        let place = [centre[0] - radius * 0.25 * (1.0 - share), centre[1] - radius * 0.3 * (1.0 - share)];
        canvas.circle(place, radius * share, [byte(metal + lighter); 3], 1.0);
    }
}

/// Four fingers up from below, or down from above, as far as the characters.
fn hand(canvas: &mut Canvas, area: Area, plate: Area, grown: f32, random: &mut SynthRng) {
    let skins: [Rgb; 4] = [[224, 172, 130], [190, 134, 96], [140, 94, 64], [96, 64, 46]];
    let skin = varied(skins[random.random_range(0..skins.len())], 10.0, random);
    let edge = skin.map(|channel| byte(f32::from(channel) * 0.8));
    let from_below = random.random_bool(0.6);
    let finger = (area.width() / 2.2).max(plate.height() * 0.13) * grown;
    let x = f32::midpoint(area.left, area.right);
    let (tip, root) =
        if from_below { (area.top, plate.bottom + plate.height() * 0.3) } else { (area.bottom, plate.top) };
    for (place, shorter) in [(-1.5, 0.1), (-0.5, 0.0), (0.5, 0.02), (1.5, 0.16)] {
        let across = x + place * finger * 1.04;
        let end = tip + (root - tip) * shorter;
        canvas.line(&[[across, end], [across + finger * 0.1 * place, root]], finger * 1.05, edge, 1.0);
        canvas.line(&[[across, end], [across + finger * 0.1 * place, root]], finger * 0.92, skin, 1.0);
    }
    let beyond = if from_below { root + plate.height() * 0.5 } else { root - plate.height() * 0.7 };
    let palm = Area::new(x - 2.2 * finger, root.min(beyond), x + 2.2 * finger, root.max(beyond));
    canvas.rounded(palm, finger, skin, 1.0);
}

/// The side of a vehicle that stands before this one: paint, a dark gap, the edge of a lamp.
fn vehicle(canvas: &mut Canvas, area: Area, plate: Area, from_left: bool, grown: f32, random: &mut SynthRng) {
    let paint = random_paint(random);
    let beyond = area.width() * (grown - 0.5).min(0.9);
    let edge = if from_left { area.left + beyond } else { area.right - beyond };
    let far = if from_left { plate.left - plate.width() } else { plate.right + plate.width() };
    let lean = between(random, -0.2, 0.2) * plate.height();
    let (top, bottom) = (plate.top - plate.width(), plate.bottom + plate.width());
    canvas.polygon(&[[far, top], [edge + lean, top], [edge - lean, bottom], [far, bottom]], paint, 1.0);
    let dark = paint.map(|channel| byte(f32::from(channel) * 0.55));
    let rim = (edge - far) * 0.06;
    let inner = [edge - rim, edge - 2.0 * rim];
    canvas.polygon(&[[inner[0], top], [edge, top], [edge, bottom], [inner[0], bottom]], dark, 0.7);
    let lamp: Rgb = if random.random_bool(0.5) { [196, 30, 32] } else { [232, 232, 220] };
    let lamp_top = plate.top - between(random, 0.2, 0.9) * plate.height();
    let lamp_area = Area::new(
        inner[1].min(inner[1] - (edge - far) * 0.25),
        lamp_top,
        inner[1].max(inner[1] - (edge - far) * 0.25),
        lamp_top + plate.height() * 0.6,
    );
    canvas.rounded(lamp_area, plate.height() * 0.1, lamp, 1.0);
}

fn varied(colour: Rgb, by: f32, random: &mut SynthRng) -> Rgb {
    let shift = between(random, -by, by);
    colour.map(|channel| byte((f32::from(channel) + shift).max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::fonts::Fonts;
    use crate::plate::draw::draw_plate;
    use crate::random::sample_rng;
    use schemas::jurisdiction::Jurisdiction;

    #[test]
    fn every_cover_hides_at_least_half_of_a_character_and_leaves_the_plate_to_be_seen() {
        let fonts = Fonts::load().unwrap();
        for kind in CoverKind::ALL.into_iter().filter(|kind| *kind != CoverKind::Border) {
            let mut hidden_shares = 0.0;
            for number in 0..20_u16 {
                let mut random = sample_rng(8, u64::from(number));
                let jurisdiction = Jurisdiction::ALL[usize::from(number % 2)];
                let plate = PlateSpecification::random(jurisdiction, &mut random).unwrap();
                let cover = Cover { kind, ..Cover::random(&plate, &mut random) };
                let size = plate.layout().size_mm();
                let mut drawn = draw_plate(&fonts, &plate, 0.6, &mut random).unwrap();
                let overlay = lay_over(&mut drawn, size, cover, &mut random).unwrap().unwrap();
                let hidden: Vec<bool> = drawn
                    .characters
                    .iter()
                    .map(|character| overlay.hidden_share(character.area) >= HIDDEN_SHARE)
                    .collect();
                assert!(hidden.contains(&true), "{cover:?} hides nothing of {plate:?}");
                let told: Vec<bool> = drawn.characters.iter().map(|character| !character.visible).collect();
                assert_eq!(told, hidden, "{cover:?}");
                hidden_shares += overlay.hidden_share(Area::new(0.0, 0.0, size.0, size.1));
            }
            assert!(hidden_shares / 20.0 < 0.85, "{kind:?} hides the whole plate");
        }
    }
}
