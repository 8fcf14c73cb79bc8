//! The EXIF orientation: which way up the camera was held.

use exif::{In, Reader, Tag};
use schemas::frame::FRAME_CHANNELS;

/// The orientation in EXIF bytes, 1 to 8 as in the EXIF standard 2.32, section 4.6.4; 1 (upright) when there is
/// none or it cannot be read.
pub(super) fn exif_orientation(exif: Vec<u8>) -> u32 {
    let parsed = Reader::new().read_raw(exif).ok();
    let value = parsed.and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    value.filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// Turns and mirrors pixels so that the picture stands upright; gives the new width and height.
pub(super) fn upright(orientation: u32, width: u32, height: u32, pixels: Vec<u8>) -> (u32, u32, Vec<u8>) {
    if orientation == 1 {
        return (width, height, pixels);
    }
    let (across, down) = (width as usize, height as usize);
    let sides_swapped = orientation >= 5;
    let (new_across, new_down) = if sides_swapped { (down, across) } else { (across, down) };
    let mut turned = Vec::with_capacity(pixels.len());
    for y in 0..new_down {
        for x in 0..new_across {
            // Where the pixel at (x, y) of the upright picture lies in the stored one.
            let (from_x, from_y) = match orientation {
                2 => (across - 1 - x, y),
                3 => (across - 1 - x, down - 1 - y),
                4 => (x, down - 1 - y),
                5 => (y, x),
                6 => (y, down - 1 - x),
                7 => (across - 1 - y, down - 1 - x),
                8 => (across - 1 - y, x),
                _ => (x, y),
            };
            let at = (from_y * across + from_x) * FRAME_CHANNELS;
            turned.extend_from_slice(&pixels[at..at + FRAME_CHANNELS]);
        }
    }
    if sides_swapped { (height, width, turned) } else { (width, height, turned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbImage, metadata::Orientation};

    /// Against `image`, which has its own implementation.
    #[test]
    fn every_orientation_turns_as_the_standard_says() {
        let picture = RgbImage::from_fn(3, 2, |x, y| image::Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], 9]));
        for value in 1..=8_u8 {
            let mut expected = DynamicImage::ImageRgb8(picture.clone());
            expected.apply_orientation(Orientation::from_exif(value).expect("orientation"));
            let (width, height, pixels) = upright(u32::from(value), 3, 2, picture.clone().into_raw());
            assert_eq!((width, height), (expected.width(), expected.height()), "{value}");
            assert_eq!(pixels, expected.into_rgb8().into_raw(), "{value}");
        }
    }

    #[test]
    fn exif_that_cannot_be_read_counts_as_upright() {
        assert_eq!(exif_orientation(b"MM\0*\0\0\0\x08\xff\xff".to_vec()), 1);
        assert_eq!(exif_orientation(Vec::new()), 1);
    }
}
