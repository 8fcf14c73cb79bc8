//! The countries Rasid serves. What differs between them is data in `schemas/jurisdictions`.

use crate::money::Currency;
use chrono_tz::Tz;
use thiserror::Error;

crate::closed_list! {
    /// A country whose law applies, by its code of ISO 3166-1 alpha-2.
    pub enum Jurisdiction (code, from_code) {
        /// Egypt.
        Egypt = "EG",
        /// Saudi Arabia.
        SaudiArabia = "SA",
    }
    impl Display;
    impl FromStr<UnknownJurisdiction> = UnknownJurisdiction;
}

/// The text is not a code of a country that Rasid serves.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("jurisdiction must be 'EG' or 'SA', got '{0}'")]
pub struct UnknownJurisdiction(pub String);

impl Jurisdiction {
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
