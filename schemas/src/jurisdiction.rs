//! The countries Rasid serves. What differs between them is data in `schemas/jurisdictions`.

use crate::money::Currency;
use chrono_tz::Tz;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A country whose law applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Jurisdiction {
    /// Egypt.
    Egypt,
    /// Saudi Arabia.
    SaudiArabia,
}

/// The text is not a code of a country that Rasid serves.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("jurisdiction must be 'EG' or 'SA', got '{0}'")]
pub struct UnknownJurisdiction(pub String);

impl Jurisdiction {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Egypt, Self::SaudiArabia];

    /// ISO 3166-1 alpha-2, upper case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Egypt => "EG",
            Self::SaudiArabia => "SA",
        }
    }

    /// The zone in which its civil dates and deadlines run.
    #[must_use]
    pub const fn time_zone(self) -> Tz {
        match self {
            Self::Egypt => Tz::Africa__Cairo,
            Self::SaudiArabia => Tz::Asia__Riyadh,
        }
    }

    /// What its fines are paid in.
    #[must_use]
    pub const fn currency(self) -> Currency {
        match self {
            Self::Egypt => Currency::EgyptianPound,
            Self::SaudiArabia => Currency::SaudiRiyal,
        }
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Jurisdiction {
    type Err = UnknownJurisdiction;

    fn from_str(text: &str) -> Result<Self, UnknownJurisdiction> {
        Self::ALL
            .into_iter()
            .find(|one| one.code() == text)
            .ok_or_else(|| UnknownJurisdiction(text.to_owned()))
    }
}
