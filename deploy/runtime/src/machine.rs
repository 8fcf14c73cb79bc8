//! What this machine has of what the local services need: for `rasid doctor`, and before a fetch.

use crate::error::RuntimeError;
use crate::fetch::provision::Runtime;
use crate::java;
use crate::locations::{self, Account, Locations, Program};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Below this much room a fetch, or a run with some data, is likely to fail.
const COMFORTABLE_MEBIBYTES: u64 = 1024;

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    /// What was looked at.
    pub subject: &'static str,
    /// What was found; the error says what to do.
    pub result: Result<String, RuntimeError>,
}

/// Looks at everything the local services need on this machine: Java, Maven, setpriv, the cache, the room on
/// its disk and on that of temporary data, and the account PostgreSQL runs under. Starts no service and
/// fetches nothing.
#[must_use]
pub fn check_machine(locations: &Locations) -> Vec<Finding> {
    let finding = |subject, result| Finding { subject, result };
    vec![
        finding("java", java_version(locations)),
        finding("mvn", maven(locations)),
        finding("setpriv", locations.find(Program::Setpriv).map(|path| path.display().to_string())),
        finding("account for PostgreSQL", account()),
        finding("cache", cache(locations)),
        finding("room for the cache", room_for_cache(locations)),
        finding("room for temporary data", room(&locations.temporary, "TMPDIR")),
    ]
}

/// Looks at what building Rasid from its source needs besides Rust. A machine that only runs it needs none of this.
#[must_use]
pub fn check_building(locations: &Locations) -> Vec<Finding> {
    let program = |subject, program| Finding {
        subject,
        result: locations.find(program).map(|path| path.display().to_string()),
    };
    vec![
        program("cc", Program::Compiler),
        program("pkg-config", Program::PkgConfig),
        Finding { subject: "libssl-dev", result: openssl(locations) },
    ]
}

/// The Kafka client is built against it.
fn openssl(locations: &Locations) -> Result<String, RuntimeError> {
    let missing = RuntimeError::LibraryMissing { library: "openssl", package: "libssl-dev" };
    let Ok(program) = locations.find(Program::PkgConfig) else { return Err(missing) };
    let asked = Command::new(program).args(["--modversion", "openssl"]).output();
    match asked {
        Ok(output) if output.status.success() => {
            Ok(format!("openssl {}", String::from_utf8_lossy(&output.stdout).trim()))
        }
        Ok(_) | Err(_) => Err(missing),
    }
}

fn java_version(locations: &Locations) -> Result<String, RuntimeError> {
    let scratch = tempfile::tempdir_in(&locations.temporary)
        .map_err(RuntimeError::io("make a folder in", &locations.temporary))?;
    java::require(locations, scratch.path())
}

/// Only a fetch needs it.
fn maven(locations: &Locations) -> Result<String, RuntimeError> {
    match locations.find(Program::Maven) {
        Ok(path) => Ok(path.display().to_string()),
        Err(_) if is_cached(locations) => Ok("not found, and not needed: the cache is ready".to_owned()),
        Err(error) => Err(error),
    }
}

fn room_for_cache(locations: &Locations) -> Result<String, RuntimeError> {
    if is_cached(locations) {
        return Ok("not needed: the cache is ready".to_owned());
    }
    room(&locations.cache_folder()?, "RASID_HOME")
}

fn is_cached(locations: &Locations) -> bool {
    matches!(Runtime::cached(locations), Ok(Some(_)))
}

fn account() -> Result<String, RuntimeError> {
    Ok(match Account::for_postgres()? {
        Some(Account { user, .. }) => format!("nobody (user id {user})"),
        None => "your own".to_owned(),
    })
}

fn cache(locations: &Locations) -> Result<String, RuntimeError> {
    if let Some(folder) = Runtime::cached(locations)? {
        return Ok(format!("ready in {}", folder.display()));
    }
    let folder = locations.cache_folder()?;
    let existing = nearest_existing(&folder);
    rustix::fs::access(&existing, rustix::fs::Access::WRITE_OK)
        .map_err(|error| RuntimeError::io("write in", &existing)(error.into()))?;
    Ok(format!("empty; `rasid runtime fetch` fills {}", folder.display()))
}

/// Room on the disk of a folder that may not exist yet.
fn room(folder: &Path, variable: &'static str) -> Result<String, RuntimeError> {
    let existing = nearest_existing(folder);
    locations::require_space(&existing, COMFORTABLE_MEBIBYTES, variable)?;
    Ok(format!("{} MiB free for {}", locations::free_mebibytes(&existing)?, folder.display()))
}

fn nearest_existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|path| path.exists()).map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_cannot_build_is_told_each_package() {
        let empty = tempfile::tempdir().unwrap();
        let locations = Locations { search_path: empty.path().into(), ..Locations::default() };
        let told: Vec<String> =
            check_building(&locations).into_iter().map(|one| one.result.unwrap_err().to_string()).collect();
        for (message, package) in told.iter().zip(["build-essential", "pkg-config", "libssl-dev"]) {
            assert!(message.contains(&format!("apt-get install {package}")), "{message}");
        }
        assert_eq!(told.len(), 3);
    }

    #[test]
    fn a_machine_with_nothing_on_it_is_told_each_package() {
        let empty = tempfile::tempdir().unwrap();
        let locations = Locations {
            home: Some(empty.path().join("cache")),
            search_path: empty.path().into(),
            temporary: empty.path().to_path_buf(),
            ..Locations::default()
        };
        let findings = check_machine(&locations);
        let messages: Vec<String> = findings
            .iter()
            .filter_map(|finding| finding.result.as_ref().err())
            .map(ToString::to_string)
            .collect();
        for package in ["openjdk-17-jre-headless", "maven", "util-linux"] {
            assert!(messages.iter().any(|message| message.contains(package)), "{messages:?}");
        }
        let cache = findings.iter().find(|finding| finding.subject == "cache").unwrap();
        assert!(cache.result.as_ref().unwrap().contains("rasid runtime fetch"));
    }
}
