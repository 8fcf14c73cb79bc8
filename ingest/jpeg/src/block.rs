//! One block of coefficients from the coded data (T.81, F.2.2).

use super::bad::BadJpeg;
use super::bits::BitReader;
use super::file::{Scan, Tables};
use super::huffman::{CodeUse, STEP_BITS_MAX, SkipTable, ValueTable, whole};
use super::inverse_transform::Coefficients;
use super::zigzag::{BLOCK, ZIGZAG};

/// The tables that decode the blocks of a component.
#[derive(Debug)]
pub(super) struct BlockTables {
    dc: ValueTable,
    ac: ValueTable,
    skip: SkipTable,
}

impl BlockTables {
    /// All that a scan uses, in the order of `ScanHeader::table_pairs`.
    ///
    /// # Errors
    /// When one is missing or cannot be.
    pub(super) fn of_scan(scan: &Scan) -> Result<Vec<Self>, BadJpeg> {
        scan.header.table_pairs().into_iter().map(|(dc, ac)| Self::new(&scan.tables, dc, ac)).collect()
    }

    fn new(tables: &Tables, dc: u8, ac: u8) -> Result<Self, BadJpeg> {
        let (dc, ac) = (tables.code(dc, CodeUse::Dc)?, tables.code(ac, CodeUse::Ac)?);
        Ok(Self { dc: ValueTable::new(dc), ac: ValueTable::new(ac.clone()), skip: SkipTable::new(ac) })
    }

    /// Reads a block. Adds the difference of its first coefficient to `dc`, and puts the others up to number `LAST` of
    /// the file's order into `kept`, where those to `CLEARED` of the rows' order are made zero before; what lies
    /// beyond has no meaning. Returns the number of the last coefficient up to `LAST` that may not be zero.
    ///
    /// # Errors
    /// When the bits are no block.
    #[inline(always)]
    pub(super) fn read<const LAST: usize, const CLEARED: usize>(
        &self,
        reader: &mut BitReader<'_>,
        dc: &mut i32,
        kept: &mut Coefficients,
    ) -> Result<usize, BadJpeg> {
        const { assert!(2 * STEP_BITS_MAX <= BitReader::WINDOW_BITS, "the window holds two steps") }
        reader.refill();
        let step = self.dc.step(reader.window())?;
        *dc = dc.wrapping_add(step.value(reader.window()).into());
        reader.consume(step.consumed());
        kept[..CLEARED].fill(0);
        let (mut next, mut last) = (1, 0);
        while next <= LAST {
            let step = self.ac.step(reader.window())?;
            let value = step.value(reader.window());
            reader.consume(step.consumed());
            next += step.advance();
            if next > BLOCK {
                whole(next)?;
                return Ok(last);
            }
            // Zero at the end of sixteen zeros: nothing was put there yet.
            last = next - 1;
            kept[usize::from(ZIGZAG[last]) % BLOCK] = value;
            reader.refill();
        }
        if next < BLOCK {
            self.skip.skip(reader, next)?;
        }
        Ok(last)
    }
}
