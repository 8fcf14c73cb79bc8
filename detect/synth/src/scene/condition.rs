//! What is true of a drawn plate besides its text: as issued, altered, hidden, beyond reading, foreign, or no plate
//! at all. Only the first may ever be issued automatically.

use crate::fault::corrupt::Corruption;
use crate::fault::cover::Cover;
use crate::fault::tamper::Tampering;
use crate::plate::fake::FakePlate;
use crate::plate::foreign::ForeignPlate;
use crate::plate::layout::{Carrier, EgyptLayout, Layout, Mount, SaudiLayout};
use crate::plate::specification::PlateSpecification;
use crate::random::{Dice, SynthRng};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateError;

/// What hangs where a plate hangs.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// As issued, and a person can read it.
    Regular(PlateSpecification),
    /// Somebody changed what it says.
    Tampered(PlateSpecification, Vec<Tampering>),
    /// Something hides at least half of at least one character.
    Occluded(PlateSpecification, Cover),
    /// The picture is so bad that a person cannot read at least one character.
    Unreadable(PlateSpecification, Corruption),
    /// Of a country that is not served.
    Foreign(ForeignPlate),
    /// Looks like a plate and is none.
    Fake(FakePlate),
}

/// A condition without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    /// See [`Condition::Regular`].
    Regular,
    /// See [`Condition::Tampered`].
    Tampered,
    /// See [`Condition::Occluded`].
    Occluded,
    /// See [`Condition::Foreign`].
    Foreign,
    /// See [`Condition::Fake`].
    Fake,
    /// See [`Condition::Unreadable`].
    Unreadable,
}

impl ConditionKind {
    /// All but the regular one.
    pub const CHALLENGES: [Self; 5] =
        [Self::Tampered, Self::Occluded, Self::Foreign, Self::Fake, Self::Unreadable];

    /// The name written to labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Tampered => "tampered",
            Self::Occluded => "occluded",
            Self::Foreign => "foreign",
            Self::Fake => "fake",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Which conditions a set of samples has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionMix {
    /// All the same.
    Only(ConditionKind),
    /// Equal parts of all but the regular one.
    Challenge,
}

impl ConditionMix {
    /// The condition of sample number `number`. Countries take turns by odd and even, so conditions change after two.
    #[must_use]
    pub fn kind(self, number: u64) -> ConditionKind {
        match self {
            Self::Only(kind) => kind,
            Self::Challenge => {
                let turn = usize::try_from(number / 2 % 5).unwrap_or(0);
                ConditionKind::CHALLENGES[turn]
            }
        }
    }
}

impl Condition {
    /// A condition of this kind by chance; country and mount are those of the plate, where there is one.
    ///
    /// # Errors
    /// When the country's grammar gives no number.
    pub fn random(
        kind: ConditionKind,
        jurisdiction: Jurisdiction,
        mount: Mount,
        dice: &mut Dice,
    ) -> Result<Self, PlateError> {
        let Dice { main, condition: chance, .. } = dice;
        let mut plate = |chance: &mut SynthRng| -> Result<PlateSpecification, PlateError> {
            let plate = PlateSpecification::random(jurisdiction, main)?.varied(chance);
            Ok(match mount {
                Mount::Car => plate,
                Mount::Motorcycle => plate.on_motorcycle(chance),
            })
        };
        Ok(match kind {
            ConditionKind::Regular => Self::Regular(plate(chance)?),
            ConditionKind::Tampered => {
                let (plate, tamperings) = Tampering::some(plate(chance)?, chance);
                Self::Tampered(plate, tamperings)
            }
            ConditionKind::Occluded => {
                let plate = plate(chance)?;
                let cover = Cover::random(&plate, chance);
                Self::Occluded(plate, cover)
            }
            ConditionKind::Unreadable => Self::Unreadable(plate(chance)?, Corruption::random(chance)),
            ConditionKind::Foreign => Self::Foreign(ForeignPlate::random(chance)),
            ConditionKind::Fake => Self::Fake(FakePlate::random(chance)),
        })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ConditionKind {
        match self {
            Self::Regular(_) => ConditionKind::Regular,
            Self::Tampered(..) => ConditionKind::Tampered,
            Self::Occluded(..) => ConditionKind::Occluded,
            Self::Unreadable(..) => ConditionKind::Unreadable,
            Self::Foreign(_) => ConditionKind::Foreign,
            Self::Fake(_) => ConditionKind::Fake,
        }
    }

    /// The plate of a country that is served, if it is one.
    #[must_use]
    pub const fn specification(&self) -> Option<&PlateSpecification> {
        match self {
            Self::Regular(plate)
            | Self::Tampered(plate, _)
            | Self::Occluded(plate, _)
            | Self::Unreadable(plate, _) => Some(plate),
            Self::Foreign(_) | Self::Fake(_) => None,
        }
    }

    /// Width and height in millimetres.
    #[must_use]
    pub fn size_mm(&self) -> (f32, f32) {
        match self {
            Self::Regular(plate)
            | Self::Tampered(plate, _)
            | Self::Occluded(plate, _)
            | Self::Unreadable(plate, _) => plate.layout().size_mm(),
            Self::Foreign(plate) => plate.size_mm(),
            Self::Fake(plate) => plate.size_mm(),
        }
    }

    /// What it hangs on; a car for what is no plate of a country that is served.
    pub(crate) fn carrier(&self) -> Carrier {
        let mount = self.specification().map_or(Mount::Car, |plate| plate.layout().mount());
        Carrier { mount, plate_mm: self.size_mm().0 }
    }

    /// The particulars, for labels: which tamperings, which cover, which country.
    #[must_use]
    pub fn details(&self) -> Vec<&'static str> {
        match self {
            Self::Regular(_) => Vec::new(),
            Self::Tampered(_, tamperings) => tamperings.iter().map(Tampering::label).collect(),
            Self::Occluded(_, cover) => vec![cover.label()],
            Self::Unreadable(_, corruption) => vec![corruption.label()],
            Self::Foreign(plate) => vec![plate.name()],
            Self::Fake(plate) => vec![plate.label()],
        }
    }

