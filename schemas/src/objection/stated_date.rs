//! A day that somebody states: when a report was made, when a vehicle was sold.

use chrono::{Days, NaiveDate};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The first year that can be meant: no register that is asked reaches further back.
pub const FIRST_YEAR: i32 = 2000;
/// The last year that can be meant.
pub const LAST_YEAR: i32 = 2099;
/// Days after today that a statement may name, since a contract can end later.
const DAYS_AHEAD_MAX: u64 = 366;
/// Characters of `2026-01-31`.
const CHARACTERS: usize = 10;

/// A day that somebody states, within the years that can be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatedDate(NaiveDate);

/// Why a text or a day cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StatedDateError {
    /// It has another form.
    #[error("a date is written as year-month-day with ASCII digits, e.g. 2026-01-31")]
    Form,
    /// The calendar has no such day.
    #[error("the calendar has no such day")]
    NoSuchDay,
    /// It lies outside the years that can be meant.
    #[error("a date must be from {FIRST_YEAR} to {LAST_YEAR}")]
    Year,
    /// It lies too far ahead.
    #[error("a date may be at most one year ahead")]
    Ahead,
}

impl StatedDate {
    /// Takes `2026-01-31` and no other form.
    ///
    /// # Errors
    /// When the form is another, the calendar has no such day, or the year cannot be meant.
    pub fn parse(text: &str) -> Result<Self, StatedDateError> {
        let has_form = text.len() == CHARACTERS
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !has_form {
            return Err(StatedDateError::Form);
        }
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| StatedDateError::NoSuchDay)?;
        Self::of(day)
    }

    /// Takes a day.
    ///
    /// # Errors
    /// When the year cannot be meant.
    pub fn of(day: NaiveDate) -> Result<Self, StatedDateError> {
        let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1);
        let last = NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31);
        if first.is_some_and(|first| day < first) || last.is_some_and(|last| day > last) {
            return Err(StatedDateError::Year);
        }
        Ok(Self(day))
    }

    /// The same if it lies at most a year after `today`.
    ///
    /// # Errors
    /// When it lies further ahead.
    pub fn not_far_after(self, today: NaiveDate) -> Result<Self, StatedDateError> {
        let last = today.checked_add_days(Days::new(DAYS_AHEAD_MAX)).unwrap_or(NaiveDate::MAX);
        if self.0 <= last { Ok(self) } else { Err(StatedDateError::Ahead) }
    }

    /// Returns the day.
    #[must_use]
    pub const fn day(self) -> NaiveDate {
        self.0
    }
}

impl FromStr for StatedDate {
    type Err = StatedDateError;

    fn from_str(text: &str) -> Result<Self, StatedDateError> {
        Self::parse(text)
    }
}

impl fmt::Display for StatedDate {
    /// `2026-01-31`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.format("%Y-%m-%d"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_form_is_taken_and_no_other() {
        assert_eq!(StatedDate::parse("2026-01-05").unwrap().to_string(), "2026-01-05");
        for other in [
            "+12345-01-01",
            "2026 - 01 - 05",
            "2026-1-5",
            "5/1/2026",
            "2026/01/05",
            "26-01-05",
            " 2026-01-05",
            "2026-01-05T00",
            "٢٠٢٦-٠١-٠٥",
            "-5000-01-01",
            "",
            "2026-01-0a",
        ] {
            assert_eq!(StatedDate::parse(other), Err(StatedDateError::Form), "{other}");
        }
        assert_eq!(StatedDate::parse("2026-02-30"), Err(StatedDateError::NoSuchDay));
        assert_eq!(StatedDate::parse("0000-00-00"), Err(StatedDateError::NoSuchDay));
    }

    #[test]
    fn a_year_that_nobody_can_mean_is_refused() {
        assert_eq!(StatedDate::parse("1999-12-31"), Err(StatedDateError::Year));
        assert_eq!(StatedDate::parse("2100-01-01"), Err(StatedDateError::Year));
        assert_eq!(StatedDate::of(NaiveDate::MIN), Err(StatedDateError::Year));
        let today = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
        assert!(StatedDate::parse("2027-11-29").unwrap().not_far_after(today).is_ok());
        let far = StatedDate::parse("2028-01-01").unwrap().not_far_after(today);
        assert_eq!(far, Err(StatedDateError::Ahead));
    }

    proptest! {
        #[test]
        fn a_date_that_was_taken_reads_back(text in "[0-9]{4}-[0-1][0-9]-[0-3][0-9]") {
            if let Ok(date) = StatedDate::parse(&text) {
                prop_assert_eq!(date.to_string(), text);
            }
        }
    }
}
