//! What is kept of a picture whose coded data is whole: enough to decode any part of it again.

use super::block::BlockTables;
use super::coded::CodedData;
use super::headers::Headers;

/// Minimum coded units from one place to begin again to the next in a row.
pub(super) const UNITS_PER_CHECKPOINT: usize = 16;
/// Most components.
pub(super) const COMPONENTS_MAX: usize = 3;

/// A place where decoding can begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpoint {
    /// Bits before it.
    pub(super) position: usize,
    /// First coefficients of each component's last block.
    pub(super) dc: [i32; COMPONENTS_MAX],
}

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
