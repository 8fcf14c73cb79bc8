//! One sample from a seed: specification, plate, wear, view, surround or scene, degradation.

use super::canvas::{Area, Canvas, CanvasError, Rgb, byte, whole};
use super::condition::{Condition, ConditionMix};
use super::cover::{self, Cover, CoverKind, HIDDEN_SHARE, Overlay};
use super::degrade::{Degradation, Quality, degrade};
use super::fonts::Fonts;
use super::geometry::{Homography, View, ViewLimits, compose, to_float};
use super::layout::Mount;
use super::paint::tamper;
use super::plate::{Character, DrawnPlate, draw_plate};
use super::random::{Dice, SynthRng, between};
use super::scene::{Traffic, draw_scene};
use super::spoil::spoil_plate;
use super::wear::{Wear, wear_out};
use super::weather::Weather;
use image::{RgbImage, imageops};
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateError;
use thiserror::Error;

/// Why a sample could not be made.
#[derive(Debug, Error)]
pub enum SampleError {
    /// The grammar of the country and the choice of numbers disagree.
    #[error("no plate number could be chosen")]
    Number(#[from] PlateError),
    /// The plate or its surroundings could not be drawn.
    #[error("the picture could not be drawn")]
    Canvas(#[from] CanvasError),
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plate with a margin of bodywork, as a locator might cut it out.
    Plate,
    /// A road scene with a vehicle.
    Scene,
}

/// What samples are wanted; with a number it decides every byte of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRequest {
    /// Seed of all chance.
    pub seed: u64,
    /// What is drawn.
    pub kind: Kind,
    /// One country, or none for both in turn.
    pub jurisdiction: Option<Jurisdiction>,
    /// How good the pictures are.
    pub quality: Quality,
    /// Which conditions the plates have.
    pub condition: ConditionMix,
    /// The weather, or none for any by chance.
    pub weather: Option<Weather>,
    /// What the plates are made for.
    pub mount: Mount,
}

/// One picture with its truth.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The degraded picture, before compression.
    pub picture: RgbImage,
    /// Quality to compress it with, 1 to 100.
    pub jpeg_quality: u8,
    /// How good it is.
    pub quality: Quality,
    /// The weather in it.
    pub weather: Weather,
    /// Every plate, and every thing that looks like one; the first is the one that was asked for.
    pub plates: Vec<PlateTruth>,
}

/// Where a plate and its characters lie in a picture, in pixels.
#[derive(Debug, Clone)]
pub struct PlateTruth {
    /// What is written, and what was done to it.
    pub condition: Condition,
    /// Corners clockwise from the plate's own top left.
    pub corners: [[f32; 2]; 4],
    /// The upright box around the corners, cut at the picture's edges.
    pub area: Area,
    /// Width of the plate's projection in pixels, before anything is cut off.
    pub width: f32,
    /// Row by row, left to right.
    pub characters: Vec<Character>,
}

/// Makes sample number `number` of a request.
///
/// # Errors
/// When a plate cannot be drawn (a character that no face has).
pub fn make_sample(fonts: &Fonts, request: &SampleRequest, number: u64) -> Result<Sample, SampleError> {
    let mut dice = Dice::new(request.seed, number);
    let in_turn = if number.is_multiple_of(2) { Jurisdiction::Egypt } else { Jurisdiction::SaudiArabia };
    let jurisdiction = request.jurisdiction.unwrap_or(in_turn);
    let condition =
        Condition::random(request.condition.kind(number), jurisdiction, request.mount, &mut dice)?;
    let (picture, plates) = match request.kind {
        Kind::Plate => plate_crop(fonts, condition, request.quality, &mut dice)?,
        Kind::Scene => {
            let scene = draw_scene(fonts, condition, request.quality, Traffic::ByChance, &mut dice)?;
            (scene.picture, scene.plates)
        }
    };
    let weather = request.weather.unwrap_or_else(|| Weather::random(&mut dice.weather));
    let corners: Vec<[[f32; 2]; 4]> = plates.iter().map(|plate| plate.corners).collect();
    let picture = weather.over(picture, &corners, &mut dice.weather);
    let degradation = degradation_for(&plates, request.quality, &mut dice);
    let picture = degrade(picture, &degradation, &mut dice.main);
    let (picture, plates) = cut_at_border(picture, plates);
    let jpeg_quality = degradation.jpeg_quality;
    Ok(Sample { picture, jpeg_quality, quality: request.quality, weather, plates })
}

