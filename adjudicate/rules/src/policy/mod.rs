//! The rules of one country as data: tolerances, floors, tariffs, time limits and words, with one digest over all.
//!
//! The files in `schemas/jurisdictions` are compiled in; [`Policy::load`] takes other texts of the same form.

pub mod calendar;
pub mod clock;
pub mod deadlines;
pub mod deduction;
pub mod tariff;
pub mod tariff_change;
pub mod vehicle_kind;
pub mod words;

mod country_file;
mod tariff_file;

pub mod numbers;
pub(crate) mod sources;

use self::clock::{ClockFile, ClockPolicy};
use self::country_file::{CountryFile, NamesItsCountry, Sourced};
use self::deadlines::Deadlines;
use self::deduction::DeductionProfile;
use self::tariff::TariffTable;
use self::vehicle_kind::{VehicleKindFile, VehicleKinds};
use self::words::Words;
use chrono::TimeDelta;
use rust_decimal::Decimal;
use schemas::country::CountryTexts;
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_read::Confidence;
use serde::Deserialize;
use std::collections::BTreeMap;

pub use self::country_file::{PolicyError, country_of};

/// Largest number of frames that agreement may be asked of; an event may have no more.
const AGREEING_FRAMES_LIMIT: usize = schemas::camera_event::FRAMES_MAX;

/// The texts of one country's data files.
#[derive(Debug, Clone, Copy)]
pub struct PolicySources<'t> {
    /// `tariffs.toml`.
    pub tariffs: &'t str,
    /// `policy.toml`.
    pub policy: &'t str,
    /// `deadlines.toml`.
    pub deadlines: &'t str,
    /// `texts.toml`.
    pub texts: &'t str,
}

impl<'t> PolicySources<'t> {
    /// Those of a country's folder.
    #[must_use]
    pub const fn of(folder: &CountryTexts<'t>) -> Self {
        let CountryTexts { tariffs, policy, deadlines, texts, plate: _, grounds: _, holidays: _ } = *folder;
        Self { tariffs, policy, deadlines, texts }
    }
}

impl PolicySources<'static> {
    /// The files that are compiled in.
    #[must_use]
    pub const fn compiled_in(jurisdiction: Jurisdiction) -> Self {
        Self::of(&CountryTexts::compiled_in(jurisdiction))
    }
}

/// When red is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedLightPolicy {
    /// After red began, milliseconds.
    pub grace_milliseconds: u32,
    /// Shortest amber before it, milliseconds.
    pub minimum_amber_milliseconds: u32,
}

/// When a plate read is good enough to issue on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlatePolicy {
    /// Frames of different content that must agree, at least 2.
    pub agreeing_frames_min: usize,
    /// Least confidence in a whole read.
    pub read_confidence_floor: Confidence,
    /// Least confidence in its weakest character.
    pub character_confidence_floor: Confidence,
    /// From this probability on that the class is official ([`schemas::vehicle_class::VehicleClass::is_official`]), a person looks.
    pub official_probability_floor: Confidence,
    /// How far outside the vehicle's box its plate may stand, per cent of the box's sides.
    pub vehicle_box_margin_percent: u32,
}

/// The rules of one country.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    jurisdiction: Jurisdiction,
    tariffs: TariffTable,
    deadlines: Deadlines,
    words: Words,
    deduction: DeductionProfile,
    clock: ClockPolicy,
    plausible_age: TimeDelta,
    red_light: RedLightPolicy,
    sign_change_grace: TimeDelta,
    plate: PlatePolicy,
    vehicle_kinds: VehicleKinds,
    rule_table_sha256: Sha256Digest,
}

impl Policy {
    /// The rules that are compiled in.
    ///
    /// # Errors
    /// When the files are not as they should be, which a test of this module refuses.
    pub fn compiled_in(jurisdiction: Jurisdiction) -> Result<Self, PolicyError> {
        Self::load(jurisdiction, &PolicySources::compiled_in(jurisdiction))
    }

