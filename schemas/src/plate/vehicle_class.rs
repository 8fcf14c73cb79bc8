//! The class of a vehicle, as its plate shows it by the colour of a band (Egypt) or strip (Saudi Arabia).

use serde::Deserialize;
use thiserror::Error;

crate::closed_list! {
    /// What a plate is issued for. Sources of the colours: domain handbook 1.1 and 1.3.
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum VehicleClass {
        /// Private car: light blue band, white strip.
        Private = "private",
        /// Taxi or public transport: orange band, yellow strip.
        Taxi = "taxi",
        /// Truck or pickup: red band, blue strip.
        Goods = "goods",
        /// Egyptian bus: grey band.
        Bus = "bus",
        /// Egyptian tourist bus: beige band.
        TouristBus = "tourist_bus",
        /// Egyptian rental: brown band.
        Rental = "rental",
        /// Diplomatic: green.
        Diplomatic = "diplomatic",
        /// Egyptian police: dark blue band.
        Police = "police",
        /// Egyptian customs or temporary plate: yellow band, by a source that is not verified.
        Temporary = "temporary",
    }
    impl Display;
    impl FromStr<UnknownVehicleClass> = UnknownVehicleClass;
}

/// The text is no name of a class.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a vehicle class must be one of {classes}, got '{0}'", classes = labels())]
pub struct UnknownVehicleClass(pub String);

impl VehicleClass {
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
