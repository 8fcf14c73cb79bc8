//! The class of a vehicle, as its plate shows it by the colour of a band (Egypt) or strip (Saudi Arabia).

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What a plate is issued for. Sources of the colours: domain handbook 1.1 and 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleClass {
    /// Private car: light blue band, white strip.
    Private,
    /// Taxi or public transport: orange band, yellow strip.
    Taxi,
    /// Truck or pickup: red band, blue strip.
    Goods,
    /// Egyptian bus: grey band.
    Bus,
    /// Egyptian tourist bus: beige band.
    TouristBus,
    /// Egyptian rental: brown band.
    Rental,
    /// Diplomatic: green.
    Diplomatic,
    /// Egyptian police: dark blue band.
    Police,
    /// Egyptian customs or temporary plate: yellow band, by a source that is not verified.
    Temporary,
}

/// The text is no name of a class.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a vehicle class must be one of {classes}, got '{0}'", classes = labels())]
pub struct UnknownVehicleClass(pub String);

impl VehicleClass {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Private,
        Self::Taxi,
        Self::Goods,
        Self::Bus,
        Self::TouristBus,
        Self::Rental,
        Self::Diplomatic,
        Self::Police,
        Self::Temporary,
    ];

    /// Name in JSON, files and labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Taxi => "taxi",
            Self::Goods => "goods",
            Self::Bus => "bus",
            Self::TouristBus => "tourist_bus",
            Self::Rental => "rental",
            Self::Diplomatic => "diplomatic",
            Self::Police => "police",
            Self::Temporary => "temporary",
        }
    }

    /// Whether plates of the class follow rules of their own, so that letters and digits alone do not identify them.
    #[must_use]
    pub const fn is_official(self) -> bool {
        match self {
            Self::Diplomatic | Self::Police => true,
            Self::Private
            | Self::Taxi
            | Self::Goods
            | Self::Bus
            | Self::TouristBus
            | Self::Rental
            | Self::Temporary => false,
        }
    }
}

fn labels() -> String {
    VehicleClass::ALL.map(VehicleClass::label).join(", ")
}

impl fmt::Display for VehicleClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

impl FromStr for VehicleClass {
    type Err = UnknownVehicleClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|class| class.label() == text);
        named.ok_or_else(|| UnknownVehicleClass(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_reads_back_from_its_label_in_code_and_in_files() {
        #[derive(Deserialize)]
        struct File {
            class: VehicleClass,
        }
        for class in VehicleClass::ALL {
            assert_eq!(class.label().parse(), Ok(class));
            let file: File = toml::from_str(&format!("class = \"{class}\"")).unwrap();
            assert_eq!(file.class, class);
        }
        let refused = "lorry".parse::<VehicleClass>().unwrap_err().to_string();
        assert!(refused.contains("tourist_bus") && refused.ends_with("got 'lorry'"), "{refused}");
    }
}
