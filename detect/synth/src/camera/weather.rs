//! Between the road and the camera: rain, or night with a vehicle's lamps. Its chance is a source of its own, so that a
//! dry day keeps the bytes that it had.

use crate::camera::degrade::gaussian_blur;
use crate::drawing::area::{Area, to_float, whole};
use crate::drawing::colour::byte;
use crate::random::{SynthRng, between};
use image::{Rgb, RgbImage};
use rand::RngExt;
use serde::Serialize;

/// Streaks of the densest rain on a picture of a million pixels.
const STREAKS_PER_MEGAPIXEL: f32 = 1_400.0;
/// Length of a streak in shares of the picture's height.
const STREAK_LENGTH: (f32, f32) = (0.012, 0.05);
/// How much of a streak's pixel is water, at most.
const STREAK_ALPHA: f32 = 0.35;
/// Grey of wet air.
const HAZE: f32 = 150.0;
/// Most drops on the lens.
const DROPS_MAX: u8 = 5;
/// Light of a lamp fades to nothing within this many of its own radii.
const BLOOM_RADII: f32 = 9.0;

/// Corners of a plate, clockwise, pixels.
type Corners = [[f32; 2]; 4];

/// What the weather is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// A dry day.
    Dry,
    /// Streaks of rain, wet air, drops on the lens beside the plates.
    Rain,
    /// Darkness; plates give back the camera's own light, and lamps shine beside them.
    Night,
}

impl Weather {
    /// Half of the days are dry.
    #[must_use]
    pub fn random(random: &mut SynthRng) -> Self {
        [Self::Dry, Self::Dry, Self::Rain, Self::Night][random.random_range(0..4_usize)]
    }

    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_dry(&self) -> bool {
        matches!(self, Self::Dry)
    }

    /// The picture in this weather. Drops and lamps keep off `plates`, whose truth stays what it was.
    #[must_use]
    pub fn over(self, picture: RgbImage, plates: &[Corners], random: &mut SynthRng) -> RgbImage {
        match self {
            Self::Dry => picture,
            Self::Rain => rain(picture, plates, random),
            Self::Night => night(picture, plates, random),
        }
    }
}

fn rain(mut picture: RgbImage, plates: &[Corners], random: &mut SynthRng) -> RgbImage {
    let wetness = between(random, 0.3, 1.0);
    let haze = between(random, 0.05, 0.3) * wetness;
    map(&mut picture, |_, value| value + (HAZE - value) * haze);
    for _ in 0..random.random_range(0..=DROPS_MAX) {
        drop_on_lens(&mut picture, plates, random);
    }
    let (width, height) = (to_float(picture.width()), to_float(picture.height()));
    let slant = between(random, -0.25, 0.25);
    for _ in 0..whole(STREAKS_PER_MEGAPIXEL * wetness * width * height / 1e6) {
        let start = [between(random, 0.0, width), between(random, -0.05, 1.0) * height];
        let length = between(random, STREAK_LENGTH.0, STREAK_LENGTH.1) * height;
        streak(&mut picture, start, length, slant, between(random, 0.08, STREAK_ALPHA) * wetness);
    }
    picture
}

/// A pale line that falls; one pixel wide up to full high definition, wider above.
fn streak(picture: &mut RgbImage, [x, y]: [f32; 2], length: f32, slant: f32, alpha: f32) {
    let wide = (picture.height() / 1_200).max(1);
    for step in 0..whole(length.max(2.0)) {
        let down = y + to_float(step);
        let across = x + slant * (down - y);
        for beside in 0..wide {
            let (column, line) = (across + to_float(beside), down);
            if column < 0.0 || line < 0.0 {
                continue;
            }
            if let Some(pixel) = picture.get_pixel_mut_checked(whole(column), whole(line)) {
                pixel.0 = pixel.0.map(|value| byte(f32::from(value) + (215.0 - f32::from(value)) * alpha));
            }
        }
    }
}

/// A drop on the lens: a round part of the picture out of focus.
fn drop_on_lens(picture: &mut RgbImage, plates: &[Corners], random: &mut SynthRng) {
    let (width, height) = (to_float(picture.width()), to_float(picture.height()));
    let radius = between(random, 0.015, 0.05) * height;
    let centre = [between(random, 0.0, width), between(random, 0.0, height)];
    let around = Area::new(centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius);
    if radius < 3.0 || plates.iter().any(|plate| meet(Area::around(plate), around)) {
        return;
    }
    let corner = (whole(around.left.max(0.0)), whole(around.top.max(0.0)));
    let side = whole(2.0 * radius).max(1);
    let size = (side.min(picture.width() - corner.0), side.min(picture.height() - corner.1));
    let part = image::imageops::crop_imm(picture, corner.0, corner.1, size.0, size.1).to_image();
    let part = gaussian_blur(&part, radius / 4.0);
    for (x, y, pixel) in part.enumerate_pixels() {
        let (column, line) = (corner.0 + x, corner.1 + y);
        let distance = (to_float(column) - centre[0]).hypot(to_float(line) - centre[1]);
        if distance < radius {
            picture.put_pixel(column, line, *pixel);
        }
    }
}

