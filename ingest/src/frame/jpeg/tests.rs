use super::*;
use crate::frame::{FrameError, FrameLimits, decode_frame, decode_picture};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use schemas::frame::{FRAME_CHANNELS, Frame, PixelBox};
use schemas::picture::{Picture, PictureError};
use std::fs;
use std::path::Path;

const LIMITS: FrameLimits =
    FrameLimits { bytes_max: 1_000_000, side_pixels_max: 10_000, pixels_max: 40_000_000 };
const SCALES: [Scale; 3] = [Scale::Half, Scale::Quarter, Scale::Eighth];
/// What `pictures/make.py` made of the kinds that are taken.
const TAKEN: [&str; 16] = [
    "420-1x1",
    "420-7x5",
    "420-17x33",
    "420-131x77",
    "420-8190x9",
    "420-quality-40",
    "420-quality-100",
    "420-restart-1",
    "420-restart-7",
    "422-7x5",
    "422-131x77",
    "440-7x5",
    "440-131x77",
    "444-7x5",
    "444-131x77",
    "grey-61x43",
];
const NOT_TAKEN: [&str; 4] = ["411-7x5", "411-131x77", "cmyk", "progressive"];

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn made(name: &str) -> Vec<u8> {
    fs::read(folder().join("src/frame/jpeg/pictures").join(name).with_extension("jpg")).unwrap()
}

fn whole(bytes: &[u8]) -> Frame {
    decode_frame(bytes, "image/jpeg", &LIMITS).unwrap()
}

fn all_of(picture: &dyn Picture) -> PixelBox {
    PixelBox { x: 0, y: 0, width: picture.width(), height: picture.height() }
}

fn is_taken(bytes: &[u8]) -> bool {
    JpegPicture::decode(bytes, Scale::Eighth, 1).is_ok()
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

/// How far a reduced picture's brightness is from the mean of the pixels that each of its pixels covers; colour is
/// coarser where the picture has it coarser.
fn mean_difference(reduced: &Frame, whole: &Frame, side: u32) -> f64 {
    const LUMA: [f64; FRAME_CHANNELS] = [0.299, 0.587, 0.114];
    let luma = |frame: &Frame, x: u32, y: u32| -> f64 {
        let at = (y * frame.width() + x) as usize * FRAME_CHANNELS;
        frame.pixels()[at..].iter().zip(LUMA).map(|(byte, share)| f64::from(*byte) * share).sum()
    };
    let (across, down) = (whole.width() / side, whole.height() / side);
    let mut sum = 0.0;
    for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
        let covered = (0..side).flat_map(|dy| (0..side).map(move |dx| (dy, dx)));
        let covered: f64 = covered.map(|(dy, dx)| luma(whole, x * side + dx, y * side + dy)).sum();
        sum += (covered / f64::from(side * side) - luma(reduced, x, y)).abs();
    }
    sum / f64::from(across * down)
}

#[test]
fn every_part_equals_the_same_pixels_of_the_whole_bit_for_bit() {
    let mut chance = Chance(1);
    for name in TAKEN {
        let bytes = made(name);
        let whole = whole(&bytes);
        let picture = JpegPicture::decode(&bytes, Scale::Eighth, 1).expect(name);
        assert_eq!((picture.width(), picture.height()), (whole.width(), whole.height()), "{name}");
        assert!(picture.part(all_of(&picture)).unwrap() == whole, "{name}");
        for _ in 0..30 {
            let area = chance.area(whole.width(), whole.height());
            assert!(picture.part(area).unwrap() == whole.part(area).unwrap(), "{area:?} of {name}");
        }
    }
}

#[test]
fn a_reduced_picture_is_close_to_the_mean_of_the_pixels_it_covers() {
    // Strokes of five pixels and noise on every pixel: what the highest coefficients add is cut, not averaged.
    const MOST: f64 = 4.0;
    for name in ["444-131x77", "422-131x77", "440-131x77", "420-131x77"] {
        let bytes = made(name);
        for scale in SCALES {
            let picture = JpegPicture::decode(&bytes, scale, 1).unwrap();
            let reduced = picture.reduced(1).unwrap();
            assert_eq!(reduced.reduction, scale.pixels());
            assert_eq!(reduced.frame.width(), 131_u32.div_ceil(scale.pixels()));
            assert_eq!(reduced.frame.height(), 77_u32.div_ceil(scale.pixels()));
            let difference = mean_difference(&reduced.frame, &whole(&bytes), scale.pixels());
            assert!(difference < MOST, "{name} {scale:?}: {difference}");
        }
    }
}

#[test]
fn an_even_picture_is_the_same_at_every_scale() {
    for colour in [[0, 0, 0], [255, 255, 255], [200, 30, 60], [12, 90, 250]] {
        let picture = RgbImage::from_pixel(40, 24, image::Rgb(colour));
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.write_image(picture.as_raw(), 40, 24, ExtendedColorType::Rgb8).unwrap();
        let expected = whole(&bytes).pixels()[..3].to_vec();
        for scale in SCALES {
            let reduced = JpegPicture::decode(&bytes, scale, 1).unwrap().reduced(1).unwrap().frame;
            assert!(reduced.pixels().chunks_exact(3).all(|pixel| pixel == expected), "{colour:?} {scale:?}");
        }
    }
}

