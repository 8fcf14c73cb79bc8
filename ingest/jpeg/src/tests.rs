use super::reduced::Scale;
use super::*;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use schemas::frame::{FRAME_CHANNELS, Frame, PixelBox};
use schemas::picture::{Picture, PictureError};
use std::fs;
use std::io::Cursor;
use std::path::Path;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

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
    fs::read(folder().join("pictures").join(name).with_extension("jpg")).unwrap()
}

fn whole(bytes: &[u8]) -> Frame {
    JpegFile::open(bytes).and_then(|file| file.decode_whole()).unwrap()
}

/// As zune-jpeg decodes it.
fn by_another(bytes: &[u8]) -> Frame {
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    Frame::new(width.try_into().unwrap(), height.try_into().unwrap(), pixels).unwrap()
}

fn scaled(bytes: &[u8], scale: Scale) -> Result<JpegPicture, BadJpeg> {
    JpegPicture::decode(&JpegFile::open(bytes)?, scale)
}

fn all_of(picture: &dyn Picture) -> PixelBox {
    PixelBox { x: 0, y: 0, width: picture.width(), height: picture.height() }
}

fn is_taken(bytes: &[u8]) -> bool {
    scaled(bytes, Scale::Eighth).is_ok()
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
        let picture = scaled(&bytes, Scale::Eighth).expect(name);
        assert_eq!((picture.width(), picture.height()), (whole.width(), whole.height()), "{name}");
        assert!(picture.part(all_of(&picture)).unwrap() == whole, "{name}");
        for _ in 0..30 {
            let area = chance.area(whole.width(), whole.height());
            assert!(picture.part(area).unwrap() == whole.part(area).unwrap(), "{area:?} of {name}");
        }
    }
}

#[test]
fn another_decoder_sees_the_same_pictures() {
    // It rounds otherwise, and mixes into the edges what fills the last blocks.
    const MEAN_MAX: f64 = 0.5;
    for name in TAKEN.into_iter().chain(["cmyk", "progressive", "411-131x77"]) {
        let bytes = made(name);
        let (whole, other) = (whole(&bytes), by_another(&bytes));
        let differences = whole.pixels().iter().zip(other.pixels()).map(|(one, other)| one.abs_diff(*other));
        let mean = differences.map(f64::from).sum::<f64>() / whole.pixels().len() as f64;
        assert!(mean < MEAN_MAX, "{name}: {mean}");
    }
}

#[test]
fn a_reduced_picture_is_close_to_the_mean_of_the_pixels_it_covers() {
    // Strokes of five pixels and noise on every pixel: what the highest coefficients add is cut, not averaged.
    const MOST: f64 = 4.0;
    for name in ["444-131x77", "422-131x77", "440-131x77", "420-131x77"] {
        let bytes = made(name);
        for scale in SCALES {
            let picture = scaled(&bytes, scale).unwrap();
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
            let reduced = scaled(&bytes, scale).unwrap().reduced(1).unwrap().frame;
            assert!(reduced.pixels().chunks_exact(3).all(|pixel| pixel == expected), "{colour:?} {scale:?}");
        }
    }
}

#[test]
fn photographs_are_taken_and_equal_the_whole() {
    for name in ["eg-01-1.jpg", "sa-01-1.jpg", "sa-01-2.jpg"] {
        let bytes = fs::read(folder().join("../../deploy/demo/frames").join(name)).unwrap();
        let picture = scaled(&bytes, Scale::Quarter).expect(name);
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
fn other_kinds_are_not_decoded_in_parts() {
    for name in NOT_TAKEN {
        assert!(!is_taken(&made(name)), "{name}");
        whole(&made(name));
    }
}

#[test]
fn a_picture_cut_anywhere_is_not_taken() {
    for name in ["420-17x33", "420-restart-1", "grey-61x43"] {
        let bytes = made(name);
        assert!(is_taken(&bytes), "{name}");
        for length in 0..bytes.len() {
            assert!(!is_taken(&bytes[..length]), "{name} cut at {length}");
        }
    }
}

#[test]
fn a_part_outside_the_picture_is_refused() {
    let picture = scaled(&made("420-17x33"), Scale::Half).unwrap();
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

#[test]
fn reduced_pixels_beyond_the_picture_are_refused_where_they_would_harm() {
    let bytes = made("420-quality-40");
    for (least_side, reduction) in [(20, 4), (10, 8)] {
        let file = JpegFile::open(&bytes).unwrap();
        let picture = file.decode_in_parts(least_side, Overhang::Allowed).unwrap();
        assert_eq!(picture.reduced(least_side).unwrap().reduction, reduction);
        // 80 x 60: a quarter is even, an eighth is not.
        assert_eq!(file.decode_in_parts(least_side, Overhang::Refused).is_ok(), reduction == 4);
    }
}