    /// Whether a reader may pass it without a person: regular, of a regular series, of a class that the country's
    /// letters and digits identify.
    #[must_use]
    pub fn may_issue(&self) -> bool {
        match self {
            Self::Regular(plate) => plate.series() != "special" && !plate.class().is_official(),
            Self::Tampered(..)
            | Self::Occluded(..)
            | Self::Unreadable(..)
            | Self::Foreign(_)
            | Self::Fake(_) => false,
        }
    }

    /// The least width in pixels at which a person can still see what the condition says, where there is one.
    #[must_use]
    pub fn narrowest_px(&self) -> f32 {
        match self {
            // A painted dot is about a tenth as wide as its letter is high.
            Self::Tampered(plate, _) => match plate.layout() {
                Layout::Egypt(EgyptLayout::Car | EgyptLayout::Motorcycle) => 110.0,
                Layout::Egypt(EgyptLayout::MotorcycleDigitsAbove | EgyptLayout::MotorcycleLettersAbove) => {
                    84.0
                }
                Layout::Saudi(SaudiLayout::Short) => 140.0,
                Layout::Saudi(SaudiLayout::Motorcycle) => 110.0,
                Layout::Saudi(SaudiLayout::Long | SaudiLayout::LongStripRight) => 200.0,
            },
            Self::Regular(_)
            | Self::Occluded(..)
            | Self::Unreadable(..)
            | Self::Foreign(_)
            | Self::Fake(_) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::cover::CoverKind;
    use crate::plate::fake::FakeKind;
    use schemas::vehicle_class::VehicleClass;
    use std::collections::BTreeSet;

    fn conditions(kind: ConditionKind, count: u64) -> impl Iterator<Item = Condition> {
        (0..count).map(move |number| {
            let jurisdiction = Jurisdiction::ALL[usize::try_from(number % 2).unwrap()];
            Condition::random(kind, jurisdiction, Mount::Car, &mut Dice::new(9, number)).unwrap()
        })
    }

    fn details(kind: ConditionKind) -> BTreeSet<&'static str> {
        conditions(kind, 2_000).flat_map(|condition| condition.details()).collect()
    }

    #[test]
    fn every_particular_of_every_condition_is_reached() {
        let tamperings = [
            "hidden_dot",
            "moved_dot",
            "other_latin_letter",
            "painted_dots",
            "painted_over",
            "painted_stroke",
            "painted_zero",
            "reprinted_letter",
            "taped",
        ];
        assert_eq!(details(ConditionKind::Tampered), BTreeSet::from(tamperings));
        assert_eq!(details(ConditionKind::Occluded).len(), CoverKind::ALL.len());
        assert_eq!(details(ConditionKind::Foreign), ForeignPlate::names().collect());
        assert_eq!(details(ConditionKind::Fake).len(), FakeKind::ALL.len());
        assert_eq!(details(ConditionKind::Unreadable).len(), 5);
    }

    #[test]
    fn a_challenge_has_equal_parts_of_all_but_the_regular_in_both_countries() {
        let mut counts = std::collections::BTreeMap::new();
        for number in 0..2_000_u64 {
            *counts.entry((ConditionMix::Challenge.kind(number), number % 2)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 10);
        assert!(counts.values().all(|count| *count == 200), "{counts:?}");
        assert!(!counts.contains_key(&(ConditionKind::Regular, 0)));
    }

    #[test]
    fn only_regular_plates_of_a_regular_series_may_be_issued() {
        for kind in ConditionKind::CHALLENGES {
            assert!(conditions(kind, 200).all(|condition| !condition.may_issue()));
        }
        for condition in conditions(ConditionKind::Regular, 500) {
            let plate = condition.specification().unwrap();
            let doubtful = plate.series() == "special" || plate.class().is_official();
            assert_eq!(condition.may_issue(), !doubtful, "{plate:?}");
        }
    }

    #[test]
    fn the_plate_of_a_number_is_the_same_whatever_is_done_to_it() {
        let number = |kind| {
            let mut dice = Dice::new(4, 2);
            let condition = Condition::random(kind, Jurisdiction::Egypt, Mount::Car, &mut dice).unwrap();
            condition.specification().unwrap().number().clone()
        };
        let regular = number(ConditionKind::Regular);
        for kind in [ConditionKind::Tampered, ConditionKind::Occluded, ConditionKind::Unreadable] {
            assert_eq!(number(kind), regular);
        }
    }

    #[test]
    fn police_plates_and_the_face_since_2022_are_met_in_egypt_and_never_in_saudi_arabia() {
        for (jurisdiction, expected) in [(Jurisdiction::Egypt, true), (Jurisdiction::SaudiArabia, false)] {
            let plates: Vec<Condition> = (0..300)
                .map(|number| {
                    let mut dice = Dice::new(3, number);
                    Condition::random(ConditionKind::Regular, jurisdiction, Mount::Car, &mut dice).unwrap()
                })
                .collect();
            let specifications = || plates.iter().filter_map(Condition::specification);
            let police = specifications().any(|plate| plate.class() == VehicleClass::Police);
            let beside = specifications().any(PlateSpecification::has_latin_beside);
            assert_eq!((police, beside), (expected, expected));
        }
    }
}
