//! Sealed files by their digest. The store itself is another crate's; the root package fills this trait with it.

use async_trait::async_trait;
use bytes::Bytes;
use schemas::evidence::Sha256Digest;
use std::error::Error;
use std::fmt;
use thiserror::Error;

/// Where pictures and attachments are kept.
#[async_trait]
pub trait EvidenceFiles: Send + Sync + fmt::Debug {
    /// The bytes with that digest, checked against it.
    ///
    /// # Errors
    /// When they are missing, damaged, or the store does not answer.
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError>;

    /// Keeps the bytes durably, and gives their digest; doing it twice changes nothing.
    ///
    /// # Errors
    /// When the store does not take them.
    async fn write(&self, bytes: Bytes) -> Result<Sha256Digest, EvidenceFileError>;
}

/// Why a sealed file cannot be read or kept.
#[derive(Debug, Error)]
pub enum EvidenceFileError {
    /// The store has no such file.
    #[error("the evidence file {0} is missing")]
    Missing(Sha256Digest),
    /// The bytes no longer have their digest.
    #[error("the evidence file {0} no longer has its digest")]
    Damaged(Sha256Digest),
    /// The store does not answer or refuses.
    #[error("the evidence store cannot be used")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}