/// By chance, but so that a person can read the plate, or so that nobody can, as its condition says.
fn degradation_for(plates: &[PlateTruth], quality: Quality, dice: &mut Dice) -> Degradation {
    let Some(first) = plates.first() else { return Degradation::random(quality, 100.0, &mut dice.main) };
    let by_chance = Degradation::random(quality, first.area.width(), &mut dice.main);
    let height = first.characters.iter().map(|character| character.area.height()).fold(4.0, f32::max);
    match &first.condition {
        Condition::Unreadable(_, spoiler) => spoiler.spoil(by_chance, height),
        Condition::Regular(_)
        | Condition::Tampered(..)
        | Condition::Occluded(..)
        | Condition::Foreign(_)
        | Condition::Fake(_) => by_chance.readable(height),
    }
}

/// Puts a plate into a picture and returns its truth there. `centre` and `width` are in pixels.
///
/// # Errors
/// When the plate cannot be drawn.
pub fn place_plate(
    fonts: &Fonts,
    picture: &mut RgbImage,
    condition: Condition,
    placement: PlatePlacement,
    dice: &mut Dice,
) -> Result<PlateTruth, CanvasError> {
    /// Drawn this much larger than shown, so that the turn into the view loses nothing.
    const OVERSAMPLING: f32 = 1.7;
    let PlatePlacement { centre, width, view, wear } = placement;
    let size = condition.size_mm();
    let mut plate = flat_plate(fonts, &condition, width * OVERSAMPLING / size.0, dice)?;
    wear_out(&mut plate, wear, &mut dice.main);
    let overlay = match &condition {
        Condition::Occluded(_, cover) => cover::lay_over(&mut plate, size, *cover, &mut dice.condition)?,
        Condition::Unreadable(_, spoiler) => spoil_plate(&mut plate, size, *spoiler)?,
        Condition::Regular(_) | Condition::Tampered(..) | Condition::Foreign(_) | Condition::Fake(_) => None,
    };
    let corners = view.corners(size, width).map(|[x, y]| [x + centre[0], y + centre[1]]);
    let truth = truth(picture, &plate, condition, corners);
    if let Some(overlay) = overlay {
        lay_over(picture, &overlay, size, corners);
    }
    Ok(truth)
}

/// The plate as it was stamped, and as somebody painted it.
fn flat_plate(
    fonts: &Fonts,
    condition: &Condition,
    pixels_per_mm: f32,
    dice: &mut Dice,
) -> Result<DrawnPlate, CanvasError> {
    match condition {
        Condition::Regular(plate) | Condition::Occluded(plate, _) | Condition::Unreadable(plate, _) => {
            draw_plate(fonts, plate, pixels_per_mm, &mut dice.main)
        }
        Condition::Tampered(plate, tamperings) => {
            let mut drawn = draw_plate(fonts, plate, pixels_per_mm, &mut dice.main)?;
            for tampering in tamperings {
                tamper(&mut drawn, fonts, plate, *tampering, &mut dice.condition);
            }
            Ok(drawn)
        }
        Condition::Foreign(plate) => plate.draw(fonts, pixels_per_mm, &mut dice.condition),
        Condition::Fake(plate) => plate.draw(fonts, pixels_per_mm, &mut dice.condition),
    }
}

/// Draws what lies over a plate, also where it reaches beyond it.
fn lay_over(picture: &mut RgbImage, overlay: &Overlay, size: (f32, f32), corners: [[f32; 2]; 4]) {
    let map = Homography::to_corners(size, corners);
    let margin = overlay.margin;
    let reach = Area::new(-margin, -margin, size.0 + margin, size.1 + margin);
    compose(picture, &overlay.canvas, reach.corners().map(|corner| map.apply(corner)));
}

