//! Further frames from one picture, for the demo: the vehicle a little further on, or a plate blurred beyond reading;
//! and the solid cover over what must not be seen.

use super::canvas::whole;
use super::degrade::gaussian_blur;
use super::geometry::to_float;
use image::{ImageError, Rgb, RgbImage, imageops};
use thiserror::Error;

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

fn enlarge(first: &RgbImage, [left, top, width, height]: [f32; 4], zoom: f32, shift: f32) -> RgbImage {
    let size = (to_float(first.width()), to_float(first.height()));
    let window = (size.0 / zoom, size.1 / zoom);
    let centre = (left + width / 2.0, top + height / 2.0);
    // The plate keeps its place but for the shift, as far as the window stays within the picture.
    let start = |centre: f32, size: f32, window: f32| {
        (centre * (1.0 - 1.0 / zoom) + shift * size).clamp(0.0, size - window)
    };
    let (x, y) = (start(centre.0, size.0, window.0), start(centre.1, size.1, window.1));
    let cut = imageops::crop_imm(first, whole(x), whole(y), whole(window.0), whole(window.1)).to_image();
    imageops::resize(&cut, first.width(), first.height(), imageops::FilterType::CatmullRom)
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

    #[test]
    fn a_cover_hides_its_box_and_nothing_else() {
        let mut picture = chequered();
        cover(&mut picture, [190, 150, 50, 50]);
        assert!((190..200).all(|x| (150..160).all(|y| *picture.get_pixel(x, y) == COVER)));
        assert_eq!(picture.get_pixel(189, 149), chequered().get_pixel(189, 149));
    }
}
