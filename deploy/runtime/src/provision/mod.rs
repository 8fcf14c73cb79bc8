//! Brings the pinned files once, verifies and unpacks them, and publishes them by one rename.

mod manifest;
mod pins;
mod unpack;

use crate::archive;
use crate::cache::{FetchProgress, STAGING_PREFIX, lock_cache};
use crate::children::{self, Child, ChildSpec, Environment};
use crate::error::RuntimeError;
use crate::java;
use crate::kafka;
use crate::locations::{self, Locations, Program};
use crate::provisioned::{KAFKA_FOLDER, ONNXRUNTIME_LIBRARY, POSTGRES_FOLDER, Provisioned};
use manifest::Manifest;
use pins::{Pin, Recipe, Role};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Room that a fetch takes at its height: Maven's own downloads, the jars, what is unpacked, Kafka's class
/// archive (measured: 440 MiB).
const FETCH_MEBIBYTES: u64 = 600;
/// A fetch in which no byte comes for so long is given up.
const STALL_LIMIT: Duration = Duration::from_secs(180);
/// Time between two looks at how far Maven is.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Access to the pinned services of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Runtime;

impl Runtime {
    /// Provides the pinned files: at once and offline when they are in the cache, else fetched by Maven.
    /// With `verify` every file in the cache is hashed, without it sizes and times are compared; a damaged
    /// file is fetched again either way. Two processes may call this at the same time.
    ///
    /// # Errors
    /// When a program, the network, room on the disk or write permission is missing, or when what came is not
    /// what is pinned.
    pub fn fetch(
        locations: &Locations,
        verify: bool,
        progress: &mut dyn FnMut(FetchProgress),
    ) -> Result<Provisioned, RuntimeError> {
        let provisioned = provide(&Recipe::compiled_in()?, locations, verify, progress)?;
        archive::ensure(&provisioned, progress);
        Ok(provisioned)
    }

    /// The folder in the cache where this build keeps its files; `None` when they have not been fetched, or
    /// are not as they were left.
    ///
    /// # Errors
    /// When no cache folder is known.
    pub fn cached(locations: &Locations) -> Result<Option<PathBuf>, RuntimeError> {
        let folder = locations.cache_folder()?.join(Recipe::compiled_in()?.folder_name());
        Ok(is_unchanged(&folder).then_some(folder))
    }
}

