//! Size and arrangement of a plate, and the vehicle classes whose colours are drawn.

use schemas::jurisdiction::Jurisdiction;
use schemas::vehicle_class::VehicleClass;
use serde::Deserialize;

/// Size and arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// 350 x 170 mm, coloured band on top, digits left, letters right.
    EgyptCar,
    /// 335 x 155 mm, Arabic row above the Latin row, strip at the right.
    SaudiShort,
    /// 520 x 110 mm, strip in the middle.
    SaudiLong,
    /// 520 x 110 mm, strip at the right.
    SaudiLongStripRight,
}

impl Layout {
    /// Width and height in millimetres.
    #[must_use]
    pub const fn size_mm(self) -> (f32, f32) {
        match self {
            Self::EgyptCar => (350.0, 170.0),
            Self::SaudiShort => (335.0, 155.0),
            Self::SaudiLong | Self::SaudiLongStripRight => (520.0, 110.0),
        }
    }

    /// The country that uses it.
    #[must_use]
    pub const fn jurisdiction(self) -> Jurisdiction {
        match self {
            Self::EgyptCar => Jurisdiction::Egypt,
            Self::SaudiShort | Self::SaudiLong | Self::SaudiLongStripRight => Jurisdiction::SaudiArabia,
        }
    }

    /// The name written to labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::EgyptCar => "egypt_car",
            Self::SaudiShort => "saudi_short",
            Self::SaudiLong => "saudi_long",
            Self::SaudiLongStripRight => "saudi_long_strip_right",
        }
    }
}

/// The classes with a sourced colour in a country that plates are drawn of by chance.
#[must_use]
pub const fn drawn_classes(jurisdiction: Jurisdiction) -> &'static [VehicleClass] {
    match jurisdiction {
        Jurisdiction::Egypt => &[
            VehicleClass::Private,
            VehicleClass::Taxi,
            VehicleClass::Goods,
            VehicleClass::Bus,
            VehicleClass::TouristBus,
            VehicleClass::Rental,
            VehicleClass::Diplomatic,
        ],
        Jurisdiction::SaudiArabia => {
            &[VehicleClass::Private, VehicleClass::Taxi, VehicleClass::Goods, VehicleClass::Diplomatic]
        }
    }
}
