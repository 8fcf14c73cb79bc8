//! The picture at a half, quarter or eighth, one row of minimum coded units after another.

use super::bad::BadJpeg;
use super::bits::BitReader;
use super::block::BlockTables;
use super::colour::{grey_to_rgb, to_rgb};
use super::headers::{Component, Headers};
use super::inverse_transform::{Coefficients, four, one, two};
use super::walk::UnitBlock;
use super::zigzag::BLOCK_SIDE;
use schemas::frame::FRAME_CHANNELS;

/// How much smaller the reduced picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Half,
    Quarter,
    Eighth,
}

/// Pixels of the reduced picture. Each covers as many pixels of the whole as the scale says; those of the last row and
/// column may reach beyond it.
#[derive(Debug)]
pub(super) struct Reduced {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Red, green, blue.
    pub(super) pixels: Vec<u8>,
}

/// A row of units, and the picture above it.
pub(super) struct Stripe<'h> {
    planes: Vec<Plane<'h>>,
    /// Rows of pixels that a row of units has.
    rows: usize,
    /// Rows of pixels above it.
    rows_done: usize,
    picture: Reduced,
}

/// One component of a row of units.
struct Plane<'h> {
    component: &'h Component,
    side: Side,
    /// How often each sample is repeated across and down.
    repeated: (usize, usize),
    stride: usize,
    samples: Vec<u8>,
    /// A row with its repetitions.
    row: Vec<u8>,
}

/// Samples that remain on a side of a block.
#[derive(Debug, Clone, Copy)]
enum Side {
    One,
    Two,
    Four,
}

impl Scale {
    /// The smallest at which the picture's longer side still has `least_side` pixels; `None` if only its full size has as
    /// many.
    pub(super) fn smallest(width: u32, height: u32, least_side: u32) -> Option<Self> {
        let fits = |scale: &Self| width.max(height) / scale.pixels() >= least_side.max(1);
        [Self::Eighth, Self::Quarter, Self::Half].into_iter().find(fits)
    }

    /// Whether no reduced pixel of a picture of this size reaches beyond it.
    pub(super) const fn divides(self, width: u32, height: u32) -> bool {
        width.is_multiple_of(self.pixels()) && height.is_multiple_of(self.pixels())
    }

    /// Pixels of the whole picture on a side of one reduced pixel.
    pub(super) const fn pixels(self) -> u32 {
        match self {
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    const fn side(self) -> Side {
        match self {
            Self::Half => Side::Four,
            Self::Quarter => Side::Two,
            Self::Eighth => Side::One,
        }
    }
}

impl Side {
    const fn samples(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Twice as many, for components that have a quarter of the blocks; `None` if that would be the whole block.
    const fn doubled(self) -> Option<Self> {
        match self {
            Self::One => Some(Self::Two),
            Self::Two => Some(Self::Four),
            Self::Four => None,
        }
    }
}

impl<'h> Stripe<'h> {
    pub(super) fn new(headers: &'h Headers, scale: Scale) -> Self {
        let planes = headers.components.iter().map(|one| Plane::new(one, headers, scale.side())).collect();
        let pixels_per_pixel = scale.pixels() as usize;
        let (width, height) =
            (headers.width.div_ceil(pixels_per_pixel), headers.height.div_ceil(pixels_per_pixel));
        let picture = Reduced { width, height, pixels: vec![0; width * height * FRAME_CHANNELS] };
        Self { planes, rows: headers.unit_blocks.1 * scale.side().samples(), rows_done: 0, picture }
    }

    /// Reads a block of the unit at `unit` in the row, and puts its samples where they belong.
    #[inline(always)]
    pub(super) fn block(
        &mut self,
        block: UnitBlock<'_, BlockTables>,
        unit: usize,
        reader: &mut BitReader<'_>,
        dc: &mut i32,
        kept: &mut Coefficients,
    ) -> Result<(), BadJpeg> {
        let UnitBlock { component, row, column, tables, .. } = block;
        let plane = &mut self.planes[component];
        let side = plane.side.samples();
        let at = row * side * plane.stride + (unit * plane.component.across + column) * side;
        let quantisation = &plane.component.quantisation;
        match plane.side {
            Side::One => {
                tables.read::<0, 0>(reader, dc, kept)?;
                plane.samples[at] = one(*dc, quantisation);
            }
            Side::Two => {
                tables.read::<4, { BLOCK_SIDE + 2 }>(reader, dc, kept)?;
                plane.put(at, two(*dc, kept, quantisation));
            }
            Side::Four => {
                let is_flat = tables.read::<24, { 4 * BLOCK_SIDE }>(reader, dc, kept)? == 0;
                let flat = || [[one(*dc, quantisation); 4]; 4];
                let samples = if is_flat { flat() } else { four(*dc, kept, quantisation) };
                plane.put(at, samples);
            }
        }
        Ok(())
    }

    /// Puts the row's pixels into the picture.
    pub(super) fn finish(&mut self) {
        let Reduced { width, height: _, pixels } = &mut self.picture;
        let lines = pixels.chunks_exact_mut(*width * FRAME_CHANNELS).skip(self.rows_done).take(self.rows);
        for (row, line) in lines.enumerate() {
            match self.planes.as_mut_slice() {
                [luma, blue, red] => {
                    to_rgb(luma.row(row, *width), blue.row(row, *width), red.row(row, *width), line);
                }
                planes => planes.iter_mut().for_each(|luma| grey_to_rgb(luma.row(row, *width), line)),
            }
        }
        self.rows_done += self.rows;
    }

    pub(super) fn into_picture(self) -> Reduced {
        self.picture
    }
}

impl<'h> Plane<'h> {
    fn new(component: &'h Component, headers: &Headers, luma_side: Side) -> Self {
        let (side, repeated) = match (component.thinned, luma_side.doubled()) {
            ((2, 2), Some(doubled)) => (doubled, (1, 1)),
            _ => (luma_side, component.thinned),
        };
        let stride = headers.plan.units.0 * component.across * side.samples();
        let samples = vec![0; stride * component.down * side.samples()];
        Self { component, side, repeated, stride, samples, row: Vec::new() }
    }

    #[inline(always)]
    fn put<const SIDE: usize>(&mut self, mut at: usize, rows: [[u8; SIDE]; SIDE]) {
        for row in rows {
            self.samples[at..at + SIDE].copy_from_slice(&row);
            at += self.stride;
        }
    }

    /// The samples of a row of pixels.
    fn row(&mut self, row: usize, width: usize) -> &[u8] {
        let samples = &self.samples[row / self.repeated.1 * self.stride..];
        if self.repeated.0 == 1 {
            return &samples[..width];
        }
        self.row.clear();
        self.row.extend(samples[..width.div_ceil(2)].iter().flat_map(|sample| [*sample; 2]));
        &self.row[..width]
    }
}
