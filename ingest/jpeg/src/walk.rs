//! The way through the coded data of a scan, from one minimum coded unit to the next and over restart markers (T.81,
//! A.2 and F.2.1.3).

use super::bad::BadJpeg;
use super::bits::BitReader;
use super::coded::CodedData;
use super::file::{COMPONENTS_MAX, Component, FrameHeader, Scan, ScanComponent};

/// Bits that may follow the last block of a segment: they fill its last byte.
const FILL_BITS_MAX: usize = 7;
/// First coefficients beyond this cannot be those of a picture: T.81 has 11 bits for 8-bit samples.
const DC_MAX: i32 = 1 << 15;

/// The units of a scan.
#[derive(Debug)]
pub(super) struct Plan {
    /// Units across and down.
    pub(super) units: (usize, usize),
    /// Units of a segment.
    interval: usize,
    /// In the order in which their blocks come.
    parts: Vec<PlanPart>,
}

/// A component's blocks in a unit.
#[derive(Debug)]
struct PlanPart {
    /// Place in the frame.
    component: usize,
    across: usize,
    down: usize,
    /// Place of its tables among those of the scan.
    tables: usize,
}

/// A place where decoding can begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpoint {
    /// Bits before it.
    position: usize,
    /// First coefficient of the last block of each component, in the scan's order.
    dc: [i32; COMPONENTS_MAX],
}

/// A place in the coded data. `T` are the tables that a component's blocks are decoded with.
pub(super) struct Walk<'s, T> {
    plan: &'s Plan,
    data: &'s CodedData,
    tables: &'s [T],
    reader: BitReader<'s>,
    dc: [i32; COMPONENTS_MAX],
    /// The segment that is being read.
    segment: usize,
    /// Units that are left in it.
    units_left: usize,
}

/// Which block of a unit comes.
#[derive(Clone, Copy)]
pub(super) struct UnitBlock<'s, T> {
    pub(super) component: usize,
    /// In the unit, of this component.
    pub(super) row: usize,
    pub(super) column: usize,
    /// Blocks of this component in the unit, across and down.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) tables: &'s T,
}

impl Plan {
    /// The units of a scan: those of one component are its blocks (T.81, A.2.2).
    pub(super) fn new(frame: &FrameHeader, scan: &Scan) -> Self {
        let chosen = scan.header.components.as_slice();
        let pairs = scan.header.table_pairs();
        let part = |chosen: &ScanComponent, across: usize, down: usize| {
            let tables = pairs.iter().position(|pair| *pair == (chosen.dc, chosen.ac)).unwrap_or(0);
            PlanPart { component: chosen.component, across, down, tables }
        };
        let (units, parts) = if let [alone] = chosen {
            (frame.components[alone.component].blocks(), vec![part(alone, 1, 1)])
        } else {
            let part = |chosen: &ScanComponent| {
                let Component { across, down, .. } = frame.components[chosen.component];
                part(chosen, across, down)
            };
            (frame.units, chosen.iter().map(part).collect())
        };
        let interval = match scan.tables.restart_interval {
            0 => units.0 * units.1,
            interval => interval,
        };
        Self { units, interval, parts }
    }

    /// Makes sure that there are as many segments as the units make.
    ///
    /// # Errors
    /// When there are more or fewer.
    pub(super) fn check_segments(&self, data: &CodedData) -> Result<(), BadJpeg> {
        let expected = (self.units.0 * self.units.1).div_ceil(self.interval);
        match data.segment_ends.as_slice() {
            // Some cameras write a restart marker behind the last unit too.
            [.., before, last] if data.segment_ends.len() == expected + 1 && before == last => Ok(()),
            ends if ends.len() == expected => Ok(()),
            ends if ends.len() < expected => Err(BadJpeg("its coded data ends before its blocks")),
            _ => Err(BadJpeg("it has more restart markers than its blocks make")),
        }
    }
}

impl Checkpoint {
    const START: Self = Self { position: 0, dc: [0; COMPONENTS_MAX] };
}