/// Cuts the picture through the characters that its border is to hide.
fn cut_at_border(picture: RgbImage, plates: Vec<PlateTruth>) -> (RgbImage, Vec<PlateTruth>) {
    let cut = plates.first().and_then(|plate| match &plate.condition {
        Condition::Occluded(_, border @ Cover { kind: CoverKind::Border, .. }) => {
            cover::target(&plate.characters, *border).map(|area| (area, border.from_left))
        }
        Condition::Regular(_)
        | Condition::Tampered(..)
        | Condition::Occluded(..)
        | Condition::Unreadable(..)
        | Condition::Foreign(_)
        | Condition::Fake(_) => None,
    });
    let Some((target, from_left)) = cut else { return (picture, plates) };
    let middle = whole(f32::midpoint(target.left, target.right));
    let (left, right) = if from_left { (middle + 1, picture.width()) } else { (0, middle) };
    let width = right.saturating_sub(left).max(1);
    let cut = imageops::crop_imm(&picture, left, 0, width, picture.height()).to_image();
    let bounds = (to_float(width), to_float(cut.height()));
    let plates = plates.into_iter().map(|plate| shifted(plate, to_float(left), bounds)).collect();
    (cut, plates)
}

/// A truth in a picture whose left part was cut off.
fn shifted(plate: PlateTruth, by: f32, bounds: (f32, f32)) -> PlateTruth {
    let moved = |area: Area| Area { left: area.left - by, right: area.right - by, ..area };
    let characters = plate.characters.iter().map(|character| {
        let whole = moved(character.area);
        let area = cut(whole, bounds);
        let visible = character.visible && area.width() > (1.0 - HIDDEN_SHARE) * whole.width();
        Character { area, visible, ..*character }
    });
    PlateTruth {
        corners: plate.corners.map(|[x, y]| [x - by, y]),
        area: cut(moved(plate.area), bounds),
        characters: characters.collect(),
        ..plate
    }
}

/// Where and how a plate is seen.
#[derive(Debug, Clone, Copy)]
pub struct PlatePlacement {
    /// Its centre in the picture.
    pub centre: [f32; 2],
    /// Width of its projection.
    pub width: f32,
    /// How it is turned.
    pub view: View,
    /// How worn it is.
    pub wear: Wear,
}

/// Wear and view that go with a quality.
#[must_use]
pub fn random_condition(quality: Quality, dice: &mut Dice) -> (View, Wear) {
    let (limits, severity) = match quality {
        Quality::Clear => (ViewLimits { yaw_degrees: 10.0, pitch_degrees: 8.0, roll_degrees: 2.5 }, 0.2),
        Quality::Mixed => (mixed_limits(&mut dice.condition), 1.0),
    };
    (View::random(limits, &mut dice.main), Wear::random(severity, &mut dice.main))
}

/// Mostly a camera that hangs straight; now and then one that is turned as far as a reader must manage.
fn mixed_limits(random: &mut SynthRng) -> ViewLimits {
    let roll_degrees = if random.random_bool(0.2) { 25.0 } else { 10.0 };
    ViewLimits { yaw_degrees: 38.0, pitch_degrees: 25.0, roll_degrees }
}

/// Width in pixels that a plate has in a picture of this quality.
#[must_use]
pub fn random_width(quality: Quality, size_mm: (f32, f32), random: &mut SynthRng) -> f32 {
    /// Wider than this against its height a plate is a long one.
    const LONG_RATIO: f32 = 3.0;
    // A long plate needs more pixels across for the same height of its characters.
    let is_long = size_mm.0 / size_mm.1 > LONG_RATIO;
    let (narrowest, widest) = if is_long { (80.0, 340.0) } else { (60.0, 300.0) };
    match quality {
        Quality::Clear => between(random, 140.0, widest),
        Quality::Mixed => narrowest * (widest / narrowest).powf(random.random::<f32>()),
    }
}

