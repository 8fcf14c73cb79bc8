//! What the operator sets about reading plates.

use serde::Deserialize;
use std::path::PathBuf;
use thiserror::Error;

/// Section `detect` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectConfig {
    /// The ONNX Runtime library, 1.24 or newer; nothing means that the caller finds one and fills it in.
    #[serde(default)]
    pub onnxruntime_path: Option<PathBuf>,
    /// Folder with `models.lock`, contracts and nets; nothing means those compiled in.
    #[serde(default)]
    pub models_folder: Option<PathBuf>,
    /// Worker threads, each with its own pair of nets.
    pub workers: usize,
    /// Threads inside one net; more than 1 helps only when there are fewer workers than cores.
    pub threads_per_net: usize,
    /// Frames that wait for a worker before callers are held back.
    pub waiting_frames_max: usize,
}

/// A value that cannot be worked with.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("detect.{key} must be at least 1")]
pub struct DetectConfigError {
    /// The key.
    pub key: &'static str,
}

impl DetectConfig {
    /// One worker on one thread with the compiled-in models: for tools and tests.
    #[must_use]
    pub const fn single(onnxruntime_path: PathBuf) -> Self {
        Self {
            onnxruntime_path: Some(onnxruntime_path),
            models_folder: None,
            workers: 1,
            threads_per_net: 1,
            waiting_frames_max: 1,
        }
    }

    /// Checks what serde cannot.
    ///
    /// # Errors
    /// When a count is 0.
    pub fn validate(&self) -> Result<(), DetectConfigError> {
        let counts = [
            ("workers", self.workers),
            ("threads_per_net", self.threads_per_net),
            ("waiting_frames_max", self.waiting_frames_max),
        ];
        match counts.into_iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(DetectConfigError { key }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_worker_is_refused_by_name() {
        let mut config = DetectConfig::single(PathBuf::from("libonnxruntime.so"));
        assert_eq!(config.validate(), Ok(()));
        config.workers = 0;
        assert_eq!(config.validate(), Err(DetectConfigError { key: "workers" }));
    }
}
