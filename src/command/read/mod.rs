//! `rasid read`: the plates in pictures, one JSON object a line; or, with labels, how many of them are exact.

mod report;
mod score;

use crate::labels::{self, LabelledPicture};
use crate::pictures;
use anyhow::Context;
use detect::{DetectConfig, DetectMetrics, DetectorPool};
use futures::{StreamExt, stream};
use report::{PictureFailure, PictureReport};
use schemas::clock::SystemClock;
use schemas::plate_read::PlateRead;
use score::Tally;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Endings of files that a folder is searched for.
const PICTURE_ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];
/// Pictures decoded ahead of the workers, for each worker.
const AHEAD_PER_WORKER: usize = 2;

/// Arguments of `rasid read`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid read street.jpg pictures/\n  rasid read --labels pictures/labels.jsonl"
)]
pub(crate) struct ReadArguments {
    /// Pictures (JPEG or PNG), or folders of them.
    #[arg(value_name = "IMAGE", required_unless_present = "labels")]
    images: Vec<PathBuf>,
    /// Compares with a labels.jsonl instead; its pictures lie beside it.
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    labels: Option<PathBuf>,
    /// With --labels: the result as one JSON object instead of text.
    #[arg(long, requires = "labels")]
    json: bool,
    /// Folder with other models; those compiled in otherwise.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The ONNX Runtime library; the provisioned one otherwise.
    #[arg(long, value_name = "FILE")]
    onnxruntime: Option<PathBuf>,
}

/// Reads pictures and prints what they say.
///
/// # Errors
/// When the models cannot be used, the labels cannot be read, or one of the pictures could not be read.
pub(crate) async fn run(arguments: ReadArguments) -> anyhow::Result<()> {
    let pool = start_pool(&arguments).await?;
    match &arguments.labels {
        Some(labels) => compare(&pool, labels, arguments.json).await,
        None => print_reads(&pool, pictures_of(&arguments.images)?).await,
    }
}

async fn start_pool(arguments: &ReadArguments) -> anyhow::Result<DetectorPool> {
    let given = arguments.onnxruntime.clone();
    let models_folder = arguments.models.clone();
    let start = move || {
        let onnxruntime = match given {
            Some(path) => path,
            None => runtime::onnxruntime_for_tests().context(
                "ONNX Runtime is not there; run 'rasid runtime fetch' or name one with --onnxruntime",
            )?,
        };
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let config = DetectConfig {
            models_folder,
            workers,
            waiting_frames_max: workers,
            ..DetectConfig::single(onnxruntime)
        };
        let metrics = DetectMetrics::register(&prometheus::Registry::new())?;
        Ok(DetectorPool::start(&config, metrics, Arc::new(SystemClock::new()))?)
    };
    tokio::task::spawn_blocking(start).await?
}

async fn print_reads(pool: &DetectorPool, pictures: Vec<PathBuf>) -> anyhow::Result<()> {
    let mut unreadable = 0_usize;
    let mut results = read_all(pool, pictures);
    while let Some((path, result)) = results.next().await {
        let line = match result {
            Ok(plates) => serde_json::to_string(&PictureReport::new(&path, &plates))?,
            Err(error) => {
                unreadable += 1;
                serde_json::to_string(&PictureFailure::new(&path, &error))?
            }
        };
        writeln!(std::io::stdout(), "{line}").context("cannot write to stdout")?;
    }
    anyhow::ensure!(unreadable == 0, "{unreadable} of the pictures could not be read; their lines say why");
    Ok(())
}

async fn compare(pool: &DetectorPool, labels: &Path, json: bool) -> anyhow::Result<()> {
    let labelled = labels::load(labels)?;
    let folder = labels.parent().unwrap_or_else(|| Path::new("."));
    let pictures = labelled.iter().map(|picture| folder.join(&picture.image)).collect();
    let mut tally = Tally::default();
    let results: Vec<(PathBuf, anyhow::Result<Vec<PlateRead>>)> = read_all(pool, pictures).collect().await;
    for (picture, (path, result)) in labelled.iter().zip(results) {
        match result {
            Ok(plates) => tally.count(picture, &plates),
            Err(error) => {
                eprintln!("rasid: {}: {error:#}", path.display());
                tally.count_unreadable(picture);
            }
        }
    }
    let summary = tally.summary();
    let text = if json { serde_json::to_string(&summary)? } else { summary.to_string() };
    writeln!(std::io::stdout(), "{text}").context("cannot write to stdout")?;
    anyhow::ensure!(summary.unreadable == 0, "{} of the pictures could not be read", summary.unreadable);
    Ok(())
}

/// Decodes and reads pictures side by side, results in the order given.
fn read_all(
    pool: &DetectorPool,
    pictures: Vec<PathBuf>,
) -> impl futures::Stream<Item = (PathBuf, anyhow::Result<Vec<PlateRead>>)> + Unpin {
    let ahead = AHEAD_PER_WORKER * std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let pool = pool.clone();
    let reads = stream::iter(pictures).map(move |path| {
        let pool = pool.clone();
        async move {
            let result = read_picture(&pool, &path).await;
            (path, result)
        }
    });
    Box::pin(reads.buffered(ahead))
}

async fn read_picture(pool: &DetectorPool, path: &Path) -> anyhow::Result<Vec<PlateRead>> {
    let owned = path.to_path_buf();
    let file = tokio::task::spawn_blocking(move || pictures::decode_file(&owned)).await??;
    Ok(pool.read(Arc::new(file.frame)).await?)
}

/// The files named, and the pictures of the folders named, sorted.
fn pictures_of(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = pictures_in(path)?;
            anyhow::ensure!(!found.is_empty(), "no picture (jpg, jpeg, png) lies in {}", path.display());
            pictures.extend(found);
        } else {
            pictures.push(path.clone());
        }
    }
    Ok(pictures)
}

fn pictures_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        if path.is_file() && ending.is_some_and(|ending| PICTURE_ENDINGS.contains(&ending.as_str())) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a labelled picture shows Saudi plates: their labels are Latin.
fn is_saudi(picture: &LabelledPicture) -> bool {
    picture.plates.iter().filter_map(|plate| plate.letters.as_deref()).any(|letters| letters.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_pictures_in_order_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.JPG", "a.png", "notes.txt"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let found = pictures_of(&[folder.path().to_path_buf()]).unwrap();
        let names: Vec<_> = found.iter().filter_map(|path| path.file_name()?.to_str()).collect();
        assert_eq!(names, ["a.png", "b.JPG"]);
    }

    #[test]
    fn a_folder_without_pictures_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = pictures_of(&[folder.path().to_path_buf()]).unwrap_err();
        assert!(error.to_string().contains("no picture"), "{error}");
    }
}