fn plate_crop(
    fonts: &Fonts,
    condition: Condition,
    quality: Quality,
    dice: &mut Dice,
) -> Result<(RgbImage, Vec<PlateTruth>), CanvasError> {
    let size_mm = condition.size_mm();
    let (view, wear) = random_condition(quality, dice);
    let random = &mut dice.main;
    let width = random_width(quality, size_mm, random).max(condition.narrowest_px());
    let reach = Area::around(&view.corners(size_mm, width));
    let mut margin = |side: f32| (side * between(random, 0.06, 0.3)).max(4.0);
    let margins = [margin(width), margin(reach.height()), margin(width), margin(reach.height())];
    let size = (width + margins[0] + margins[2], reach.height() + margins[1] + margins[3]);
    let mut picture = surround(size, random)?;
    let centre = [margins[0] - reach.left, margins[1] - reach.top];
    let placement = PlatePlacement { centre, width, view, wear };
    let plate = place_plate(fonts, &mut picture, condition, placement, dice)?;
    Ok((picture, vec![plate]))
}

/// Bodywork: two shades, some ledges and slots, as around a plate.
fn surround(size: (f32, f32), random: &mut SynthRng) -> Result<RgbImage, CanvasError> {
    let mut canvas = Canvas::new(size, 1.0)?;
    let (light, dark) = (random_paint(random), random_paint(random));
    canvas.rectangle(Area::new(0.0, 0.0, size.0, size.1), light, 1.0);
    for _ in 0..random.random_range(1..5_u8) {
        let (top, height) = (random.random::<f32>() * size.1, between(random, 0.05, 0.5) * size.1);
        canvas.rectangle(Area::new(0.0, top, size.0, top + height), dark, between(random, 0.2, 1.0));
    }
    for _ in 0..random.random_range(0..6_u8) {
        let (left, top) = (random.random::<f32>() * size.0, random.random::<f32>() * size.1);
        let area = Area::new(
            left,
            top,
            left + between(random, 2.0, size.0),
            top + between(random, 1.0, size.1 / 4.0),
        );
        canvas.rounded(area, 6.0, random_paint(random), between(random, 0.1, 0.9));
    }
    Ok(flattened(&canvas))
}

/// A colour that vehicles are painted with: mostly white, grey or black.
pub(super) fn random_paint(random: &mut SynthRng) -> Rgb {
    let grey = between(random, 10.0, 245.0);
    let tint = if random.random_bool(0.35) { 70.0 } else { 8.0 };
    std::array::from_fn(|_| byte(grey + between(random, -tint, tint)))
}

/// The colours of a fully painted canvas.
pub(super) fn flattened(canvas: &Canvas) -> RgbImage {
    let pixmap = canvas.pixmap();
    RgbImage::from_fn(pixmap.width(), pixmap.height(), |x, y| {
        pixmap
            .pixel(x, y)
            .map_or(image::Rgb([0; 3]), |pixel| image::Rgb([pixel.red(), pixel.green(), pixel.blue()]))
    })
}

fn truth(
    picture: &mut RgbImage,
    plate: &DrawnPlate,
    condition: Condition,
    corners: [[f32; 2]; 4],
) -> PlateTruth {
    let bounds = (to_float(picture.width()), to_float(picture.height()));
    let map = compose(picture, &plate.canvas, corners);
    let characters = plate
        .characters
        .iter()
        .map(|character| Character { area: cut(map.apply_area(character.area), bounds), ..*character })
        .collect();
    let around = Area::around(&corners);
    PlateTruth { condition, corners, area: cut(around, bounds), width: around.width(), characters }
}

fn cut(area: Area, (width, height): (f32, f32)) -> Area {
    Area::new(
        area.left.clamp(0.0, width),
        area.top.clamp(0.0, height),
        area.right.clamp(0.0, width),
        area.bottom.clamp(0.0, height),
    )
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
