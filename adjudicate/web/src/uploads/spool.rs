//! A body or file on its way: written to the disk as it comes, under no name, so that it takes no memory while a slow
//! client sends it, and is gone when nobody needs it any more, whatever happens to the process.

use super::memory::{HeldMemory, UploadMemory};
use crate::error::{ApiError, ProblemCode};
use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;
use tokio::io::AsyncWriteExt;

/// Bytes that are written or read at once.
const CHUNK_BYTES: usize = 65_536;

/// Why something on its way cannot be kept.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// As many bytes are on their way as may be.
    #[error("the bytes that are on their way take all their room; raise http.uploads_bytes_max or wait")]
    Full,
    /// The disk fails.
    #[error("what is on its way cannot be written")]
    Disk(#[from] io::Error),
}

/// The room on the disk that something on its way takes; given back when it is dropped.
#[derive(Debug)]
pub struct SpoolRoom {
    /// Of everything on its way.
    all: Arc<AtomicU64>,
    bytes_max: u64,
    taken: u64,
}

impl SpoolRoom {
    /// No room yet, of at most `bytes_max` that all share.
    #[must_use]
    pub const fn new(all: Arc<AtomicU64>, bytes_max: u64) -> Self {
        Self { all, bytes_max, taken: 0 }
    }

    fn take(&mut self, bytes: u64) -> Result<(), SpoolError> {
        self.taken += bytes;
        let all = self.all.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if all > self.bytes_max { Err(SpoolError::Full) } else { Ok(()) }
    }
}

impl Drop for SpoolRoom {
    fn drop(&mut self) {
        self.all.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// What is being written.
#[derive(Debug)]
pub struct Spool {
    file: tokio::fs::File,
    length: u64,
    room: SpoolRoom,
}

/// What was written whole.
#[derive(Debug, Clone)]
pub struct Spooled(Arc<Written>);

#[derive(Debug)]
struct Written {
    file: File,
    length: u64,
    _room: SpoolRoom,
}

/// A file in memory, within the limit of all of them.
#[derive(Debug)]
pub struct InMemory {
    /// Its bytes.
    pub bytes: Bytes,
    _held: HeldMemory,
}

impl InMemory {
    /// Bytes in the room that they were given.
    #[must_use]
    pub const fn new(bytes: Bytes, held: HeldMemory) -> Self {
        Self { bytes, _held: held }
    }
}

impl Spool {
    /// An empty one, in a file that nobody else has.
    #[must_use]
    pub fn new(file: File, room: SpoolRoom) -> Self {
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(CHUNK_BYTES);
        Self { file, length: 0, room }
    }

    /// Writes what came.
    ///
    /// # Errors
    /// When there is no room, or the disk fails.
    pub async fn push(&mut self, chunk: &[u8]) -> Result<(), SpoolError> {
        let bytes = chunk.len() as u64;
        self.room.take(bytes)?;
        self.length += bytes;
        Ok(self.file.write_all(chunk).await?)
    }

    /// Bytes so far.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Ends it.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn finish(mut self) -> Result<Spooled, SpoolError> {
        self.file.flush().await?;
        let file = self.file.into_std().await;
        Ok(Spooled(Arc::new(Written { file, length: self.length, _room: self.room })))
    }
}

impl Spooled {
    /// Its length.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.length
    }

    /// Reads it into memory, when there is room.
    ///
    /// # Errors
    /// When it is larger than any file may be, or the disk fails.
    pub async fn read(&self, memory: &UploadMemory) -> Result<InMemory, ApiError> {
        let held = memory.room_for(self.length()).await?;
        let bytes = self.part(0, self.length()).await;
        let bytes = bytes.map_err(|error| ApiError::new(ProblemCode::Unavailable).caused_by(error))?;
        Ok(InMemory::new(bytes, held))
    }

    /// The bytes as a body, piece by piece.
    pub fn into_body(self) -> Body {
        let pieces = stream::try_unfold((self, 0_u64), |(spooled, from)| async move {
            let length = (spooled.length() - from).min(CHUNK_BYTES as u64);
            if length == 0 {
                return Ok::<_, io::Error>(None);
            }
            let piece = spooled.part(from, length).await?;
            Ok(Some((piece, (spooled, from + length))))
        });
        Body::from_stream(pieces)
    }

    /// The file, for whoever copies it; other readers do not notice.
    pub(crate) fn copy_to(&self, target: &mut File) -> io::Result<()> {
        let mut piece = vec![0; CHUNK_BYTES];
        let mut from = 0;
        loop {
            let read = self.0.file.read_at(&mut piece, from)?;
            let Some(read_bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
            io::Write::write_all(target, read_bytes)?;
            from += read as u64;
        }
    }

    async fn part(&self, from: u64, length: u64) -> io::Result<Bytes> {
        let written = Arc::clone(&self.0);
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; length];
            written.file.read_exact_at(&mut bytes, from)?;
            Ok(Bytes::from(bytes))
        });
        read.await.map_err(io::Error::other)?
    }
}
