//! Files of forms that are not filed yet: they outlive a refusal, and never fill the store of documents.
//!
//! Each form of each plate has a folder, named by the plate's hash and the form's token, so that nobody reaches the files
//! of another form. What is not filed in time is swept; all files together, and those of one plate, are bounded.

use adjudicate::foundation::jobs::{Job, JobError, Progress};
use adjudicate::objection::new::NewAttachment;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use schemas::attachment::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, AttachmentMediaType};
use schemas::clock::Clock;
use schemas::evidence::Sha256Digest;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// Bytes of all forms of one plate: as much as one objection may have.
const PLATE_BYTES_MAX: u64 = ATTACHMENTS_MAX as u64 * ATTACHMENT_BYTES_MAX;
const SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// Nobody else on the machine reads what citizens send.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Why a file cannot be kept or had.
#[derive(Debug, Error)]
pub enum StagingError {
    /// Too many files wait to be filed.
    #[error("the folder of uploads is full; raise http.uploads_bytes_max or wait until files are swept")]
    Full,
    /// The bytes are no longer those that were put.
    #[error("the upload {0} no longer has its digest")]
    Damaged(Sha256Digest),
    /// The folder cannot be used.
    #[error("the folder of uploads cannot be used")]
    Folder(#[from] io::Error),
    /// The work was stopped.
    #[error("the work on the folder of uploads was stopped")]
    Stopped(#[from] tokio::task::JoinError),
}

/// The folder of one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFolder {
    plate: PathBuf,
    form: PathBuf,
}

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct Staging(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    bytes_max: u64,
    keep: TimeDelta,
    clock: Arc<dyn Clock>,
    /// Bytes of all files; unknown until they are first counted. Held by whoever changes the folder.
    held: Mutex<Option<u64>>,
}

impl Staging {
    /// A store in `directory`, which is made when it is first needed, of at most `bytes_max` bytes, in which a file is
    /// kept for `keep`.
    #[must_use]
    pub fn new(directory: PathBuf, bytes_max: u64, keep: TimeDelta, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { directory, bytes_max, keep, clock, held: Mutex::new(None) }))
    }

    /// Returns the folder of the form with that token, for citizens of that plate.
    #[must_use]
    pub fn folder(&self, plate_key: &str, token: &str) -> FormFolder {
        let name = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let plate = self.0.directory.join(name(plate_key));
        FormFolder { form: plate.join(name(token)), plate }
    }

    /// Keeps a file that was looked at.
    ///
    /// # Errors
    /// When there is no room or the folder cannot be used.
    pub async fn put(
        &self,
        folder: &FormFolder,
        file: NewAttachment,
        bytes: Bytes,
    ) -> Result<(), StagingError> {
        let (inner, folder) = (Arc::clone(&self.0), folder.clone());
        tokio::task::spawn_blocking(move || inner.put(&folder, &file, &bytes)).await?
    }

    /// Returns the files of a form.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn list(&self, folder: &FormFolder) -> Result<Vec<NewAttachment>, StagingError> {
        let form = folder.form.clone();
        tokio::task::spawn_blocking(move || Ok(staged(&form)?)).await?
    }

    /// Returns the bytes of a file, checked against its digest.
    ///
    /// # Errors
    /// When it is no longer there or no longer what it was.
    pub async fn read(&self, folder: &FormFolder, file: &NewAttachment) -> Result<Bytes, StagingError> {
        let (path, digest) = (folder.form.join(file_name(file)), file.sha256);
        let read = tokio::task::spawn_blocking(move || {
            let bytes = Bytes::from(fs::read(path)?);
            if Sha256Digest::of(&bytes) == digest { Ok(bytes) } else { Err(StagingError::Damaged(digest)) }
        });
        read.await?
    }

    /// Forgets a form that was filed.
    ///
    /// # Errors
    /// When the folder cannot be changed.
    pub async fn remove(&self, folder: &FormFolder) -> Result<(), StagingError> {
        let (inner, form) = (Arc::clone(&self.0), folder.form.clone());
        tokio::task::spawn_blocking(move || Ok(inner.remove(&form)?)).await?
    }

    /// Returns which part of the room for files is taken, 0 to 1; 0 until they are first counted.
    #[must_use]
    pub fn used_ratio(&self) -> f64 {
        let held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let ratio = held as f64 / self.0.bytes_max.max(1) as f64;
        ratio
    }

    /// Deletes what was kept long enough.
    ///
    /// # Errors
    /// When the folder cannot be read or changed.
    pub async fn sweep(&self) -> Result<(), StagingError> {
        let inner = Arc::clone(&self.0);
        let swept = tokio::task::spawn_blocking(move || {
            let mut held = inner.held.lock().unwrap_or_else(PoisonError::into_inner);
            *held = Some(inner.swept()?);
            Ok(())
        });
        swept.await?
    }
}

