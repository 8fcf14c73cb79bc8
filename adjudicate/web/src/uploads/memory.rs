//! How many bytes of uploaded files are in memory: whoever needs more waits, with the file on the disk.

use crate::error::{ApiError, ProblemCode};
use prometheus::IntGauge;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes that files may take. Clones share them.
#[derive(Debug, Clone)]
pub struct UploadMemory {
    bytes: Arc<Semaphore>,
    held: IntGauge,
    most_held: Arc<AtomicI64>,
}

/// Bytes that were given to one file, until this is dropped.
#[derive(Debug)]
pub struct HeldMemory {
    permit: OwnedSemaphorePermit,
    held: IntGauge,
}

impl UploadMemory {
    /// At most `bytes_max` at the same time; `held` tells how many there are.
    #[must_use]
    pub fn new(bytes_max: u32, held: IntGauge) -> Self {
        let bytes = usize::try_from(bytes_max).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Self { bytes: Arc::new(Semaphore::new(bytes)), held, most_held: Arc::default() }
    }

    /// Waits until there is room for a file of that many bytes.
    ///
    /// # Errors
    /// Never with files that are within the limit of one; more than all there is can never be had.
    pub async fn room_for(&self, bytes: u64) -> Result<HeldMemory, ApiError> {
        let refuse = || ApiError::new(ProblemCode::BodyTooLarge);
        let bytes = u32::try_from(bytes).map_err(|_| refuse())?;
        let permit = Arc::clone(&self.bytes).acquire_many_owned(bytes).await.map_err(|_| refuse())?;
        self.held.add(i64::from(bytes));
        self.most_held.fetch_max(self.held.get(), Ordering::Relaxed);
        Ok(HeldMemory { permit, held: self.held.clone() })
    }

    /// Returns the most bytes that were held at one time since the start.
    #[must_use]
    pub fn most_held(&self) -> i64 {
        self.most_held.load(Ordering::Relaxed)
    }
}

impl Drop for HeldMemory {
    fn drop(&mut self) {
        self.held.sub(i64::try_from(self.permit.num_permits()).unwrap_or(i64::MAX));
    }
}
