//! Working days of each country: a time limit that ends on a day of rest ends on the next working day.
//!
//! Days of every year and rules for feasts are data in `schemas/jurisdictions/*/holidays.toml`. Feasts move with the moon:
//! what the rules give are drafts, for people. Only an announced day counts, from the file or imported later, and the more
//! days are announced the longer a time limit becomes.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use icu_calendar::Date;
use icu_calendar::cal::Hijri;
use schemas::country::CountryTables;
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use schemas::text::BilingualText;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// No country has so many days of rest in a row; a longer run is a fault of the data.
const REST_DAYS_IN_A_ROW_MAX: u32 = 30;
/// Months of a Hijri year, and days of its longest month.
const HIJRI_MONTHS: u8 = 12;
const HIJRI_MONTH_DAYS_MAX: u8 = 30;

/// Days of rest of one country.
#[derive(Debug)]
pub struct HolidayCalendar {
    weekend: BTreeSet<u32>,
    /// (month, day) of every year.
    every_year: BTreeSet<(u32, u32)>,
    /// Days that move with the moon, as announced when the file was written.
    announced: BTreeMap<NaiveDate, BilingualText>,
    feasts: Vec<Feast>,
    sha256: Sha256Digest,
}

/// Where a feast stands in the Hijri year.
#[derive(Debug)]
struct Feast {
    month: u8,
    day: u8,
    days: u8,
    name: BilingualText,
}

/// A day of rest with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDay {
    /// The civil day.
    pub day: NaiveDate,
    /// What it is called.
    pub name: BilingualText,
}

static TABLES: CountryTables<HolidayCalendar> =
    CountryTables::new("holidays.toml", |texts| texts.holidays, HolidayCalendar::load);

