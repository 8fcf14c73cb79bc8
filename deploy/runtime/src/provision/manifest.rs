//! What a provisioned folder must hold: written once after verification, compared at every start.

use crate::error::RuntimeError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "manifest.json";
const READ_BYTES: usize = 1 << 16;

/// All files and links of a provisioned folder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    content: Content,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Content {
    File { bytes: u64, modified_nanoseconds: i64, sha256: String },
    Link { target: PathBuf },
}

/// The first entry that is not as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage(pub(crate) PathBuf);

impl Manifest {
    /// Reads the manifest of a provisioned folder; `None` when there is none that can be read, which is what
    /// a folder that was never published looks like.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE_NAME)).ok()?).ok()
    }

    /// Makes the manifest of a folder. Opens it to all accounts on the way, whatever the umask was, because
    /// PostgreSQL may run under another one.
    pub(crate) fn of(folder: &Path) -> Result<Self, RuntimeError> {
        let mut entries = Vec::new();
        collect(folder, Path::new(""), &mut entries)?;
        // The manifest that is there already is about to be replaced.
        entries.retain(|entry| entry.path != Path::new(FILE_NAME));
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(Self { entries })
    }

    /// Writes the manifest beside what it describes, whole or not at all.
    pub(crate) fn store(&self, folder: &Path) -> Result<(), RuntimeError> {
        let path = folder.join(FILE_NAME);
        let io = |source| RuntimeError::io("write", &path)(source);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        serde_json::to_writer(&mut file, self).map_err(|error| io(error.into()))?;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644)).map_err(io)?;
        file.persist(&path).map_err(|error| io(error.error))?;
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The digest that was written down for a file.
    pub(crate) fn sha256(&self, path: &Path) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| entry.path == path)?;
        match &entry.content {
            Content::File { sha256, .. } => Some(sha256),
            Content::Link { .. } => None,
        }
    }

    /// Compares sizes, times and links: fast enough for every start.
    pub(crate) fn compare_quickly(&self, folder: &Path) -> Result<(), Damage> {
        self.entries.iter().try_for_each(|Entry { path, content }| {
            let found = fs::symlink_metadata(folder.join(path)).map_err(|_| Damage(path.clone()))?;
            let is_same = match content {
                Content::File { bytes, modified_nanoseconds, .. } => {
                    found.is_file() && found.len() == *bytes && modified(&found) == *modified_nanoseconds
                }
                Content::Link { target } => is_link_to(&folder.join(path), target),
            };
            is_same.then_some(()).ok_or_else(|| Damage(path.clone()))
        })
    }

    /// Compares every byte by its digest, whatever the times say. Calls back once per entry.
    pub(crate) fn compare_fully(&self, folder: &Path, mut progress: impl FnMut(usize)) -> Result<(), Damage> {
        self.entries.iter().enumerate().try_for_each(|(index, Entry { path, content })| {
            progress(index);
            let is_same = match content {
                Content::File { sha256, .. } => {
                    digest(&folder.join(path)).is_ok_and(|(found, _)| found == *sha256)
                }
                Content::Link { target } => is_link_to(&folder.join(path), target),
            };
            is_same.then_some(()).ok_or_else(|| Damage(path.clone()))
        })
    }
}

/// SHA-256 (hex) and length of a file.
pub(crate) fn digest(path: &Path) -> io::Result<(String, u64)> {
    use io::Read;
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut bytes = 0;
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok((hex::encode(hash.finalize()), bytes));
        }
        hash.update(&buffer[..length]);
        bytes += length as u64;
    }
}

fn collect(root: &Path, relative: &Path, entries: &mut Vec<Entry>) -> Result<(), RuntimeError> {
    let folder = root.join(relative);
    open_to_all(&folder, 0o755)?;
    for item in fs::read_dir(&folder).map_err(RuntimeError::io("list", &folder))? {
        let item = item.map_err(RuntimeError::io("list", &folder))?;
        let path = relative.join(item.file_name());
        let place = root.join(&path);
        let metadata = fs::symlink_metadata(&place).map_err(RuntimeError::io("look at", &place))?;
        if metadata.is_dir() {
            collect(root, &path, entries)?;
        } else if metadata.is_symlink() {
            let target = fs::read_link(&place).map_err(RuntimeError::io("read the link", &place))?;
            entries.push(Entry { path, content: Content::Link { target } });
        } else {
            open_to_all(&place, if metadata.mode() & 0o100 != 0 { 0o755 } else { 0o644 })?;
            let (sha256, bytes) = digest(&place).map_err(RuntimeError::io("read", &place))?;
            let modified_nanoseconds = modified(&metadata);
            entries.push(Entry { path, content: Content::File { bytes, modified_nanoseconds, sha256 } });
        }
    }
    Ok(())
}

fn open_to_all(path: &Path, mode: u32) -> Result<(), RuntimeError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(RuntimeError::io("set the mode of", path))
}

fn modified(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

fn is_link_to(path: &Path, target: &Path) -> bool {
    fs::read_link(path).is_ok_and(|found| found == target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with_manifest() -> (tempfile::TempDir, Manifest) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(folder.path().join("bin/tool"), "the tool").unwrap();
        std::os::unix::fs::symlink("tool", folder.path().join("bin/alias")).unwrap();
        let manifest = Manifest::of(folder.path()).unwrap();
        (folder, manifest)
    }

    #[test]
    fn an_untouched_folder_passes_both_comparisons() {
        let (folder, manifest) = folder_with_manifest();
        assert_eq!(manifest.compare_quickly(folder.path()), Ok(()));
        assert_eq!(manifest.compare_fully(folder.path(), |_| {}), Ok(()));
    }

    #[test]
    fn a_shorter_file_is_found_quickly() {
        let (folder, manifest) = folder_with_manifest();
        fs::write(folder.path().join("bin/tool"), "the").unwrap();
        assert_eq!(manifest.compare_quickly(folder.path()), Err(Damage("bin/tool".into())));
    }

    #[test]
    fn a_link_to_elsewhere_is_found_quickly() {
        let (folder, manifest) = folder_with_manifest();
        fs::remove_file(folder.path().join("bin/alias")).unwrap();
        std::os::unix::fs::symlink("/bin/sh", folder.path().join("bin/alias")).unwrap();
        assert_eq!(manifest.compare_quickly(folder.path()), Err(Damage("bin/alias".into())));
    }

    #[test]
    fn a_changed_byte_under_the_old_time_is_found_by_the_full_comparison() {
        let (folder, manifest) = folder_with_manifest();
        let path = folder.path().join("bin/tool");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "the fool").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(manifest.compare_quickly(folder.path()), Ok(()));
        assert_eq!(manifest.compare_fully(folder.path(), |_| {}), Err(Damage("bin/tool".into())));
    }

    #[test]
    fn a_manifest_reads_back_as_written() {
        let (folder, manifest) = folder_with_manifest();
        manifest.store(folder.path()).unwrap();
        let loaded = Manifest::load(folder.path()).unwrap();
        assert_eq!(loaded.len(), 2);
        assert_eq!(loaded.sha256(Path::new("bin/tool")), manifest.sha256(Path::new("bin/tool")));
    }

    #[test]
    fn a_manifest_does_not_speak_of_itself() {
        let (folder, manifest) = folder_with_manifest();
        manifest.store(folder.path()).unwrap();
        assert_eq!(Manifest::of(folder.path()).unwrap().len(), manifest.len());
    }
}
