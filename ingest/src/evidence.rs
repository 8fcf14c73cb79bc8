//! Original pictures, content-addressed, on disk before anything names them.

use crate::config::{EvidenceConfig, IngestConfig};
use crate::metrics::IngestMetrics;
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use schemas::camera_event::FrameReference;
use schemas::evidence::Sha256Digest;
use schemas::kill_point::kill_point;
use schemas::outcome::DeadLetterReason;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Of the folder of pictures: nothing for others.
const PRIVATE_FOLDER_MODE: u32 = 0o700;
/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    files: Arc<LocalFileSystem>,
    metrics: IngestMetrics,
}

/// How patiently a claim-checked picture is looked for: its sender puts it first, but another machine's view of the
/// store may lag.
#[derive(Debug, Clone, Copy)]
pub struct ClaimCheckPatience {
    /// Tries in all.
    pub attempts_max: u32,
    /// Wait before the second try; it doubles with each.
    pub first_wait: Duration,
}

/// Why a picture could not be put or read.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// The folder cannot be used.
    #[error("the evidence folder {directory} cannot be used; create it and let this process write there")]
    Directory {
        /// The folder of the configuration.
        directory: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes are not there.
    #[error("evidence {0} is not in the store")]
    Missing(Sha256Digest),
    /// The stored bytes are not those that were put: disk fault, or somebody changed them.
    #[error("the stored bytes of evidence {0} have another digest; restore the file from the backup")]
    Damaged(Sha256Digest),
    /// The store failed; trying again may help.
    #[error("the evidence store failed on {digest}")]
    Store {
        /// What was to be put or read.
        digest: Sha256Digest,
        /// Why.
        source: StoreError,
    },
}

impl EvidenceError {
    /// Returns the reason under which an event is kept whose picture failed so; `None` if the fault lies in the store
    /// and the event must be tried again.
    #[must_use]
    pub const fn reason(&self) -> Option<DeadLetterReason> {
        match self {
            Self::Missing(_) => Some(DeadLetterReason::EvidenceMissing),
            Self::Directory { .. } | Self::Damaged(_) | Self::Store { .. } => None,
        }
    }
}

impl From<&IngestConfig> for ClaimCheckPatience {
    fn from(config: &IngestConfig) -> Self {
        Self {
            attempts_max: config.claim_check_attempts_max,
            first_wait: Duration::from_millis(config.claim_check_wait_milliseconds),
        }
    }
}

impl EvidenceStore {
    /// Opens the store, making its folder if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or used.
    pub fn open(config: &EvidenceConfig, metrics: IngestMetrics) -> Result<Self, EvidenceError> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| EvidenceError::Directory {
            directory: config.directory.clone(),
            source,
        };
        // Pictures of people: nobody else of this machine looks in. A folder that was there keeps its mode.
        let mut folder = std::fs::DirBuilder::new();
        let made = folder.recursive(true).mode(PRIVATE_FOLDER_MODE).create(&config.directory);
        made.map_err(|error| unusable(error.into()))?;
        let files =
            LocalFileSystem::new_with_prefix(&config.directory).map_err(|error| unusable(error.into()))?;
        // Without it a power loss takes what was called stored.
        Ok(Self { files: Arc::new(files.with_fsync(true)), metrics })
    }

    /// Puts bytes under their digest and returns it. When this returns, file and folder are on disk. Bytes that are
    /// there already are left as they are.
    ///
    /// # Errors
    /// When the store fails, or holds other bytes under the digest.
    pub async fn put(&self, bytes: Bytes) -> Result<Sha256Digest, EvidenceError> {
        let digest = Sha256Digest::of(&bytes);
        let length = bytes.len();
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.files.put_opts(&path(digest), PutPayload::from_bytes(bytes), options).await {
            Ok(_) => self.metrics.count_evidence(length),
            Err(StoreError::AlreadyExists { .. }) => self.check_length(digest, length as u64).await?,
            Err(source) => return Err(EvidenceError::Store { digest, source }),
        }
        kill_point("after_evidence_put");
        Ok(digest)
    }

    /// Reads bytes and checks their digest.
    ///
    /// # Errors
    /// When they are missing, damaged, or the store fails.
    pub async fn get(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceError> {
        let failed = |source| {
            if matches!(source, StoreError::NotFound { .. }) {
                EvidenceError::Missing(digest)
            } else {
                EvidenceError::Store { digest, source }
            }
        };
        let bytes = self.files.get(&path(digest)).await.map_err(failed)?.bytes().await.map_err(failed)?;
        if Sha256Digest::of(&bytes) == digest { Ok(bytes) } else { Err(EvidenceError::Damaged(digest)) }
    }

    /// Fetches a claim-checked picture, waiting a little for one that is not there yet.
    ///
    /// # Errors
    /// As [`EvidenceStore::get`]; `Missing` only after the last try.
    pub async fn fetch_claim_check(
        &self,
        reference: &FrameReference,
        patience: ClaimCheckPatience,
    ) -> Result<Bytes, EvidenceError> {
        let mut wait = patience.first_wait;
        for _ in 1..patience.attempts_max {
            match self.get(reference.sha256).await {
                Err(EvidenceError::Missing(_)) => tokio::time::sleep(wait).await,
                other => return other,
            }
            wait = wait.saturating_mul(2);
        }
        self.get(reference.sha256).await
    }

    /// A file of the right length was linked whole; a shorter one tells of a damaged disk.
    async fn check_length(&self, digest: Sha256Digest, length: u64) -> Result<(), EvidenceError> {
        let found = self.files.head(&path(digest)).await;
        match found.map_err(|source| EvidenceError::Store { digest, source })?.size == length {
            true => Ok(()),
            false => Err(EvidenceError::Damaged(digest)),
        }
    }
}

