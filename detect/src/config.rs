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
    /// Plates from this width on are looked for, pixels of the frame: where the whole frame would be shrunk too far for
    /// them, overlapping parts of it are looked at too, at a cost of one run of the locator each. Nothing: the whole
    /// frame only, in which plates from 4 % of its width are found.
    #[serde(default)]
    pub smallest_plate_px: Option<u32>,
    /// Frames that wait for a worker before callers are held back.
    pub waiting_frames_max: usize,
}

/// Below this width a plate cannot be read anyway, pixels.
const SMALLEST_PLATE_PX_MIN: usize = 20;

/// A value that cannot be worked with.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("detect.{key} must be at least {least}")]
pub struct DetectConfigError {
    /// The key.
    pub key: &'static str,
    /// What it must be.
    pub least: usize,
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
            smallest_plate_px: None,
            waiting_frames_max: 1,
        }
    }

    /// Checks what serde cannot.
    ///
    /// # Errors
    /// When a count is 0, or plates are asked for that nobody could read.
    pub fn validate(&self) -> Result<(), DetectConfigError> {
        let smallest = self.smallest_plate_px.map_or(SMALLEST_PLATE_PX_MIN, |pixels| pixels as usize);
        let counts = [
            ("workers", self.workers, 1),
            ("threads_per_net", self.threads_per_net, 1),
            ("waiting_frames_max", self.waiting_frames_max, 1),
            ("smallest_plate_px", smallest, SMALLEST_PLATE_PX_MIN),
        ];
        match counts.into_iter().find(|(_, value, least)| value < least) {
            Some((key, _, least)) => Err(DetectConfigError { key, least }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_worker_and_unreadable_plates_are_refused_by_name() {
        let mut config = DetectConfig::single(PathBuf::from("libonnxruntime.so"));
        assert_eq!(config.validate(), Ok(()));
        config.workers = 0;
        assert_eq!(config.validate(), Err(DetectConfigError { key: "workers", least: 1 }));
        config.workers = 1;
        config.smallest_plate_px = Some(5);
        assert_eq!(config.validate(), Err(DetectConfigError { key: "smallest_plate_px", least: 20 }));
    }
}
