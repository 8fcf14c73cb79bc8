//! Pixels to the numbers a net takes; the same steps as `detect/training/contract/preprocess.py`, held together by golden vectors.

use crate::contract::{Extent, LocateInput, Normalisation, ReadInput, ResizeFilter};
use crate::corners::Corners;
use crate::locate::pixel_box;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use schemas::frame::{FRAME_CHANNELS, Frame, PixelBox, PixelPoint};
use thiserror::Error;

/// Luma of ITU-R BT.601.
const LUMA: [f32; FRAME_CHANNELS] = [0.299, 0.587, 0.114];
/// A plate nearer than this to the border of the picture may go on beyond it, pixels.
const BORDER_PX: f32 = 1.0;
/// Most samples across one pixel of a rectified row.
const SAMPLES_MAX: f32 = 4.0;

/// A rectangle with fractions of pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edges {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

/// A frame as the locator takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letterbox {
    /// Input pixels per frame pixel.
    pub scale: f32,
    /// Columns of the input.
    pub width: usize,
    /// Rows of the input.
    pub height: usize,
}

/// The part of a frame that the locator looks at, scaled to fit the top left corner of its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The part, pixels of the frame.
    pub part: Edges,
    /// Input pixels per frame pixel.
    pub scale: f32,
}

/// The resizer refused the frame.
#[derive(Debug, Error)]
#[error("cannot resize a frame of {width} x {height} pixels: {problem}")]
pub struct PreprocessError {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What the resizer said.
    pub problem: String,
}

/// The resizer with its buffers, kept between frames.
#[derive(Debug, Default)]
pub struct Preprocessor {
    resizer: Resizer,
    bytes: Vec<u8>,
}

impl Edges {
    /// Extent across.
    #[must_use]
    pub fn width(self) -> f32 {
        self.right - self.left
    }

    /// Extent down.
    #[must_use]
    pub fn height(self) -> f32 {
        self.bottom - self.top
    }

    /// The whole of a frame of this size, pixels across and down.
    #[must_use]
    pub const fn whole(size: (u32, u32)) -> Self {
        Self { left: 0.0, top: 0.0, right: size.0 as f32, bottom: size.1 as f32 }
    }

    /// The edges of whole pixels.
    #[must_use]
    pub const fn of(pixels: PixelBox) -> Self {
        let (left, top) = (pixels.x as f32, pixels.y as f32);
        Self { left, top, right: left + pixels.width as f32, bottom: top + pixels.height as f32 }
    }

    /// A row of the plate with these edges, cut at the frame's size (pixels across and down) and at least one pixel wide
    /// and high.
    #[must_use]
    pub fn row(self, extent: Extent, size: (u32, u32)) -> Self {
        let (width, height) = (self.width(), self.height());
        Self {
            left: self.left + extent.left * width,
            top: self.top + extent.top * height,
            right: self.left + extent.right * width,
            bottom: self.top + extent.bottom * height,
        }
        .inside(size)
    }

    /// Cut at the frame's size (pixels across and down), and at least one pixel wide and high.
    #[must_use]
    pub fn inside(self, size: (u32, u32)) -> Self {
        let (width, height) = (size.0 as f32, size.1 as f32);
        let left = self.left.clamp(0.0, width - 1.0);
        let top = self.top.clamp(0.0, height - 1.0);
        Self {
            left,
            top,
            right: self.right.min(width).max(left + 1.0),
            bottom: self.bottom.min(height).max(top + 1.0),
        }
    }

    /// The smallest rectangle with both in it.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The same place as seen from a part of the frame.
    #[must_use]
    pub fn within(self, part: PixelBox) -> Self {
        let (x, y) = (part.x as f32, part.y as f32);
        Self { left: self.left - x, top: self.top - y, right: self.right - x, bottom: self.bottom - y }
    }

