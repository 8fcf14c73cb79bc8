//! What camera and transmission do to a picture: blur, motion, low resolution, exposure, colour cast, noise, JPEG.

use crate::drawing::area::{to_float, whole};
use crate::drawing::colour::byte;
use crate::random::{SynthRng, between, roughly_normal};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, RgbImage, imageops};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A picture could not be compressed.
#[derive(Debug, Error)]
#[error("a picture of {width} x {height} pixels cannot be compressed as JPEG")]
pub struct CompressError {
    width: u32,
    height: u32,
    source: ImageError,
}

/// How good the pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Near, sharp, well lit.
    Clear,
    /// Everything from clear to hardly readable.
    Mixed,
}

/// What happens to one picture, in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degradation {
    /// Factor by which resolution is lost and interpolated again; 1 loses none.
    pub shrink: f32,
    /// Deviation of the Gaussian blur in pixels; 0 for none.
    pub blur: f32,
    /// Length of the motion blur in pixels and its direction in radians.
    pub motion: (f32, f32),
    /// Factor on contrast about middle grey.
    pub contrast: f32,
    /// Added to every channel, then to each one.
    pub brightness: f32,
    /// Colour cast: added to red, green and blue.
    pub cast: [f32; 3],
    /// Deviation of the noise, in channel values.
    pub noise: f32,
    /// Quality of the JPEG, 1 to 100.
    pub jpeg_quality: u8,
}

impl Degradation {
    /// By chance. `plate_width` in pixels bounds the blurs, so that a plate stays readable to a human most of the time.
    #[must_use]
    pub fn random(quality: Quality, plate_width: f32, random: &mut SynthRng) -> Self {
        match quality {
            Quality::Clear => Self {
                shrink: 1.0,
                blur: between(random, 0.0, 0.5),
                motion: (0.0, 0.0),
                contrast: between(random, 0.9, 1.1),
                brightness: between(random, -12.0, 12.0),
                cast: std::array::from_fn(|_| between(random, -5.0, 5.0)),
                noise: between(random, 0.0, 3.0),
                jpeg_quality: random.random_range(80..=95),
            },
            Quality::Mixed => Self {
                shrink: if random.random_bool(0.3) { between(random, 1.0, 1.9) } else { 1.0 },
                blur: if random.random_bool(0.6) {
                    between(random, 0.2, 0.35 + plate_width / 130.0)
                } else {
                    0.0
                },
                motion: if random.random_bool(0.35) {
                    (
                        between(random, 1.0, 1.5 + plate_width / 28.0),
                        between(random, -0.4, 0.4) + random_right_angle(random),
                    )
                } else {
                    (0.0, 0.0)
                },
                contrast: between(random, 0.45, 1.3),
                brightness: between(random, -75.0, 55.0),
                cast: std::array::from_fn(|_| between(random, -18.0, 18.0)),
                noise: if random.random_bool(0.6) { between(random, 0.0, 15.0) } else { 0.0 },
                jpeg_quality: random.random_range(40..=95),
            },
        }
    }
}

impl Degradation {
    /// The same, but no worse than what a person can read through; `height` is that of the tallest character in pixels.
    #[must_use]
    pub fn readable(self, height: f32) -> Self {
        /// A character must keep this many pixels of height.
        const HEIGHT_PX_MIN: f32 = 8.0;
        Self {
            shrink: self.shrink.min((height / HEIGHT_PX_MIN).max(1.0)),
            blur: self.blur.min(0.35 + 0.07 * height),
            motion: (self.motion.0.min(1.0 + 0.3 * height), self.motion.1),
            contrast: self.contrast.max(0.5),
            brightness: self.brightness.clamp(-60.0, 45.0),
            noise: self.noise.min(4.0 + 0.4 * height),
            ..self
        }
    }
}

/// Applies all but the compression.
#[must_use]
pub fn degrade(picture: RgbImage, degradation: &Degradation, random: &mut SynthRng) -> RgbImage {
    let Degradation { shrink, blur, motion, contrast, brightness, cast, noise, jpeg_quality: _ } =
        *degradation;
    let mut picture = lose_resolution(picture, shrink);
    if blur > 0.1 {
        picture = gaussian_blur(&picture, blur);
    }
    if motion.0 > 1.0 {
        picture = motion_blur(&picture, motion.0, motion.1);
    }
    let curve: [[u8; 256]; 3] = cast.map(|cast| {
        std::array::from_fn(|value| {
            let value = f32::from(u8::try_from(value).unwrap_or(u8::MAX));
            byte((value - 128.0) * contrast + 128.0 + brightness + cast)
        })
    });
    for pixel in picture.pixels_mut() {
        for (channel, curve) in pixel.0.iter_mut().zip(&curve) {
            *channel = curve[usize::from(*channel)];
            if noise > 0.0 {
                *channel = byte(f32::from(*channel) + noise * roughly_normal(random));
            }
        }
    }
    picture
}

