//! What carries a plate in a scene: a car or a motorcycle, seen from the front or the rear.

use crate::camera::degrade::Quality;
use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, CanvasError};
use crate::drawing::colour::{Rgb, lit, random_paint};
use crate::drawing::fonts::Fonts;
use crate::plate::layout::{Carrier, Mount};
use crate::random::{Dice, SynthRng, between};
use crate::scene::condition::Condition;
use crate::scene::place::{PlatePlacement, PlateTruth, place_plate, random_condition};
use image::RgbImage;
use rand::RngExt;

/// Width of a car in millimetres, which sets the plate's size against it.
const CAR_WIDTH_MM: f32 = 1_800.0;
/// Width of a motorcycle across its handlebar, against a car's.
const MOTORCYCLE_SHARE: f32 = 0.42;

/// How high a rider's helmet and a motorcycle's plate are, in shares of its width.
const RIDER_TOP: f32 = 1.97;
const MOTORCYCLE_PLATE_HEIGHT: f32 = 0.66;

/// A vehicle seen from the front or the rear.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vehicle {
    /// Middle, in pixels.
    pub(crate) centre: f32,
    /// Where the wheels stand.
    ground: f32,
    /// Width of the body.
    width: f32,
    /// Width of the plate.
    plate_width: f32,
    mount: Mount,
    paint: Rgb,
    /// Seen from behind: red lamps.
    rear: bool,
}

impl Vehicle {
    pub(crate) fn random(
        carrier: Carrier,
        plate_width: f32,
        (width, height): (f32, f32),
        span: [f32; 2],
        random: &mut SynthRng,
    ) -> Self {
        let body = plate_width * CAR_WIDTH_MM / carrier.plate_mm;
        let lowest = 0.97 * height;
        Self {
            centre: between(random, span[0], span[1]) * width,
            ground: (0.5 * height + body * 0.42).min(lowest),
            width: match carrier.mount {
                Mount::Car => body,
                Mount::Motorcycle => body * MOTORCYCLE_SHARE,
            },
            plate_width,
            mount: carrier.mount,
            paint: random_paint(random),
            rear: random.random_bool(0.5),
        }
    }

    fn area(&self) -> Area {
        let half = self.width / 2.0;
        let tall = match self.mount {
            Mount::Car => 0.8,
            Mount::Motorcycle => RIDER_TOP,
        };
        Area::new(self.centre - half, self.ground - self.width * tall, self.centre + half, self.ground)
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let (here, there) = (self.area(), other.area());
        here.left < there.right
            && there.left < here.right
            && here.top < there.bottom
            && there.top < here.bottom
    }

    fn plate_centre(&self) -> [f32; 2] {
        let high = match self.mount {
            Mount::Car => 0.24,
            Mount::Motorcycle => MOTORCYCLE_PLATE_HEIGHT,
        };
        [self.centre, self.ground - self.width * high]
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, daylight: f32, random: &mut SynthRng) {
        match self.mount {
            Mount::Car => self.draw_car(canvas, daylight, random),
            Mount::Motorcycle => self.draw_motorcycle(canvas, daylight),
        }
    }

    /// A point in shares of the width from the middle of the wheels' line upwards.
    fn at(&self, x: f32, y: f32) -> [f32; 2] {
        [self.centre + x * self.width, self.ground - y * self.width]
    }

    /// A rectangle in the same measure.
    fn part(&self, left: f32, top: f32, right: f32, bottom: f32) -> Area {
        let ([left, top], [right, bottom]) = (self.at(left, top), self.at(right, bottom));
        Area::new(left, top, right, bottom)
    }

    /// A wheel, a rider with a helmet, handlebar, mirrors and lamp.
    fn draw_motorcycle(&self, canvas: &mut Canvas, daylight: f32) {
        let w = self.width;
        let (dark, paint) = (lit([26, 27, 30], daylight), lit(self.paint, daylight));
        canvas.rounded(self.part(-0.24, 0.04, 0.24, -0.04), 0.04 * w, [10, 10, 12], 0.5);
        canvas.rounded(self.part(-0.09, 0.72, 0.09, 0.0), 0.07 * w, dark, 1.0);
        let trousers = lit([44, 48, 66], daylight);
        for side in [-1.0, 1.0] {
            let leg = [(0.1, 1.1), (0.27, 1.08), (0.34, 0.62), (0.24, 0.3), (0.15, 0.32), (0.2, 0.66)];
            let leg = leg.map(|(x, y)| self.at(side * x, y));
            canvas.polygon(&leg, trousers, 1.0);
        }
        let jacket = [(-0.3, 1.62), (0.3, 1.62), (0.26, 1.02), (-0.26, 1.02)];
        canvas.polygon(&jacket.map(|(x, y)| self.at(x, y)), lit([96, 84, 74], daylight), 1.0);
        canvas.rounded(self.part(-0.22, 1.12, 0.22, 0.7), 0.08 * w, paint, 1.0);
        canvas.rectangle(self.part(-0.5, 1.2, 0.5, 1.16), dark, 1.0);
        for side in [-0.46, 0.34] {
            canvas.rounded(self.part(side, 1.38, side + 0.12, 1.28), 0.03 * w, dark, 1.0);
        }
        canvas.circle(self.at(0.0, 1.8), 0.17 * w, lit([150, 36, 40], daylight), 1.0);
        let lamp: Rgb = if self.rear { [190, 28, 30] } else { [236, 236, 220] };
        canvas.rounded(self.part(-0.1, 1.0, 0.1, 0.92), 0.03 * w, lit(lamp, daylight.max(0.6)), 1.0);
        let holder = self.plate_width / w / 2.0 + 0.02;
        let (top, bottom) = (MOTORCYCLE_PLATE_HEIGHT + 0.1, MOTORCYCLE_PLATE_HEIGHT - 0.1);
        canvas.rounded(self.part(-holder, top, holder, bottom), 0.02 * w, dark, 0.9);
    }

    fn draw_car(&self, canvas: &mut Canvas, daylight: f32, random: &mut SynthRng) {
        let w = self.width;
        let at = |x: f32, y: f32| self.at(x, y);
        let area = |left: f32, top: f32, right: f32, bottom: f32| self.part(left, top, right, bottom);
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

    pub(crate) fn place_plate(
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
