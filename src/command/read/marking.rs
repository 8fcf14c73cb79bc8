//! The copies with marked plates that `--draw` asks for.

use super::draw::{self, Annotator};
use super::reading::Job;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where marked copies go, one for each picture, and what makes them.
#[derive(Debug)]
pub(super) struct Marking {
    targets: Vec<PathBuf>,
    annotator: Arc<Annotator>,
}

impl Marking {
    pub(super) fn of(folder: Option<&Path>, pictures: &[PathBuf]) -> anyhow::Result<Option<Self>> {
        let Some(folder) = folder else { return Ok(None) };
        let targets = draw::targets::plan(folder, pictures)?;
        Ok(Some(Self { targets, annotator: Arc::new(Annotator::load()?) }))
    }
}

pub(super) fn jobs_of(
    pictures: Vec<PathBuf>,
    marking: Option<Marking>,
) -> (Vec<Job>, Option<Arc<Annotator>>) {
    let Some(Marking { targets, annotator }) = marking else {
        return (pictures.into_iter().map(|path| Job { path, marked: None }).collect(), None);
    };
    let pairs = pictures.into_iter().zip(targets);
    (pairs.map(|(path, target)| Job { path, marked: Some(target) }).collect(), Some(annotator))
}
