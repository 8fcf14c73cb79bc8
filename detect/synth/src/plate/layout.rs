//! Size and arrangement of a plate, and the vehicle classes whose colours are drawn.

use schemas::jurisdiction::Jurisdiction;
use schemas::vehicle_class::VehicleClass;
use serde::Deserialize;
use thiserror::Error;

/// Size and arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Layout {
    /// Of an Egyptian plate.
    Egypt(EgyptLayout),
    /// Of a Saudi plate.
    Saudi(SaudiLayout),
}

/// Egyptian: a coloured band on top, characters below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EgyptLayout {
    /// 350 x 170 mm, digits left, letters right.
    Car,
    /// 200 x 97 mm, as on a car.
    Motorcycle,
    /// 200 x 180 mm, digits above letters.
    MotorcycleDigitsAbove,
    /// 200 x 180 mm, letters above digits.
    MotorcycleLettersAbove,
}

/// Saudi: an Arabic row above a Latin one, and a strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaudiLayout {
    /// 335 x 155 mm, strip at the right.
    Short,
    /// 520 x 110 mm, strip in the middle.
    Long,
    /// 520 x 110 mm, strip at the right.
    LongStripRight,
    /// 240 x 140 mm, strip at the right.
    Motorcycle,
}

/// What a plate is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// A car, a bus, a lorry.
    Car,
    /// A motorcycle. That its plate is smaller, in Egypt with a band of light blue or, of the police, of dark blue, has a
    /// source (`wiki-eg`); sizes and arrangement have none, so several are drawn and none is taken for the true one.
    Motorcycle,
}

/// What a plate hangs on, and how wide the plate is in millimetres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carrier {
    pub mount: Mount,
    pub plate_mm: f32,
}

/// A name that no layout has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{name}` is no layout of a plate; there are {}", Layout::ALL.map(Layout::label).join(", "))]
pub struct UnknownLayout {
    /// What was written.
    pub name: String,
}

impl TryFrom<String> for Layout {
    type Error = UnknownLayout;

    fn try_from(name: String) -> Result<Self, UnknownLayout> {
        let known = Self::ALL.into_iter().find(|layout| layout.label() == name);
        known.ok_or(UnknownLayout { name })
    }
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 8] = [
        Self::Egypt(EgyptLayout::Car),
        Self::Egypt(EgyptLayout::Motorcycle),
        Self::Egypt(EgyptLayout::MotorcycleDigitsAbove),
        Self::Egypt(EgyptLayout::MotorcycleLettersAbove),
        Self::Saudi(SaudiLayout::Short),
        Self::Saudi(SaudiLayout::Long),
        Self::Saudi(SaudiLayout::LongStripRight),
        Self::Saudi(SaudiLayout::Motorcycle),
    ];

    /// Width and height in millimetres.
    #[must_use]
    pub const fn size_mm(self) -> (f32, f32) {
        match self {
            Self::Egypt(layout) => layout.size_mm(),
            Self::Saudi(layout) => layout.size_mm(),
        }
    }

    /// The country that uses it.
    #[must_use]
    pub const fn jurisdiction(self) -> Jurisdiction {
        match self {
            Self::Egypt(_) => Jurisdiction::Egypt,
            Self::Saudi(_) => Jurisdiction::SaudiArabia,
        }
    }

    /// The name written to labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Egypt(EgyptLayout::Car) => "egypt_car",
            Self::Egypt(EgyptLayout::Motorcycle) => "egypt_motorcycle",
            Self::Egypt(EgyptLayout::MotorcycleDigitsAbove) => "egypt_motorcycle_digits_above",
            Self::Egypt(EgyptLayout::MotorcycleLettersAbove) => "egypt_motorcycle_letters_above",
            Self::Saudi(SaudiLayout::Short) => "saudi_short",
            Self::Saudi(SaudiLayout::Long) => "saudi_long",
            Self::Saudi(SaudiLayout::LongStripRight) => "saudi_long_strip_right",
            Self::Saudi(SaudiLayout::Motorcycle) => "saudi_motorcycle",
        }
    }

    /// A country's layouts of this mount; those of motorcycles are assumptions, see [`Mount::Motorcycle`].
    #[must_use]
    pub fn of(jurisdiction: Jurisdiction, mount: Mount) -> Vec<Self> {
        let is_meant = |layout: &Self| layout.jurisdiction() == jurisdiction && layout.mount() == mount;
        Self::ALL.into_iter().filter(is_meant).collect()
    }

    /// How large strokes and dots are against those on a car's plate.
    #[must_use]
    pub const fn unit(self) -> f32 {
        match self {
            Self::Egypt(layout) => layout.unit(),
            Self::Saudi(layout) => layout.unit(),
        }
    }

    /// What it is made for.
    #[must_use]
    pub const fn mount(self) -> Mount {
        match self {
            Self::Egypt(EgyptLayout::Car)
            | Self::Saudi(SaudiLayout::Short | SaudiLayout::Long | SaudiLayout::LongStripRight) => Mount::Car,
            Self::Egypt(
                EgyptLayout::Motorcycle
                | EgyptLayout::MotorcycleDigitsAbove
                | EgyptLayout::MotorcycleLettersAbove,
            )
            | Self::Saudi(SaudiLayout::Motorcycle) => Mount::Motorcycle,
        }
    }
}

