//! The one pass over all coded data: proves that every block is there, makes the reduced picture from the lowest
//! coefficients, and remembers places where decoding can begin again.

use super::block::BlockTables;
use super::coded::CodedData;
use super::headers::Headers;
use super::not_taken::NotTaken;
use super::reduced::{Reduced, Scale, Stripe};
use super::scanned::{Checkpoint, Scanned, UNITS_PER_CHECKPOINT};
use super::walk::Walk;
use super::zigzag::BLOCK;

impl Scanned {
    /// Decodes the whole file that has these headers at a scale.
    ///
    /// # Errors
    /// When the coded data is not exactly as the standard wants it.
    pub(super) fn scan(headers: Headers, bytes: &[u8], scale: Scale) -> Result<(Self, Reduced), NotTaken> {
        let data = CodedData::unstuff(bytes.get(headers.data_at..).unwrap_or_default())?;
        let tables = headers.codes.iter().map(BlockTables::new).collect();
        let mut scanned = Self { headers, data, tables, checkpoints: Vec::new() };
        let (checkpoints, reduced) = scanned.all_units(scale)?;
        scanned.checkpoints = checkpoints;
        Ok((scanned, reduced))
    }

    fn all_units(&self, scale: Scale) -> Result<(Vec<Checkpoint>, Reduced), NotTaken> {
        let (across, down) = self.headers.units();
        let mut walk = Walk::from_start(self)?;
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
        walk.end_segment()?;
        Ok((checkpoints, stripe.into_picture()))
    }
}