impl Inner {
    fn put(&self, folder: &FormFolder, file: &NewAttachment, bytes: &[u8]) -> Result<(), StagingError> {
        let path = folder.form.join(file_name(file));
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if path.try_exists()? {
            return Ok(());
        }
        let length = bytes.len() as u64;
        let is_full = |held: u64| held.saturating_add(length) > self.bytes_max;
        let mut all = match *held {
            Some(all) if !is_full(all) => all,
            // What is old may go first.
            Some(_) | None => self.swept()?,
        };
        let of_plate: u64 =
            folders(&folder.plate)?.iter().map(|form| bytes_in(form)).sum::<io::Result<u64>>()?;
        if is_full(all) || of_plate.saturating_add(length) > PLATE_BYTES_MAX {
            *held = Some(all);
            return Err(StagingError::Full);
        }
        all += length;
        *held = Some(all);
        write(&folder.form, &path, bytes)?;
        Ok(())
    }

    fn remove(&self, form: &Path) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let freed = bytes_in(form)?;
        match fs::remove_dir_all(form) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        *held = held.map(|all| all.saturating_sub(freed));
        Ok(())
    }

    /// Deletes old files and empty folders; returns the bytes of those that stay.
    fn swept(&self) -> io::Result<u64> {
        let oldest = self.clock.now() - self.keep;
        let mut left = 0;
        for plate in folders(&self.directory)? {
            for form in folders(&plate)? {
                for (path, metadata) in files(&form)? {
                    if DateTime::<Utc>::from(metadata.modified()?) < oldest {
                        fs::remove_file(path)?;
                    } else {
                        left += metadata.len();
                    }
                }
                // One that is not empty stays.
                let _stays = fs::remove_dir(form);
            }
            let _stays = fs::remove_dir(plate);
        }
        Ok(left)
    }
}

/// The job that sweeps.
#[derive(Debug, Clone)]
pub struct StagingSweep(pub Staging);

#[async_trait]
impl Job for StagingSweep {
    fn name(&self) -> &'static str {
        "uploads_sweep"
    }

    fn interval(&self) -> Duration {
        SWEEP_INTERVAL
    }

    async fn run_once(&self) -> Result<Progress, JobError> {
        self.0.sweep().await.map_err(JobError::new)?;
        Ok(Progress::Idle)
    }
}

/// Under another name until it is whole.
fn write(form: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(form)?;
    let unfinished = path.with_extension("part");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&unfinished)?;
    file.write_all(bytes)?;
    fs::rename(unfinished, path)
}

fn file_name(file: &NewAttachment) -> String {
    format!("{}.{}", file.sha256, file.media_type.name())
}

fn staged(form: &Path) -> io::Result<Vec<NewAttachment>> {
    let mut staged: Vec<NewAttachment> = files(form)?
        .into_iter()
        .filter_map(|(path, metadata)| {
            let (digest, ending) = path.file_name()?.to_str()?.split_once('.')?;
            let media_type = AttachmentMediaType::ALL.into_iter().find(|kind| kind.name() == ending)?;
            Some(NewAttachment { sha256: digest.parse().ok()?, media_type, size_bytes: metadata.len() })
        })
        .collect();
    staged.sort_by_key(|file| file.sha256);
    Ok(staged)
}

fn bytes_in(form: &Path) -> io::Result<u64> {
    Ok(files(form)?.iter().map(|(_, metadata)| metadata.len()).sum())
}

fn folders(within: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(entries(within)?.into_iter().filter(|(_, metadata)| metadata.is_dir()).map(|(path, _)| path).collect())
}

