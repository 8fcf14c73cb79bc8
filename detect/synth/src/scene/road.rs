//! A plain road scene: sky, houses with signs, a road, and one or two vehicles that carry their plates at a realistic
//! place and size. Signs carry text that is no plate.

use crate::camera::degrade::Quality;
use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, Pen, flattened};
use crate::drawing::colour::{Rgb, byte, lit};
use crate::drawing::fonts::{Face, Fonts};
use crate::plate::layout::{Carrier, Mount};
use crate::plate::specification::PlateSpecification;
use crate::random::{Dice, SynthRng, between};
use crate::scene::condition::Condition;
use crate::scene::error::SampleError;
use crate::scene::place::PlateTruth;
use crate::scene::vehicle::Vehicle;
use image::RgbImage;
use rand::RngExt;

/// Sizes that cameras send; the middle ones more often, since the largest take long to draw.
const SIZES_PX: [(f32, f32); 10] = [
    (640.0, 480.0),
    (960.0, 720.0),
    (1024.0, 576.0),
    (1280.0, 720.0),
    (1280.0, 720.0),
    (1280.0, 960.0),
    (1600.0, 900.0),
    (1920.0, 1080.0),
    (2560.0, 1440.0),
    (3840.0, 2160.0),
];

/// The narrowest plate that a reader must manage, pixels.
const NARROWEST_PX: f32 = 60.0;
/// How wide a motorcycle's plate is in the picture against a car's.
const SMALLER: f32 = 0.7;

/// A scene with its plates, before degradation.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The picture.
    pub picture: RgbImage,
    /// The plates; the first is the nearest vehicle's.
    pub plates: Vec<PlateTruth>,
}

/// Who is on the road.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// One vehicle.
    Alone,
    /// Now and then a second one, further off, with a plate of its own.
    ByChance,
}

/// Draws a scene whose nearest vehicle carries this plate. Only a regular one has others beside it: in pictures of
/// which nothing may be issued, nothing else may be read either.
///
/// # Errors
/// When a plate cannot be drawn.
pub fn draw_scene(
    fonts: &Fonts,
    condition: Condition,
    quality: Quality,
    traffic: Traffic,
    dice: &mut Dice,
) -> Result<Scene, SampleError> {
    let random = &mut dice.main;
    let (width, height) = match quality {
        Quality::Clear => [(1280.0, 720.0), (960.0, 720.0), (1024.0, 576.0)][random.random_range(0..3_usize)],
        Quality::Mixed => SIZES_PX[random.random_range(0..SIZES_PX.len())],
    };
    let mut canvas = Canvas::new((width, height), 1.0)?;
    let daylight = match quality {
        Quality::Clear => 1.0,
        Quality::Mixed => between(random, 0.35, 1.0),
    };
    let horizon = between(random, 0.22, 0.4) * height;
    background(&mut canvas, fonts, (width, height), horizon, daylight, random);
    let near_width = match quality {
        Quality::Clear => between(random, 0.11, 0.17) * width,
        Quality::Mixed => {
            // As often half as wide as twice as wide, down to what a reader must manage.
            let widest = (0.17 * width).min(300.0);
            NARROWEST_PX * (widest / NARROWEST_PX).powf(random.random::<f32>())
        }
    };
    let carrier = condition.carrier();
    let near_width = match carrier.mount {
        Mount::Car => near_width,
        Mount::Motorcycle => (near_width * SMALLER).max(NARROWEST_PX),
    };
    let near_width = near_width.max(condition.narrowest_px());
    let near = Vehicle::random(carrier, near_width, (width, height), [0.3, 0.7], random);
    let company = match &condition {
        Condition::Regular(plate) if traffic == Traffic::ByChance => Some(plate.layout().jurisdiction()),
        Condition::Regular(_)
        | Condition::Tampered(..)
        | Condition::Occluded(..)
        | Condition::Unreadable(..)
        | Condition::Foreign(_)
        | Condition::Fake(_) => None,
    };
    let far = if let Some(jurisdiction) = company
        && random.random_bool(0.4)
    {
        let other = PlateSpecification::random(jurisdiction, random)?;
        let far_width = (near_width * between(random, 0.3, 0.5)).max(34.0);
        let side = if near.centre > width / 2.0 { [0.1, 0.22] } else { [0.78, 0.9] };
        Some((Vehicle::random(Carrier::of(other.layout()), far_width, (width, height), side, random), other))
    } else {
        None
    };
    if let Some((vehicle, _)) = &far {
        vehicle.draw(&mut canvas, daylight, random);
    }
    near.draw(&mut canvas, daylight, random);
    let mut picture = flattened(&canvas);
    let mut plates = vec![near.place_plate(fonts, &mut picture, condition, quality, dice)?];
    if let Some((vehicle, other)) = far
        && !vehicle.overlaps(&near)
    {
        plates.push(vehicle.place_plate(fonts, &mut picture, Condition::Regular(other), quality, dice)?);
    }
    Ok(Scene { picture, plates })
}

