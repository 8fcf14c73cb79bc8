//! A plain road scene: sky, houses with signs, a road, and one or two vehicles that carry their plates at a realistic
//! place and size. Signs carry text that is no plate.

use super::canvas::{Area, Canvas, CanvasError, Pen, Rgb, byte};
use super::condition::Condition;
use super::degrade::Quality;
use super::fonts::{Face, Fonts};
use super::random::{Dice, SynthRng, between};
use super::sample::{
    PlatePlacement, PlateTruth, SampleError, flattened, place_plate, random_condition, random_paint,
};
use super::specification::PlateSpecification;
use image::RgbImage;
use rand::RngExt;

/// Width of a car in millimetres, which sets the plate's size against it.
const CAR_WIDTH_MM: f32 = 1_800.0;

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
            let (narrowest, widest) = (60.0_f32, (0.17 * width).min(300.0));
            narrowest * (widest / narrowest).powf(random.random::<f32>())
        }
    };
    let near_width = near_width.max(condition.narrowest_px());
    let size_mm = condition.size_mm();
    let near = Vehicle::random(size_mm, near_width, (width, height), [0.3, 0.7], random);
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
        Some((Vehicle::random(other.layout().size_mm(), far_width, (width, height), side, random), other))
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

/// A vehicle seen from the front or the rear.
#[derive(Debug, Clone, Copy)]
struct Vehicle {
    /// Middle, in pixels.
    centre: f32,
    /// Where the wheels stand.
    ground: f32,
    /// Width of the body.
    width: f32,
    /// Width of the plate.
    plate_width: f32,
    paint: Rgb,
    /// Seen from behind: red lamps.
    rear: bool,
}

impl Vehicle {
    fn random(
        size_mm: (f32, f32),
        plate_width: f32,
        (width, height): (f32, f32),
        span: [f32; 2],
        random: &mut SynthRng,
    ) -> Self {
        let body = plate_width * CAR_WIDTH_MM / size_mm.0;
        let lowest = 0.97 * height;
        Self {
            centre: between(random, span[0], span[1]) * width,
            ground: (0.5 * height + body * 0.42).min(lowest),
            width: body,
            plate_width,
            paint: random_paint(random),
            rear: random.random_bool(0.5),
        }
    }

    fn area(&self) -> Area {
        let half = self.width / 2.0;
        Area::new(self.centre - half, self.ground - self.width * 0.8, self.centre + half, self.ground)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let (here, there) = (self.area(), other.area());
        here.left < there.right
            && there.left < here.right
            && here.top < there.bottom
            && there.top < here.bottom
    }

    fn plate_centre(&self) -> [f32; 2] {
        [self.centre, self.ground - self.width * 0.24]
    }

    fn draw(&self, canvas: &mut Canvas, daylight: f32, random: &mut SynthRng) {
        let w = self.width;
        let at = |x: f32, y: f32| [self.centre + x * w, self.ground - y * w];
        let area = |left: f32, top: f32, right: f32, bottom: f32| {
            Area::new(
                self.centre + left * w,
                self.ground - top * w,
                self.centre + right * w,
                self.ground - bottom * w,
            )
        };
        let paint = lit(self.paint, daylight);
        let dark = lit([26, 27, 30], daylight);
        canvas.rounded(area(-0.52, 0.05, 0.52, -0.03), 0.04 * w, [10, 10, 12], 0.5);
        for side in [-0.42, 0.29] {
            canvas.rounded(area(side, 0.2, side + 0.13, 0.0), 0.03 * w, dark, 1.0);
        }
        canvas.polygon(&[at(-0.42, 0.55), at(-0.32, 0.82), at(0.32, 0.82), at(0.42, 0.55)], paint, 1.0);
        let glass = lit([70, 84, 98], daylight);
        canvas.polygon(&[at(-0.37, 0.56), at(-0.29, 0.78), at(0.29, 0.78), at(0.37, 0.56)], glass, 1.0);
        canvas.rounded(area(-0.5, 0.58, 0.5, 0.09), 0.07 * w, paint, 1.0);
        canvas.rounded(area(-0.47, 0.2, 0.47, 0.1), 0.04 * w, lit(self.paint, daylight * 0.8), 1.0);
        let lamp: Rgb = if self.rear { [190, 28, 30] } else { [236, 236, 220] };
        for side in [-0.48, 0.34] {
            canvas.rounded(area(side, 0.48, side + 0.14, 0.37), 0.025 * w, lit(lamp, daylight.max(0.6)), 1.0);
        }
        let slats = random.random_range(2..5_u8);
        for slat in 0..slats {
            let y = 0.5 - 0.035 * f32::from(slat);
            canvas.rectangle(area(-0.26, y, 0.26, y - 0.014), dark, if self.rear { 0.15 } else { 0.8 });
        }
        let recess = self.plate_width / w / 2.0 + 0.03;
        canvas.rounded(area(-recess, 0.33, recess, 0.15), 0.02 * w, dark, 0.9);
    }

    fn place_plate(
        &self,
        fonts: &Fonts,
        picture: &mut RgbImage,
        condition: Condition,
        quality: Quality,
        dice: &mut Dice,
    ) -> Result<PlateTruth, CanvasError> {
        let (view, wear) = random_condition(quality, dice);
        let placement = PlatePlacement { centre: self.plate_centre(), width: self.plate_width, view, wear };
        place_plate(fonts, picture, condition, placement, dice)
    }
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

fn lit(colour: Rgb, daylight: f32) -> Rgb {
    colour.map(|channel| byte(f32::from(channel) * daylight))
}
