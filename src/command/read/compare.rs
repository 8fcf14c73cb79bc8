//! `rasid read --labels`: reads the pictures of a `labels.jsonl` and says how well.

use super::marking::{Marking, jobs_of};
use super::progress::Progress;
use super::reading::{Done, read_all};
use super::score::{ScoredPicture, Summary};
use crate::labels::{self, LABELS_FILE, LabelledPicture};
use crate::pictures;
use anyhow::Context;
use detect::locate::pixel_box;
use detect::{DetectConfig, Detector, DetectorPool};
use futures::StreamExt;
use schemas::clock::SystemClock;
use schemas::frame::PixelBox;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Labels and the pictures beside them.
#[derive(Debug)]
pub(super) struct LabelledSet {
    pictures: Vec<LabelledPicture>,
    pub(super) paths: Vec<PathBuf>,
}

impl LabelledSet {
    /// Reads the labels of a file, or of a folder that has one.
    ///
    /// # Errors
    /// When there is no such file or a line of it is no label.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let file = if path.is_dir() { path.join(LABELS_FILE) } else { path.to_path_buf() };
        let pictures = labels::load(&file)?;
        let folder = file.parent().unwrap_or_else(|| Path::new("."));
        let paths = pictures.iter().map(|picture| folder.join(&picture.image)).collect();
        Ok(Self { pictures, paths })
    }
}

/// Reads the set and prints its summary.
///
/// # Errors
/// When a picture could not be read or marked, or the summary cannot be printed.
pub(super) async fn compare(
    pool: &DetectorPool,
    config: DetectConfig,
    set: LabelledSet,
    marking: Option<Marking>,
    json: bool,
) -> anyhow::Result<()> {
    let LabelledSet { pictures, paths } = set;
    let mut progress = Progress::start(pictures.len(), Arc::new(SystemClock::new()));
    let mut locator = Locator { config, detector: None };
    let mut scored = Vec::with_capacity(pictures.len());
    let mut unmarked = 0_usize;
    let (jobs, annotator) = jobs_of(paths, marking);
    let mut results = read_all(pool, jobs, annotator);
    for picture in &pictures {
        let Some(Done { path, plates, marked }) = results.next().await else { break };
        let picture = match plates {
            Ok(plates) => locator.complete(ScoredPicture::new(picture, &plates), &path).await?,
            Err(error) => {
                progress.complain(&format!("{}: {error:#}", path.display()));
                ScoredPicture::unreadable(picture)
            }
        };
        if let Err(error) = marked {
            unmarked += 1;
            progress.complain(&format!("{}: {error:#}", path.display()));
        }
        scored.push(picture);
        progress.advance();
    }
    progress.finish();
    let summary = Summary::of(&scored);
    let text = if json { serde_json::to_string(&summary)? } else { summary.to_string() };
    progress.print(text.trim_end()).context("cannot write to stdout")?;
    anyhow::ensure!(summary.unreadable == 0, "{} of the pictures could not be read", summary.unreadable);
    anyhow::ensure!(unmarked == 0, "{unmarked} of the pictures could not be drawn");
    Ok(())
}

/// Looks again for plates without a read: the locator may have found what the reader then did not put forward.
struct Locator {
    config: DetectConfig,
    /// Made when it is first needed.
    detector: Option<Detector>,
}

impl Locator {
    async fn complete(&mut self, mut picture: ScoredPicture, path: &Path) -> anyhow::Result<ScoredPicture> {
        if picture.has_plate_without_read() {
            picture.locate(&self.boxes(path).await?);
        }
        Ok(picture)
    }

    async fn boxes(&mut self, path: &Path) -> anyhow::Result<Vec<PixelBox>> {
        let (path, config, detector) = (path.to_path_buf(), self.config.clone(), self.detector.take());
        let locate = move || -> anyhow::Result<(Detector, Vec<PixelBox>)> {
            let mut detector = detector.map_or_else(|| Detector::load(&config), Ok)?;
            let located = detector.locate_plates(&pictures::decode_file(&path)?.frame)?;
            let boxes = located.iter().map(|plate| pixel_box(plate.edges)).collect();
            Ok((detector, boxes))
        };
        let (detector, boxes) = tokio::task::spawn_blocking(locate).await??;
        self.detector = Some(detector);
        Ok(boxes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_by_their_file_and_by_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(LABELS_FILE);
        std::fs::write(&file, "{\"image\":\"a.jpg\",\"plates\":[]}\n").unwrap();
        let expected = [folder.path().join("a.jpg")];
        assert_eq!(LabelledSet::load(&file).unwrap().paths, expected);
        assert_eq!(LabelledSet::load(folder.path()).unwrap().paths, expected);
    }

    #[test]
    fn a_folder_without_labels_is_told_which_file_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let error = LabelledSet::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("labels.jsonl cannot be read"), "{error}");
    }
}
