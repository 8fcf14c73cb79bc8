//! Further frames from one picture, for the demo: the vehicle a little further on, or a plate blurred beyond reading;
//! and the solid cover over what must not be seen.

use crate::camera::degrade::{CompressError, compress, gaussian_blur};
use crate::drawing::area::{to_float, whole};
use image::{ImageError, Rgb, RgbImage, imageops};
use schemas::frame::Frame;
use thiserror::Error;

/// JPEG quality of every frame that is not a photograph as it was.
pub const FRAME_QUALITY: u8 = 86;
/// A photograph with a longer side is made smaller: no camera of the product sends more, and a plate stays readable.
pub const SIDE_PIXELS_MAX: u32 = 2560;
/// Below this a picture is not made smaller, however many bytes it has.
const SIDE_PIXELS_MIN: u32 = 320;
/// Colour of covers: plainly no part of the picture.
const COVER: Rgb<u8> = Rgb([64, 64, 64]);
/// A blur of this share of the plate's width leaves no character readable.
const BLUR_OF_PLATE_WIDTH: f32 = 0.11;

/// The bytes are no picture.
#[derive(Debug, Error)]
#[error("the bytes are no JPEG or PNG picture")]
pub struct DecodeError(#[from] ImageError);

/// How a frame comes from the first one. Every variant is deterministic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// A crop 1/1.07 as wide, enlarged to full size; the plate moves by 1 % of the width.
    Nearer,
    /// A crop 1/1.13 as wide, enlarged to full size; the plate moves by 2 % the other way.
    MuchNearer,
    /// A crop 1/1.2 as wide, enlarged to full size; the plate moves by 1 % the other way.
    Nearest,
    /// A Gaussian blur that leaves no character readable.
    Blurred,
    /// The same, of [`Derivation::Nearer`].
    NearerBlurred,
}

/// A photograph as a camera would send it: two frames, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FramePair {
    /// The photograph: its own bytes, or a smaller copy.
    pub first: Vec<u8>,
    /// [`Derivation::Nearer`] of it, a JPEG.
    pub second: Vec<u8>,
    /// Whether the first frame is a smaller copy, a JPEG.
    pub is_reduced: bool,
}

/// Makes the two frames of a photograph: `original` are its bytes, `decoded` its upright pixels, `plate` the plate's
/// box in them. Where its longer side is over [`SIDE_PIXELS_MAX`], or both frames have more than `bytes_max` bytes
/// together, a smaller copy takes its place.
///
/// # Errors
/// When a picture cannot be encoded.
pub fn frame_pair(
    original: Vec<u8>,
    decoded: &Frame,
    plate: [f32; 4],
    bytes_max: usize,
) -> Result<FramePair, CompressError> {
    let picture = picture_of(decoded);
    let longest = picture.width().max(picture.height());
    if longest <= SIDE_PIXELS_MAX {
        let second = compress(&derive(&picture, plate, Derivation::Nearer), FRAME_QUALITY)?;
        if original.len() + second.len() <= bytes_max {
            return Ok(FramePair { first: original, second, is_reduced: false });
        }
    }
    let mut side = longest.min(SIDE_PIXELS_MAX);
    loop {
        let scale = to_float(side) / to_float(longest);
        let smaller = imageops::resize(
            &picture,
            whole(to_float(picture.width()) * scale).max(1),
            whole(to_float(picture.height()) * scale).max(1),
            imageops::FilterType::Triangle,
        );
        let first = compress(&smaller, FRAME_QUALITY)?;
        let second = compress(
            &derive(&smaller, plate.map(|length| length * scale), Derivation::Nearer),
            FRAME_QUALITY,
        )?;
        if first.len() + second.len() <= bytes_max || side <= SIDE_PIXELS_MIN {
            return Ok(FramePair { first, second, is_reduced: true });
        }
        side = side * 3 / 4;
    }
}

/// Makes a further frame of the same size. `plate` is the plate's box in the first frame: left, top, width, height.
#[must_use]
pub fn derive(first: &RgbImage, plate: [f32; 4], derivation: Derivation) -> RgbImage {
    match derivation {
        Derivation::Nearer => enlarge(first, plate, 1.07, 0.01),
        Derivation::MuchNearer => enlarge(first, plate, 1.13, -0.02),
        Derivation::Nearest => enlarge(first, plate, 1.2, -0.01),
        Derivation::Blurred => gaussian_blur(first, plate[2] * BLUR_OF_PLATE_WIDTH),
        Derivation::NearerBlurred => {
            let nearer = derive(first, plate, Derivation::Nearer);
            gaussian_blur(&nearer, plate[2] * BLUR_OF_PLATE_WIDTH)
        }
    }
}