fn night(mut picture: RgbImage, plates: &[Corners], random: &mut SynthRng) -> RgbImage {
    let dark = between(random, 0.08, 0.35);
    let flash = between(random, 0.55, 1.05);
    let cast = [between(random, 0.9, 1.1), 1.0, between(random, 0.85, 1.15)];
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        // A plate gives light back where it came from; the rest of the road hardly does.
        let light =
            if plates.iter().any(|plate| holds(plate, [to_float(x), to_float(y)])) { flash } else { dark };
        *pixel =
            Rgb(std::array::from_fn(|channel| byte(f32::from(pixel.0[channel]) * light * cast[channel])));
    }
    for plate in plates.iter().map(|corners| Area::around(corners)) {
        let strength = between(random, 90.0, 255.0);
        let (apart, above) = (between(random, 0.95, 1.6), between(random, 0.2, 1.0));
        let middle = [f32::midpoint(plate.left, plate.right), plate.top - above * plate.height()];
        let radius = plate.width() * between(random, 0.06, 0.12);
        for side in [-1.0, 1.0] {
            lamp(&mut picture, [middle[0] + side * apart * plate.width(), middle[1]], radius, strength);
        }
    }
    picture
}

/// A lamp and the glow around it, added to what is there.
fn lamp(picture: &mut RgbImage, centre: [f32; 2], radius: f32, strength: f32) {
    let reach = radius * BLOOM_RADII;
    let inside = |place: f32| whole(place.max(0.0));
    let columns = inside(centre[0] - reach)..inside(centre[0] + reach).min(picture.width());
    let lines = inside(centre[1] - reach)..inside(centre[1] + reach).min(picture.height());
    for y in lines {
        for x in columns.clone() {
            let distance = (to_float(x) - centre[0]).hypot(to_float(y) - centre[1]) / radius;
            let glow =
                if distance < 1.0 { 1.0 } else { (1.0 - distance / BLOOM_RADII).max(0.0).powi(4) * 0.6 };
            let pixel = picture.get_pixel_mut(x, y);
            pixel.0 = pixel.0.map(|value| byte(f32::from(value) + strength * glow));
        }
    }
}

fn map(picture: &mut RgbImage, change: impl Fn(usize, f32) -> f32) {
    for pixel in picture.pixels_mut() {
        for (channel, value) in pixel.0.iter_mut().enumerate() {
            *value = byte(change(channel, f32::from(*value)));
        }
    }
}

/// Whether a point lies on the right of every side, as one goes round clockwise.
fn holds(corners: &Corners, [x, y]: [f32; 2]) -> bool {
    (0..corners.len()).all(|place| {
        let (from, to) = (corners[place], corners[(place + 1) % corners.len()]);
        (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]) >= 0.0
    })
}

fn meet(one: Area, other: Area) -> bool {
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::sample_rng;

    const PLATE: Corners = [[100.0, 120.0], [180.0, 126.0], [178.0, 162.0], [99.0, 157.0]];

    fn grey() -> RgbImage {
        RgbImage::from_pixel(320, 240, Rgb([120; 3]))
    }

    fn mean(picture: &RgbImage, corners: &Corners) -> f32 {
        let inside =
            picture.enumerate_pixels().filter(|(x, y, _)| holds(corners, [to_float(*x), to_float(*y)]));
        let values: Vec<f32> = inside.map(|(_, _, pixel)| f32::from(pixel.0[1])).collect();
        values.iter().sum::<f32>() / values.len() as f32
    }

    #[test]
    fn a_dry_day_changes_nothing_and_the_same_rain_falls_again() {
        assert_eq!(Weather::Dry.over(grey(), &[PLATE], &mut sample_rng(1, 1)), grey());
        let rain = || Weather::Rain.over(grey(), &[PLATE], &mut sample_rng(1, 1));
        assert_eq!(rain(), rain());
        assert_ne!(rain(), grey());
    }

    #[test]
    fn rain_leaves_pale_streaks_that_fall() {
        let wet = Weather::Rain.over(grey(), &[], &mut sample_rng(2, 3));
        let value = |x: u32, y: u32| i32::from(wet.get_pixel(x, y).0[1]);
        let (mut along, mut across) = (0, 0);
        for (x, y) in (0..319_u32).flat_map(|x| (0..239_u32).map(move |y| (x, y))) {
            along += (value(x, y) - value(x, y + 1)).abs();
            across += (value(x, y) - value(x + 1, y)).abs();
        }
        assert!(across * 2 > along * 3, "across {across}, along {along}");
    }

    #[test]
    fn at_night_the_plate_is_lighter_than_the_road_and_lamps_shine_beside_it() {
        for number in 0..20 {
            let dark = Weather::Night.over(grey(), &[PLATE], &mut sample_rng(4, number));
            let road = mean(&dark, &Area::new(120.0, 220.0, 160.0, 240.0).corners());
            assert!(mean(&dark, &PLATE) > road + 15.0, "{} {road}", mean(&dark, &PLATE));
            assert!(dark.pixels().any(|pixel| pixel.0[1] > 110), "no lamp in picture {number}");
        }
    }
}
