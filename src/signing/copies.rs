//! Copies of checkpoints in a folder, one file each, never rewritten.

use adjudicate::foundation::checkpoint::job::{CheckpointCopies, CopyError};
use async_trait::async_trait;
use std::error::Error;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Only the process that writes them looks at them here; whoever keeps them elsewhere reads them as that user.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The folder. It is made when the first is kept.
#[derive(Debug, Clone)]
pub struct CopyFolder(PathBuf);

impl CopyFolder {
    /// Keeps copies in `folder`.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Returns the numbers that are kept, ascending.
    ///
    /// # Errors
    /// When the folder cannot be looked at; one that is missing holds none.
    pub fn numbers(&self) -> io::Result<Vec<i64>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let names = names.collect::<io::Result<Vec<String>>>()?;
        let mut numbers: Vec<i64> = names.iter().filter_map(|name| number_of(name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Returns a copy; `None` if there is none of that number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, number: i64) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(number)) {
            Ok(copy) => Ok(Some(copy)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn path(&self, number: i64) -> PathBuf {
        self.0.join(format!("checkpoint-{number:010}.json"))
    }

    /// Under another name first, so that a half-written one is never taken for whole; the link does not replace.
    fn write(&self, number: i64, copy: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&self.0)?;
        let unfinished = self.0.join(format!("unfinished-{number}-{}", std::process::id()));
        let mut file =
            File::options().write(true).create(true).truncate(true).mode(FILE_MODE).open(&unfinished)?;
        file.write_all(copy)?;
        file.sync_all()?;
        let linked = fs::hard_link(&unfinished, self.path(number));
        fs::remove_file(&unfinished)?;
        linked?;
        sync_folder(&self.0)
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn number_of(name: &str) -> Option<i64> {
    name.strip_prefix("checkpoint-")?.strip_suffix(".json")?.parse().ok()
}

fn unavailable(number: i64, error: impl Into<Box<dyn Error + Send + Sync>>) -> CopyError {
    CopyError::Unavailable { number, source: error.into() }
}

#[async_trait]
impl CheckpointCopies for CopyFolder {
    async fn newest(&self) -> Result<i64, CopyError> {
        let this = self.clone();
        let numbers = tokio::task::spawn_blocking(move || this.numbers()).await;
        let numbers =
            numbers.map_err(|error| unavailable(0, error))?.map_err(|error| unavailable(0, error))?;
        Ok(numbers.last().copied().unwrap_or_default())
    }

    async fn keep(&self, number: i64, copy: Vec<u8>) -> Result<(), CopyError> {
        let this = self.clone();
        let kept = tokio::task::spawn_blocking(move || match this.read(number)? {
            Some(kept) => Ok(kept == copy),
            // Another process of the same folder may be as fast with the same copy.
            None => match this.write(number, &copy) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    Ok(this.read(number)? == Some(copy))
                }
                written => written.map(|()| true),
            },
        });
        let is_same = kept.await.map_err(|error| unavailable(number, error))?;
        match is_same.map_err(|error: io::Error| unavailable(number, error))? {
            true => Ok(()),
            false => Err(CopyError::Other(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_is_kept_once_and_another_one_under_its_number_is_told() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = CopyFolder::new(scratch.path().join("checkpoints"));
        assert_eq!(folder.newest().await.unwrap(), 0);
        for number in [1, 2, 10] {
            folder.keep(number, b"one".to_vec()).await.unwrap();
        }
        folder.keep(2, b"one".to_vec()).await.unwrap();
        assert!(matches!(folder.keep(2, b"two".to_vec()).await, Err(CopyError::Other(2))));
        assert_eq!(folder.newest().await.unwrap(), 10);
        assert_eq!(folder.numbers().unwrap(), [1, 2, 10]);
        assert_eq!(folder.read(2).unwrap().unwrap(), b"one");
    }
}