fn provide(
    recipe: &Recipe,
    locations: &Locations,
    verify: bool,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<Provisioned, RuntimeError> {
    let cache = locations.cache_folder()?;
    locations::require_suitable_name(&cache, "RASID_HOME")?;
    let folder = cache.join(recipe.folder_name());
    if !verify && is_unchanged(&folder) {
        return Ok(Provisioned::at(folder, locations));
    }
    let _lock = lock_cache(&cache, progress)?;
    sweep(&cache)?;
    // Another process may have fetched while this one waited for the lock.
    let is_sound = (!verify && is_unchanged(&folder)) || is_intact(recipe, &folder, progress)?;
    if !is_sound {
        locations::require_space(&cache, FETCH_MEBIBYTES, "RASID_HOME")?;
        fetch_into(recipe, locations, &cache, &folder, progress)?;
    }
    Ok(Provisioned::at(folder, locations))
}

fn is_unchanged(folder: &Path) -> bool {
    Manifest::load(folder).is_some_and(|manifest| manifest.compare_quickly(folder).is_ok())
}

/// Whether every file has its digest. Times that differ, as after a copy of the cache, are then written down
/// anew. The jars are held against the pins as well, so that a manifest cannot vouch for them.
fn is_intact(
    recipe: &Recipe,
    folder: &Path,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<bool, RuntimeError> {
    let Some(manifest) = Manifest::load(folder) else { return Ok(false) };
    let total_files = manifest.len();
    let compared =
        manifest.compare_fully(folder, |files| progress(FetchProgress::Verifying { files, total_files }));
    if let Err(manifest::Damage(path)) = compared {
        tracing::warn!(file = %folder.join(path).display(), "a file in the cache is damaged and is fetched again");
        return Ok(false);
    }
    let kafka_pins = recipe.pins.iter().filter(|pin| pin.role() == Role::Kafka);
    let is_pinned =
        |pin: &Pin| manifest.sha256(&Path::new(KAFKA_FOLDER).join(&pin.file)) == Some(pin.sha256.as_str());
    if !kafka_pins.into_iter().all(is_pinned) {
        tracing::warn!(folder = %folder.display(), "the cache is not what runtime.lock pins and is fetched again");
        return Ok(false);
    }
    if manifest.compare_quickly(folder).is_err() {
        Manifest::of(folder)?.store(folder)?;
    }
    Ok(true)
}

/// Removes what killed fetches left behind. Only under the lock: nobody else is fetching then.
fn sweep(cache: &Path) -> Result<(), RuntimeError> {
    for entry in fs::read_dir(cache).map_err(RuntimeError::io("list", cache))?.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(STAGING_PREFIX.as_bytes()) {
            fs::remove_dir_all(entry.path()).map_err(RuntimeError::io("remove", &entry.path()))?;
        }
    }
    Ok(())
}

fn fetch_into(
    recipe: &Recipe,
    locations: &Locations,
    cache: &Path,
    folder: &Path,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<(), RuntimeError> {
    let staging = tempfile::Builder::new()
        .prefix(STAGING_PREFIX)
        .tempdir_in(cache)
        .map_err(RuntimeError::io("make a folder in", cache))?;
    let brought = staging.path().join("brought");
    run_maven(recipe, locations, staging.path(), &brought, progress)?;
    verify(recipe, &brought, progress)?;
    progress(FetchProgress::Unpacking);
    let tree = staging.path().join("tree");
    lay_out(recipe, &brought, &tree)?;
    kafka::prepare(locations, &tree, &tree.join(KAFKA_FOLDER), staging.path())?;
    Manifest::of(&tree)?.store(&tree)?;
    if folder.exists() {
        // A rename onto a folder with files is refused; the damaged one leaves with the staging folder.
        let aside = staging.path().join("damaged");
        fs::rename(folder, &aside).map_err(RuntimeError::io("move aside", folder))?;
    }
    fs::rename(&tree, folder).map_err(RuntimeError::io("publish", folder))
}

/// In full, for Maven would look up the short form over the network and, without one, blame the goal.
const COPY_GOAL: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// Maven works on a repository of its own inside the staging folder: it needs no home folder, leaves nothing
/// behind, and a damaged jar in the user's repository cannot come back for ever.
fn run_maven(
    recipe: &Recipe,
    locations: &Locations,
    staging: &Path,
    brought: &Path,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<(), RuntimeError> {
    let pom = staging.join("pom.xml");
    fs::write(&pom, &recipe.pom).map_err(RuntimeError::io("write", &pom))?;
    let repository = staging.join("repository");
    let program = locations.find(Program::Maven)?;
    java::require(locations, staging)?;
    let arguments = [
        "--batch-mode".to_owned(),
        "--no-transfer-progress".to_owned(),
        "--quiet".to_owned(),
        "-Dstyle.color=never".to_owned(),
        format!("-Dmaven.repo.local={}", repository.display()),
        format!("--file={}", pom.display()),
        format!("--activate-profiles={}", recipe.architecture.profile()),
        COPY_GOAL.to_owned(),
        format!("-DoutputDirectory={}", brought.display()),
    ];
    let mut child = Child::start(&ChildSpec {
        service: "mvn",
        setpriv: locations.find(Program::Setpriv)?,
        program,
        arguments: arguments.into_iter().map(Into::into).collect(),
        environment: Environment::Inherited,
        account: None,
        folder: staging.to_path_buf(),
        log: staging.join("mvn.log"),
    })?;
    let total_bytes = recipe.total_bytes();
    let (mut bytes, mut idle) = (0, Duration::ZERO);
    loop {
        progress(FetchProgress::Downloading { bytes, total_bytes });
        if let Some(status) = child.wait(PROGRESS_INTERVAL)? {
            return if status.success() {
                Ok(())
            } else {
                Err(RuntimeError::Fetch { exit: children::describe(status), last_lines: child.last_lines() })
            };
        }
        let now = jar_bytes(&repository).min(total_bytes);
        idle = if now == bytes { idle + PROGRESS_INTERVAL } else { Duration::ZERO };
        bytes = now;
        if idle >= STALL_LIMIT {
            let last_lines = child.last_lines();
            return Err(RuntimeError::FetchStalled { seconds: STALL_LIMIT.as_secs(), last_lines });
        }
    }
}

/// Bytes of the jars in Maven's repository, those still on their way included.
fn jar_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => jar_bytes(&entry.path()),
            Ok(metadata) if entry.file_name().to_string_lossy().contains(".jar") => metadata.len(),
            Ok(_) | Err(_) => 0,
        })
        .sum()
}

fn verify(
    recipe: &Recipe,
    brought: &Path,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<(), RuntimeError> {
    let total_files = recipe.pins.len();
    for (files, Pin { file, sha256, bytes }) in recipe.pins.iter().enumerate() {
        progress(FetchProgress::Verifying { files, total_files });
        let path = brought.join(file);
        if !path.is_file() {
            return Err(RuntimeError::NotBrought { file: file.clone() });
        }
        let (found, length) = manifest::digest(&path).map_err(RuntimeError::io("read", &path))?;
        if found != *sha256 || length != *bytes {
            return Err(RuntimeError::Digest { file: file.clone(), expected: sha256.clone(), found });
        }
    }
    Ok(())
}

/// Puts the pinned files, and no other that came with them, where the services look for them.
fn lay_out(recipe: &Recipe, brought: &Path, tree: &Path) -> Result<(), RuntimeError> {
    let libraries = tree.join(KAFKA_FOLDER);
    fs::create_dir_all(&libraries).map_err(RuntimeError::io("make the folder", &libraries))?;
    for pin in &recipe.pins {
        let jar = brought.join(&pin.file);
        let unpack_error = |source| RuntimeError::Unpack { archive: pin.file.clone(), source };
        match pin.role() {
            Role::Kafka => {
                fs::rename(&jar, libraries.join(&pin.file)).map_err(RuntimeError::io("move", &jar))?
            }
            Role::Postgres => unpack::postgres(&jar, &tree.join(POSTGRES_FOLDER)).map_err(unpack_error)?,
            Role::OnnxRuntime => {
                let entry = recipe.architecture.onnxruntime_entry();
                unpack::entry(&jar, entry, &tree.join(ONNXRUNTIME_LIBRARY)).map_err(unpack_error)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
