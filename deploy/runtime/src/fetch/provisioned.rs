//! Where the files that were brought lie.

use crate::locations::Locations;
use std::path::{Path, PathBuf};

pub(crate) const KAFKA_FOLDER: &str = "kafka";
pub(crate) const POSTGRES_FOLDER: &str = "postgres";
/// Name of ONNX Runtime's library in the folder that [`crate::Runtime::cached`] gives.
pub const ONNXRUNTIME_LIBRARY: &str = "libonnxruntime.so";
/// The file that Kafka's own `format` writes beside `meta.properties`: the feature levels a new cluster begins
/// with. It holds no id, so one made at the fetch serves every new cluster and saves a second of each start.
pub(crate) const BOOTSTRAP_CHECKPOINT: &str = "bootstrap.checkpoint";
/// The broker's logging settings inside a provisioned folder.
pub(crate) const LOG_CONFIGURATION: &str = "log4j2.properties";

/// The verified files of Kafka, PostgreSQL and ONNX Runtime on this machine.
#[derive(Debug, Clone)]
pub struct Provisioned {
    folder: PathBuf,
    onnxruntime_library: PathBuf,
    locations: Locations,
}

impl Provisioned {
    /// The ONNX Runtime library to load.
    #[must_use]
    pub fn onnxruntime_library(&self) -> &Path {
        &self.onnxruntime_library
    }

    /// The folder that holds everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn locations(&self) -> &Locations {
        &self.locations
    }

    pub(crate) fn kafka_libraries(&self) -> PathBuf {
        self.folder.join(KAFKA_FOLDER)
    }

    pub(crate) fn bootstrap_checkpoint(&self) -> PathBuf {
        self.folder.join(BOOTSTRAP_CHECKPOINT)
    }

    pub(crate) fn log_configuration(&self) -> PathBuf {
        self.folder.join(LOG_CONFIGURATION)
    }

    pub(crate) fn postgres_program(&self, name: &str) -> PathBuf {
        self.folder.join(POSTGRES_FOLDER).join("bin").join(name)
    }

    pub(crate) fn at(folder: PathBuf, locations: &Locations) -> Self {
        let onnxruntime_library = folder.join(ONNXRUNTIME_LIBRARY);
        Self { folder, onnxruntime_library, locations: locations.clone() }
    }
}
