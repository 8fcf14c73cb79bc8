//! What a camera states of an act: measured values, and the forms in which the acts of the list carry them.
//!
//! A form is a type that implements [`ActData`]: it reads itself out of what was sent, and says what is sent of it. Which
//! act has which form stands in [`crate::offence`].

use crate::ids::{CertificateId, EventId};
use crate::number::plain_decimal;
use rust_decimal::Decimal;
use std::fmt;
use thiserror::Error;

/// No vehicle on a road is measured faster, in km/h; more is a fault of the instrument.
pub const SPEED_KMH_MAX: u32 = 400;
/// The one unit of speed that is known.
pub const SPEED_UNIT: &str = "km/h";
/// Decimals of a speed; finer is no measurement.
pub const SPEED_DECIMALS_MAX: u32 = 2;

/// A speed in km/h, above 0 and at most [`SPEED_KMH_MAX`], with at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpeedKmh(Decimal);

/// The number is no speed of a road vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a speed must be above 0 and at most {SPEED_KMH_MAX} km/h with at most {SPEED_DECIMALS_MAX} decimals, got {0}"
)]
pub struct SpeedError(pub Decimal);

impl SpeedKmh {
    /// Takes a number of km/h.
    ///
    /// # Errors
    /// When it is not above 0, above [`SPEED_KMH_MAX`], or finer than two decimals.
    pub fn new(value: Decimal) -> Result<Self, SpeedError> {
        let possible = value > Decimal::ZERO && value <= Decimal::from(SPEED_KMH_MAX);
        if possible && value.normalize().scale() <= SPEED_DECIMALS_MAX {
            Ok(Self(value.normalize()))
        } else {
            Err(SpeedError(value))
        }
    }

    /// Kilometres per hour.
    #[must_use]
    pub const fn value(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for SpeedKmh {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} km/h", self.0)
    }
}

/// State of the traffic light at capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Which light.
    pub phase: SignalPhase,
    /// Since red began, milliseconds.
    pub red_milliseconds: u32,
    /// Length of the amber before it, milliseconds.
    pub amber_milliseconds: u32,
}

/// Which light was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalPhase {
    /// The camera does not know.
    Unknown,
    /// Green.
    Green,
    /// Amber.
    Amber,
    /// Red.
    Red,
}

/// The two ends of a section control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Event at the entry.
    pub entry: EventId,
    /// Event at the exit.
    pub exit: EventId,
    /// Certificate of the distance between them.
    pub distance_certificate: CertificateId,
}

/// An act as it travels, before it is known what it is. A text is empty where nothing is stated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SentAct {
    /// Code of the act.
    pub code: String,
    /// Decimal number of what was measured.
    pub measured: String,
    /// Unit of `measured` and `limit`.
    pub unit: String,
    /// How it was measured.
    pub method: String,
    /// Decimal number of the limit.
    pub limit: String,
    /// Where the limit comes from.
    pub limit_source: String,
    /// State of the traffic light.
    pub signal: Option<Signal>,
    /// The two ends of a section control.
    pub section: Option<Section>,
}

/// The form in which an act carries its data.
pub trait ActData: Sized {
    /// Reads it out of what was sent.
    ///
    /// # Errors
    /// When something that it needs is absent or does not read: one sentence.
    fn read(sent: &SentAct) -> Result<Self, String>;

    /// Returns what is sent of it: everything but the code.
    fn send(&self) -> SentAct;

    /// Returns the measured speed; `None` if acts of this form have none.
    fn speed(&self) -> Option<&SpeedAct>;

    /// Returns the state of the light; `None` if the camera stated none.
    fn signal(&self) -> Option<Signal>;

    /// Returns the two ends of the section; `None` if acts of this form have none.
    fn section(&self) -> Option<&Section>;
}

/// A measured speed against a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeedAct {
    /// As measured, before any deduction.
    pub measured: SpeedKmh,
    /// The limit that the camera had in force.
    pub limit: SpeedKmh,
    /// radar, lidar, section and so on.
    pub method: String,
    /// `fixed_sign`, `variable_sign` and so on.
    pub limit_source: String,
    /// The light, where a camera at a junction states it beside the speed; kept, never judged.
    pub signal: Option<Signal>,
}

