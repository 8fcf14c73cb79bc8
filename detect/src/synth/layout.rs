//! Size and arrangement of a plate, and the vehicle class that its colour shows.

use schemas::jurisdiction::Jurisdiction;
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

/// The vehicle class, shown by the colour of the band (Egypt) or strip (Saudi Arabia).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
    /// Egyptian police: dark blue band that says so.
    Police,
}

impl VehicleClass {
    /// The classes with a sourced colour in a country.
    #[must_use]
    pub const fn of(jurisdiction: Jurisdiction) -> &'static [Self] {
        match jurisdiction {
            Jurisdiction::Egypt => &[
                Self::Private,
                Self::Taxi,
                Self::Goods,
                Self::Bus,
                Self::TouristBus,
                Self::Rental,
                Self::Diplomatic,
            ],
            Jurisdiction::SaudiArabia => &[Self::Private, Self::Taxi, Self::Goods, Self::Diplomatic],
        }
    }

    /// Whether plates of the class follow rules of their own, so that letters and digits alone do not identify them.
    #[must_use]
    pub const fn is_official(self) -> bool {
        match self {
            Self::Diplomatic | Self::Police => true,
            Self::Private | Self::Taxi | Self::Goods | Self::Bus | Self::TouristBus | Self::Rental => false,
        }
    }

    /// The name written to labels.
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
        }
    }
}