impl Carrier {
    pub(crate) const fn of(layout: Layout) -> Self {
        Self { mount: layout.mount(), plate_mm: layout.size_mm().0 }
    }
}

impl EgyptLayout {
    /// Width and height in millimetres.
    #[must_use]
    pub const fn size_mm(self) -> (f32, f32) {
        match self {
            Self::Car => (350.0, 170.0),
            Self::Motorcycle => (200.0, 97.0),
            Self::MotorcycleDigitsAbove | Self::MotorcycleLettersAbove => (200.0, 180.0),
        }
    }

    /// See [`Layout::unit`].
    #[must_use]
    pub const fn unit(self) -> f32 {
        match self {
            Self::Car => 1.0,
            Self::Motorcycle => 200.0 / 350.0,
            Self::MotorcycleDigitsAbove | Self::MotorcycleLettersAbove => 0.75,
        }
    }
}

impl SaudiLayout {
    /// Width and height in millimetres.
    #[must_use]
    pub const fn size_mm(self) -> (f32, f32) {
        match self {
            Self::Short => (335.0, 155.0),
            Self::Long | Self::LongStripRight => (520.0, 110.0),
            Self::Motorcycle => (240.0, 140.0),
        }
    }

    /// See [`Layout::unit`].
    #[must_use]
    pub const fn unit(self) -> f32 {
        match self {
            Self::Short | Self::Long | Self::LongStripRight => 1.0,
            Self::Motorcycle => 0.9,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_known_by_its_label_and_another_name_is_refused_with_all_that_there_are() {
        for layout in Layout::ALL {
            assert_eq!(Layout::try_from(layout.label().to_owned()), Ok(layout));
        }
        let refused = Layout::try_from("egypt_bicycle".to_owned()).unwrap_err().to_string();
        assert!(refused.contains("`egypt_bicycle` is no layout"), "{refused}");
        assert!(refused.ends_with("saudi_motorcycle"), "{refused}");
    }

    #[test]
    fn a_motorcycles_plate_is_smaller_than_a_cars() {
        for jurisdiction in Jurisdiction::ALL {
            let area = |layout: &Layout| layout.size_mm().0 * layout.size_mm().1;
            let cars = Layout::of(jurisdiction, Mount::Car);
            let motorcycles = Layout::of(jurisdiction, Mount::Motorcycle);
            let smallest = cars.iter().map(area).fold(f32::MAX, f32::min);
            assert!(!motorcycles.is_empty() && motorcycles.iter().all(|layout| area(layout) < smallest));
        }
    }
}
