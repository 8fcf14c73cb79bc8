//! The way through the coded data, from one minimum coded unit to the next and over restart markers (T.81, A.2 and
//! F.2.1.3).

use super::bits::BitReader;
use super::block::BlockTables;
use super::coded::CodedData;
use super::headers::Headers;
use super::not_taken::NotTaken;
use super::scanned::{COMPONENTS_MAX, Checkpoint, Scanned};

/// Bits that may follow the last block of a segment: they fill its last byte.
const FILL_BITS_MAX: usize = 7;
/// First coefficients beyond this cannot be those of a picture: T.81 has 11 bits for 8-bit samples.
const DC_MAX: i32 = 1 << 15;

/// A place in the coded data.
pub(super) struct Walk<'s> {
    headers: &'s Headers,
    data: &'s CodedData,
    tables: &'s [BlockTables],
    reader: BitReader<'s>,
    dc: [i32; COMPONENTS_MAX],
    /// The segment that is being read.
    segment: usize,
    /// Units that are left in it.
    units_left: usize,
    /// Units of a segment.
    interval: usize,
}

/// Which block of a unit comes.
#[derive(Clone, Copy)]
pub(super) struct UnitBlock<'s> {
    pub(super) component: usize,
    /// In the unit, of this component.
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) tables: &'s BlockTables,
}

impl<'s> Walk<'s> {
    /// At the first unit.
    ///
    /// # Errors
    /// When there are more or fewer segments than the picture's units make.
    pub(super) fn from_start(scanned: &'s Scanned) -> Result<Self, NotTaken> {
        let walk = Self::at(scanned, 0, Checkpoint { position: 0, dc: [0; COMPONENTS_MAX] });
        let (across, down) = scanned.headers.units();
        if scanned.data.segment_ends.len() != (across * down).div_ceil(walk.interval) {
            return Err(NotTaken("number of restart markers"));
        }
        Ok(walk)
    }

    /// At the checkpoint of unit number `unit`.
    pub(super) fn at(scanned: &'s Scanned, unit: usize, checkpoint: Checkpoint) -> Self {
        let Scanned { headers, data, tables, checkpoints: _ } = scanned;
        let (across, down) = headers.units();
        let interval = if headers.restart_interval == 0 { across * down } else { headers.restart_interval };
        Self {
            headers,
            data,
            tables,
            reader: BitReader::at(&data.bytes, checkpoint.position),
            dc: checkpoint.dc,
            segment: unit / interval,
            units_left: interval - unit % interval,
            interval,
        }
    }

    /// Goes over a restart marker where one is due.
    ///
    /// # Errors
    /// When the segment does not end here.
    #[inline(always)]
    pub(super) fn begin_unit(&mut self) -> Result<(), NotTaken> {
        if self.units_left == 0 {
            let end = self.end_segment()?;
            self.segment += 1;
            self.reader = BitReader::at(&self.data.bytes, end * 8);
            self.dc = [0; COMPONENTS_MAX];
            self.units_left = self.interval;
        }
        self.units_left -= 1;
        Ok(())
    }

    /// Where the next unit begins.
    ///
    /// # Errors
    /// When blocks were read beyond the segment's end, or have values that no picture has.
    pub(super) fn checkpoint(&self) -> Result<Checkpoint, NotTaken> {
        let position = self.reader.position();
        if position > self.data.segment_ends[self.segment] * 8 {
            return Err(NotTaken("a segment that ends before its blocks"));
        }
        if self.dc.iter().any(|dc| dc.abs() > DC_MAX) {
            return Err(NotTaken("first coefficients out of range"));
        }
        Ok(Checkpoint { position, dc: self.dc })
    }

    /// The byte where the segment ends.
    ///
    /// # Errors
    /// When its last block does not end there too.
    pub(super) fn end_segment(&self) -> Result<usize, NotTaken> {
        let end = self.data.segment_ends[self.segment];
        let position = self.checkpoint()?.position;
        if position + FILL_BITS_MAX < end * 8 {
            return Err(NotTaken("a segment that ends after its blocks"));
        }
        Ok(end)
    }

    /// Takes each block of a unit in turn; `take` reads it.
    ///
    /// # Errors
    /// As `take` says.
    #[inline(always)]
    pub(super) fn unit(
        &mut self,
        mut take: impl FnMut(UnitBlock<'s>, &mut BitReader<'s>, &mut i32) -> Result<(), NotTaken>,
    ) -> Result<(), NotTaken> {
        for (number, (component, dc)) in self.headers.components.iter().zip(&mut self.dc).enumerate() {
            let tables = &self.tables[component.codes];
            for row in 0..component.down {
                for column in 0..component.across {
                    let block = UnitBlock { component: number, row, column, tables };
                    take(block, &mut self.reader, dc)?;
                }
            }
        }
        Ok(())
    }
}
