//! Sealed files by their digest. The stores themselves are another crate's; the root package fills these traits with them.

use async_trait::async_trait;
use bytes::Bytes;
use schemas::evidence::Sha256Digest;
use std::error::Error;
use std::fmt;
use thiserror::Error;

/// Where the pictures of cameras are kept; nothing of a citizen.
#[async_trait]
pub trait EvidenceFiles: Send + Sync + fmt::Debug {
    /// The bytes with that digest, checked against it.
    ///
    /// # Errors
    /// When they are missing, damaged, or the store does not answer.
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError>;
}

/// Where citizens' documents are kept.
#[async_trait]
pub trait DocumentFiles: Send + Sync + fmt::Debug {
    /// The bytes with that digest, checked against it.
    ///
    /// # Errors
    /// When they are missing, damaged, or the store does not answer.
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError>;

    /// Keeps the bytes durably, and gives their digest; doing it twice changes nothing.
    ///
    /// # Errors
    /// When there is no room, or the store does not take them.
    async fn write(&self, bytes: Bytes) -> Result<Sha256Digest, EvidenceFileError>;
}

/// Why a sealed file cannot be read or kept.
#[derive(Debug, Error)]
pub enum EvidenceFileError {
    /// The store has no such file.
    #[error("the sealed file {0} is missing")]
    Missing(Sha256Digest),
    /// The bytes no longer have their digest.
    #[error("the sealed file {0} no longer has its digest")]
    Damaged(Sha256Digest),
    /// The store takes no more.
    #[error("there is no room")]
    Full(#[source] Box<dyn Error + Send + Sync>),
    /// The store does not answer or refuses.
    #[error("the store of sealed files cannot be used")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}
