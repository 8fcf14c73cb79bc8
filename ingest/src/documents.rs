//! What citizens send with their objections: a store of its own, so that no camera's event can name it and no citizen fills
//! the disk of the cameras' evidence.

use crate::config::DocumentsConfig;
use crate::content::{ContentError, ContentStore, Put};
use bytes::Bytes;
use prometheus::core::Collector;
use prometheus::{IntCounter, IntGauge, Registry};
use schemas::evidence::Sha256Digest;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;

/// Folder of the store, in the one of the configuration.
const FOLDER: &str = "documents";

/// Why a document could not be put or read.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// No more is taken.
    #[error("the store of documents holds {held} of {limit} bytes; raise documents.bytes_max or make room")]
    Full {
        /// Bytes of all documents.
        held: u64,
        /// Most of them.
        limit: u64,
    },
    /// As for every store.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The folder cannot be looked through.
    #[error("the folder {directory} of documents cannot be looked through")]
    Count {
        /// Which.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is counted. Clones share their numbers.
#[derive(Debug, Clone)]
pub struct DocumentMetrics {
    held_bytes: IntGauge,
    limit_bytes: IntGauge,
    refused: IntCounter,
}

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct DocumentStore {
    files: ContentStore,
    folder: PathBuf,
    bytes_max: u64,
    /// Bytes of all documents, as far as this process knows: others may share the folder.
    held: Arc<AtomicU64>,
    metrics: DocumentMetrics,
}

impl DocumentMetrics {
    /// Makes the metrics of a store of at most `bytes_max` bytes and registers them.
    ///
    /// # Errors
    /// When one of the names is registered already.
    pub fn register(registry: &Registry, bytes_max: u64) -> Result<Self, prometheus::Error> {
        let held_bytes =
            IntGauge::new("rasid_documents_held_bytes", "bytes of citizens' documents in their store")?;
        let limit_bytes =
            IntGauge::new("rasid_documents_limit_bytes", "bytes of documents at which no more are taken")?;
        let refused = IntCounter::new(
            "rasid_documents_refused_total",
            "documents refused because their store was full",
        )?;
        limit_bytes.set(i64::try_from(bytes_max).unwrap_or(i64::MAX));
        let this = Self { held_bytes, limit_bytes, refused };
        this.collectors().into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(this)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { held_bytes, limit_bytes, refused } = self.clone();
        vec![Box::new(held_bytes), Box::new(limit_bytes), Box::new(refused)]
    }

    fn hold(&self, bytes: u64) {
        self.held_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

impl DocumentStore {
    /// Opens the store, in the folder of the evidence unless it has one of its own, and counts what it holds.
    ///
    /// # Errors
    /// When the folder cannot be made or used, or a metric is refused.
    pub fn open(
        config: &DocumentsConfig,
        evidence: &Path,
        registry: &Registry,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let metrics = DocumentMetrics::register(registry, config.bytes_max)?;
        let directory = config.directory.as_deref().unwrap_or(evidence);
        let this = Self {
            files: ContentStore::open(directory, FOLDER)?,
            folder: directory.join(FOLDER),
            bytes_max: config.bytes_max,
            held: Arc::default(),
            metrics,
        };
        this.count()?;
        Ok(this)
    }

    /// Returns which part of the room for documents is taken, 0 to 1.
    #[must_use]
    pub fn used_ratio(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let ratio = self.held.load(Ordering::Relaxed) as f64 / self.bytes_max.max(1) as f64;
        ratio
    }

    /// Puts a document under its digest and returns that. When this returns, file and folder are on disk.
    ///
    /// # Errors
    /// When there is no room, or the store fails.
    pub async fn put(&self, bytes: Bytes) -> Result<Sha256Digest, DocumentError> {
        let digest = Sha256Digest::of(&bytes);
        // What is there takes no room.
        if self.files.has(digest).await? {
            self.files.put(digest, bytes).await?;
            return Ok(digest);
        }
        let length = bytes.len() as u64;
        self.reserve(length)?;
        match self.files.put(digest, bytes).await {
            Ok(Put::New) => {}
            Ok(Put::Known) => self.release(length),
            Err(error) => {
                self.release(length);
                return Err(error.into());
            }
        }
        Ok(digest)
    }

    /// Reads a document and checks its digest.
    ///
    /// # Errors
    /// When it is missing, damaged, or the store fails.
    pub async fn get(&self, digest: Sha256Digest) -> Result<Bytes, ContentError> {
        self.files.get(digest).await
    }

    /// Counts anew what all processes have put. Blocks the thread.
    ///
    /// # Errors
    /// When the folder cannot be looked through.
    pub fn count(&self) -> Result<u64, DocumentError> {
        let counted = bytes_below(&self.folder);
        let held =
            counted.map_err(|source| DocumentError::Count { directory: self.folder.clone(), source })?;
        self.held.store(held, Ordering::Relaxed);
        self.metrics.hold(held);
        Ok(held)
    }

    fn reserve(&self, length: u64) -> Result<(), DocumentError> {
        let more = |held: u64| held.checked_add(length).filter(|sum| *sum <= self.bytes_max);
        match self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(before) => {
                self.metrics.hold(before.saturating_add(length));
                Ok(())
            }
            Err(held) => {
                self.metrics.refused.inc();
                Err(DocumentError::Full { held, limit: self.bytes_max })
            }
        }
    }

    fn release(&self, length: u64) {
        let before = self.held.fetch_sub(length, Ordering::Relaxed);
        self.metrics.hold(before.saturating_sub(length));
    }
}

/// Files that vanish meanwhile count nothing: half-written ones get their name by a link.
fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => sum += bytes_below(&entry.path())?,
            Ok(metadata) => sum += metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EvidenceConfig;
    use crate::evidence::EvidenceStore;
    use crate::metrics::IngestMetrics;
    use std::os::unix::fs::PermissionsExt;

    fn store(folder: &Path, bytes_max: u64) -> (DocumentStore, Registry) {
        let (config, registry) = (DocumentsConfig { directory: None, bytes_max }, Registry::new());
        (DocumentStore::open(&config, folder, &registry).unwrap(), registry)
    }

    fn number(registry: &Registry, name: &str) -> f64 {
        let families = registry.gather();
        let family = families.iter().find(|family| family.name() == name).unwrap();
        let metric = &family.get_metric()[0];
        metric.get_gauge().get_value() + metric.get_counter().get_value()
    }

    #[tokio::test]
    async fn a_document_is_not_among_the_evidence_and_the_evidence_is_no_document() {
        let folder = tempfile::tempdir().unwrap();
        let (documents, _) = store(folder.path(), 1_000);
        let config = EvidenceConfig { directory: folder.path().to_owned() };
        let evidence = EvidenceStore::open(&config, IngestMetrics::unregistered()).unwrap();
        let letter = documents.put(Bytes::from_static(b"letter")).await.unwrap();
        let picture = evidence.put(Bytes::from_static(b"picture")).await.unwrap();
        assert!(matches!(evidence.get(letter).await, Err(ContentError::Missing(_))));
        assert!(matches!(documents.get(picture).await, Err(ContentError::Missing(_))));
        assert_eq!(documents.get(letter).await.unwrap(), "letter");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("documents")), 0o700);
        assert_eq!(mode(&folder.path().join(letter.path_in("documents"))), 0o600);
    }

    #[tokio::test]
    async fn no_more_is_taken_than_there_is_room_for_and_what_is_there_takes_none() {
        let folder = tempfile::tempdir().unwrap();
        let (documents, registry) = store(folder.path(), 10);
        documents.put(Bytes::from_static(b"sixsix")).await.unwrap();
        let refused = documents.put(Bytes::from_static(b"fives")).await.unwrap_err();
        assert!(matches!(refused, DocumentError::Full { held: 6, limit: 10 }), "{refused}");
        documents.put(Bytes::from_static(b"sixsix")).await.unwrap();
        documents.put(Bytes::from_static(b"four")).await.unwrap();
        assert_eq!(number(&registry, "rasid_documents_held_bytes"), 10.0);
        assert_eq!(number(&registry, "rasid_documents_limit_bytes"), 10.0);
        assert_eq!(number(&registry, "rasid_documents_refused_total"), 1.0);
        let (again, _) = store(folder.path(), 10);
        assert!(matches!(again.put(Bytes::from_static(b"x")).await, Err(DocumentError::Full { .. })));
    }

    #[tokio::test]
    async fn what_another_process_put_counts_too() {
        let folder = tempfile::tempdir().unwrap();
        let ((one, _), (other, _)) = (store(folder.path(), 10), store(folder.path(), 10));
        one.put(Bytes::from_static(b"sixsix")).await.unwrap();
        assert_eq!(other.count().unwrap(), 6);
        assert!(matches!(other.put(Bytes::from_static(b"fives")).await, Err(DocumentError::Full { .. })));
    }
}
