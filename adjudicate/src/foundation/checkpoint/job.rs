//! The job that makes checkpoints and copies them to where an owner of the database does not write.

use super::{Checkpoint, make, next_after};
use crate::foundation::db::Database;
use crate::foundation::jobs::{Job, JobError, Progress};
use async_trait::async_trait;
use rules::canonical::{CanonicalError, canonical_bytes};
use schemas::seal::ServerKey;
use serde::Serialize;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Heads of one checkpoint; more are sealed in the next, at once. Their rows are locked meanwhile.
const HEADS_MAX: u32 = 2_000;

/// Why a copy was not kept.
#[derive(Debug, Error)]
pub enum CopyError {
    /// Somebody rewrote the database's checkpoints: what is kept says so.
    #[error(
        "checkpoint {0} in the database is not the one that was copied when it was made: somebody rewrote it; \
         keep the copies and run `rasid verify --all`"
    )]
    Other(i64),
    /// The folder cannot be used.
    #[error("checkpoint {number} cannot be copied")]
    Unavailable {
        /// Which.
        number: i64,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Where copies are kept.
#[async_trait]
pub trait CheckpointCopies: Send + Sync + fmt::Debug {
    /// Returns the highest number that is kept; 0 for none.
    ///
    /// # Errors
    /// When the place cannot be looked at.
    async fn newest(&self) -> Result<i64, CopyError>;

    /// Keeps a copy durably; where there is one, it must be the same.
    ///
    /// # Errors
    /// When another one is kept under the number, or the place does not take it.
    async fn keep(&self, number: i64, copy: Vec<u8>) -> Result<(), CopyError>;
}

/// Makes and copies checkpoints.
#[derive(Debug)]
pub struct ChainCheckpoints {
    /// The database.
    pub database: Database,
    /// What signs.
    pub key: Arc<ServerKey>,
    /// Where copies go.
    pub copies: Arc<dyn CheckpointCopies>,
    /// Wait between two while nothing hurries.
    pub interval: Duration,
}

#[derive(Serialize)]
struct CopiedCheckpoint<'c> {
    /// Exactly what was signed.
    document: &'c str,
    key: &'c str,
    /// Base64.
    signature: String,
    /// Case, links, hash of the last.
    heads: Vec<(String, i32, String)>,
}

impl Checkpoint {
    /// Returns the text of its copy: document, key, signature in base64 and the heads, as canonical JSON with an end of line.
    ///
    /// # Errors
    /// Never for a checkpoint that was made here.
    pub fn copy(&self) -> Result<Vec<u8>, CanonicalError> {
        let head = |leaf: &super::CheckpointLeaf| {
            (leaf.case_id.to_string(), leaf.chain_length, leaf.chain_sha256.to_string())
        };
        let mut text = canonical_bytes(&CopiedCheckpoint {
            document: &String::from_utf8_lossy(&self.document),
            key: self.seal.key.as_str(),
            signature: self.seal.signature_base64(),
            heads: self.leaves.iter().map(head).collect(),
        })?;
        text.push(b'\n');
        Ok(text)
    }
}

impl ChainCheckpoints {
    /// Copies what is not kept yet, beginning with the newest that is: it must still be the same.
    async fn copy(&self) -> Result<(), JobError> {
        let newest = self.copies.newest().await.map_err(JobError::new)?;
        let mut last = (newest - 1).max(0);
        while let Some(checkpoint) = next_after(&self.database, last).await.map_err(JobError::new)? {
            let copy = checkpoint.copy().map_err(JobError::new)?;
            self.copies.keep(checkpoint.number, copy).await.map_err(JobError::new)?;
            last = checkpoint.number;
        }
        if last < newest { Err(JobError::new(CopyError::Other(newest))) } else { Ok(()) }
    }
}

#[async_trait]
impl Job for ChainCheckpoints {
    fn name(&self) -> &'static str {
        "chain_checkpoints"
    }

    fn interval(&self) -> Duration {
        self.interval
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        // First, so that nothing is added to what somebody rewrote.
        self.copy().await?;
        let made = make(&self.database, &self.key, HEADS_MAX).await.map_err(JobError::new)?;
        self.copy().await?;
        let is_full =
            made.is_some_and(|made| u32::try_from(made.leaves.len()).is_ok_and(|count| count == HEADS_MAX));
        Ok(if is_full { Progress::Worked } else { Progress::Idle })
    }
}
