//! Original pictures, content-addressed, on disk before anything names them.

use crate::config::{EvidenceConfig, IngestConfig};
use crate::content::{ContentError, ContentStore, Put};
use crate::metrics::IngestMetrics;
use bytes::Bytes;
use schemas::camera_event::FrameReference;
use schemas::evidence::Sha256Digest;
use schemas::kill_point::kill_point;
use schemas::outcome::DeadLetterReason;
use std::time::Duration;

/// Folder of the store, in the one of the configuration. Citizens' documents lie in another one, so that no camera names them.
const FOLDER: &str = "evidence";

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    files: ContentStore,
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

impl ContentError {
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
    pub fn open(config: &EvidenceConfig, metrics: IngestMetrics) -> Result<Self, ContentError> {
        Ok(Self { files: ContentStore::open(&config.directory, FOLDER)?, metrics })
    }

    /// Puts bytes under their digest and returns it. When this returns, file and folder are on disk. Bytes that are
    /// there already are left as they are.
    ///
    /// # Errors
    /// When the store fails, or holds other bytes under the digest.
    pub async fn put(&self, bytes: Bytes) -> Result<Sha256Digest, ContentError> {
        let digest = Sha256Digest::of(&bytes);
        let length = bytes.len();
        match self.files.put(digest, bytes).await? {
            Put::New => self.metrics.count_evidence(length),
            Put::Known => {}
        }
        kill_point("after_evidence_put");
        Ok(digest)
    }

    /// Reads bytes and checks their digest.
    ///
    /// # Errors
    /// When they are missing, damaged, or the store fails.
    pub async fn get(&self, digest: Sha256Digest) -> Result<Bytes, ContentError> {
        self.files.get(digest).await
    }

    /// Fetches a claim-checked picture, waiting a little for one that is not there yet.
    ///
    /// # Errors
    /// As [`EvidenceStore::get`]; `Missing` only after the last try.
    pub async fn fetch_claim_check(
        &self,
        reference: &FrameReference,
        patience: ClaimCheckPatience,
    ) -> Result<Bytes, ContentError> {
        let mut wait = patience.first_wait;
        for _ in 1..patience.attempts_max {
            match self.get(reference.sha256).await {
                Err(ContentError::Missing(_)) => tokio::time::sleep(wait).await,
                other => return other,
            }
            wait = wait.saturating_mul(2);
        }
        self.get(reference.sha256).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::camera_event::{FrameContent, FrameRole};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

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
        let mode = std::fs::metadata(file(&directory, digest)).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn damaged_bytes_are_found_when_read_and_when_put_again() {
        let (directory, store) = store();
        let digest = store.put(Bytes::from_static(b"picture")).await.expect("put");
        std::fs::write(file(&directory, digest), b"pictura").expect("write");
        assert!(matches!(store.get(digest).await, Err(ContentError::Damaged(_))));
        std::fs::write(file(&directory, digest), b"pict").expect("write");
        assert!(matches!(store.put(Bytes::from_static(b"picture")).await, Err(ContentError::Damaged(_))));
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
