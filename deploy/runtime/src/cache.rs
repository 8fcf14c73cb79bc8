//! The cache of this machine, which processes fill one after another.

use crate::error::RuntimeError;
use crate::locations;
use crate::wait;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

/// How the name of a folder begins whose fetch is not finished.
pub(crate) const STAGING_PREFIX: &str = "staging-";
/// How long another process may hold the cache: a slow line is no reason to give up.
const OTHER_FETCH_LIMIT: Duration = Duration::from_secs(3600);

/// How far a fetch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchProgress {
    /// Another process is fetching into the same cache; this one waits and then uses what it brought.
    WaitingForOther,
    /// Maven is bringing the files.
    Downloading {
        /// Bytes that have come so far.
        bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// Digests are being compared.
    Verifying {
        /// Files done so far.
        files: usize,
        /// Files in all.
        total_files: usize,
    },
    /// PostgreSQL and ONNX Runtime are being unpacked.
    Unpacking,
    /// Kafka is started once, so that every later start is quick.
    PreparingKafka,
}

/// Holds the cache against other processes for as long as it lives.
#[derive(Debug)]
pub(crate) struct CacheLock(#[expect(dead_code, reason = "the lock is held by keeping the file open")] File);

/// Takes the cache's lock. Says so through `progress` when another process has it.
pub(crate) fn lock_cache(
    cache: &Path,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<CacheLock, RuntimeError> {
    locations::create_folder(cache, 0o755)?;
    let path = cache.join("fetch.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(RuntimeError::io("open", &path))?;
    let mut is_told = false;
    let locked = wait::until(OTHER_FETCH_LIMIT, || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => {
            if !std::mem::replace(&mut is_told, true) {
                progress(FetchProgress::WaitingForOther);
            }
            Ok(None)
        }
        Err(TryLockError::Error(source)) => Err(RuntimeError::io("lock", &path)(source)),
    })?;
    let timed_out = || RuntimeError::io("lock", &path)(std::io::ErrorKind::TimedOut.into());
    locked.map(|()| CacheLock(file)).ok_or_else(timed_out)
}
