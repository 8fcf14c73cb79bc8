//! JPEG of every kind against the pixels of libjpeg-turbo. `jpeg_variants.py` draws the pictures: twenty lie in `jpeg`
//! beside this file, and `.ci/run` makes some hundred more and names their folder in `JPEG_VARIANTS`.
//!
//! A file `NAME.jpg` must have the pixels of `NAME.ppm`; one whose name begins with `refused-` must be refused.
#![cfg(test)]

use ingest::frame::{FrameError, FrameLimits, check_whole, decode_frame, decode_picture};
use schemas::frame::{Frame, PixelBox};
use std::fs;
use std::path::{Path, PathBuf};

const JPEG: &str = "image/jpeg";
const LIMITS: FrameLimits =
    FrameLimits { bytes_max: 1_000_000, side_pixels_max: 2_000, pixels_max: 2_000_000 };
const REFUSED: &str = "refused-";
/// Grey levels of a channel of a pixel, and of all in the mean, by which builds of libjpeg-turbo may differ. The version
/// that made the references, 2.1.5, has exactly our pixels.
const DIFFERENCE_MAX: u8 = 3;
const MEAN_DIFFERENCE_MAX: f64 = 0.5;
/// Sides that are asked for: the smallest scale, a larger one, and more than there is.
const LEAST_SIDES: [u32; 3] = [1, 20, 10_000];

fn references() -> Vec<PathBuf> {
    pictures_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jpeg"), 20)
}

/// The references, or what the build machine made.
fn pictures() -> Vec<PathBuf> {
    std::env::var_os("JPEG_VARIANTS").map_or_else(references, |folder| pictures_in(Path::new(&folder), 300))
}

fn pictures_in(folder: &Path, fewest: usize) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|ending| ending == "jpg")).collect();
    files.sort();
    assert!(files.len() >= fewest, "{} pictures in {}", files.len(), folder.display());
    files
}

fn is_to_be_refused(file: &Path) -> bool {
    file.file_name().unwrap().to_str().unwrap().starts_with(REFUSED)
}

/// A picture as djpeg writes it: `P6`, width, height and 255, then the pixels.
fn expected(file: &Path) -> Frame {
    let bytes = fs::read(file.with_extension("ppm")).unwrap();
    let mut fields = bytes.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut number = || std::str::from_utf8(fields.next().unwrap()).unwrap().to_owned();
    let (magic, width, height) = (number(), number(), number());
    assert_eq!(magic, "P6", "{}", file.display());
    let pixels = fields.next().unwrap().strip_prefix(b"255\n").unwrap().to_vec();
    Frame::new(width.parse().unwrap(), height.parse().unwrap(), pixels).unwrap()
}

/// Where a frame is not close enough to the expected one.
fn fault(got: &Frame, expected: &Frame) -> Option<String> {
    if (got.width(), got.height()) != (expected.width(), expected.height()) {
        return Some(format!("{} x {}", got.width(), got.height()));
    }
    let differences = got.pixels().iter().zip(expected.pixels()).map(|(got, wanted)| got.abs_diff(*wanted));
    let most = differences.clone().max().unwrap();
    let mean = differences.map(f64::from).sum::<f64>() / got.pixels().len() as f64;
    let is_close = most <= DIFFERENCE_MAX && mean < MEAN_DIFFERENCE_MAX;
    (!is_close).then(|| format!("{most} off at most, {mean:.3} in the mean"))
}

#[test]
fn whole_pictures_of_every_kind_have_the_pixels_of_libjpeg_turbo() {
    let mut faults = Vec::new();
    for file in pictures().into_iter().filter(|file| !is_to_be_refused(file)) {
        let told = match decode_frame(&fs::read(&file).unwrap(), JPEG, &LIMITS) {
            Ok(got) => fault(&got, &expected(&file)),
            Err(error) => Some(error.to_string()),
        };
        faults.extend(told.map(|told| format!("{}: {told}", file.display())));
    }
    assert!(faults.is_empty(), "{}\n{} pictures", faults.join("\n"), faults.len());
}

