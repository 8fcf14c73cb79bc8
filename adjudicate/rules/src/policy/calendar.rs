//! Working days of each country: a time limit that ends on a day of rest ends on the next working day.
//!
//! Data in `schemas/jurisdictions/*/holidays.toml`.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use schemas::country::CountryTables;
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::str::FromStr;

/// No country has so many days of rest in a row; a longer run is a fault of the data.
const REST_DAYS_IN_A_ROW_MAX: u32 = 30;

/// Days of rest of one country.
#[derive(Debug)]
pub struct HolidayCalendar {
    weekend: BTreeSet<u32>,
    /// (month, day) of every year.
    every_year: BTreeSet<(u32, u32)>,
    /// Days that move with the moon, as announced.
    single: BTreeSet<NaiveDate>,
    sha256: Sha256Digest,
}

static TABLES: CountryTables<HolidayCalendar> =
    CountryTables::new("holidays.toml", |texts| texts.holidays, HolidayCalendar::load);

impl HolidayCalendar {
    /// Reads a text of the form of `holidays.toml`.
    ///
    /// # Errors
    /// When it is not TOML of that form, breaks a rule, or is of another country.
    pub fn load(text: &str, expected: Jurisdiction) -> Result<HolidayCalendar, String> {
        let File { jurisdiction, weekend, every_year, single } =
            toml::from_str(text).map_err(|error| error.to_string())?;
        if jurisdiction != expected.code() {
            return Err(format!("is of '{jurisdiction}'"));
        }
        let weekday = |name: &String| {
            let day = Weekday::from_str(name).map_err(|_| format!("'{name}' is no day of the week"))?;
            Ok(day.num_days_from_monday())
        };
        let month_day = |text: &String| {
            // A leap year, so that 29 February may stand in the list.
            let day = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d");
            day.map(|day| (day.month(), day.day())).map_err(|_| format!("'{text}' is not of the form MM-DD"))
        };
        Ok(HolidayCalendar {
            weekend: weekend.iter().map(weekday).collect::<Result<_, String>>()?,
            every_year: every_year.iter().map(month_day).collect::<Result<_, String>>()?,
            single: single.into_iter().collect(),
            sha256: Sha256Digest::of(text.as_bytes()),
        })
    }

    /// The calendar of `jurisdiction`.
    ///
    /// # Panics
    /// When the compiled-in file is broken, which a test of this module refuses.
    #[must_use]
    pub fn of(jurisdiction: Jurisdiction) -> &'static Self {
        TABLES.of(jurisdiction)
    }

    /// Whether people rest on `day`.
    #[must_use]
    pub fn is_rest(&self, day: NaiveDate) -> bool {
        self.weekend.contains(&day.weekday().num_days_from_monday())
            || self.every_year.contains(&(day.month(), day.day()))
            || self.single.contains(&day)
    }

    /// `day`, or the first working day after it.
    #[must_use]
    pub fn working_day_from(&self, day: NaiveDate) -> NaiveDate {
        let mut found = day;
        for _ in 0..REST_DAYS_IN_A_ROW_MAX {
            if !self.is_rest(found) {
                break;
            }
            found = found.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        }
        found
    }

    /// Of the file, for replay.
    #[must_use]
    pub const fn sha256(&self) -> Sha256Digest {
        self.sha256
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    jurisdiction: String,
    weekend: Vec<String>,
    every_year: Vec<String>,
    single: Vec<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn friday_and_saturday_move_a_time_limit_to_sunday() {
        for jurisdiction in Jurisdiction::ALL {
            let calendar = HolidayCalendar::of(jurisdiction);
            assert_eq!(calendar.working_day_from(day("2026-03-06")), day("2026-03-08"));
            assert_eq!(calendar.working_day_from(day("2026-03-05")), day("2026-03-05"));
        }
    }

    #[test]
    fn a_holiday_of_every_year_counts_in_its_own_country_only() {
        let national_day = day("2026-09-23");
        assert!(HolidayCalendar::of(Jurisdiction::SaudiArabia).is_rest(national_day));
        assert!(!HolidayCalendar::of(Jurisdiction::Egypt).is_rest(national_day));
    }

    #[test]
    fn a_file_of_another_country_or_with_a_wrong_date_is_refused() {
        let text = |country: &str, date: &str| {
            format!(
                "jurisdiction = '{country}'\nweekend = ['friday']\nevery_year = ['{date}']\nsingle = []\n"
            )
        };
        assert!(HolidayCalendar::load(&text("SA", "09-23"), Jurisdiction::SaudiArabia).is_ok());
        assert!(HolidayCalendar::load(&text("EG", "09-23"), Jurisdiction::SaudiArabia).is_err());
        assert!(HolidayCalendar::load(&text("SA", "23-09"), Jurisdiction::SaudiArabia).is_err());
    }
}