/// Fills a box (left, top, width, height) with one colour.
pub fn cover(picture: &mut RgbImage, [left, top, width, height]: [u32; 4]) {
    for y in top..top.saturating_add(height).min(picture.height()) {
        for x in left..left.saturating_add(width).min(picture.width()) {
            picture.put_pixel(x, y, COVER);
        }
    }
}

/// Decodes a picture of our own making or choice; it is no guard against hostile files.
///
/// # Errors
/// When the bytes are no picture.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    Ok(image::load_from_memory(bytes)?.to_rgb8())
}

fn picture_of(frame: &Frame) -> RgbImage {
    let (width, height) = (frame.width(), frame.height());
    // A frame has exactly the bytes of its size, so that there is always a picture.
    RgbImage::from_raw(width, height, frame.pixels().to_vec()).unwrap_or_else(|| RgbImage::new(width, height))
}

fn enlarge(first: &RgbImage, [left, top, width, height]: [f32; 4], zoom: f32, shift: f32) -> RgbImage {
    let size = (to_float(first.width()), to_float(first.height()));
    let window = (size.0 / zoom, size.1 / zoom);
    let centre = (left + width / 2.0, top + height / 2.0);
    // The plate keeps its place but for the shift, as far as the window stays within the picture.
    let start = |centre: f32, size: f32, window: f32| {
        (centre * (1.0 - 1.0 / zoom) + shift * size).clamp(0.0, size - window)
    };
    let (x, y) = (start(centre.0, size.0, window.0), start(centre.1, size.1, window.1));
    let crop = imageops::crop_imm(first, whole(x), whole(y), whole(window.0), whole(window.1)).to_image();
    imageops::resize(&crop, first.width(), first.height(), imageops::FilterType::CatmullRom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chequered() -> RgbImage {
        RgbImage::from_fn(200, 160, |x, y| Rgb(if (x / 4 + y / 4) % 2 == 0 { [255; 3] } else { [0; 3] }))
    }

    #[test]
    fn a_further_frame_has_the_size_of_the_first_and_other_pixels() {
        let first = chequered();
        for derivation in [
            Derivation::Nearer,
            Derivation::MuchNearer,
            Derivation::Nearest,
            Derivation::Blurred,
            Derivation::NearerBlurred,
        ] {
            let frame = derive(&first, [90.0, 70.0, 40.0, 20.0], derivation);
            assert_eq!(frame.dimensions(), first.dimensions());
            assert_ne!(frame, first);
            assert_eq!(frame, derive(&first, [90.0, 70.0, 40.0, 20.0], derivation));
        }
    }

    fn frame_of(picture: &RgbImage) -> Frame {
        Frame::new(picture.width(), picture.height(), picture.as_raw().clone()).unwrap()
    }

    #[test]
    fn a_photograph_that_fits_is_sent_as_it_is_with_a_frame_derived_from_it() {
        let first = chequered();
        let original = compress(&first, 95).unwrap();
        let box_of_plate = [90.0, 70.0, 40.0, 20.0];
        let pair = frame_pair(original.clone(), &frame_of(&first), box_of_plate, 900_000).unwrap();
        assert_eq!((pair.first, pair.is_reduced), (original, false));
        let derived = derive(&first, box_of_plate, Derivation::Nearer);
        assert_eq!(pair.second, compress(&derived, FRAME_QUALITY).unwrap());
    }

    #[test]
    fn a_photograph_too_large_to_be_sent_is_replaced_by_a_smaller_copy() {
        let wide = RgbImage::from_fn(SIDE_PIXELS_MAX + 100, 40, |x, _| Rgb([u8::from(x % 2 == 0) * 255; 3]));
        let pair = frame_pair(vec![0; 10], &frame_of(&wide), [0.0, 0.0, 40.0, 20.0], 900_000).unwrap();
        assert!(pair.is_reduced);
        assert_eq!(decode(&pair.first).unwrap().width(), SIDE_PIXELS_MAX);

        let noise = |seed: u32| seed.wrapping_mul(2_654_435_761).to_be_bytes()[0];
        let noisy = RgbImage::from_fn(1000, 800, |x, y| Rgb([noise(x * 7919 + y), noise(y), noise(x)]));
        let pair = frame_pair(vec![0; 200_000], &frame_of(&noisy), [0.0, 0.0, 40.0, 20.0], 100_000).unwrap();
        assert!(pair.is_reduced && pair.first.len() + pair.second.len() <= 100_000);
        assert_eq!(decode(&pair.first).unwrap().dimensions(), decode(&pair.second).unwrap().dimensions());
    }

    #[test]
    fn a_cover_hides_its_box_and_nothing_else() {
        let mut picture = chequered();
        cover(&mut picture, [190, 150, 50, 50]);
        assert!((190..200).all(|x| (150..160).all(|y| *picture.get_pixel(x, y) == COVER)));
        assert_eq!(picture.get_pixel(189, 149), chequered().get_pixel(189, 149));
    }
}
