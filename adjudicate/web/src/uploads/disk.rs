//! Files and folders of uploads: nobody else on the machine reads what citizens send, and none is seen before it is whole.

use super::seal::KEY_BYTES;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

pub(crate) const FOLDER_MODE: u32 = 0o700;
pub(crate) const FILE_MODE: u32 = 0o600;

/// Writes a file, under another name until it is whole.
pub(crate) fn write(
    folder: &Path,
    path: &Path,
    fill: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<()> {
    make_folder(folder)?;
    let unfinished = path.with_extension("part");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&unfinished)?;
    fill(&mut file)?;
    fs::rename(unfinished, path)
}

/// A file in a folder that has no name there: it is gone when nobody has it open.
pub(crate) fn nameless(folder: &Path) -> io::Result<fs::File> {
    make_folder(folder)?;
    let (file, path) = new_file(folder)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// Reads a key, or makes one: of several processes that do so at once, the first one's counts.
pub(crate) fn key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    if !path.try_exists()? {
        let folder = path.parent().unwrap_or(path);
        make_folder(folder)?;
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let (mut file, unfinished) = new_file(folder)?;
        file.write_all(&key)?;
        file.sync_all()?;
        match fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => fs::remove_file(unfinished)?,
        }
    }
    let mut key = [0; KEY_BYTES];
    fs::File::open(path)?.read_exact(&mut key)?;
    Ok(key)
}

fn new_file(folder: &Path) -> io::Result<(fs::File, PathBuf)> {
    let path = folder.join(format!("{}.part", Uuid::new_v4().as_simple()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(FILE_MODE).open(&path)?;
    Ok((file, path))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)
}

pub(crate) fn bytes_in(form: &Path) -> io::Result<u64> {
    Ok(files(form)?.iter().map(|(_, metadata)| metadata.len()).sum())
}

pub(crate) fn folders(within: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(entries(within)?.into_iter().filter(|(_, metadata)| metadata.is_dir()).map(|(path, _)| path).collect())
}

pub(crate) fn files(within: &Path) -> io::Result<Vec<(PathBuf, fs::Metadata)>> {
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
