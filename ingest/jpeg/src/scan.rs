//! The one pass over all coded data: proves that every block is there, makes the reduced picture from the lowest
//! coefficients, and remembers places where decoding can begin again.

use super::bad::BadJpeg;
use super::block::BlockTables;
use super::coded::CodedData;
use super::file::JpegFile;
use super::headers::Headers;
use super::reduced::{Reduced, Scale, Stripe};
use super::scanned::{Scanned, UNITS_PER_CHECKPOINT};
use super::walk::{Checkpoint, Walk};
use super::zigzag::BLOCK;

impl Scanned {
    /// Decodes the whole file at a scale.
    ///
    /// # Errors
    /// When the picture is of another kind, or its coded data is not exactly as the standard wants it.
    pub(super) fn scan(file: &JpegFile<'_>, scale: Scale) -> Result<(Self, Reduced), BadJpeg> {
        let headers = Headers::ordinary(file)?;
        let scan = file.first_scan();
        let tables = BlockTables::of_scan(scan)?;
        let (data, end) = CodedData::unstuff(file.bytes, scan.data_at)?;
        if file.scan_after(scan.clone(), end)?.is_some() {
            return Err(BadJpeg("it has a scan of components that are complete"));
        }
        let mut scanned = Self { headers, data, tables, checkpoints: Vec::new() };
        let (checkpoints, reduced) = scanned.all_units(scale)?;
        scanned.checkpoints = checkpoints;
        Ok((scanned, reduced))
    }

    fn all_units(&self, scale: Scale) -> Result<(Vec<Checkpoint>, Reduced), BadJpeg> {
        let (across, down) = self.headers.plan.units;
        let mut walk = Walk::from_start(&self.headers.plan, &self.data, &self.tables)?;
        let mut stripe = Stripe::new(&self.headers, scale);
        let mut checkpoints = Vec::with_capacity(across.div_ceil(UNITS_PER_CHECKPOINT) * down);
        let mut kept = [0; BLOCK];
        for _row in 0..down {
            for column in 0..across {
                walk.begin_unit()?;
                if column % UNITS_PER_CHECKPOINT == 0 {
                    checkpoints.push(walk.checkpoint()?);
                }
                walk.unit(|block, reader, dc| stripe.block(block, column, reader, dc, &mut kept))?;
            }
            stripe.finish();
        }
        walk.end()?;
        Ok((checkpoints, stripe.into_picture()))
    }
}
