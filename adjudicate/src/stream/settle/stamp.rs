//! What every row of a settling transaction has in common.

use chrono::{DateTime, Utc};
use schemas::delivery::PartitionKey;
use schemas::seal::ServerKey;

#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub(super) partition: &'a PartitionKey,
    /// The database's time at the start of the transaction.
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) act_window_seconds: u32,
    /// What signs manifests, where there is one.
    pub(super) key: Option<&'a ServerKey>,
}