impl<'s, T> Walk<'s, T> {
    /// At the first unit.
    ///
    /// # Errors
    /// When there are more or fewer segments than the units make.
    pub(super) fn from_start(plan: &'s Plan, data: &'s CodedData, tables: &'s [T]) -> Result<Self, BadJpeg> {
        plan.check_segments(data)?;
        Ok(Self::at(plan, data, tables, 0, Checkpoint::START))
    }

    /// At the checkpoint of unit number `unit`. The tables are those of `ScanHeader::table_pairs`.
    pub(super) fn at(
        plan: &'s Plan,
        data: &'s CodedData,
        tables: &'s [T],
        unit: usize,
        checkpoint: Checkpoint,
    ) -> Self {
        Self {
            plan,
            data,
            tables,
            reader: BitReader::at(&data.bytes, checkpoint.position),
            dc: checkpoint.dc,
            segment: unit / plan.interval,
            units_left: plan.interval - unit % plan.interval,
        }
    }

    /// Goes over a restart marker where one is due; returns whether it did.
    ///
    /// # Errors
    /// When the segment does not end here.
    #[inline(always)]
    pub(super) fn begin_unit(&mut self) -> Result<bool, BadJpeg> {
        let is_restart = self.units_left == 0;
        if is_restart {
            let end = self.end_segment()?;
            self.segment += 1;
            self.reader = BitReader::at(&self.data.bytes, end * 8);
            self.dc = [0; COMPONENTS_MAX];
            self.units_left = self.plan.interval;
        }
        self.units_left -= 1;
        Ok(is_restart)
    }

    /// Where the next unit begins.
    ///
    /// # Errors
    /// When blocks were read beyond the segment's end, or have values that no picture has.
    pub(super) fn checkpoint(&self) -> Result<Checkpoint, BadJpeg> {
        let position = self.reader.position();
        if position > self.data.segment_ends[self.segment] * 8 {
            return Err(BadJpeg("its coded data ends before its blocks"));
        }
        if self.dc.iter().any(|dc| dc.abs() > DC_MAX) {
            return Err(BadJpeg("its blocks are brighter or darker than can be"));
        }
        Ok(Checkpoint { position, dc: self.dc })
    }

    /// The byte where the segment ends.
    ///
    /// # Errors
    /// When its last block does not end there too.
    fn end_segment(&self) -> Result<usize, BadJpeg> {
        let end = self.data.segment_ends[self.segment];
        let position = self.checkpoint()?.position;
        if position + FILL_BITS_MAX < end * 8 {
            return Err(BadJpeg("its coded data goes on behind its blocks"));
        }
        Ok(end)
    }

    /// Makes sure that the last segment ends with its last block. Zeros may fill it up, as cameras do for a round length.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn end(&self) -> Result<(), BadJpeg> {
        let end = self.data.segment_ends[self.segment];
        let used = self.checkpoint()?.position.div_ceil(8);
        match self.data.bytes.get(used..end) {
            Some(rest) if rest.iter().any(|byte| *byte != 0) => {
                Err(BadJpeg("its coded data goes on behind its blocks"))
            }
            _ => Ok(()),
        }
    }

    /// Takes each block of a unit in turn; `take` reads it.
    ///
    /// # Errors
    /// As `take` says.
    #[inline(always)]
    pub(super) fn unit(
        &mut self,
        mut take: impl FnMut(UnitBlock<'s, T>, &mut BitReader<'s>, &mut i32) -> Result<(), BadJpeg>,
    ) -> Result<(), BadJpeg> {
        for (part, dc) in self.plan.parts.iter().zip(&mut self.dc) {
            let PlanPart { component, across, down, tables } = *part;
            let tables = &self.tables[tables];
            for row in 0..down {
                for column in 0..across {
                    let block = UnitBlock { component, row, column, across, down, tables };
                    take(block, &mut self.reader, dc)?;
                }
            }
        }
        Ok(())
    }
}
