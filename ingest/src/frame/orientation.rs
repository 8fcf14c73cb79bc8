//! The EXIF orientation: which way up the camera was held.

use exif::{In, Reader, Tag};
use schemas::frame::{FRAME_CHANNELS, PixelBox};

/// The orientation in EXIF bytes, 1 to 8 as in the EXIF standard 2.32, section 4.6.4; 1 (upright) when there is
/// none or it cannot be read.
pub(super) fn exif_orientation(exif: Vec<u8>) -> u32 {
    let parsed = Reader::new().read_raw(exif).ok();
    let value = parsed.and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    value.filter(|value| (1..=8).contains(value)).unwrap_or(1)
}

/// Turns and mirrors pixels so that the picture stands upright; returns the new width and height too.
pub(super) fn upright(orientation: u32, width: u32, height: u32, pixels: Vec<u8>) -> (u32, u32, Vec<u8>) {
    if orientation == 1 { (width, height, pixels) } else { turned(orientation, width, height, &pixels) }
}

/// As [`upright`], of pixels that are kept.
pub(super) fn turned(orientation: u32, width: u32, height: u32, pixels: &[u8]) -> (u32, u32, Vec<u8>) {
    let (across, down) = (width as usize, height as usize);
    let sides_swapped = orientation >= 5;
    let (new_across, new_down) = if sides_swapped { (down, across) } else { (across, down) };
    let mut turned = Vec::with_capacity(pixels.len());
    for y in 0..new_down {
        for x in 0..new_across {
            let (from_x, from_y) = stored_place(orientation, (across, down), (x, y));
            let at = (from_y * across + from_x) * FRAME_CHANNELS;
            turned.extend_from_slice(&pixels[at..at + FRAME_CHANNELS]);
        }
    }
    if sides_swapped { (height, width, turned) } else { (width, height, turned) }
}

/// Width and height of the upright picture.
pub(super) const fn upright_size(orientation: u32, width: u32, height: u32) -> (u32, u32) {
    if orientation >= 5 { (height, width) } else { (width, height) }
}

/// Where a rectangle of the upright picture lies in the stored one of this size, which holds it.
pub(super) fn stored_area(orientation: u32, size: (u32, u32), area: PixelBox) -> PixelBox {
    let (one_x, one_y) = stored_place(orientation, size, (area.x, area.y));
    let last = (area.x + (area.width - 1), area.y + (area.height - 1));
    let (other_x, other_y) = stored_place(orientation, size, last);
    PixelBox {
        x: one_x.min(other_x),
        y: one_y.min(other_y),
        width: one_x.abs_diff(other_x) + 1,
        height: one_y.abs_diff(other_y) + 1,
    }
}

/// Where the pixel at (x, y) of the upright picture lies in the stored one.
fn stored_place<N>(orientation: u32, (across, down): (N, N), (x, y): (N, N)) -> (N, N)
where
    N: Copy + From<u8> + std::ops::Sub<Output = N>,
{
    let one = N::from(1);
    match orientation {
        2 => (across - one - x, y),
        3 => (across - one - x, down - one - y),
        4 => (x, down - one - y),
        5 => (y, x),
        6 => (y, down - one - x),
        7 => (across - one - y, down - one - x),
        8 => (across - one - y, x),
        _ => (x, y),
    }
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
    fn a_part_turned_upright_is_that_part_of_the_upright_picture() {
        let place: Vec<u8> = (0..5).flat_map(|y| (0..7).flat_map(move |x| [x, y, 9])).collect();
        let crop = |pixels: &[u8], width: u32, area: PixelBox| -> Vec<u8> {
            let lines =
                pixels.chunks_exact(width as usize * 3).skip(area.y as usize).take(area.height as usize);
            lines.flat_map(|line| &line[area.x as usize * 3..][..area.width as usize * 3]).copied().collect()
        };
        let area = PixelBox { x: 1, y: 2, width: 3, height: 2 };
        for orientation in 1..=8 {
            let (width, height, pixels) = upright(orientation, 7, 5, place.clone());
            assert_eq!((width, height), upright_size(orientation, 7, 5));
            let stored = stored_area(orientation, (7, 5), area);
            let part = upright(orientation, stored.width, stored.height, crop(&place, 7, stored));
            assert_eq!(part, (3, 2, crop(&pixels, width, area)), "{orientation}");
        }
    }

    #[test]
    fn exif_that_cannot_be_read_counts_as_upright() {
        assert_eq!(exif_orientation(b"MM\0*\0\0\0\x08\xff\xff".to_vec()), 1);
        assert_eq!(exif_orientation(Vec::new()), 1);
    }
}
