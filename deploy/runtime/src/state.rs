//! What other processes can learn of running services, and how they ask them to stop: a state file in the
//! run's own folder, readable by its user alone because it holds the password.

use crate::children;
use crate::error::RuntimeError;
use crate::instance;
use crate::locations::Locations;
use crate::wait;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const STATE_FILE: &str = "state.json";
/// How long a process may take to stop its services after it was asked to.
const DOWN_LIMIT: Duration = Duration::from_secs(60);

/// Services that a process has announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The process that owns them: they end with it.
    pub pid: u32,
    /// Where Kafka is, `127.0.0.1:PORT`.
    pub kafka_brokers: String,
    /// Where PostgreSQL is, with user and password.
    pub database_url: String,
    /// The folder with data and logs.
    pub data: PathBuf,
}

/// The announced services of this user that are running now.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn announced(locations: &Locations) -> Result<Vec<Announcement>, RuntimeError> {
    Ok(instance::running(locations)?.iter().filter_map(|folder| read(folder)).collect())
}

/// Asks every process of this user that has announced services to end (SIGTERM), waits until it has, and
/// returns what was stopped.
///
/// # Errors
/// When one of them does not end.
pub fn stop_announced(locations: &Locations) -> Result<Vec<Announcement>, RuntimeError> {
    let mut stopped = Vec::new();
    for folder in instance::running(locations)? {
        let Some(announcement) = read(&folder) else { continue };
        // The folder's lock says that its owner lives, so the id is the owner's and not another's.
        if let Some(process) = children::process_id(announcement.pid) {
            let _ = rustix::process::kill_process(process, Signal::TERM);
        }
        let ended =
            wait::until::<(), RuntimeError>(DOWN_LIMIT, || Ok((!instance::is_owned(&folder)).then_some(())))?;
        if ended.is_none() {
            let seconds = DOWN_LIMIT.as_secs();
            return Err(RuntimeError::DidNotStop { pid: announcement.pid, seconds });
        }
        stopped.push(announcement);
    }
    Ok(stopped)
}

/// Announces services in the folder of their run.
pub(crate) fn announce(announcement: &Announcement, folder: &Path) -> Result<(), RuntimeError> {
    let path = folder.join(STATE_FILE);
    let unfinished = path.with_extension("unfinished");
    let io = |source| RuntimeError::io("write", &path)(source);
    let mut file =
        File::options().create(true).truncate(true).write(true).mode(0o600).open(&unfinished).map_err(io)?;
    let text = serde_json::to_vec(announcement).map_err(|error| io(error.into()))?;
    file.write_all(&text).map_err(io)?;
    fs::rename(&unfinished, &path).map_err(io)
}

fn read(folder: &Path) -> Option<Announcement> {
    serde_json::from_slice(&fs::read(folder.join(STATE_FILE)).ok()?).ok()
}
