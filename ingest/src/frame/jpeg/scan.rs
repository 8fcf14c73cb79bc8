//! The one pass over all coded data: proves that every block is there, makes the reduced picture from the lowest
//! coefficients, and remembers places where decoding can begin again.

use super::NotTaken;
use super::block::BlockTables;
use super::coded::CodedData;
use super::headers::{BLOCK, Headers};
use super::reduced::{Reduced, Scale, Stripe};
use super::walk::{Checkpoint, UNITS_PER_CHECKPOINT, Walk};

/// A picture whose coded data is whole.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) headers: Headers,
    pub(super) data: CodedData,
    /// Of each pair of codes.
    pub(super) tables: Vec<BlockTables>,
    /// Row by row.
    pub(super) checkpoints: Vec<Checkpoint>,
}

impl Scanned {
    /// Decodes the whole file at a scale.
    ///
    /// # Errors
    /// When the picture is of a kind that is not decoded in parts, or not exactly as the standard wants it.
    pub(super) fn scan(bytes: &[u8], scale: Scale) -> Result<(Self, Reduced), NotTaken> {
        let headers = Headers::parse(bytes)?;
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
