//! Files that only their owner may read, from the first byte on: keys stand in them.

use anyhow::Context;
use rustix::fs::Mode;
use rustix::process::umask;
use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Read and write for the owner, nothing for others.
const MODE: u32 = 0o600;

/// From now on nobody but their owner may look into what this process makes: pictures, documents, what waits. The folder
/// that holds them may have been made by somebody else, and be open.
pub(crate) fn make_all_private() {
    let _before = umask(Mode::RWXG | Mode::RWXO);
}

/// Writes a new file.
///
/// # Errors
/// When there is one of that name, or it cannot be written.
pub(crate) fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    let opened = File::options().write(true).create_new(true).mode(MODE).open(file);
    let mut opened = opened.with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(opened.write_all(text.as_bytes())?)
}

/// Writes a file in the place of whatever was there.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let opened = File::options().write(true).create(true).truncate(true).mode(MODE).open(file);
    let mut opened = opened.with_context(|| format!("{} cannot be written", file.display()))?;
    // One that was there before has kept its mode.
    opened.set_permissions(Permissions::from_mode(MODE))?;
    Ok(opened.write_all(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_read_it_even_where_everybody_could_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert!(write_new(&file, "new").is_err());
        replace(&file, "new").unwrap();
        assert_eq!((mode(), std::fs::read_to_string(&file).unwrap()), (MODE, "new".to_owned()));
        std::fs::remove_file(&file).unwrap();
        write_new(&file, "new").unwrap();
        assert_eq!(mode(), MODE);
    }
}
