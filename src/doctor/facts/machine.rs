//! What this machine gives a process: open files, the library and the nets that read plates.

use crate::config::Config;
use crate::doctor::told::Told;
use detect::model_card::Models;
use detect::session;
use runtime::{Locations, Runtime};
use rustix::process::{Resource, getrlimit};
use schemas::error_chain::ErrorChain;
use std::path::PathBuf;

/// The plate reader's parts.
#[derive(Debug)]
pub(crate) struct ReaderFacts {
    /// The library that would be used, with its version: the minor number of 1.x.
    pub library: Told<(PathBuf, Told<u32>)>,
    /// The digest of the nets.
    pub models: Told<ModelDigests>,
}

/// Digests over nets and contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelDigests {
    /// Of those that are used.
    pub used: String,
    /// Of those that were released with this program.
    pub released: String,
}

/// Returns how many files a process may have open; `None` if there is no limit.
#[must_use]
pub fn open_files_max() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Looks at library and nets; loads the library, and runs nothing.
pub(crate) async fn reader(config: &Config) -> ReaderFacts {
    let detect = config.detect.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let library = library(detect.onnxruntime_path).map(|path| {
            let version = session::library_version(&path).map_err(|error| ErrorChain(&error).to_string());
            (path, version)
        });
        let digest = |folder| Models::load(folder).map(|models| models.digest);
        let models = digest(detect.models_folder.as_deref())
            .and_then(|used| Ok(ModelDigests { used, released: digest(None)? }));
        ReaderFacts { library, models: models.map_err(|error| ErrorChain(&error).to_string()) }
    });
    let stopped = |_| {
        let why = "the library ended the question; it is not usable".to_owned();
        ReaderFacts { library: Err(why.clone()), models: Err(why) }
    };
    looked.await.unwrap_or_else(stopped)
}

fn library(configured: Option<PathBuf>) -> Told<PathBuf> {
    if let Some(path) = configured {
        return Ok(path);
    }
    let locations = Locations::from_environment();
    let cached = Runtime::cached(&locations).map_err(|error| error.to_string())?;
    cached.map(|folder| folder.join(runtime::ONNXRUNTIME_LIBRARY)).ok_or_else(|| {
        "detect.onnxruntime_path is not set, and no library lies in the cache of `rasid runtime fetch`"
            .to_owned()
    })
}
