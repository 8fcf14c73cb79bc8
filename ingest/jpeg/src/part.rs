//! A rectangle at full resolution: only the minimum coded units that touch it are decoded again, from the nearest
//! place before each row of them.

use super::bits::BitReader;
use super::colour::{between_rows, grey_to_rgb, to_rgb, twice_across};
use super::headers::{Component, Headers};
use super::inverse_transform::eight;
use super::not_taken::NotTaken;
use super::scanned::{Scanned, UNITS_PER_CHECKPOINT};
use super::walk::{UnitBlock, Walk};
use super::zigzag::{BLOCK, BLOCK_SIDE};
use schemas::frame::{FRAME_CHANNELS, PixelBox};
use std::ops::Range;

/// Pixels around the rectangle whose chroma goes into it: one sample, which covers two pixels.
const MARGIN: usize = 2;

/// Pixels and units of a rectangle.
struct Area {
    across: Range<usize>,
    down: Range<usize>,
    unit_columns: Range<usize>,
    unit_rows: Range<usize>,
}

/// One component of the units.
struct Plane<'h> {
    component: &'h Component,
    /// Pixels across and down for each sample.
    thinned: (usize, usize),
    stride: usize,
    samples: Vec<u8>,
    /// A row made of two, and one of twice as many samples.
    between: Vec<u8>,
    doubled: Vec<u8>,
}

impl Scanned {
    /// Pixels (red, green, blue) of a rectangle that lies in the picture.
    ///
    /// # Errors
    /// When a block cannot be decoded, which the first pass has ruled out.
    pub(super) fn part(&self, area: PixelBox) -> Result<Vec<u8>, NotTaken> {
        let area = Area::new(&self.headers, area);
        let mut planes: Vec<_> =
            self.headers.components.iter().map(|one| Plane::new(one, &self.headers, &area)).collect();
        for row in area.unit_rows.clone() {
            self.row_of_units(row, &area, &mut planes)?;
        }
        let (unit_across, unit_down) = self.headers.unit_blocks();
        let left = area.unit_columns.start * unit_across * BLOCK_SIDE;
        let top = area.unit_rows.start * unit_down * BLOCK_SIDE;
        let columns = area.across.start - left..area.across.end - left;
        let mut pixels = vec![0; columns.len() * area.down.len() * FRAME_CHANNELS];
        let lines = pixels.chunks_exact_mut(columns.len() * FRAME_CHANNELS);
        for (row, line) in (area.down.start - top..).zip(lines) {
            match planes.as_mut_slice() {
                [luma, blue, red] => {
                    let chroma = (&blue.row(row)[columns.clone()], &red.row(row)[columns.clone()]);
                    to_rgb(&luma.row(row)[columns.clone()], chroma.0, chroma.1, line);
                }
                planes => {
                    planes.iter_mut().for_each(|luma| grey_to_rgb(&luma.row(row)[columns.clone()], line));
                }
            }
        }
        Ok(pixels)
    }

    fn row_of_units(&self, row: usize, area: &Area, planes: &mut [Plane<'_>]) -> Result<(), NotTaken> {
        let (across, _) = self.headers.units();
        let checkpoint_column = area.unit_columns.start / UNITS_PER_CHECKPOINT;
        let checkpoint = row * across.div_ceil(UNITS_PER_CHECKPOINT) + checkpoint_column;
        let first = checkpoint_column * UNITS_PER_CHECKPOINT;
        let mut walk = Walk::at(self, row * across + first, self.checkpoints[checkpoint]);
        for column in first..area.unit_columns.end {
            walk.begin_unit()?;
            match column.checked_sub(area.unit_columns.start) {
                None => walk.unit(|block, reader, dc| {
                    block.tables.read::<0, 0>(reader, dc, &mut [0; BLOCK]).map(|_is_flat| ())
                })?,
                Some(column) => {
                    let unit = (row - area.unit_rows.start, column);
                    walk.unit(|block, reader, dc| planes[block.component].block(block, unit, reader, dc))?;
                }
            }
        }
        Ok(())
    }
}

impl Area {
    fn new(headers: &Headers, area: PixelBox) -> Self {
        let (unit_across, unit_down) = headers.unit_blocks();
        let side = |start: u32, length: u32, unit: usize, most: usize| {
            let pixels = start as usize..start as usize + length as usize;
            let units =
                pixels.start.saturating_sub(MARGIN) / unit..(pixels.end + MARGIN).min(most).div_ceil(unit);
            (pixels, units)
        };
        let (across, unit_columns) = side(area.x, area.width, unit_across * BLOCK_SIDE, headers.width);
        let (down, unit_rows) = side(area.y, area.height, unit_down * BLOCK_SIDE, headers.height);
        Self { across, down, unit_columns, unit_rows }
    }
}

impl<'h> Plane<'h> {
    fn new(component: &'h Component, headers: &Headers, area: &Area) -> Self {
        let (most_across, most_down) = headers.unit_blocks();
        let stride = area.unit_columns.len() * component.across * BLOCK_SIDE;
        let rows = area.unit_rows.len() * component.down * BLOCK_SIDE;
        Self {
            component,
            thinned: (most_across / component.across, most_down / component.down),
            stride,
            samples: vec![0; stride * rows],
            between: vec![0; stride],
            doubled: vec![0; 2 * stride],
        }
    }

    fn block(
        &mut self,
        block: UnitBlock<'_>,
        (unit_row, unit_column): (usize, usize),
        reader: &mut BitReader<'_>,
        dc: &mut i32,
    ) -> Result<(), NotTaken> {
        let UnitBlock { component: _, row, column, tables } = block;
        let mut kept = [0; BLOCK];
        tables.read::<63, 0>(reader, dc, &mut kept)?;
        let row = (unit_row * self.component.down + row) * BLOCK_SIDE;
        let mut at = row * self.stride + (unit_column * self.component.across + column) * BLOCK_SIDE;
        for line in eight(*dc, &kept, &self.component.quantisation) {
            self.samples[at..at + BLOCK_SIDE].copy_from_slice(&line);
            at += self.stride;
        }
        Ok(())
    }

    /// A row of samples for the row of pixels `row` of the units, as dense as the pixels.
    fn row(&mut self, row: usize) -> &[u8] {
        let Self { component: _, thinned: (thinned_across, thinned_down), stride, samples, between, doubled } =
            self;
        let line = |number: usize| &samples[number * *stride..][..*stride];
        let near = row / *thinned_down;
        let mut samples_of_row = line(near);
        if *thinned_down == 2 {
            let last = samples.len() / *stride - 1;
            let far = if row.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(last) };
            between_rows(samples_of_row, line(far), between);
            samples_of_row = between;
        }
        if *thinned_across == 2 {
            twice_across(samples_of_row, doubled);
            samples_of_row = doubled;
        }
        samples_of_row
    }
}
