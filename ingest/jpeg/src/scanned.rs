//! What is kept of a picture whose coded data is whole: enough to decode any part of it again.

use super::block::BlockTables;
use super::coded::CodedData;
use super::headers::Headers;
use super::walk::Checkpoint;

/// Minimum coded units from one place to begin again to the next in a row.
pub(super) const UNITS_PER_CHECKPOINT: usize = 16;
/// A picture whose coded data is whole.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) headers: Headers,
    pub(super) data: CodedData,
    /// Of each component.
    pub(super) tables: Vec<BlockTables>,
    /// Row by row.
    pub(super) checkpoints: Vec<Checkpoint>,
}