fn files(within: &Path) -> io::Result<Vec<(PathBuf, fs::Metadata)>> {
    Ok(entries(within)?.into_iter().filter(|(_, metadata)| metadata.is_file()).collect())
}

/// None in a folder that is not there.
fn entries(within: &Path) -> io::Result<Vec<(PathBuf, fs::Metadata)>> {
    let read = match fs::read_dir(within) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let mut entries = Vec::new();
    for entry in read {
        let entry = entry?;
        match entry.metadata() {
            // Another process swept it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            metadata => entries.push((entry.path(), metadata?)),
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::clock::SystemClock;
    use std::os::unix::fs::PermissionsExt;

    const FILE_BYTES: u64 = 100;

    fn staging(directory: &Path, bytes_max: u64, keep: TimeDelta) -> Staging {
        Staging::new(directory.to_owned(), bytes_max, keep, Arc::new(SystemClock::new()))
    }

    async fn put(staging: &Staging, folder: &FormFolder, filling: u8) -> Result<NewAttachment, StagingError> {
        let bytes = Bytes::from(vec![filling; usize::try_from(FILE_BYTES).unwrap()]);
        let sha256 = Sha256Digest::of(&bytes);
        let file = NewAttachment { sha256, media_type: AttachmentMediaType::Pdf, size_bytes: FILE_BYTES };
        staging.put(folder, file.clone(), bytes).await.map(|()| file)
    }

    #[tokio::test]
    async fn a_file_is_there_for_its_own_form_until_that_is_filed() {
        let scratch = tempfile::tempdir().unwrap();
        let staging = staging(&scratch.path().join("uploads"), 1_000, TimeDelta::hours(1));
        let folder = staging.folder("SA-123-TNJ", "token");
        assert_eq!(staging.list(&folder).await.unwrap(), []);
        let file = put(&staging, &folder, 1).await.unwrap();
        assert_eq!(staging.list(&folder).await.unwrap(), std::slice::from_ref(&file));
        assert_eq!(staging.read(&folder, &file).await.unwrap().len(), 100);
        for other in [staging.folder("SA-124-TNJ", "token"), staging.folder("SA-123-TNJ", "other")] {
            assert_eq!(staging.list(&other).await.unwrap(), []);
            assert!(staging.read(&other, &file).await.is_err());
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.form), FOLDER_MODE);
        assert_eq!(mode(&folder.form.join(file_name(&file))), FILE_MODE);
        staging.remove(&folder).await.unwrap();
        staging.remove(&folder).await.unwrap();
        assert_eq!(staging.list(&folder).await.unwrap(), []);
    }

    #[tokio::test]
    async fn what_waits_is_bounded_and_what_is_filed_or_old_makes_room() {
        let scratch = tempfile::tempdir().unwrap();
        let staging = staging(scratch.path(), 2 * FILE_BYTES, TimeDelta::hours(1));
        let (one, other) = (staging.folder("EG-STN-1", "a"), staging.folder("EG-STN-2", "b"));
        put(&staging, &one, 1).await.unwrap();
        put(&staging, &one, 1).await.unwrap();
        put(&staging, &other, 2).await.unwrap();
        assert!(matches!(put(&staging, &other, 3).await, Err(StagingError::Full)));
        staging.remove(&one).await.unwrap();
        put(&staging, &other, 3).await.unwrap();
        let hours_ago = std::time::SystemTime::UNIX_EPOCH;
        for (path, _) in files(&other.form).unwrap() {
            fs::File::open(path).unwrap().set_modified(hours_ago).unwrap();
        }
        put(&staging, &one, 4).await.unwrap();
        assert_eq!(staging.list(&other).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_file_that_was_changed_is_not_given_out() {
        let scratch = tempfile::tempdir().unwrap();
        let staging = staging(scratch.path(), 1_000, TimeDelta::hours(1));
        let folder = staging.folder("EG-STN-1", "a");
        let file = put(&staging, &folder, 1).await.unwrap();
        fs::write(folder.form.join(file_name(&file)), "other").unwrap();
        assert!(matches!(staging.read(&folder, &file).await, Err(StagingError::Damaged(_))));
    }
}