/// A mean speed between two places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionAct {
    /// The mean speed.
    pub speed: SpeedAct,
    /// The two places.
    pub section: Section,
}

/// An act that is seen in the pictures and not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenAct {
    /// The light; `None` if the camera stated none.
    pub signal: Option<Signal>,
}

/// An act with a code, unit or number that is not known, or with data that it cannot have: a person looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The code as sent.
    pub code: String,
    /// What is wrong with it, one sentence.
    pub problem: String,
    /// The light as sent.
    pub signal: Option<Signal>,
    /// The two ends as sent.
    pub section: Option<Section>,
}

impl ActData for SpeedAct {
    fn read(sent: &SentAct) -> Result<Self, String> {
        if sent.unit != SPEED_UNIT {
            return Err(format!("the unit of the speed is not '{SPEED_UNIT}'"));
        }
        let measured = speed(&sent.measured).ok_or("the measured speed is not a speed of a road vehicle")?;
        let limit = speed(&sent.limit).ok_or("the limit is not a speed limit")?;
        let (method, limit_source) = (sent.method.clone(), sent.limit_source.clone());
        Ok(Self { measured, limit, method, limit_source, signal: sent.signal })
    }

    fn send(&self) -> SentAct {
        let Self { measured, limit, method, limit_source, signal } = self;
        SentAct {
            code: String::new(),
            measured: measured.value().to_string(),
            unit: SPEED_UNIT.to_owned(),
            method: method.clone(),
            limit: limit.value().to_string(),
            limit_source: limit_source.clone(),
            signal: *signal,
            section: None,
        }
    }

    fn speed(&self) -> Option<&SpeedAct> {
        Some(self)
    }

    fn signal(&self) -> Option<Signal> {
        self.signal
    }

    fn section(&self) -> Option<&Section> {
        None
    }
}

impl ActData for SectionAct {
    fn read(sent: &SentAct) -> Result<Self, String> {
        let section = sent.section.clone().ok_or("the two ends of the section are not stated")?;
        Ok(Self { speed: SpeedAct::read(sent)?, section })
    }

    fn send(&self) -> SentAct {
        let Self { speed, section } = self;
        SentAct { section: Some(section.clone()), ..speed.send() }
    }

    fn speed(&self) -> Option<&SpeedAct> {
        Some(&self.speed)
    }

    fn signal(&self) -> Option<Signal> {
        self.speed.signal
    }

    fn section(&self) -> Option<&Section> {
        Some(&self.section)
    }
}

impl ActData for SeenAct {
    fn read(sent: &SentAct) -> Result<Self, String> {
        Ok(Self { signal: sent.signal })
    }

    fn send(&self) -> SentAct {
        let Self { signal } = *self;
        SentAct { signal, ..SentAct::default() }
    }

    fn speed(&self) -> Option<&SpeedAct> {
        None
    }

    fn signal(&self) -> Option<Signal> {
        self.signal
    }

    fn section(&self) -> Option<&Section> {
        None
    }
}

fn speed(number: &str) -> Option<SpeedKmh> {
    plain_decimal(number, SPEED_DECIMALS_MAX).ok().and_then(|value| SpeedKmh::new(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_of_nothing_or_beyond_any_vehicle_is_refused() {
        assert!(SpeedKmh::new(Decimal::ZERO).is_err());
        assert!(SpeedKmh::new(Decimal::from(401)).is_err());
        assert!(SpeedKmh::new(Decimal::new(123_456, 3)).is_err());
        assert_eq!(SpeedKmh::new(Decimal::new(8750, 2)).map(|s| s.to_string()), Ok("87.5 km/h".into()));
    }

    #[test]
    fn a_speed_is_sent_in_the_one_form_of_numbers() {
        assert!(speed("87.50").is_some() && speed("60").is_some());
        for other in ["060", "60.000", "+60", "6e1", "6_0", ".5", "60.", "٦٠", ""] {
            assert_eq!(speed(other), None, "{other}");
        }
    }
}
