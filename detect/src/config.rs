//! What the operator sets about reading plates.

use schemas::jurisdiction::{Jurisdiction, UnknownJurisdiction};
use serde::Deserialize;
use std::path::PathBuf;
use thiserror::Error;

/// Section `detect` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectConfig {
    /// The ONNX Runtime library, 1.24 or newer; `None` means that the caller finds one and fills it in.
    #[serde(default)]
    pub onnxruntime_path: Option<PathBuf>,
    /// Folder with `models.lock`, contracts and nets; `None` means those compiled in.
    #[serde(default)]
    pub models_folder: Option<PathBuf>,
    /// Worker threads, each with its own pair of nets.
    pub workers: usize,
    /// Threads inside one net; more than 1 helps only when there are fewer workers than cores.
    pub threads_per_net: usize,
    /// Plates from this width on are located, pixels of the frame: where the whole frame would be shrunk too far for
    /// them, overlapping parts of it are searched too, at a cost of one run of the locator each. Nothing: the whole
    /// frame only, in which plates from 4 % of its width are found.
    #[serde(default)]
    pub smallest_plate_px: Option<u32>,
    /// Frames that wait for a worker before callers are held back.
    pub waiting_frames_max: usize,
    /// Countries whose plates are read; all of them when nothing is said.
    #[serde(default)]
    pub jurisdictions: Jurisdictions,
}

/// Countries whose plates are read: at least one, each once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Jurisdictions(Vec<Jurisdiction>);

/// Why a list of codes names no countries to read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum JurisdictionsError {
    /// The list is empty.
    #[error("name at least one country, 'EG' or 'SA'; leave the key out for all of them")]
    Empty,
    /// A code that no country has.
    #[error(transparent)]
    Unknown(#[from] UnknownJurisdiction),
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
    pub fn single(onnxruntime_path: PathBuf) -> Self {
        Self {
            onnxruntime_path: Some(onnxruntime_path),
            models_folder: None,
            workers: 1,
            threads_per_net: 1,
            smallest_plate_px: None,
            waiting_frames_max: 1,
            jurisdictions: Jurisdictions::default(),
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

impl Jurisdictions {
    /// One country alone.
    #[must_use]
    pub fn only(jurisdiction: Jurisdiction) -> Self {
        Self(vec![jurisdiction])
    }

    /// Whether plates of this country are read.
    #[must_use]
    pub fn contains(&self, jurisdiction: Jurisdiction) -> bool {
        self.0.contains(&jurisdiction)
    }
}

impl Default for Jurisdictions {
    /// Every country that Rasid serves.
    fn default() -> Self {
        Self(Jurisdiction::ALL.to_vec())
    }
}

impl TryFrom<Vec<String>> for Jurisdictions {
    type Error = JurisdictionsError;

    /// Takes country codes (`EG`, `SA`) in any order.
    fn try_from(codes: Vec<String>) -> Result<Self, JurisdictionsError> {
        let mut named = codes.iter().map(|code| code.parse()).collect::<Result<Vec<Jurisdiction>, _>>()?;
        named.sort_unstable();
        named.dedup();
        if named.is_empty() { Err(JurisdictionsError::Empty) } else { Ok(Self(named)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(codes: &[&str]) -> Result<Jurisdictions, JurisdictionsError> {
        Jurisdictions::try_from(codes.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn countries_are_taken_by_their_codes_in_any_order_and_all_by_default() {
        assert_eq!(named(&["SA", "EG", "SA"]), Ok(Jurisdictions::default()));
        let saudi = named(&["SA"]).unwrap();
        assert_eq!(saudi, Jurisdictions::only(Jurisdiction::SaudiArabia));
        assert!(saudi.contains(Jurisdiction::SaudiArabia) && !saudi.contains(Jurisdiction::Egypt));
    }

    #[test]
    fn no_country_and_an_unknown_one_are_refused_by_name() {
        assert_eq!(named(&[]), Err(JurisdictionsError::Empty));
        let error = named(&["EG", "AE"]).unwrap_err().to_string();
        assert_eq!(error, "jurisdiction must be 'EG' or 'SA', got 'AE'");
    }

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
