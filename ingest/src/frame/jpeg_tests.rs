//! JPEG that is decoded in parts against the same picture decoded whole; the pictures are those of the crate `jpeg`.

use super::*;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use schemas::frame::PixelBox;
use std::fs;
use std::path::Path;

const LIMITS: FrameLimits =
    FrameLimits { bytes_max: 1_000_000, side_pixels_max: 10_000, pixels_max: 40_000_000 };
const NOT_TAKEN: [&str; 4] = ["411-7x5", "411-131x77", "cmyk", "progressive"];

fn made(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("jpeg/pictures");
    fs::read(folder.join(name).with_extension("jpg")).unwrap()
}

fn whole(bytes: &[u8]) -> Frame {
    decode_frame(bytes, "image/jpeg", &LIMITS).unwrap()
}

fn all_of(picture: &dyn Picture) -> PixelBox {
    PixelBox { x: 0, y: 0, width: picture.width(), height: picture.height() }
}

/// Numbers that look like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn side(&mut self, end: u32) -> (u32, u32) {
        let mut place = || u32::try_from(self.below(end as usize)).unwrap();
        let (one, other) = (place(), place());
        (one.min(other), one.abs_diff(other) + 1)
    }

    fn area(&mut self, width: u32, height: u32) -> PixelBox {
        let ((x, width), (y, height)) = (self.side(width), self.side(height));
        PixelBox { x, y, width, height }
    }
}

#[test]
fn more_pixels_than_were_decoded_are_decoded_when_they_are_asked_for() {
    let bytes = made("420-131x77");
    let picture = decode_picture(&bytes, "image/jpeg", &LIMITS, 16).unwrap();
    assert_eq!(picture.reduced(16).unwrap().reduction, 8);
    let full = picture.reduced(17).unwrap();
    assert_eq!(full.reduction, 1);
    assert!(full.frame == whole(&bytes));
    let picture = decode_picture(&bytes, "image/jpeg", &LIMITS, 100).unwrap();
    assert_eq!(picture.reduced(100).unwrap().reduction, 1);
}

#[test]
fn other_kinds_are_decoded_whole_as_before() {
    for name in NOT_TAKEN {
        let bytes = made(name);
        let picture = decode_picture(&bytes, "image/jpeg", &LIMITS, 1).unwrap();
        assert!(picture.part(all_of(picture.as_ref())).unwrap() == whole(&bytes), "{name}");
    }
}

#[test]
fn a_picture_cut_anywhere_is_refused() {
    for name in ["420-17x33", "420-restart-1", "grey-61x43"] {
        let bytes = made(name);
        for length in (3..bytes.len() - 8).step_by(41) {
            let refused = decode_picture(&bytes[..length], "image/jpeg", &LIMITS, 1);
            assert!(matches!(refused, Err(FrameError::Jpeg(_))), "{name} cut at {length}");
        }
    }
}

#[test]
fn damaged_pictures_are_decoded_or_refused_exactly_as_whole_ones() {
    let limits = FrameLimits { pixels_max: 100_000, ..LIMITS };
    let mut chance = Chance(2);
    let mut decoded = 0;
    for name in ["420-17x33", "420-restart-1", "422-131x77", "444-7x5", "grey-61x43"] {
        for _ in 0..300 {
            let mut bytes = made(name);
            for _ in 0..=chance.below(3) {
                let at = chance.below(bytes.len());
                bytes[at] = u8::try_from(chance.below(256)).unwrap();
            }
            let whole = decode_frame(&bytes, "image/jpeg", &limits);
            let picture = decode_picture(&bytes, "image/jpeg", &limits, 1);
            assert_eq!(whole.is_ok(), picture.is_ok(), "{name}: {whole:?}, {picture:?}");
            let (Ok(whole), Ok(picture)) = (whole, picture) else { continue };
            decoded += 1;
            assert!(picture.part(all_of(picture.as_ref())).unwrap() == whole, "{name}");
        }
    }
    assert!(decoded > 100, "{decoded}");
}

/// Turned by `image`, which has its own implementation.
fn turned_frame(stored: &Frame, orientation: u8) -> Frame {
    let pixels = RgbImage::from_raw(stored.width(), stored.height(), stored.pixels().to_vec()).unwrap();
    let mut picture = DynamicImage::ImageRgb8(pixels);
    picture.apply_orientation(Orientation::from_exif(orientation).unwrap());
    Frame::new(picture.width(), picture.height(), picture.into_rgb8().into_raw()).unwrap()
}

#[test]
fn turned_pictures_give_the_same_pixels_as_turned_whole_ones() {
    let bytes = made("420-quality-40");
    // 80 x 60: a quarter is even, an eighth would reach beyond the edge.
    let stored = decode_picture(&bytes, "image/jpeg", &LIMITS, 20).unwrap();
    assert_eq!((stored.width(), stored.height()), (80, 60));
    let stored = stored.reduced(20).unwrap().frame;
    let mut chance = Chance(3);
    for orientation in 1..=8_u8 {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
        let mut turned = bytes.clone();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        turned.splice(2..2, [&[0xff, 0xe1], length.as_slice(), &exif].concat());
        let expected = whole(&turned);
        let picture = decode_picture(&turned, "image/jpeg", &LIMITS, 20).unwrap();
        assert_eq!(picture.reduced(20).unwrap().reduction, 4);
        assert!(picture.reduced(20).unwrap().frame == turned_frame(&stored, orientation), "{orientation}");
        for _ in 0..20 {
            let area = chance.area(expected.width(), expected.height());
            assert!(picture.part(area).unwrap() == expected.part(area).unwrap(), "{orientation}");
        }
        let picture = decode_picture(&turned, "image/jpeg", &LIMITS, 10).unwrap();
        assert_eq!(picture.reduced(10).unwrap().reduction == 8, orientation == 1, "{orientation}");
    }
}

#[test]
fn limits_hold_before_anything_is_decoded() {
    let bytes = made("420-131x77");
    for limits in [
        FrameLimits { side_pixels_max: 130, ..LIMITS },
        FrameLimits { pixels_max: 10_000, ..LIMITS },
        FrameLimits { bytes_max: 4_000, ..LIMITS },
    ] {
        let refused = decode_picture(&bytes, "image/jpeg", &limits, 1);
        assert!(matches!(refused, Err(FrameError::TooLarge { .. })), "{limits:?}");
    }
}
