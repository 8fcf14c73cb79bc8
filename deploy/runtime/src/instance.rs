//! The folder of one run of the services, and the lock that says whose it is.
//!
//! The kernel lets go of a lock when its owner ends, however it ends: a folder whose lock is free belongs to a
//! run that was killed, and is swept. A process id would not do, because ids are used again.

use crate::children;
use crate::error::RuntimeError;
use crate::locations::{self, Locations, create_folder};
use crate::wait;
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another start may hold the list of runs: it sweeps meanwhile.
const LIST_LIMIT: Duration = Duration::from_secs(60);
const OWNER_FILE: &str = "owner";

/// A run's own folder below the folder for temporary data; removed with it.
#[derive(Debug)]
pub(crate) struct Instance {
    folder: tempfile::TempDir,
    _owner: OwnerLock,
}

/// The lock on a folder, with the owner's process id and command line in the file.
#[derive(Debug)]
pub(crate) struct OwnerLock(#[expect(dead_code, reason = "the lock is held by keeping the file open")] File);

/// What a try for a folder's lock found.
enum Claim {
    Mine(OwnerLock),
    Others { owner: String },
}

impl Instance {
    /// Sweeps what killed runs left, then makes a folder for this one.
    pub(crate) fn create(locations: &Locations) -> Result<Self, RuntimeError> {
        let list = list_folder(locations)?;
        // Between the making of a folder and its locking another start would sweep it away.
        let _lock = lock_list(&list)?;
        sweep(&list);
        let folder = tempfile::Builder::new()
            .prefix("run-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(list_mode()))
            .tempdir_in(&list)
            .map_err(RuntimeError::io("make a folder in", &list))?;
        match claim(folder.path())? {
            Claim::Mine(owner) => Ok(Self { folder, _owner: owner }),
            Claim::Others { owner } => {
                Err(RuntimeError::DataInUse { path: folder.path().to_path_buf(), owner })
            }
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Takes a data folder of the user's choice for this process, or says who has it.
pub(crate) fn claim_data(folder: &Path) -> Result<OwnerLock, RuntimeError> {
    create_folder(folder, list_mode())?;
    match claim(folder)? {
        Claim::Mine(lock) => Ok(lock),
        Claim::Others { owner } => Err(RuntimeError::DataInUse { path: folder.to_path_buf(), owner }),
    }
}

/// The folders of the runs that are alive.
pub(crate) fn running(locations: &Locations) -> Result<Vec<PathBuf>, RuntimeError> {
    let list = list_folder(locations)?;
    let _lock = lock_list(&list)?;
    Ok(run_folders(&list).into_iter().filter(|folder| is_owned(folder)).collect())
}

/// Whether a live process holds this folder.
pub(crate) fn is_owned(folder: &Path) -> bool {
    File::open(folder.join(OWNER_FILE))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Root's folders must let `nobody` through to the cluster; anybody else's are their own.
fn list_mode() -> u32 {
    if locations::is_root() { 0o755 } else { 0o700 }
}

fn list_folder(locations: &Locations) -> Result<PathBuf, RuntimeError> {
    let user = rustix::process::geteuid().as_raw();
    let list = locations.temporary.join(format!("rasid-{user}"));
    create_folder(&list, list_mode())?;
    // In a folder open to all, somebody else may have made it first, or a link in its place.
    let metadata = fs::symlink_metadata(&list).map_err(RuntimeError::io("look at", &list))?;
    if !metadata.is_dir() || metadata.uid() != user {
        return Err(RuntimeError::ForeignFolder { path: list });
    }
    Ok(list)
}

fn lock_list(list: &Path) -> Result<File, RuntimeError> {
    let path = list.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(RuntimeError::io("open", &path))?;
    let locked = wait::until(LIST_LIMIT, || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(RuntimeError::io("lock", &path)(source)),
    })?;
    let timed_out = || RuntimeError::io("lock", &path)(std::io::ErrorKind::TimedOut.into());
    locked.map(|()| file).ok_or_else(timed_out)
}

fn claim(folder: &Path) -> Result<Claim, RuntimeError> {
    let path = folder.join(OWNER_FILE);
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(RuntimeError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => {
            let text = format!("process {} ({})", std::process::id(), command_line());
            file.set_len(0)
                .and_then(|()| file.write_all(text.as_bytes()))
                .map_err(RuntimeError::io("write", &path))?;
            Ok(Claim::Mine(OwnerLock(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            file.read_to_string(&mut owner).map_err(RuntimeError::io("read", &path))?;
            Ok(Claim::Others { owner })
        }
        Err(TryLockError::Error(source)) => Err(RuntimeError::io("lock", &path)(source)),
    }
}

fn command_line() -> String {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn run_folders(list: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(list).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn sweep(list: &Path) {
    for folder in run_folders(list).into_iter().filter(|folder| !is_owned(folder)) {
        children::kill_users_of(&folder);
        // A child that is only now dying may still write: what stays is swept the next time.
        match fs::remove_dir_all(&folder) {
            Ok(()) => tracing::info!(folder = %folder.display(), "swept what a killed run left behind"),
            Err(error) => tracing::warn!(folder = %folder.display(), %error, "cannot sweep"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locations(temporary: &Path) -> Locations {
        Locations { temporary: temporary.to_path_buf(), ..Locations::from_environment() }
    }

    #[test]
    fn a_run_owns_its_folder_and_removes_it() {
        let temporary = tempfile::tempdir().unwrap();
        let instance = Instance::create(&locations(temporary.path())).unwrap();
        let folder = instance.folder().to_path_buf();
        assert_eq!(running(&locations(temporary.path())).unwrap(), std::slice::from_ref(&folder));
        drop(instance);
        assert!(!folder.exists());
        assert!(running(&locations(temporary.path())).unwrap().is_empty());
    }

    #[test]
    fn a_folder_without_a_living_owner_is_swept_and_one_with_an_owner_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let first = Instance::create(&locations(temporary.path())).unwrap();
        let abandoned = first.folder().with_file_name("run-abandoned");
        fs::create_dir(&abandoned).unwrap();
        fs::write(abandoned.join(OWNER_FILE), "process 1 (killed)").unwrap();
        let _second = Instance::create(&locations(temporary.path())).unwrap();
        assert!(!abandoned.exists());
        assert!(first.folder().exists());
    }

    #[test]
    fn a_data_folder_is_refused_a_second_time_and_the_owner_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let first = claim_data(folder.path()).unwrap();
        let message = claim_data(folder.path()).unwrap_err().to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        drop(first);
        claim_data(folder.path()).unwrap();
    }

    #[test]
    fn a_link_in_place_of_the_folder_of_runs_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let name = format!("rasid-{}", rustix::process::geteuid().as_raw());
        std::os::unix::fs::symlink(elsewhere.path(), temporary.path().join(name)).unwrap();
        let error = Instance::create(&locations(temporary.path())).unwrap_err();
        assert!(matches!(error, RuntimeError::ForeignFolder { .. }), "{error}");
    }
}
