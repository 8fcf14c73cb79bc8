//! A plate put into a picture, and where it and its characters lie there.

use crate::camera::degrade::Quality;
use crate::drawing::area::{Area, to_float};
use crate::drawing::canvas::CanvasError;
use crate::drawing::fonts::Fonts;
use crate::drawing::view::{Homography, View, ViewLimits, compose};
use crate::fault::corrupt::corrupt_plate;
use crate::fault::cover::{self, Overlay};
use crate::fault::paint::tamper;
use crate::fault::wear::{Wear, wear_out};
use crate::plate::draw::draw_plate;
use crate::plate::drawn::{Character, DrawnPlate};
use crate::random::{Dice, SynthRng, between};
use crate::scene::condition::Condition;
use image::RgbImage;
use rand::RngExt;

/// Where a plate and its characters lie in a picture, in pixels.
#[derive(Debug, Clone)]
pub struct PlateTruth {
    /// What is written, and what was done to it.
    pub condition: Condition,
    /// Corners clockwise from the plate's own top left.
    pub corners: [[f32; 2]; 4],
    /// The upright box around the corners, as far as it lies in the picture.
    pub area: Area,
    /// Width of the plate's projection in pixels, before anything is cut off.
    pub width: f32,
    /// Row by row, left to right.
    pub characters: Vec<Character>,
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
        Condition::Unreadable(_, corruption) => corrupt_plate(&mut plate, size, *corruption)?,
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
        .map(|character| Character { area: clamped(map.apply_area(character.area), bounds), ..*character })
        .collect();
    let around = Area::around(&corners);
    PlateTruth { condition, corners, area: clamped(around, bounds), width: around.width(), characters }
}

/// As much of an area as lies in a picture of this size.
pub(crate) fn clamped(area: Area, (width, height): (f32, f32)) -> Area {
    Area::new(
        area.left.clamp(0.0, width),
        area.top.clamp(0.0, height),
        area.right.clamp(0.0, width),
        area.bottom.clamp(0.0, height),
    )
}