    /// What must be cut out of a frame of this size so that [`Preprocessor::row`] gives the same as from the frame: the
    /// filter looks at pixels around the rectangle, by as much as it makes them smaller.
    #[must_use]
    pub fn surroundings(self, size: (u32, u32)) -> PixelBox {
        /// More than one input pixel of a reading net with 32 rows or more.
        const SHARE: f32 = 1.0 / 32.0;
        const PIXELS: f32 = 2.0;
        let (across, down) = (self.width() * SHARE + PIXELS, self.height() * SHARE + PIXELS);
        pixel_box(Self {
            left: self.left - across,
            top: self.top - down,
            right: (self.right + across).min(size.0 as f32),
            bottom: (self.bottom + down).min(size.1 as f32),
        })
    }

    /// Whether it reaches a border of `frame`: something may lie beyond.
    #[must_use]
    pub fn reaches(self, frame: Self) -> bool {
        self.left - frame.left < BORDER_PX
            || self.top - frame.top < BORDER_PX
            || frame.right - self.right < BORDER_PX
            || frame.bottom - self.bottom < BORDER_PX
    }

    /// Whether it reaches the left or the right border of `frame`, but not both: a row in it goes on beyond.
    #[must_use]
    pub fn goes_on_beyond(self, frame: Self) -> bool {
        (self.left - frame.left < BORDER_PX) != (frame.right - self.right < BORDER_PX)
    }

    /// Shared area over joint area.
    #[must_use]
    pub fn overlap(self, other: Self) -> f32 {
        let across = (self.right.min(other.right) - self.left.max(other.left)).max(0.0);
        let down = (self.bottom.min(other.bottom) - self.top.max(other.top)).max(0.0);
        let shared = across * down;
        let joint = self.width() * self.height() + other.width() * other.height() - shared;
        if joint > 0.0 { shared / joint } else { 0.0 }
    }
}

impl View {
    /// A point of the input in pixels of the frame.
    #[must_use]
    pub fn in_frame(self, x: f32, y: f32) -> PixelPoint {
        PixelPoint { x: self.part.left + x / self.scale, y: self.part.top + y / self.scale }
    }
}

