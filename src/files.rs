//! The stores of pictures and of documents as the HTTP half knows them.

use adjudicate::foundation::evidence::{DocumentFiles, EvidenceFileError, EvidenceFiles};
use adjudicate::foundation::jobs::{Job, JobError, Progress};
use async_trait::async_trait;
use bytes::Bytes;
use ingest::content::ContentError;
use ingest::documents::{DocumentError, DocumentStore};
use ingest::evidence::EvidenceStore;
use schemas::evidence::Sha256Digest;
use std::sync::Arc;
use std::time::Duration;

/// How often the store of documents is counted anew: other processes put there too.
const COUNT_INTERVAL: Duration = Duration::from_secs(600);

/// Pictures of cameras.
#[derive(Debug)]
pub(crate) struct StoredEvidence(pub(crate) Arc<EvidenceStore>);

/// Documents of citizens.
#[derive(Debug)]
pub struct StoredDocuments(pub DocumentStore);

/// Counts what all processes have put.
#[derive(Debug)]
pub(crate) struct DocumentCount(pub(crate) DocumentStore);

#[async_trait]
impl EvidenceFiles for StoredEvidence {
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError> {
        self.0.get(digest).await.map_err(of_content)
    }
}

#[async_trait]
impl DocumentFiles for StoredDocuments {
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError> {
        self.0.get(digest).await.map_err(of_content)
    }

    async fn write(&self, bytes: Bytes) -> Result<Sha256Digest, EvidenceFileError> {
        self.0.put(bytes).await.map_err(|error| match error {
            DocumentError::Content(error) => of_content(error),
            error @ DocumentError::Full { .. } => EvidenceFileError::Full(Box::new(error)),
            error @ DocumentError::Count { .. } => EvidenceFileError::Unavailable(Box::new(error)),
        })
    }
}

#[async_trait]
impl Job for DocumentCount {
    fn name(&self) -> &'static str {
        "document_count"
    }

    fn interval(&self) -> Duration {
        COUNT_INTERVAL
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        let store = self.0.clone();
        let counted = tokio::task::spawn_blocking(move || store.count());
        counted.await.map_err(JobError::new)?.map_err(JobError::new)?;
        Ok(Progress::Idle)
    }
}

fn of_content(error: ContentError) -> EvidenceFileError {
    match error {
        ContentError::Missing(digest) => EvidenceFileError::Missing(digest),
        ContentError::Damaged(digest) => EvidenceFileError::Damaged(digest),
        error @ (ContentError::Directory { .. } | ContentError::Store { .. }) => {
            EvidenceFileError::Unavailable(Box::new(error))
        }
    }
}
