//! Marked copies of pictures: each plate outlined, what was read above it, what speaks against issuing below.

mod label;
mod sheet;
pub(super) mod targets;

use anyhow::Context;
use image::{ImageFormat, RgbImage};
use label::{flag_lines, plate_line};
use schemas::frame::Frame;
use schemas::plate_read::PlateRead;
use sheet::{Bar, LINE_HEIGHT, Rgb, Sheet, bar_width};
use std::path::Path;
use synth::camera::degrade::compress;
use synth::drawing::fonts::Fonts;

/// Quality of marked JPEG pictures, 1 to 100.
const JPEG_QUALITY: u8 = 92;
/// Size of letters, as a part of the picture's shorter side, and in pixels at least and at most.
const EM_SHARE: f32 = 1.0 / 32.0;
const EM_PX: (f32, f32) = (15.0, 80.0);
/// Width of outlines, in ems.
const OUTLINE_EM: f32 = 0.14;

const GREEN: Rgb = [0, 122, 51];
const ORANGE: Rgb = [255, 153, 0];
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/// Draws what was read onto pictures.
#[derive(Debug)]
pub(super) struct Annotator {
    fonts: Fonts,
}

impl Annotator {
    /// # Errors
    /// When a committed font is damaged.
    pub(super) fn load() -> anyhow::Result<Self> {
        Ok(Self { fonts: Fonts::load()? })
    }

    /// Writes the marked copy, as PNG or JPEG by the ending of `target`.
    ///
    /// # Errors
    /// When it cannot be drawn, compressed or written.
    pub(super) fn write(&self, frame: &Frame, plates: &[PlateRead], target: &Path) -> anyhow::Result<()> {
        let picture = self.annotate(frame, plates)?;
        if target.extension().is_some_and(|ending| ending == "png") {
            return Ok(picture.save_with_format(target, ImageFormat::Png)?);
        }
        Ok(std::fs::write(target, compress(&picture, JPEG_QUALITY)?)?)
    }

    /// The picture with its plates: green where nothing speaks against issuing, else orange.
    fn annotate(&self, frame: &Frame, plates: &[PlateRead]) -> anyhow::Result<RgbImage> {
        let mut sheet = Sheet::of(frame)?;
        let (width, height) = sheet.size();
        let em = (EM_SHARE * width.min(height)).clamp(EM_PX.0, EM_PX.1);
        for plate in plates {
            sheet.outline(&corners(plate), OUTLINE_EM * em, colours(plate).0);
        }
        for plate in plates {
            let lines: Vec<String> = std::iter::once(plate_line(plate)).chain(flag_lines(plate)).collect();
            let widths: Vec<f32> = lines.iter().map(|line| bar_width(&self.fonts, line, em)).collect();
            for (line, bar) in lines.iter().zip(bars(&corners(plate), &widths, em, sheet.size())) {
                sheet.bar(&self.fonts, line, bar, colours(plate));
            }
        }
        sheet.into_picture().context("the drawing has another size than its picture")
    }
}

/// The corners of a plate, clockwise from its own upper left.
fn corners(plate: &PlateRead) -> [[f32; 2]; 4] {
    plate.corners.map(|corner| [corner.x, corner.y])
}

/// Of outline and ground, and of the letters on it.
fn colours(plate: &PlateRead) -> (Rgb, Rgb) {
    if plate.may_issue_automatically() { (GREEN, WHITE) } else { (ORANGE, BLACK) }
}