fn path(digest: Sha256Digest) -> Path {
    Path::from(digest.evidence_path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::camera_event::{FrameContent, FrameRole};

    fn store() -> (tempfile::TempDir, EvidenceStore) {
        let directory = tempfile::tempdir().expect("folder");
        let config = EvidenceConfig { directory: directory.path().join("made") };
        let store = EvidenceStore::open(&config, IngestMetrics::unregistered()).expect("store");
        (directory, store)
    }

    fn file(directory: &tempfile::TempDir, digest: Sha256Digest) -> PathBuf {
        directory.path().join("made").join(digest.evidence_path())
    }

    #[tokio::test]
    async fn bytes_are_kept_under_their_digest_and_putting_them_twice_changes_nothing() {
        let (directory, store) = store();
        let digest = store.put(Bytes::from_static(b"picture")).await.expect("put");
        assert_eq!(store.put(Bytes::from_static(b"picture")).await.expect("put"), digest);
        assert_eq!(store.get(digest).await.expect("get"), "picture");
        assert_eq!(std::fs::read(file(&directory, digest)).expect("file"), b"picture");
    }

    #[tokio::test]
    async fn damaged_bytes_are_found_when_read_and_when_put_again() {
        let (directory, store) = store();
        let digest = store.put(Bytes::from_static(b"picture")).await.expect("put");
        std::fs::write(file(&directory, digest), b"pictura").expect("write");
        assert!(matches!(store.get(digest).await, Err(EvidenceError::Damaged(_))));
        std::fs::write(file(&directory, digest), b"pict").expect("write");
        assert!(matches!(store.put(Bytes::from_static(b"picture")).await, Err(EvidenceError::Damaged(_))));
    }

    #[tokio::test]
    async fn a_claim_check_waits_for_its_bytes_and_then_says_that_they_are_missing() {
        let (_directory, store) = store();
        let bytes = Bytes::from_static(b"late");
        let reference = FrameReference {
            role: FrameRole::First,
            sha256: Sha256Digest::of(&bytes),
            media_type: "image/png".into(),
            stated_size: None,
            taken_at: None,
            vehicle: None,
            size_bytes: 4,
            content: FrameContent::ClaimCheck,
        };
        let patience = ClaimCheckPatience { attempts_max: 4, first_wait: Duration::from_millis(1) };
        let began = tokio::time::Instant::now();
        let missing = store.fetch_claim_check(&reference, patience).await.expect_err("missing");
        assert_eq!(missing.reason(), Some(DeadLetterReason::EvidenceMissing));
        assert!(began.elapsed() >= Duration::from_millis(7));
        store.put(bytes.clone()).await.expect("put");
        assert_eq!(store.fetch_claim_check(&reference, patience).await.expect("bytes"), bytes);
    }
}
