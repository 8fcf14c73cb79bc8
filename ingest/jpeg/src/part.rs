//! A rectangle at full resolution: only the minimum coded units that touch it are decoded again, from the nearest
//! place before each row of them.

use super::bad::BadJpeg;
use super::colour::{grey_to_rgb, to_rgb};
use super::headers::{Component, Headers};
use super::inverse_transform::eight;
use super::plane::Plane;
use super::scanned::{Scanned, UNITS_PER_CHECKPOINT};
use super::walk::Walk;
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

impl Scanned {
    /// Pixels (red, green, blue) of a rectangle that lies in the picture.
    ///
    /// # Errors
    /// When a block cannot be decoded, which the first pass has ruled out.
    pub(super) fn part(&self, area: PixelBox) -> Result<Vec<u8>, BadJpeg> {
        let area = Area::new(&self.headers, area);
        let mut planes: Vec<_> = self.headers.components.iter().map(|one| area.plane(one)).collect();
        for row in area.unit_rows.clone() {
            self.row_of_units(row, &area, &mut planes)?;
        }
        let (unit_across, unit_down) = self.headers.unit_blocks;
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

    fn row_of_units(&self, row: usize, area: &Area, planes: &mut [Plane]) -> Result<(), BadJpeg> {
        let plan = &self.headers.plan;
        let (across, _) = plan.units;
        let checkpoint_column = area.unit_columns.start / UNITS_PER_CHECKPOINT;
        let checkpoint = row * across.div_ceil(UNITS_PER_CHECKPOINT) + checkpoint_column;
        let first = checkpoint_column * UNITS_PER_CHECKPOINT;
        let checkpoint = self.checkpoints[checkpoint];
        let mut walk = Walk::at(plan, &self.data, &self.tables, row * across + first, checkpoint);
        for column in first..area.unit_columns.end {
            walk.begin_unit()?;
            match column.checked_sub(area.unit_columns.start) {
                None => walk.unit(|block, reader, dc| {
                    block.tables.read::<0, 0>(reader, dc, &mut [0; BLOCK]).map(|_last| ())
                })?,
                Some(column) => walk.unit(|block, reader, dc| {
                    let quantisation = &self.headers.components[block.component].quantisation;
                    let mut kept = [0; BLOCK];
                    let last = block.tables.read::<63, 0>(reader, dc, &mut kept)?;
                    let samples = eight(*dc, &kept, last, quantisation);
                    let row = (row - area.unit_rows.start) * block.down + block.row;
                    planes[block.component].put(row, column * block.across + block.column, &samples);
                    Ok(())
                })?,
            }
        }
        Ok(())
    }
}

impl Area {
    fn new(headers: &Headers, area: PixelBox) -> Self {
        let (unit_across, unit_down) = headers.unit_blocks;
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

    /// Room for a component's samples of the units.
    fn plane(&self, component: &Component) -> Plane {
        let Component { across, down, thinned, size, quantisation: _ } = component;
        let blocks = (self.unit_columns.len() * across, self.unit_rows.len() * down);
        let left = self.unit_columns.start * across * BLOCK_SIDE;
        let top = self.unit_rows.start * down * BLOCK_SIDE;
        Plane::new(blocks, (size.0 - left, size.1 - top), *thinned, size.0)
    }
}