    /// Reads and checks the rules of a country.
    ///
    /// # Errors
    /// When a file is not TOML, has an unknown key, a value without source, bands with a gap or an overlap; the
    /// message names file and key.
    pub fn load(jurisdiction: Jurisdiction, sources: &PolicySources<'_>) -> Result<Self, PolicyError> {
        let file = |name, text| CountryFile { name, jurisdiction, text };
        let tariffs = tariff_file::load(file("tariffs.toml", sources.tariffs))?;
        let deadlines = deadlines::load(file("deadlines.toml", sources.deadlines))?;
        let words = words::load(file("texts.toml", sources.texts))?;
        let settings = file("policy.toml", sources.policy);
        let PolicyFile {
            jurisdiction: _,
            speed_deduction,
            clock,
            capture,
            red_light,
            sign,
            plate,
            vehicle_kinds: kinds,
        } = settings.parse()?;
        let (plate, class_colour_floor) = plate_policy(settings, plate)?;
        Ok(Self {
            jurisdiction,
            tariffs,
            deadlines,
            words,
            deduction: deduction_profile(settings, speed_deduction)?,
            clock: clock::load(settings, clock)?,
            plausible_age: TimeDelta::hours(
                settings.sourced("capture.plausible_age_hours", capture.plausible_age_hours)?.into(),
            ),
            red_light: red_light_policy(settings, red_light)?,
            sign_change_grace: TimeDelta::seconds(
                settings.sourced("sign.change_grace_seconds", sign.change_grace_seconds)?.into(),
            ),
            plate,
            vehicle_kinds: vehicle_kind::load(settings, kinds, class_colour_floor)?,
            rule_table_sha256: digest_of(jurisdiction, sources),
        })
    }

    /// The country.
    #[must_use]
    pub const fn jurisdiction(&self) -> Jurisdiction {
        self.jurisdiction
    }

    /// Fines.
    #[must_use]
    pub const fn tariffs(&self) -> &TariffTable {
        &self.tariffs
    }

    /// Time limits.
    #[must_use]
    pub const fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// What differs in the country's Arabic.
    #[must_use]
    pub const fn words(&self) -> &Words {
        &self.words
    }

    /// What is taken off a measured speed.
    #[must_use]
    pub const fn deduction(&self) -> DeductionProfile {
        self.deduction
    }

    /// How far a clock may be off.
    #[must_use]
    pub const fn clock(&self) -> ClockPolicy {
        self.clock
    }

    /// How old a capture may be on receipt.
    #[must_use]
    pub const fn plausible_age(&self) -> TimeDelta {
        self.plausible_age
    }

    /// What cameras call vehicles, and which classes of plate these do not carry.
    #[must_use]
    pub const fn vehicle_kinds(&self) -> &VehicleKinds {
        &self.vehicle_kinds
    }

    /// When red is certain.
    #[must_use]
    pub const fn red_light(&self) -> RedLightPolicy {
        self.red_light
    }

    /// How long after a change of a sign nobody is charged without a look.
    #[must_use]
    pub const fn sign_change_grace(&self) -> TimeDelta {
        self.sign_change_grace
    }

    /// When a plate read is good enough.
    #[must_use]
    pub const fn plate(&self) -> PlatePolicy {
        self.plate
    }

    /// SHA-256 over the texts of all four files, so that one changed byte gives another.
    #[must_use]
    pub const fn rule_table_sha256(&self) -> Sha256Digest {
        self.rule_table_sha256
    }
}

/// The rules of all countries, in the order of [`Jurisdiction::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct Policies([Policy; Jurisdiction::ALL.len()]);

impl Policies {
    /// The rules that are compiled in.
    ///
    /// # Errors
    /// As [`Policy::compiled_in`].
    pub fn compiled_in() -> Result<Self, PolicyError> {
        let [egypt, saudi_arabia] = Jurisdiction::ALL.map(Policy::compiled_in);
        Ok(Self([egypt?, saudi_arabia?]))
    }

    /// The same with the rules of one country replaced.
    #[must_use]
    pub fn with(mut self, policy: Policy) -> Self {
        let place = policy.jurisdiction as usize;
        self.0[place] = policy;
        self
    }