fn background(
    canvas: &mut Canvas,
    fonts: &Fonts,
    (width, height): (f32, f32),
    horizon: f32,
    daylight: f32,
    random: &mut SynthRng,
) {
    let sky: Rgb = [[176, 200, 224], [206, 206, 200], [224, 196, 160]][random.random_range(0..3_usize)];
    canvas.rectangle(Area::new(0.0, 0.0, width, horizon), lit(sky, daylight), 1.0);
    canvas.rectangle(Area::new(0.0, horizon, width, height), lit([150, 138, 116], daylight), 1.0);
    houses(canvas, fonts, (width, horizon), daylight, random);
    let vanishing = between(random, 0.35, 0.65) * width;
    let edge = |share: f32| [share * width, height];
    let road =
        [[vanishing - 0.03 * width, horizon], [vanishing + 0.03 * width, horizon], edge(1.15), edge(-0.15)];
    let tar = between(random, 66.0, 110.0);
    canvas.polygon(&road, lit([tar, tar, tar + 4.0].map(byte), daylight), 1.0);
    for lane in [0.25, 0.75] {
        for step in 0..6_u8 {
            let (from, to) = (0.08 + 0.16 * f32::from(step), 0.15 + 0.17 * f32::from(step));
            let point = |along: f32, side: f32| {
                let across = vanishing + (lane * width - vanishing) * along * along;
                [across + side * 5.0 * along, horizon + (height - horizon) * along * along]
            };
            let dash = [point(from, -1.0), point(from, 1.0), point(to, 1.0), point(to, -1.0)];
            canvas.polygon(&dash, lit([226, 224, 214], daylight), 0.9);
        }
    }
}

fn houses(
    canvas: &mut Canvas,
    fonts: &Fonts,
    (width, horizon): (f32, f32),
    daylight: f32,
    random: &mut SynthRng,
) {
    let mut left = between(random, -80.0, 0.0);
    while left < width {
        let (across, top) = (between(random, 60.0, 190.0), horizon * between(random, 0.1, 0.8));
        let wall = [196.0, 182.0, 158.0].map(|channel| byte(channel + between(random, -34.0, 34.0)));
        canvas.rectangle(Area::new(left, top, left + across, horizon + 4.0), lit(wall, daylight), 1.0);
        for row in 0..random.random_range(1..5_u8) {
            for column in 0..4_u8 {
                let (x, y) =
                    (left + 10.0 + f32::from(column) * across / 4.0, top + 10.0 + f32::from(row) * 26.0);
                if y + 16.0 < horizon {
                    canvas.rectangle(
                        Area::new(x, y, x + across / 8.0, y + 15.0),
                        lit([60, 66, 76], daylight),
                        0.8,
                    );
                }
            }
        }
        if random.random_bool(0.35) {
            sign(
                canvas,
                fonts,
                Area::new(left + 6.0, horizon - 34.0, left + across - 6.0, horizon - 8.0),
                random,
            );
        }
        left += across + between(random, 0.0, 30.0);
    }
}

/// A shop sign: coloured ground and letters in either script, in no plate's arrangement.
fn sign(canvas: &mut Canvas, fonts: &Fonts, area: Area, random: &mut SynthRng) {
    let ground = std::array::from_fn(|_| random.random::<u8>() / 2);
    canvas.rounded(area, 3.0, ground, 1.0);
    let arabic: Vec<char> = "ابجدرسصطعفقلمنوي".chars().collect();
    let latin: Vec<char> = ('A'..='Z').collect();
    let letters = if random.random_bool(0.5) { arabic } else { latin };
    let word: String =
        (0..random.random_range(4..9_u8)).map(|_| letters[random.random_range(0..letters.len())]).collect();
    let pen = Pen { fonts, face: Face::DejaVu, colour: [240, 238, 220], swell_mm: 0.0 };
    canvas.word(pen, &word, f32::midpoint(area.left, area.right), area.bottom - 8.0, 15.0);
}
