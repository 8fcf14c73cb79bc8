//! Time limits of one country: local civil days, as data in `deadlines.toml`.

use crate::policy::country_file::{CountryFile, NamesItsCountry, PolicyError};
use chrono::{DateTime, Days, NaiveDate, Utc};
use schemas::jurisdiction::Jurisdiction;
use serde::Deserialize;

/// Longest time limit that the file may hold, days.
pub const DEADLINE_DAYS_MAX: u32 = 3_660;

/// What starts a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineStart {
    /// The violation was recorded.
    Recorded,
    /// The citizen was told.
    Served,
    /// The objection ended with a sum still to be paid.
    ObjectionEnded,
    /// The last day for payment.
    PaymentDue,
    /// The deferred payment is over.
    ExtensionEnded,
}

/// What a time limit rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineBasis {
    /// Sources, keys of `schemas/jurisdictions/sources.toml`.
    Sourced(Vec<String>),
    /// Nothing that was verified, with the reason. The machine must never refuse anybody on the strength of it.
    Unverified(String),
}

/// A number of local civil days after the day on which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    days: u32,
    starts_with: DeadlineStart,
    basis: DeadlineBasis,
    jurisdiction: Jurisdiction,
}

impl Deadline {
    /// How many days.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    /// What starts it.
    #[must_use]
    pub const fn starts_with(&self) -> DeadlineStart {
        self.starts_with
    }

    /// What it rests on.
    #[must_use]
    pub const fn basis(&self) -> &DeadlineBasis {
        &self.basis
    }

    /// Whether something may be refused as late because of it.
    #[must_use]
    pub const fn supports_refusal(&self) -> bool {
        matches!(self.basis, DeadlineBasis::Sourced(_))
    }

    /// The last local day on which it is kept, when it started at `started`. The whole day counts.
    #[must_use]
    pub fn last_day(&self, started: DateTime<Utc>) -> NaiveDate {
        let first = started.with_timezone(&self.jurisdiction.time_zone()).date_naive();
        self.last_day_after(first)
    }

    /// The last local day on which it is kept, when it started with the end of `first`.
    #[must_use]
    pub fn last_day_after(&self, first: NaiveDate) -> NaiveDate {
        first.checked_add_days(Days::new(u64::from(self.days))).unwrap_or(NaiveDate::MAX)
    }
}

/// The time limits of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlines {
    /// To object.
    pub objection: Deadline,
    /// To pay; `None` where no day is set.
    pub payment: Option<Deadline>,
    /// How far payment can be deferred on request.
    pub payment_extension: Option<Deadline>,
    /// To pay with the reduction of `tariffs.toml`.
    pub discount: Option<Deadline>,
    /// The same for whoever was given the extension.
    pub discount_after_extension: Option<Deadline>,
}

/// Reads and checks the file.
///
/// # Errors
/// When it is not as it should be.
pub(crate) fn load(file: CountryFile<'_>) -> Result<Deadlines, PolicyError> {
    let DeadlinesFile {
        jurisdiction: _,
        objection,
        payment,
        payment_extension,
        discount,
        discount_after_extension,
    } = file.parse()?;
    let optional = |key, raw: Option<DeadlineFile>| raw.map(|raw| deadline(file, key, raw)).transpose();
    Ok(Deadlines {
        objection: deadline(file, "objection", objection)?,
        payment: optional("payment", payment)?,
        payment_extension: optional("payment_extension", payment_extension)?,
        discount: optional("discount", discount)?,
        discount_after_extension: optional("discount_after_extension", discount_after_extension)?,
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlinesFile {
    jurisdiction: String,
    objection: DeadlineFile,
    payment: Option<DeadlineFile>,
    payment_extension: Option<DeadlineFile>,
    discount: Option<DeadlineFile>,
    discount_after_extension: Option<DeadlineFile>,
}

impl NamesItsCountry for DeadlinesFile {
    fn jurisdiction(&self) -> &str {
        &self.jurisdiction
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlineFile {
    days: u32,
    starts_with: DeadlineStart,
    #[serde(default)]
    sources: Vec<String>,
    unverified: Option<String>,
}

fn deadline(file: CountryFile<'_>, key: &str, raw: DeadlineFile) -> Result<Deadline, PolicyError> {
    let DeadlineFile { days, starts_with, sources, unverified } = raw;
    file.check_basis(key, &sources, unverified.as_deref())?;
    if days == 0 || days > DEADLINE_DAYS_MAX {
        return Err(file.refuse(key, format!("days must be 1 to {DEADLINE_DAYS_MAX}, got {days}")));
    }
    let basis = unverified.map_or(DeadlineBasis::Sourced(sources), DeadlineBasis::Unverified);
    Ok(Deadline { days, starts_with, basis, jurisdiction: file.jurisdiction })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_day_is_a_local_day() {
        let saudi = Policy::compiled_in(Jurisdiction::SaudiArabia).unwrap();
        let objection = &saudi.deadlines().objection;
        // 22:30 in UTC is already the next day in Riyadh.
        let recorded = at("2026-03-01T22:30:00Z");
        assert_eq!(objection.last_day(recorded), NaiveDate::from_ymd_opt(2026, 4, 1).unwrap());
    }

    #[test]
    fn egypts_summer_time_moves_the_first_day() {
        let egypt = Policy::compiled_in(Jurisdiction::Egypt).unwrap();
        let discount = egypt.deadlines().discount.as_ref().unwrap();
        // Clocks go forward on 24 April 2026: before it Cairo is two hours ahead of UTC, after it three.
        let last = |served| discount.last_day(at(served)).to_string();
        assert_eq!(last("2026-04-20T21:30:00Z"), "2026-04-23");
        assert_eq!(last("2026-04-25T21:30:00Z"), "2026-04-29");
    }

    #[test]
    fn an_unverified_time_limit_supports_no_refusal() {
        let supports = |jurisdiction| {
            let policy = Policy::compiled_in(jurisdiction).unwrap();
            policy.deadlines().objection.supports_refusal()
        };
        assert!(supports(Jurisdiction::SaudiArabia));
        assert!(!supports(Jurisdiction::Egypt));
    }
}