/// Places of bars with these widths: the first above the plate and the others below it where there is room, else all on
/// the side that has it; never outside the picture as long as they fit into it.
fn bars(corners: &[[f32; 2]], widths: &[f32], em: f32, picture: (f32, f32)) -> Vec<Bar> {
    let side = |axis: usize, far: bool| {
        let values = corners.iter().map(|corner| corner[axis]);
        if far { values.fold(f32::MIN, f32::max) } else { values.fold(f32::MAX, f32::min) }
    };
    let (step, gap) = (LINE_HEIGHT * em, OUTLINE_EM * em);
    let (above, below) = (side(1, false) - gap, side(1, true) + gap);
    let fits_above = |count: usize| above >= count as f32 * step;
    let fits_below = |count: usize| below + count as f32 * step <= picture.1;
    let others = widths.len() - 1;
    let tops: Vec<f32> = if fits_above(1) && fits_below(others) {
        std::iter::once(above - step).chain((0..others).map(|place| below + place as f32 * step)).collect()
    } else {
        let stacked = widths.len() as f32 * step;
        let first = if fits_above(widths.len()) { above - stacked } else { below };
        let first = first.min(picture.1 - stacked).max(0.0);
        (0..widths.len()).map(|place| first + place as f32 * step).collect()
    };
    let left = |width: &f32| (side(0, false) - gap / 2.0).min(picture.0 - width).max(0.0);
    tops.into_iter().zip(widths).map(|(top, width)| Bar { left: left(width), top, em }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::read_of;
    use super::*;
    use schemas::frame::PixelBox;
    use schemas::plate_read::ReadFlag;

    const PICTURE: (u32, u32) = (600, 400);
    const PLATE: PixelBox = PixelBox { x: 200, y: 200, width: 120, height: 60 };
    const EM: f32 = 20.0;

    fn drawn(read: PlateRead) -> RgbImage {
        let grey = vec![128_u8; (PICTURE.0 * PICTURE.1 * 3) as usize];
        let frame = Frame::new(PICTURE.0, PICTURE.1, grey).unwrap();
        Annotator::load().unwrap().annotate(&frame, &[read]).unwrap()
    }

    fn flagged(flag: ReadFlag) -> PlateRead {
        let mut read = read_of("EG-MA-7126", PLATE);
        read.flags.insert(flag);
        read
    }

    /// Spans of columns with letters, from the left, in rows `top` to `bottom`; letters are lighter or darker than their
    /// ground by more than half.
    fn spans(picture: &RgbImage, top: u32, bottom: u32, letters: Rgb) -> Vec<(u32, u32)> {
        let has_ink = |x: &u32| {
            (top..bottom).any(|y| {
                let pixel = picture.get_pixel(*x, y).0;
                pixel.iter().zip(letters).all(|(value, wanted)| value.abs_diff(wanted) < 64)
            })
        };
        let mut spans: Vec<(u32, u32)> = Vec::new();
        for x in (0..picture.width()).filter(has_ink) {
            match spans.last_mut() {
                Some((_, end)) if *end == x => *end = x + 1,
                Some(_) | None => spans.push((x, x + 1)),
            }
        }
        spans
    }

    #[test]
    fn a_clear_plate_is_outlined_in_green_and_a_flagged_one_in_orange() {
        let clear = drawn(read_of("EG-MA-7126", PLATE));
        let doubtful = drawn(flagged(ReadFlag::LowConfidence));
        for corner in [(200, 230), (260, 200), (319, 230), (260, 259)] {
            assert_eq!(clear.get_pixel(corner.0, corner.1).0, GREEN);
            assert_eq!(doubtful.get_pixel(corner.0, corner.1).0, ORANGE);
        }
        assert_eq!(clear.get_pixel(260, 230).0, [128; 3], "what was read is not covered");
    }

    #[test]
    fn the_first_arabic_letter_is_drawn_right_of_the_second() {
        // The Arabic row of "ام" from the left: four digits, a round meem, an upright alef; then the confidence.
        let picture = drawn(read_of("EG-AM-7126", PLATE));
        let spans = spans(&picture, 170, 196, WHITE);
        let confidence = "0.500".len();
        let alef = spans[spans.len() - confidence - 1];
        let meem = spans[spans.len() - confidence - 2];
        let width = |(from, to): (u32, u32)| to - from;
        assert!(width(alef) * 2 <= width(meem), "alef {alef:?}, meem {meem:?} of {spans:?}");
        let letters_and_digits = "EGAM7126".len() + "--".len() + "7126".len() + "ام".chars().count();
        assert_eq!(spans.len(), letters_and_digits + confidence, "{spans:?}");
    }

    #[test]
    fn flags_are_named_below_the_plate() {
        let below = |read| spans(&drawn(read), 262, 292, BLACK).len();
        assert_eq!(below(read_of("EG-MA-7126", PLATE)), 0);
        assert_eq!(below(flagged(ReadFlag::Foreign)), "FOREIGN".len());
    }

    #[test]
    fn bars_stay_inside_the_picture_and_off_the_plate() {
        let (width, height) = (600.0, 400.0);
        let corners = |top: f32| [[560.0, top], [600.0, top], [600.0, top + 40.0], [560.0, top + 40.0]];
        for top in [0.0, 20.0, 200.0, 330.0, 360.0] {
            let bars = bars(&corners(top), &[250.0, 100.0], EM, (width, height));
            for (bar, wide) in bars.iter().zip([250.0, 100.0]) {
                assert!(bar.left >= 0.0 && bar.left + wide <= width, "{bar:?}");
                let bottom = bar.top + LINE_HEIGHT * EM;
                assert!(bar.top >= 0.0 && bottom <= height, "{bar:?}");
                assert!(bottom <= top || bar.top >= top + 40.0, "{bar:?} covers the plate at {top}");
            }
            assert!(bars[1].top >= bars[0].top + LINE_HEIGHT * EM, "{bars:?}");
        }
    }

    #[test]
    fn a_picture_smaller_than_its_label_can_be_marked() {
        let frame = Frame::new(1, 1, vec![128; 3]).unwrap();
        let read = read_of("EG-MA-7126", PixelBox { x: 0, y: 0, width: 1, height: 1 });
        assert_eq!(Annotator::load().unwrap().annotate(&frame, &[read]).unwrap().dimensions(), (1, 1));
    }

    #[test]
    fn the_ending_says_how_a_copy_is_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let frame = Frame::new(2, 2, vec![128; 12]).unwrap();
        for (name, start) in [("a.png", &b"\x89PNG"[..]), ("a.jpg", &[0xff, 0xd8, 0xff])] {
            let target = folder.path().join(name);
            Annotator::load().unwrap().write(&frame, &[], &target).unwrap();
            assert!(std::fs::read(&target).unwrap().starts_with(start), "{name}");
        }
    }
}