/// The picture as a JPEG file.
///
/// # Errors
/// When the encoder refuses the size.
pub fn compress(picture: &RgbImage, jpeg_quality: u8) -> Result<Vec<u8>, CompressError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, jpeg_quality)
        .encode_image(picture)
        .map_err(|source| CompressError { width: picture.width(), height: picture.height(), source })?;
    Ok(bytes)
}

/// Gaussian blur, horizontally and then vertically.
#[must_use]
pub fn gaussian_blur(picture: &RgbImage, deviation: f32) -> RgbImage {
    let reach = i32::try_from(whole((deviation * 2.5).ceil().min(40.0))).unwrap_or(1).max(1);
    let weights: Vec<(i32, f32)> = (-reach..=reach)
        .map(|offset| {
            let distance = f32::from(i16::try_from(offset).unwrap_or(0)) / deviation;
            (offset, (-distance * distance / 2.0).exp())
        })
        .collect();
    let across: Vec<Tap> =
        weights.iter().map(|(offset, weight)| Tap { dx: *offset, dy: 0, weight: *weight }).collect();
    let down: Vec<Tap> =
        weights.iter().map(|(offset, weight)| Tap { dx: 0, dy: *offset, weight: *weight }).collect();
    filter(&filter(picture, &across), &down)
}

/// Even blur along a line of this length in pixels.
#[must_use]
pub fn motion_blur(picture: &RgbImage, length: f32, direction: f32) -> RgbImage {
    /// Longer than this a blur only takes longer.
    const LENGTH_PX_MAX: f32 = 120.0;
    let steps = whole(length.min(LENGTH_PX_MAX)).max(1);
    let mut taps: Vec<Tap> = Vec::new();
    for step in 0..=steps {
        let along = to_float(step) - to_float(steps) / 2.0;
        let (dx, dy) = (signed(along * direction.cos()), signed(along * direction.sin()));
        match taps.iter_mut().find(|tap| tap.dx == dx && tap.dy == dy) {
            Some(tap) => tap.weight += 1.0,
            None => taps.push(Tap { dx, dy, weight: 1.0 }),
        }
    }
    filter(picture, &taps)
}

struct Tap {
    dx: i32,
    dy: i32,
    weight: f32,
}

fn filter(picture: &RgbImage, taps: &[Tap]) -> RgbImage {
    let (width, height) = picture.dimensions();
    let total: f32 = taps.iter().map(|tap| tap.weight).sum();
    let source = picture.as_raw();
    let mut target = Vec::with_capacity(source.len());
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0.0_f32; 3];
            for tap in taps {
                let from_x = x.saturating_add_signed(tap.dx).min(width - 1);
                let from_y = y.saturating_add_signed(tap.dy).min(height - 1);
                let start = (from_y as usize * width as usize + from_x as usize) * 3;
                for (channel, value) in sum.iter_mut().zip(&source[start..start + 3]) {
                    *channel += tap.weight * f32::from(*value);
                }
            }
            target.extend(sum.map(|channel| byte(channel / total)));
        }
    }
    RgbImage::from_raw(width, height, target).unwrap_or_else(|| picture.clone())
}

fn lose_resolution(picture: RgbImage, shrink: f32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let small = (whole(to_float(width) / shrink), whole(to_float(height) / shrink));
    if shrink < 1.05 || small.0 < 2 || small.1 < 2 {
        return picture;
    }
    let reduced = imageops::resize(&picture, small.0, small.1, imageops::FilterType::Triangle);
    imageops::resize(&reduced, width, height, imageops::FilterType::Triangle)
}

fn random_right_angle(random: &mut SynthRng) -> f32 {
    if random.random_bool(0.3) { std::f32::consts::FRAC_PI_2 } else { 0.0 }
}

#[expect(clippy::cast_possible_truncation, reason = "offsets of a blur are some tens of pixels")]
fn signed(value: f32) -> i32 {
    value.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn blurs_keep_an_even_picture_even() {
        let even = RgbImage::from_pixel(20, 12, Rgb([90, 120, 200]));
        assert_eq!(gaussian_blur(&even, 1.7), even);
        assert_eq!(motion_blur(&even, 7.0, 0.6), even);
    }

    #[test]
    fn motion_blur_spreads_along_its_direction_only() {
        let mut dot = RgbImage::new(21, 21);
        dot.put_pixel(10, 10, Rgb([240, 240, 240]));
        let blurred = motion_blur(&dot, 6.0, 0.0);
        assert!(blurred.get_pixel(13, 10).0[0] > 0);
        assert_eq!(blurred.get_pixel(10, 11).0[0], 0);
    }
}