#[test]
fn photographs_are_taken_and_equal_the_whole() {
    for name in ["eg-01-1.jpg", "sa-01-1.jpg", "sa-01-2.jpg"] {
        let bytes = fs::read(folder().join("../deploy/demo/frames").join(name)).unwrap();
        let picture = JpegPicture::decode(&bytes, Scale::Quarter, 1).expect(name);
        let whole = whole(&bytes);
        assert!(picture.part(all_of(&picture)).unwrap() == whole, "{name}");
        let difference = mean_difference(&picture.reduced(1).unwrap().frame, &whole, 4);
        assert!(difference < 2.0, "{name}: {difference}");
    }
}

#[test]
fn the_scale_is_the_smallest_that_is_large_enough() {
    for (side, scale) in [
        (480, Some(Scale::Quarter)),
        (481, Some(Scale::Half)),
        (240, Some(Scale::Eighth)),
        (960, Some(Scale::Half)),
        (961, None),
        (0, Some(Scale::Eighth)),
    ] {
        assert_eq!(Scale::smallest(1920, 1080, side), scale, "{side}");
        assert_eq!(Scale::smallest(1080, 1920, side), scale, "{side}");
    }
    assert_eq!(Scale::smallest(3, 1, 1), Some(Scale::Half));
    assert_eq!(Scale::smallest(1, 1, 1), None);
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
        assert!(!is_taken(&bytes), "{name}");
        let picture = decode_picture(&bytes, "image/jpeg", &LIMITS, 1).unwrap();
        assert!(picture.part(all_of(picture.as_ref())).unwrap() == whole(&bytes), "{name}");
    }
}

#[test]
fn a_picture_cut_anywhere_is_not_taken_and_refused_as_before() {
    for name in ["420-17x33", "420-restart-1", "grey-61x43"] {
        let bytes = made(name);
        assert!(is_taken(&bytes), "{name}");
        for length in 0..bytes.len() {
            assert!(!is_taken(&bytes[..length]), "{name} cut at {length}");
        }
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

#[test]
fn turned_pictures_give_the_same_pixels_as_turned_whole_ones() {
    let bytes = made("420-quality-40");
    let upright_whole = whole(&bytes);
    let mut chance = Chance(3);
    for orientation in 1..=8_u8 {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
        let mut turned = bytes.clone();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        turned.splice(2..2, [&[0xff, 0xe1], length.as_slice(), &exif].concat());
        let expected = whole(&turned);
        // 80 x 60: a quarter is even, an eighth would reach beyond the edge.
        let picture = decode_picture(&turned, "image/jpeg", &LIMITS, 20).unwrap();
        assert_eq!(picture.reduced(20).unwrap().reduction, 4);
        let difference = mean_difference(&picture.reduced(20).unwrap().frame, &expected, 4);
        assert!(difference < 5.0, "{orientation}: {difference}");
        for _ in 0..20 {
            let area = chance.area(expected.width(), expected.height());
            assert!(picture.part(area).unwrap() == expected.part(area).unwrap(), "{orientation}");
        }
        let picture = decode_picture(&turned, "image/jpeg", &LIMITS, 10).unwrap();
        assert_eq!(picture.reduced(10).unwrap().reduction == 8, orientation == 1, "{orientation}");
    }
    assert_eq!((upright_whole.width(), upright_whole.height()), (80, 60));
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

#[test]
fn a_part_outside_the_picture_is_refused() {
    let picture = JpegPicture::decode(&made("420-17x33"), Scale::Half, 1).unwrap();
    for (x, y, width, height) in [(17, 0, 1, 1), (0, 33, 1, 1), (16, 0, 2, 1), (3, 3, 0, 4)] {
        let refused = picture.part(PixelBox { x, y, width, height });
        assert!(matches!(refused, Err(PictureError::Outside { width: 17, height: 33, .. })));
    }
}

#[test]
fn restart_markers_out_of_order_or_number_are_not_taken() {
    let bytes = made("420-restart-7");
    let places: Vec<usize> = (0..bytes.len() - 1)
        .filter(|at| bytes[*at] == 0xff && (0xd0..=0xd7).contains(&bytes[at + 1]))
        .collect();
    assert!(places.len() > 8);
    let mut swapped = bytes.clone();
    swapped[places[0] + 1] = 0xd1;
    assert!(!is_taken(&swapped));
    let mut missing = bytes.clone();
    missing.drain(places[0]..places[0] + 2);
    assert!(!is_taken(&missing));
    let mut longer = bytes.clone();
    longer.insert(places[3], 0x55);
    assert!(!is_taken(&longer));
}
