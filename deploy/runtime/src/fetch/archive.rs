//! Java's archive of Kafka's parsed classes, made once per Java after the fetch.
//!
//! It halves the start of the broker. It is a help and no need: without it, or with one that does not fit, Java
//! starts as ever. It must be made where the jars are for good, because it fits only their final paths.

use crate::daemon::{Daemon, Ports};
use crate::error::RuntimeError;
use crate::fetch::cache::{FetchProgress, STAGING_PREFIX, lock_cache};
use crate::fetch::provisioned::Provisioned;
use crate::kafka::{ClassArchive, Kafka};
use crate::locations::Program;
use crate::secure::Secured;
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where the archive for the present Java and these jars is, or would be. `None` without Java.
pub(crate) fn path(provisioned: &Provisioned) -> Option<PathBuf> {
    let java = fs::canonicalize(provisioned.locations().find(Program::Java).ok()?).ok()?;
    let mut hash = Sha256::new();
    // The virtual machine itself lies beside the launcher; both change with an update.
    for file in [
        java.clone(),
        java.parent()?.with_file_name("lib").join("modules"),
        provisioned.folder().join("manifest.json"),
    ] {
        hash.update(file.as_os_str().as_bytes());
        if let Ok(metadata) = fs::metadata(&file) {
            hash.update(format!(" {} {} {}\n", metadata.len(), metadata.mtime(), metadata.mtime_nsec()));
        }
    }
    let name = format!("classes-{}.jsa", &hex::encode(hash.finalize())[..12]);
    let folder = provisioned.folder();
    Some(folder.with_file_name(format!("{}-{name}", folder.file_name()?.to_str()?)))
}

/// Makes the archive if there is none for the present Java. A failure is told and remembered, not returned.
pub(crate) fn ensure(provisioned: &Provisioned, progress: &mut dyn FnMut(FetchProgress)) {
    let Some(path) = path(provisioned) else { return };
    let failed = path.with_extension("failed");
    if path.exists() || failed.exists() {
        return;
    }
    if let Err(error) = make(provisioned, &path, progress) {
        tracing::warn!(%error, "Kafka will start more slowly: its class archive could not be made");
        // Where the cache is read-only this fails too, and then the attempt ends as early the next time.
        let _ = fs::write(&failed, error.to_string());
    }
}

fn make(
    provisioned: &Provisioned,
    path: &Path,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<(), RuntimeError> {
    let cache = provisioned.locations().cache_folder()?;
    let _lock = lock_cache(&cache, progress)?;
    if path.exists() {
        return Ok(());
    }
    progress(FetchProgress::PreparingKafka);
    remove_others(provisioned.folder(), &cache);
    let staging = tempfile::Builder::new()
        .prefix(STAGING_PREFIX)
        .tempdir_in(&cache)
        .map_err(RuntimeError::io("make a folder in", &cache))?;
    let unpublished = staging.path().join("classes.jsa");
    let kafka = Kafka {
        provisioned: provisioned.clone(),
        data: staging.path().join("data"),
        scratch: staging.path().join("scratch"),
        log: staging.path().join("kafka.log"),
        class_archive: ClassArchive::Write(unpublished.clone()),
        secured: Secured::default(),
    };
    let mut daemon = Daemon::new(kafka, Ports::choose()?);
    daemon.start()?;
    daemon.stop()?;
    fs::set_permissions(&unpublished, fs::Permissions::from_mode(0o644))
        .map_err(RuntimeError::io("set the mode of", &unpublished))?;
    fs::rename(&unpublished, path).map_err(RuntimeError::io("publish", path))
}

/// An archive for another Java, or for files fetched anew, is of no use any more.
fn remove_others(folder: &Path, cache: &Path) {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = format!("{name}-classes-");
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