impl Preprocessor {
    /// The whole frame, scaled to fit the top left corner, as three planes in `values`, padded to the next whole
    /// multiple.
    ///
    /// # Errors
    /// When the resizer refuses the frame.
    pub fn letterbox(
        &mut self,
        frame: &Frame,
        input: &LocateInput,
        values: &mut Vec<f32>,
    ) -> Result<Letterbox, PreprocessError> {
        let across = f64::from(input.width_px) / f64::from(frame.width());
        let down = f64::from(input.height_px) / f64::from(frame.height());
        let scale = across.min(down);
        let width = scaled(frame.width(), scale).min(input.width_px);
        let height = scaled(frame.height(), scale).min(input.height_px);
        let whole = Edges::whole((frame.width(), frame.height()));
        self.resize(frame, whole, (width, height), input.filter)?;
        let padded = |side: u32, most: u32| side.next_multiple_of(input.multiple_px).min(most) as usize;
        let (columns, rows) = (padded(width, input.width_px), padded(height, input.height_px));
        let plane = columns * rows;
        values.clear();
        values.resize(plane * FRAME_CHANNELS, normalised(f32::from(input.pad_value), input.normalisation));
        for (row, line) in self.bytes.chunks_exact(width as usize * FRAME_CHANNELS).enumerate() {
            for (column, pixel) in line.chunks_exact(FRAME_CHANNELS).enumerate() {
                for (channel, byte) in pixel.iter().enumerate() {
                    let place = channel * plane + row * columns + column;
                    values[place] = normalised(f32::from(*byte), input.normalisation);
                }
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a scale of pictures needs no more than 24 bits")]
        Ok(Letterbox { scale: scale as f32, width: columns, height: rows })
    }

    /// One row of a plate, stretched, in grey, added to `values`.
    ///
    /// # Errors
    /// When the resizer refuses the frame.
    pub fn row(
        &mut self,
        frame: &Frame,
        part: Edges,
        input: &ReadInput,
        values: &mut Vec<f32>,
    ) -> Result<(), PreprocessError> {
        self.resize(frame, part, (input.width_px, input.height_px), input.filter)?;
        values.extend(self.bytes.chunks_exact(FRAME_CHANNELS).map(|pixel| {
            let grey: f32 = pixel.iter().zip(LUMA).map(|(byte, share)| f32::from(*byte) * share).sum();
            normalised(grey, input.normalisation)
        }));
        Ok(())
    }

    /// One row of a turned plate, rectified, in grey, added to `values`; `row` holds its corners in the frame, which is
    /// continued by its border.
    pub fn turned_row(&mut self, frame: &Frame, row: &Corners, input: &ReadInput, values: &mut Vec<f32>) {
        let perspective = row.perspective();
        let [top_left, top_right, bottom_right, bottom_left] = row.0;
        let length = distance(top_left, top_right).max(distance(bottom_left, bottom_right));
        let samples = whole_samples(length / input.width_px as f32);
        let share = |place: u32, sample: u32, side: u32| {
            (place as f32 + (sample as f32 + 0.5) / samples as f32) / side as f32
        };
        for line in 0..input.height_px {
            for column in 0..input.width_px {
                let mut grey = 0.0;
                for (down, across) in
                    (0..samples).flat_map(|down| (0..samples).map(move |across| (down, across)))
                {
                    let shares = (share(column, across, input.width_px), share(line, down, input.height_px));
                    grey += grey_at(frame, perspective.at(shares.0, shares.1));
                }
                values.push(normalised(grey / (samples * samples) as f32, input.normalisation));
            }
        }
    }

    fn resize(
        &mut self,
        frame: &Frame,
        part: Edges,
        (width, height): (u32, u32),
        filter: ResizeFilter,
    ) -> Result<(), PreprocessError> {
        let problem =
            |problem: String| PreprocessError { width: frame.width(), height: frame.height(), problem };
        let filter = match filter {
            ResizeFilter::Bilinear => FilterType::Bilinear,
        };
        self.bytes.resize(width as usize * height as usize * FRAME_CHANNELS, 0);
        let source = ImageRef::new(frame.width(), frame.height(), frame.pixels(), PixelType::U8x3)
            .map_err(|error| problem(error.to_string()))?;
        let mut target = Image::from_slice_u8(width, height, &mut self.bytes, PixelType::U8x3)
            .map_err(|error| problem(error.to_string()))?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
            f64::from(part.left),
            f64::from(part.top),
            f64::from(part.width()).min(f64::from(frame.width()) - f64::from(part.left)),
            f64::from(part.height()).min(f64::from(frame.height()) - f64::from(part.top)),
        );
        self.resizer.resize(&source, &mut target, &options).map_err(|error| problem(error.to_string()))
    }
}

fn normalised(value: f32, numbers: Normalisation) -> f32 {
    (value * numbers.scale - numbers.mean) / numbers.deviation
}

/// As Python's `round`: half to even.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the input's size")]
fn scaled(side: u32, scale: f64) -> u32 {
    (f64::from(side) * scale).round_ties_even().max(1.0) as u32
}

fn distance(one: PixelPoint, other: PixelPoint) -> f32 {
    (one.x - other.x).hypot(one.y - other.y)
}

/// Samples across and down for each pixel of a row, so that shrinking does not alias.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and SAMPLES_MAX")]
fn whole_samples(shrinking: f32) -> u32 {
    shrinking.ceil().clamp(1.0, SAMPLES_MAX) as u32
}

/// The grey at a point, between its four neighbours; beyond the border, the border.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held inside the frame")]
fn grey_at(frame: &Frame, point: PixelPoint) -> f32 {
    let (right, bottom) = (frame.width() - 1, frame.height() - 1);
    let x = (point.x - 0.5).clamp(0.0, right as f32);
    let y = (point.y - 0.5).clamp(0.0, bottom as f32);
    let (column, line) = (x as u32, y as u32);
    let (across, down) = (x - column as f32, y - line as f32);
    let grey = |column: u32, line: u32| -> f32 {
        let start = (line.min(bottom) as usize * frame.width() as usize + column.min(right) as usize)
            * FRAME_CHANNELS;
        let pixel = &frame.pixels()[start..start + FRAME_CHANNELS];
        pixel.iter().zip(LUMA).map(|(byte, share)| f32::from(*byte) * share).sum()
    };
    let upper = grey(column, line) * (1.0 - across) + grey(column + 1, line) * across;
    let lower = grey(column, line + 1) * (1.0 - across) + grey(column + 1, line + 1) * across;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_card::Models;
    use schemas::picture::Picture;

    fn plain(width: u32, height: u32, value: u8) -> Frame {
        Frame::new(width, height, vec![value; (width * height * 3) as usize]).unwrap()
    }

    #[test]
    fn a_wide_frame_leaves_padding_below() {
        let input = Models::load(None).unwrap().locate.input;
        let mut values = Vec::new();
        let letterbox =
            Preprocessor::default().letterbox(&plain(768, 200, 255), &input, &mut values).unwrap();
        assert_eq!((letterbox.width, letterbox.height), (384, 128), "100 rows, and 28 of padding");
        assert!((letterbox.scale - input.width_px as f32 / 768.0).abs() < 1e-6);
        let last = values.len() - 1;
        assert!((values[0] - normalised(255.0, input.normalisation)).abs() < 1e-6);
        assert!((values[last] - normalised(f32::from(input.pad_value), input.normalisation)).abs() < 1e-6);
    }

    #[test]
    fn a_frame_of_one_pixel_and_a_row_outside_it_are_still_read() {
        let contract = Models::load(None).unwrap().read;
        let frame = plain(1, 1, 10);
        let plate = Edges { left: -5.0, top: -5.0, right: 40.0, bottom: 20.0 };
        let row = plate.row(contract.rows.egypt, (1, 1));
        let mut values = Vec::new();
        Preprocessor::default().row(&frame, row, &contract.input, &mut values).unwrap();
        assert_eq!(values.len(), (contract.input.width_px * contract.input.height_px) as usize);
    }

    #[test]
    fn a_row_cut_out_with_its_surroundings_is_the_row_of_the_frame() {
        let input = Models::load(None).unwrap().read.input;
        let pixels: Vec<u8> =
            (0..900 * 400 * 3_u32).map(|at| (at.wrapping_mul(at) >> 7).to_le_bytes()[0]).collect();
        let frame = Frame::new(900, 400, pixels).unwrap();
        for (left, top, right, bottom) in [(100.3, 90.7, 160.2, 110.1), (0.0, 0.5, 899.5, 399.0)] {
            let row = Edges { left, top, right, bottom };
            let area = row.surroundings((900, 400));
            let (mut of_frame, mut of_part) = (Vec::new(), Vec::new());
            Preprocessor::default().row(&frame, row, &input, &mut of_frame).unwrap();
            let part = frame.part(area).unwrap();
            Preprocessor::default().row(&part, row.within(area), &input, &mut of_part).unwrap();
            let differ = of_frame.iter().zip(&of_part).filter(|(one, other)| (**one - **other).abs() > 0.02);
            assert_eq!(differ.count(), 0, "{row:?}");
            let (mut of_frame, mut of_part) = (Vec::new(), Vec::new());
            let turned = Corners::of(row);
            Preprocessor::default().turned_row(&frame, &turned, &input, &mut of_frame);
            Preprocessor::default().turned_row(&part, &turned.within(area), &input, &mut of_part);
            let differ = of_frame.iter().zip(&of_part).filter(|(one, other)| (**one - **other).abs() > 0.02);
            assert_eq!(differ.count(), 0, "turned {row:?}");
        }
    }

    #[test]
    fn what_reaches_one_side_of_the_frame_goes_on_beyond_it_and_what_fills_it_does_not() {
        let frame = Edges::whole((100, 50));
        let from_to = |left, right| Edges { left, top: 0.0, right, bottom: 50.0 };
        assert!(from_to(0.5, 60.0).goes_on_beyond(frame) && from_to(40.0, 100.0).goes_on_beyond(frame));
        assert!(!from_to(0.0, 100.0).goes_on_beyond(frame) && !from_to(2.0, 98.0).goes_on_beyond(frame));
    }

    #[test]
    fn overlap_is_one_with_itself_and_nothing_apart() {
        let one = Edges { left: 0.0, top: 0.0, right: 10.0, bottom: 5.0 };
        let apart = Edges { left: 20.0, ..one };
        assert!((one.overlap(one) - 1.0).abs() < 1e-6);
        assert!(one.overlap(Edges { right: 30.0, ..apart }) < 1e-6);
    }
}
