//! The Java of this machine.

use crate::children::{self, ChildSpec, Environment};
use crate::error::RuntimeError;
use crate::locations::{Locations, Program};
use std::path::Path;
use std::time::Duration;

/// The oldest Java that Kafka 4 runs on.
const JAVA_FLOOR: u32 = 17;
const VERSION_LIMIT: Duration = Duration::from_secs(30);

/// Fails when there is no Java, or one that is too old.
pub(crate) fn require(locations: &Locations, scratch: &Path) -> Result<String, RuntimeError> {
    let path = locations.find(Program::Java)?;
    let output = children::run(
        &ChildSpec {
            service: "java",
            setpriv: locations.find(Program::Setpriv)?,
            program: path.clone(),
            arguments: vec!["-version".into()],
            environment: Environment::Fixed,
            account: None,
            folder: scratch.to_path_buf(),
            log: scratch.join("java.log"),
        },
        "when asked for its version",
        VERSION_LIMIT,
    )?;
    let found = version(&output).unwrap_or_default();
    if major(found).is_some_and(|major| major >= JAVA_FLOOR) {
        Ok(format!("{found} ({})", path.display()))
    } else {
        Err(RuntimeError::JavaTooOld { path, found: found.to_owned() })
    }
}

/// The version in `openjdk version "17.0.15" 2025-04-15`.
fn version(output: &str) -> Option<&str> {
    output.split_once("version \"")?.1.split('"').next()
}

/// The first number that counts: 17 of `17.0.15`, 8 of `1.8.0_402`.
fn major(version: &str) -> Option<u32> {
    let mut numbers = version.split(['.', '-', '+', '_']).map(str::parse);
    match numbers.next()?.ok()? {
        1 => numbers.next()?.ok(),
        major => Some(major),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_old_and_new_form_are_read() {
        let output = "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment";
        assert_eq!(version(output), Some("17.0.15"));
        for (text, expected) in [("17.0.15", 17), ("1.8.0_402", 8), ("25", 25), ("21-ea", 21)] {
            assert_eq!(major(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn an_old_java_is_refused_by_its_version() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let java = folder.path().join("java");
        std::fs::write(&java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n").unwrap();
        std::fs::set_permissions(&java, std::fs::Permissions::from_mode(0o755)).unwrap();
        let usual = Locations::from_environment();
        let mut search_path = folder.path().as_os_str().to_owned();
        search_path.push(":");
        search_path.push(&usual.search_path);
        let locations = Locations { search_path, java_home: None, ..usual };
        let message = require(&locations, folder.path()).unwrap_err().to_string();
        assert!(message.contains("11.0.2") && message.contains("Java 17"), "{message}");
    }
}
