//! Folders that the service writes, and the room on their disks.

use crate::config::Config;
use crate::doctor::finding::Check;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Room on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskRoom {
    /// Bytes in all.
    pub total_bytes: u64,
    /// Bytes that are free for this user.
    pub free_bytes: u64,
    /// Files that it can hold in all; 0 where the file system does not count them.
    pub total_files: u64,
    /// Files that can still be made.
    pub free_files: u64,
}

/// A folder as it is.
#[derive(Debug)]
pub(crate) struct FolderFacts {
    /// Under which check it is told.
    pub check: Check,
    /// The key that names it.
    pub key: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// What is there.
    pub state: FolderState,
    /// Room on its disk, or on that where it would be made.
    pub room: Result<DiskRoom, String>,
}

/// What is at the place of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FolderState {
    /// Nothing yet; it can be made in this folder.
    ToBeMade(PathBuf),
    /// Nothing, and it cannot be made.
    CannotBeMade(String),
    /// A folder.
    There {
        /// Permission bits.
        mode: u32,
        /// User id of its owner.
        owner: u32,
        /// What a file that was tried said; the file is gone again.
        written: Result<(), String>,
    },
}

/// Asks for the room on the disk of a folder.
///
/// # Errors
/// When the system does not tell.
pub fn disk_room(folder: &Path) -> io::Result<DiskRoom> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(DiskRoom {
        total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        total_files: disk.f_files,
        free_files: disk.f_favail,
    })
}

/// Looks at every folder of the configuration.
pub(crate) async fn gather(config: &Config, room: fn(&Path) -> io::Result<DiskRoom>) -> Vec<FolderFacts> {
    let evidence = config.evidence.directory.clone();
    let uploads = config.http.uploads_directory.clone().unwrap_or_else(|| evidence.join("uploads"));
    let folders = [
        (Check::EvidenceFolder, "evidence.directory", evidence),
        (Check::UploadsFolder, "http.uploads_directory", uploads),
    ];
    let looked = tokio::task::spawn_blocking(move || {
        folders.into_iter().map(|(check, key, path)| look(check, key, path, room)).collect()
    });
    looked.await.unwrap_or_default()
}

fn look(
    check: Check,
    key: &'static str,
    path: PathBuf,
    room: fn(&Path) -> io::Result<DiskRoom>,
) -> FolderFacts {
    let existing = nearest_existing(&path);
    FolderFacts {
        check,
        key,
        state: state(&path, &existing),
        room: room(&existing).map_err(|error| error.to_string()),
        path,
    }
}

fn state(path: &Path, existing: &Path) -> FolderState {
    let cannot = |why: String| FolderState::CannotBeMade(why);
    let metadata = match fs::metadata(existing) {
        Ok(metadata) => metadata,
        Err(error) => return cannot(format!("{}: {error}", existing.display())),
    };
    if !metadata.is_dir() {
        return cannot(format!("{} is a file", existing.display()));
    }
    if existing == path {
        let (mode, owner) = (metadata.mode() & 0o7777, metadata.uid());
        let written = tempfile::tempfile_in(path).map(drop).map_err(|error| error.to_string());
        return FolderState::There { mode, owner, written };
    }
    // Tried, since permission bits do not tell of root and of file systems that take nothing.
    match tempfile::tempdir_in(existing) {
        Ok(_gone_again) => FolderState::ToBeMade(existing.to_path_buf()),
        Err(error) => cannot(format!("{}: {error}", existing.display())),
    }
}

fn nearest_existing(path: &Path) -> PathBuf {
    // A link that leads nowhere stands in the way, too.
    let is_there = |path: &&Path| fs::symlink_metadata(path).is_ok();
    path.ancestors().find(is_there).map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}
