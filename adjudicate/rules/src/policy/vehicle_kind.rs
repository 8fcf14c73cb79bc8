//! What cameras call a vehicle, and the classes of plate that such a vehicle does not carry: data in `policy.toml`.

use crate::policy::country_file::{CountryFile, PolicyError, Sourced};
use schemas::camera_event::Vehicle;
use schemas::plate_read::{ClassReading, Confidence};
use schemas::vehicle_class::VehicleClass;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of vehicle of one country.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleKinds {
    /// By the camera's word.
    never: BTreeMap<String, BTreeSet<VehicleClass>>,
    floor: Confidence,
}

/// One kind as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VehicleKindFile {
    words: Vec<String>,
    never: Sourced<BTreeSet<VehicleClass>>,
}

impl VehicleKinds {
    /// Whether the colour of a plate surely shows a class that the camera's vehicle does not carry. A camera that says
    /// nothing of the vehicle, or something unknown, contradicts nothing.
    #[must_use]
    pub fn contradict(&self, vehicle: Option<&Vehicle>, reading: Option<&ClassReading>) -> bool {
        let never = vehicle.and_then(|vehicle| self.never.get(&plain(&vehicle.class)));
        let sure = reading.filter(|reading| reading.confidence >= self.floor);
        never.zip(sure).is_some_and(|(never, reading)| never.contains(&reading.class))
    }
}

pub(crate) fn load(
    file: CountryFile<'_>,
    kinds: BTreeMap<String, VehicleKindFile>,
    floor: Confidence,
) -> Result<VehicleKinds, PolicyError> {
    let mut all = BTreeMap::new();
    for (name, VehicleKindFile { words, never }) in kinds {
        let never = file.sourced(&format!("vehicle_kinds.{name}.never"), never)?;
        for word in words {
            let key = format!("vehicle_kinds.{name}.words");
            if plain(&word) != word || word.is_empty() {
                return Err(
                    file.refuse(&key, format!("must be in small letters with single blanks, got \"{word}\""))
                );
            }
            if all.insert(word.clone(), never.clone()).is_some() {
                return Err(file.refuse(&key, format!("\"{word}\" stands twice")));
            }
        }
    }
    Ok(VehicleKinds { never: all, floor })
}

/// Small letters, one blank between words.
fn plain(word: &str) -> String {
    let words =
        word.split(|character: char| character.is_whitespace() || character == '-' || character == '_');
    words.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, PolicyError, PolicySources};
    use crate::samples::{POLICIES, class_reading};
    use schemas::jurisdiction::Jurisdiction;

    fn contradicts(jurisdiction: Jurisdiction, word: &str, class: VehicleClass, confidence: f32) -> bool {
        let (colour, make) = (String::new(), String::new());
        let vehicle = Vehicle { class: word.to_owned(), colour, make, position: None };
        let reading = class_reading(class, confidence);
        POLICIES.of(jurisdiction).vehicle_kinds().contradict(Some(&vehicle), Some(&reading))
    }

    #[test]
    fn a_truck_with_a_private_plate_is_contradicted_where_the_class_means_that() {
        assert!(contradicts(Jurisdiction::Egypt, "truck", VehicleClass::Private, 0.95));
        assert!(!contradicts(Jurisdiction::SaudiArabia, "truck", VehicleClass::Private, 0.99));
        assert!(contradicts(Jurisdiction::SaudiArabia, "truck", VehicleClass::Taxi, 0.99));
        assert!(!contradicts(Jurisdiction::Egypt, "truck", VehicleClass::Goods, 0.99));
    }

    #[test]
    fn a_doubtful_colour_or_an_unknown_word_contradicts_nothing() {
        assert!(!contradicts(Jurisdiction::Egypt, "car", VehicleClass::Goods, 0.949));
        assert!(!contradicts(Jurisdiction::Egypt, "pickup", VehicleClass::Private, 0.99));
        assert!(!contradicts(Jurisdiction::Egypt, "", VehicleClass::Goods, 0.99));
        let kinds = POLICIES.of(Jurisdiction::Egypt).vehicle_kinds();
        assert!(!kinds.contradict(None, Some(&class_reading(VehicleClass::Goods, 0.99))));
    }

    #[test]
    fn the_cameras_spelling_does_not_matter() {
        for word in ["Heavy_Truck", " heavy-truck ", "HEAVY  TRUCK"] {
            assert!(contradicts(Jurisdiction::Egypt, word, VehicleClass::Taxi, 0.99), "{word}");
        }
    }

    fn refusal(from: &str, to: &str) -> PolicyError {
        let text = PolicySources::compiled_in(Jurisdiction::Egypt).policy;
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let mut sources = PolicySources::compiled_in(Jurisdiction::Egypt);
        sources.policy = &changed;
        Policy::load(Jurisdiction::Egypt, &sources).unwrap_err()
    }

    #[test]
    fn a_word_that_stands_twice_or_a_class_that_is_none_is_refused() {
        let twice = refusal("\"coach\"", "\"truck\"").to_string();
        assert_eq!(twice, "eg/policy.toml: vehicle_kinds.truck.words: \"truck\" stands twice");
        let capital = refusal("\"coach\"", "\"Coach\"").to_string();
        assert!(capital.contains("vehicle_kinds.bus.words: must be in small letters"), "{capital}");
        let class = refusal("\"goods\", \"bus\"", "\"lorries\", \"bus\"").to_string();
        assert!(class.contains("unknown variant `lorries`"), "{class}");
    }
}