    /// The rules of `jurisdiction`.
    #[must_use]
    pub const fn of(&self, jurisdiction: Jurisdiction) -> &Policy {
        &self.0[jurisdiction as usize]
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    jurisdiction: String,
    speed_deduction: DeductionFile,
    clock: ClockFile,
    capture: CaptureFile,
    red_light: RedLightFile,
    sign: SignFile,
    plate: PlateFile,
    vehicle_kinds: BTreeMap<String, VehicleKindFile>,
}

impl NamesItsCountry for PolicyFile {
    fn jurisdiction(&self) -> &str {
        &self.jurisdiction
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeductionFile {
    minimum_kmh: Sourced<DecimalText>,
    percent: Sourced<DecimalText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaptureFile {
    plausible_age_hours: Sourced<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RedLightFile {
    grace_milliseconds: Sourced<u32>,
    minimum_amber_milliseconds: Sourced<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignFile {
    change_grace_seconds: Sourced<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlateFile {
    agreeing_frames_min: Sourced<usize>,
    read_confidence_floor: Sourced<DecimalText>,
    character_confidence_floor: Sourced<DecimalText>,
    official_probability_floor: Sourced<DecimalText>,
    vehicle_box_margin_percent: Sourced<u32>,
    class_colour_floor: Sourced<DecimalText>,
}

/// A number in quotes: TOML's own fractions are binary.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct DecimalText(#[serde(with = "rust_decimal::serde::str")] Decimal);

fn deduction_profile(file: CountryFile<'_>, raw: DeductionFile) -> Result<DeductionProfile, PolicyError> {
    let share = |key: &str, raw: Sourced<DecimalText>| {
        let DecimalText(value) = file.sourced(key, raw)?;
        let possible = value >= Decimal::ZERO && value <= Decimal::ONE_HUNDRED;
        if possible { Ok(value) } else { Err(file.refuse(key, format!("must be 0 to 100, got {value}"))) }
    };
    Ok(DeductionProfile {
        minimum_kmh: share("speed_deduction.minimum_kmh", raw.minimum_kmh)?,
        percent: share("speed_deduction.percent", raw.percent)?,
    })
}

fn red_light_policy(file: CountryFile<'_>, raw: RedLightFile) -> Result<RedLightPolicy, PolicyError> {
    let amber = "red_light.minimum_amber_milliseconds";
    Ok(RedLightPolicy {
        grace_milliseconds: file.sourced("red_light.grace_milliseconds", raw.grace_milliseconds)?,
        minimum_amber_milliseconds: file.sourced(amber, raw.minimum_amber_milliseconds)?,
    })
}

/// And the floor from which on a class by colour counts.
fn plate_policy(file: CountryFile<'_>, raw: PlateFile) -> Result<(PlatePolicy, Confidence), PolicyError> {
    let floor = |key: &str, raw: Sourced<DecimalText>| {
        let DecimalText(value) = file.sourced(key, raw)?;
        let value: Option<f32> = value.try_into().ok();
        let confidence = value.and_then(|value| Confidence::new(value).ok());
        confidence.ok_or_else(|| file.refuse(key, "must be \"0\" to \"1\""))
    };
    let key = "plate.agreeing_frames_min";
    let agreeing_frames_min = file.sourced(key, raw.agreeing_frames_min)?;
    if !(2..=AGREEING_FRAMES_LIMIT).contains(&agreeing_frames_min) {
        return Err(file.refuse(key, format!("must be 2 to {AGREEING_FRAMES_LIMIT}")));
    }
    let class_colour_floor = floor("plate.class_colour_floor", raw.class_colour_floor)?;
    let policy = PlatePolicy {
        agreeing_frames_min,
        read_confidence_floor: floor("plate.read_confidence_floor", raw.read_confidence_floor)?,
        character_confidence_floor: floor(
            "plate.character_confidence_floor",
            raw.character_confidence_floor,
        )?,
        official_probability_floor: floor(
            "plate.official_probability_floor",
            raw.official_probability_floor,
        )?,
        vehicle_box_margin_percent: file
            .sourced("plate.vehicle_box_margin_percent", raw.vehicle_box_margin_percent)?
            .min(100),
    };
    Ok((policy, class_colour_floor))
}

/// Each text goes in with its name and length, so that no byte can wander from one file to the next unseen.
fn digest_of(jurisdiction: Jurisdiction, sources: &PolicySources<'_>) -> Sha256Digest {
    let PolicySources { tariffs, policy, deadlines, texts } = sources;
    let mut bytes = format!("rasid.rules.v1\n{jurisdiction}\n").into_bytes();
    let files = [("tariffs", tariffs), ("policy", policy), ("deadlines", deadlines), ("texts", texts)];
    for (name, text) in files {
        bytes.extend_from_slice(format!("{name} {}\n", text.len()).as_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    Sha256Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saudi_with<'t>(change: impl FnOnce(&mut PolicySources<'t>)) -> Result<Policy, PolicyError> {
        let mut sources = PolicySources::compiled_in(Jurisdiction::SaudiArabia);
        change(&mut sources);
        Policy::load(Jurisdiction::SaudiArabia, &sources)
    }

    #[test]
    fn the_compiled_in_files_of_every_country_load() {
        for jurisdiction in Jurisdiction::ALL {
            assert_eq!(Policy::compiled_in(jurisdiction).unwrap().jurisdiction(), jurisdiction);
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_line_and_key() {
        let text = PolicySources::compiled_in(Jurisdiction::SaudiArabia).policy;
        let wrong = text.replace("[sign]", "[sign]\ncolour = 1");
        let refused = saudi_with(|sources| sources.policy = &wrong).unwrap_err().to_string();
        assert!(refused.starts_with("sa/policy.toml, line "), "{refused}");
        assert!(refused.contains("unknown field `colour`"), "{refused}");
    }

    #[test]
    fn a_value_without_a_source_must_say_why() {
        let text = PolicySources::compiled_in(Jurisdiction::SaudiArabia).policy;
        let wrong = text.replace("{ value = 10, sources = [\"uksi-2022-71\"] }", "{ value = 10 }");
        assert_ne!(wrong, text);
        let refused = saudi_with(|sources| sources.policy = &wrong).unwrap_err().to_string();
        assert!(refused.starts_with("sa/policy.toml: clock.speed_tolerance_seconds: needs"), "{refused}");
    }

    #[test]
    fn one_frame_is_never_agreement() {
        let text = PolicySources::compiled_in(Jurisdiction::SaudiArabia).policy;
        let wrong = text.replace("agreeing_frames_min = { value = 2", "agreeing_frames_min = { value = 1");
        assert_ne!(wrong, text);
        let refused = saudi_with(|sources| sources.policy = &wrong).unwrap_err().to_string();
        assert!(refused.contains("plate.agreeing_frames_min: must be 2 to 16"), "{refused}");
    }

    #[test]
    fn the_files_of_another_country_are_refused() {
        let egypt = PolicySources::compiled_in(Jurisdiction::Egypt);
        let refused = saudi_with(|sources| sources.texts = egypt.texts).unwrap_err().to_string();
        assert_eq!(refused, "sa/texts.toml: jurisdiction: must be \"SA\", got \"EG\"");
    }

    #[test]
    fn one_changed_byte_in_any_file_gives_another_digest() {
        let before = saudi_with(|_| {}).unwrap().rule_table_sha256();
        let compiled = PolicySources::compiled_in(Jurisdiction::SaudiArabia);
        for index in 0..4 {
            let text = [compiled.tariffs, compiled.policy, compiled.deadlines, compiled.texts][index];
            let longer = format!("{text}\n");
            let after = saudi_with(|sources| match index {
                0 => sources.tariffs = &longer,
                1 => sources.policy = &longer,
                2 => sources.deadlines = &longer,
                _ => sources.texts = &longer,
            });
            assert_ne!(after.unwrap().rule_table_sha256(), before, "file {index}");
        }
    }
}