#[test]
fn the_references_have_exactly_the_pixels_of_libjpeg_turbo() {
    for file in references().into_iter().filter(|file| !is_to_be_refused(file)) {
        let got = decode_frame(&fs::read(&file).unwrap(), JPEG, &LIMITS).unwrap();
        assert!(got == expected(&file), "{}", file.display());
    }
}

#[test]
fn there_is_a_reference_of_each_kind_that_was_once_decoded_wrong() {
    let references = references();
    for kind in [
        "420-scans-y-cb-cr",
        "422-scans-cb-cr-y",
        "chroma-over-luma-across",
        "chroma-over-luma-scans-y-cb-cr",
        "420-jfif-adobe-0",
        "grey-adobe-0-behind-frame",
        "420-no-dht-no-jfif",
        "420-exif-6-exif-1",
        "420-comment-zeros",
        "420-padded-zeros-and-fill",
        "refused-420-cut-65",
        "refused-420-cut-98",
        "refused-420-progressive-usual-1-scans",
        "refused-420-progressive-bits-9-scans",
        "refused-scans-y-cb-cr-last-missing",
    ] {
        assert!(references.iter().any(|file| file.file_stem().is_some_and(|stem| stem == kind)), "{kind}");
    }
}

#[test]
fn pictures_decoded_in_parts_have_the_same_pixels_as_those_decoded_whole() {
    for file in pictures().into_iter().filter(|file| !is_to_be_refused(file)) {
        let bytes = fs::read(&file).unwrap();
        let whole = decode_frame(&bytes, JPEG, &LIMITS).unwrap();
        for least_side in LEAST_SIDES {
            let picture = decode_picture(&bytes, JPEG, &LIMITS, least_side).unwrap();
            let all = PixelBox { x: 0, y: 0, width: picture.width(), height: picture.height() };
            assert!(picture.part(all).unwrap() == whole, "{} at {least_side}", file.display());
        }
    }
}

#[test]
fn pictures_that_are_not_whole_or_not_read_are_refused_by_every_way() {
    for file in pictures().into_iter().filter(|file| is_to_be_refused(file)) {
        let bytes = fs::read(&file).unwrap();
        let refused = [
            decode_frame(&bytes, JPEG, &LIMITS).map(drop),
            decode_picture(&bytes, JPEG, &LIMITS, 1).map(drop),
            check_whole(&bytes, JPEG, &LIMITS),
        ];
        for refused in refused {
            assert!(matches!(refused, Err(FrameError::Jpeg(_))), "{}: {refused:?}", file.display());
        }
    }
}

/// Numbers that look like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

#[test]
fn damaged_pictures_are_decoded_or_refused_alike_in_parts_and_whole() {
    const DAMAGES: usize = 40;
    let limits = FrameLimits { pixels_max: 20_000, ..LIMITS };
    let (mut chance, mut refused) = (Chance(5), 0);
    for file in pictures() {
        let bytes = fs::read(&file).unwrap();
        for _ in 0..DAMAGES {
            let mut damaged = bytes.clone();
            for _ in 0..=chance.below(3) {
                let at = chance.below(damaged.len());
                damaged[at] = u8::try_from(chance.below(256)).unwrap();
            }
            let whole = decode_frame(&damaged, JPEG, &limits);
            let picture = decode_picture(&damaged, JPEG, &limits, 1);
            assert_eq!(whole.is_ok(), picture.is_ok(), "{}: {whole:?}, {picture:?}", file.display());
            let (Ok(whole), Ok(picture)) = (whole, picture) else {
                refused += 1;
                continue;
            };
            let all = PixelBox { x: 0, y: 0, width: picture.width(), height: picture.height() };
            assert!(picture.part(all).unwrap() == whole, "{}", file.display());
        }
    }
    assert!(refused > 100, "{refused}");
}
