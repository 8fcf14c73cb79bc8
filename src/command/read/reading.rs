//! Pictures side by side: decoded, read, and marked where that is due for; results in the order given.

use super::draw::Annotator;
use crate::pictures;
use anyhow::Context;
use detect::DetectorPool;
use futures::{Stream, StreamExt, stream};
use schemas::plate_read::PlateRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pictures decoded ahead of the workers, for each worker.
const AHEAD_PER_WORKER: usize = 2;
/// Decoded pictures held at the same time, however many workers there are; each takes at most 150 MB, one that is
/// marked three times that.
const PICTURES_IN_MEMORY_MAX: usize = 16;

/// A picture to read.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) path: PathBuf,
    /// Where its marked copy goes.
    pub(super) marked: Option<PathBuf>,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) path: PathBuf,
    pub(super) plates: anyhow::Result<Vec<PlateRead>>,
    /// Whether the marked copy was written, if one was asked for.
    pub(super) marked: anyhow::Result<()>,
}

/// Reads all pictures; `annotator` is needed for those that are marked.
pub(super) fn read_all(
    pool: &DetectorPool,
    jobs: Vec<Job>,
    annotator: Option<Arc<Annotator>>,
) -> impl Stream<Item = Done> + Unpin {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ahead = (AHEAD_PER_WORKER * workers).min(PICTURES_IN_MEMORY_MAX);
    let pool = pool.clone();
    let reads = stream::iter(jobs).map(move |job| {
        let (pool, annotator) = (pool.clone(), annotator.clone());
        async move {
            let Job { path, marked: target } = job;
            let mut marked = Ok(());
            let plates = read_one(&pool, &path, annotator.zip(target), &mut marked).await;
            Done { path, plates, marked }
        }
    });
    Box::pin(reads.buffered(ahead))
}

async fn read_one(
    pool: &DetectorPool,
    path: &Path,
    marking: Option<(Arc<Annotator>, PathBuf)>,
    marked: &mut anyhow::Result<()>,
) -> anyhow::Result<Vec<PlateRead>> {
    let owned = path.to_path_buf();
    let decode = move || pictures::decode_file(&owned).map(|file| Arc::new(file.frame));
    let frame = tokio::task::spawn_blocking(decode).await??;
    let plates = pool.read(Arc::<schemas::frame::Frame>::clone(&frame)).await?;
    let Some((annotator, target)) = marking else { return Ok(plates) };
    let mark = move || {
        let written = annotator.write(&frame, &plates, &target);
        (plates, written.with_context(|| format!("cannot write {}", target.display())))
    };
    let (plates, written) = tokio::task::spawn_blocking(mark).await?;
    *marked = written;
    Ok(plates)
}
