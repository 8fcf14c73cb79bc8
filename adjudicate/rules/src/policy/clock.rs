//! How far a camera's clock may be off.

use crate::policy::country_file::{CountryFile, PolicyError, Sourced};
use chrono::TimeDelta;
use schemas::offence::ClockUse;
use serde::Deserialize;

/// How far a camera's clock may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockPolicy {
    /// For speed at one place, milliseconds.
    pub speed_milliseconds: u64,
    /// For crossing on red, milliseconds.
    pub red_light_milliseconds: u64,
    /// For section control, milliseconds.
    pub section_milliseconds: u64,
    /// Longest time since the last synchronisation.
    pub synchronised_within: TimeDelta,
}

impl ClockPolicy {
    /// Returns how far a clock may be off for that use, milliseconds.
    #[must_use]
    pub const fn tolerance_milliseconds(self, clock: ClockUse) -> u64 {
        match clock {
            ClockUse::Instant => self.speed_milliseconds,
            ClockUse::Passage => self.section_milliseconds,
            ClockUse::Light => self.red_light_milliseconds,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockFile {
    speed_tolerance_seconds: Sourced<u32>,
    red_light_tolerance_seconds: Sourced<u32>,
    section_tolerance_seconds: Sourced<u32>,
    synchronised_within_days: Sourced<u32>,
}

/// Reads and checks the part of the file.
///
/// # Errors
/// When a value has no source.
pub(crate) fn load(file: CountryFile<'_>, raw: ClockFile) -> Result<ClockPolicy, PolicyError> {
    let milliseconds =
        |key: &str, raw: Sourced<u32>| file.sourced(key, raw).map(|seconds| u64::from(seconds) * 1_000);
    Ok(ClockPolicy {
        speed_milliseconds: milliseconds("clock.speed_tolerance_seconds", raw.speed_tolerance_seconds)?,
        red_light_milliseconds: milliseconds(
            "clock.red_light_tolerance_seconds",
            raw.red_light_tolerance_seconds,
        )?,
        section_milliseconds: milliseconds("clock.section_tolerance_seconds", raw.section_tolerance_seconds)?,
        synchronised_within: TimeDelta::days(
            file.sourced("clock.synchronised_within_days", raw.synchronised_within_days)?.into(),
        ),
    })
}