impl HolidayCalendar {
    /// Reads a text of the form of `holidays.toml`.
    ///
    /// # Errors
    /// When it is not TOML of that form, breaks a rule, or is of another country.
    pub fn load(text: &str, expected: Jurisdiction) -> Result<HolidayCalendar, String> {
        let File { jurisdiction, weekend, every_year, announced, feast } =
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
            announced: announced.into_iter().map(announced_day).collect::<Result<_, String>>()?,
            feasts: feast.into_iter().map(checked_feast).collect::<Result<_, String>>()?,
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

    /// Whether people rest on `day` by this file alone.
    #[must_use]
    pub fn is_rest(&self, day: NaiveDate) -> bool {
        self.weekend.contains(&day.weekday().num_days_from_monday())
            || self.every_year.contains(&(day.month(), day.day()))
            || self.announced.contains_key(&day)
    }

    /// Returns `day`, or the first working day after it; people rest on the days that were `announced` since, too.
    #[must_use]
    pub fn working_day_from(&self, day: NaiveDate, announced: &BTreeSet<NaiveDate>) -> NaiveDate {
        let mut found = day;
        for _ in 0..REST_DAYS_IN_A_ROW_MAX {
            if !self.is_rest(found) && !announced.contains(&found) {
                break;
            }
            found = found.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        }
        found
    }

    /// Returns the announced days of the file, ascending.
    #[must_use]
    pub fn announced(&self) -> Vec<NamedDay> {
        self.announced.iter().map(|(day, name)| NamedDay { day: *day, name: name.clone() }).collect()
    }

    /// Returns the days on which feasts fall in a civil year by the calendar of Umm al-Qura, ascending. They are drafts: no
    /// time limit moves by them before they are announced.
    #[must_use]
    pub fn drafts(&self, year: i32) -> Vec<NamedDay> {
        let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else { return Vec::new() };
        let days = first.iter_days().take_while(|day| day.year() == year);
        days.filter_map(|day| {
            let (month, of_month) = hijri(day)?;
            let falls = |feast: &&Feast| {
                feast.month == month && (feast.day..feast.day.saturating_add(feast.days)).contains(&of_month)
            };
            let feast = self.feasts.iter().find(falls)?;
            Some(NamedDay { day, name: feast.name.clone() })
        })
        .collect()
    }

    /// Of the file, for replay.
    #[must_use]
    pub const fn sha256(&self) -> Sha256Digest {
        self.sha256
    }
}

/// Month and day of the Hijri year; `None` beyond what the library reckons.
fn hijri(day: NaiveDate) -> Option<(u8, u8)> {
    let month = u8::try_from(day.month()).ok()?;
    let of_month = u8::try_from(day.day()).ok()?;
    let date = Date::try_new_iso(day.year(), month, of_month).ok()?;
    let date = date.to_calendar(Hijri::new_umm_al_qura());
    Some((date.month().number(), date.day_of_month().0))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    jurisdiction: String,
    weekend: Vec<String>,
    every_year: Vec<String>,
    #[serde(default)]
    announced: Vec<AnnouncedFile>,
    #[serde(default)]
    feast: Vec<FeastFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnnouncedFile {
    day: NaiveDate,
    arabic: String,
    english: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeastFile {
    month: u8,
    day: u8,
    days: u8,
    arabic: String,
    english: String,
    unverified: String,
}

fn announced_day(raw: AnnouncedFile) -> Result<(NaiveDate, BilingualText), String> {
    let AnnouncedFile { day, arabic, english, source } = raw;
    if [&arabic, &english, &source].into_iter().any(|text| text.trim().is_empty()) {
        return Err(format!("{day} needs its name in both languages and the source of its announcement"));
    }
    Ok((day, BilingualText::new(arabic, english)))
}

fn checked_feast(raw: FeastFile) -> Result<Feast, String> {
    let FeastFile { month, day, days, arabic, english, unverified } = raw;
    if [&arabic, &english, &unverified].into_iter().any(|text| text.trim().is_empty()) {
        return Err(format!(
            "the feast of {month}/{day} needs its name in both languages and what it rests on"
        ));
    }
    // Days of one feast are of one month.
    let last = day.saturating_add(days).saturating_sub(1);
    let is_possible =
        (1..=HIJRI_MONTHS).contains(&month) && day > 0 && days > 0 && last <= HIJRI_MONTH_DAYS_MAX;
    if !is_possible {
        return Err(format!("{english}: {days} days from {month}/{day} are not in a Hijri month"));
    }
    Ok(Feast { month, day, days, name: BilingualText::new(arabic, english) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(texts: &[&str]) -> BTreeSet<NaiveDate> {
        texts.iter().map(|text| day(text)).collect()
    }

    #[test]
    fn friday_and_saturday_move_a_time_limit_to_sunday() {
        for jurisdiction in Jurisdiction::ALL {
            let calendar = HolidayCalendar::of(jurisdiction);
            let none = BTreeSet::new();
            assert_eq!(calendar.working_day_from(day("2026-03-06"), &none), day("2026-03-08"));
            assert_eq!(calendar.working_day_from(day("2026-03-05"), &none), day("2026-03-05"));
        }
    }

    #[test]
    fn a_holiday_of_every_year_counts_in_its_own_country_only() {
        let national_day = day("2026-09-23");
        assert!(HolidayCalendar::of(Jurisdiction::SaudiArabia).is_rest(national_day));
        assert!(!HolidayCalendar::of(Jurisdiction::Egypt).is_rest(national_day));
    }

    #[test]
    fn announced_days_only_lengthen_a_time_limit() {
        let calendar = HolidayCalendar::of(Jurisdiction::SaudiArabia);
        let start = day("2026-03-01");
        for announced in [days(&[]), days(&["2026-03-05"]), days(&["2026-03-02", "2026-03-08"])] {
            for last in start.iter_days().take(20) {
                let plain = calendar.working_day_from(last, &BTreeSet::new());
                let with = calendar.working_day_from(last, &announced);
                assert!(with >= plain, "{last}: {with} with {announced:?}, {plain} without");
            }
        }
        // A feast of three days before the weekend.
        let feast = days(&["2026-03-03", "2026-03-04", "2026-03-05"]);
        assert_eq!(calendar.working_day_from(day("2026-03-03"), &feast), day("2026-03-08"));
    }

    #[test]
    fn a_feast_by_the_moon_is_a_draft_and_moves_nothing() {
        let calendar = HolidayCalendar::of(Jurisdiction::SaudiArabia);
        let drafts = calendar.drafts(2026);
        // 1 Shawwal 1447 by Umm al-Qura is 20 March 2026.
        let first = drafts.iter().find(|draft| draft.name.english == "Eid al-Fitr").unwrap();
        assert_eq!(first.day, day("2026-03-20"));
        assert!(drafts.windows(2).all(|pair| pair[0].day < pair[1].day));
        let sunday = drafts.iter().find(|draft| draft.day.weekday() == Weekday::Sun).unwrap();
        assert!(!calendar.is_rest(sunday.day), "{} is a draft", sunday.day);
        assert!(!HolidayCalendar::of(Jurisdiction::Egypt).drafts(2027).is_empty());
    }

    #[test]
    fn a_file_of_another_country_or_with_a_wrong_date_or_feast_is_refused() {
        let text = |country: &str, date: &str| {
            format!("jurisdiction = '{country}'\nweekend = ['friday']\nevery_year = ['{date}']\n")
        };
        let saudi = |text: &str| HolidayCalendar::load(text, Jurisdiction::SaudiArabia);
        assert!(saudi(&text("SA", "09-23")).is_ok());
        assert!(HolidayCalendar::load(&text("EG", "09-23"), Jurisdiction::SaudiArabia).is_err());
        assert!(saudi(&text("SA", "23-09")).is_err());
        let feast = |month: u8, day: u8| {
            let names = "arabic = 'عيد'\nenglish = 'feast'\nunverified = 'made up'";
            format!("{}[[feast]]\nmonth = {month}\nday = {day}\ndays = 2\n{names}\n", text("SA", "09-23"))
        };
        assert!(saudi(&feast(10, 1)).is_ok());
        assert!(saudi(&feast(13, 1)).unwrap_err().contains("not in a Hijri month"));
        assert!(saudi(&feast(10, 30)).is_err());
        let nameless = format!(
            "{}[[announced]]\nday = '2026-03-20'\narabic = ''\nenglish = 'x'\nsource = 'y'\n",
            text("SA", "09-23")
        );
        assert!(saudi(&nameless).unwrap_err().contains("both languages"));
    }
}
