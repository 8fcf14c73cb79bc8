//! One sample from a seed: specification, plate, wear, view, surround or scene, degradation.

use crate::camera::degrade::{Degradation, Quality, degrade};
use crate::camera::weather::Weather;
use crate::drawing::area::{Area, to_float, whole};
use crate::drawing::canvas::{Canvas, CanvasError, flattened};
use crate::drawing::colour::random_paint;
use crate::drawing::fonts::Fonts;
use crate::fault::cover;
use crate::fault::cover::{Cover, CoverKind, HIDDEN_SHARE};
use crate::plate::drawn::Character;
use crate::plate::layout::Mount;
use crate::random::{Dice, SynthRng, between};
use crate::scene::condition::{Condition, ConditionMix};
use crate::scene::error::SampleError;
use crate::scene::place::{PlatePlacement, PlateTruth, clamped, place_plate, random_condition, random_width};
use crate::scene::road::{Traffic, draw_scene};
use image::{RgbImage, imageops};
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plate with a margin of bodywork, as a locator might crop it.
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
    let (picture, plates) = crop_at_border(picture, plates);
    let jpeg_quality = degradation.jpeg_quality;
    Ok(Sample { picture, jpeg_quality, quality: request.quality, weather, plates })
}

/// By chance, but so that a person can read the plate, or so that nobody can, as its condition says.
fn degradation_for(plates: &[PlateTruth], quality: Quality, dice: &mut Dice) -> Degradation {
    let Some(first) = plates.first() else { return Degradation::random(quality, 100.0, &mut dice.main) };
    let by_chance = Degradation::random(quality, first.area.width(), &mut dice.main);
    let height = first.characters.iter().map(|character| character.area.height()).fold(4.0, f32::max);
    match &first.condition {
        Condition::Unreadable(_, corruption) => corruption.corrupt(by_chance, height),
        Condition::Regular(_)
        | Condition::Tampered(..)
        | Condition::Occluded(..)
        | Condition::Foreign(_)
        | Condition::Fake(_) => by_chance.readable(height),
    }
}

/// Cuts the picture through the characters that its border is to hide.
fn crop_at_border(picture: RgbImage, plates: Vec<PlateTruth>) -> (RgbImage, Vec<PlateTruth>) {
    let target = plates.first().and_then(|plate| match &plate.condition {
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
    let Some((target, from_left)) = target else { return (picture, plates) };
    let middle = whole(f32::midpoint(target.left, target.right));
    let (left, right) = if from_left { (middle + 1, picture.width()) } else { (0, middle) };
    let width = right.saturating_sub(left).max(1);
    let crop = imageops::crop_imm(&picture, left, 0, width, picture.height()).to_image();
    let bounds = (to_float(width), to_float(crop.height()));
    let plates = plates.into_iter().map(|plate| shifted(plate, to_float(left), bounds)).collect();
    (crop, plates)
}

/// A truth in a picture whose left part was cut off.
fn shifted(plate: PlateTruth, by: f32, bounds: (f32, f32)) -> PlateTruth {
    let moved = |area: Area| Area { left: area.left - by, right: area.right - by, ..area };
    let characters = plate.characters.iter().map(|character| {
        let whole = moved(character.area);
        let area = clamped(whole, bounds);
        let visible = character.visible && area.width() > (1.0 - HIDDEN_SHARE) * whole.width();
        Character { area, visible, ..*character }
    });
    PlateTruth {
        corners: plate.corners.map(|[x, y]| [x - by, y]),
        area: clamped(moved(plate.area), bounds),
        characters: characters.collect(),
        ..plate
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

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
