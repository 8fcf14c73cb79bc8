//! `rasid holidays`: the days of rest of a year, and what of them is only a draft.

use crate::config;
use adjudicate::facts::holidays::announced_in;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, PoolPurpose};
use chrono::Datelike;
use rules::policy::calendar::{HolidayCalendar, NamedDay};
use schemas::clock::{Clock, SystemClock};
use schemas::jurisdiction::Jurisdiction;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// The arguments of `rasid holidays`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  rasid holidays --country SA --year 2027 --config /etc/rasid.toml\n\nA draft is a feast as \
    the calendar of Umm al-Qura reckons it. It moves no time limit before it is announced and imported:\n  rasid import \
    holidays announced.csv\nwith the columns jurisdiction,date,name_arabic,name_english,source."
)]
pub(crate) struct HolidaysArguments {
    /// EG or SA; both if it is left out.
    #[arg(long)]
    country: Option<Jurisdiction>,
    /// The civil year; this one if it is left out.
    #[arg(long, value_parser = clap::value_parser!(i32).range(2020..=2070))]
    year: Option<i32>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Configuration file; only [database] is looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: HolidaysArguments) -> anyhow::Result<()> {
    let HolidaysArguments { country, year, json, config } = arguments;
    let database: DatabaseConfig = config::section(config.as_deref(), "database")?;
    database.validate()?;
    let database = db::connect(&database, PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    let year = year.unwrap_or_else(|| SystemClock::new().now().year());
    for country in country.map_or_else(|| Jurisdiction::ALL.to_vec(), |country| vec![country]) {
        let calendar = HolidayCalendar::of(country);
        let mut announced = calendar.announced();
        announced.retain(|named| named.day.year() == year);
        announced.extend(announced_in(&database, country, year).await?);
        let is_announced = |draft: &NamedDay| announced.iter().any(|named| named.day == draft.day);
        let drafts = calendar.drafts(year).into_iter().filter(|draft| !is_announced(draft));
        let mut days: Vec<(&str, NamedDay)> = drafts.map(|draft| ("draft", draft)).collect();
        days.extend(announced.into_iter().map(|named| ("announced", named)));
        days.sort_by_key(|(_, named)| named.day);
        for (state, named) in days {
            tell(country, state, &named, json)?;
        }
    }
    Ok(())
}

fn tell(country: Jurisdiction, state: &str, named: &NamedDay, as_json: bool) -> std::io::Result<()> {
    let NamedDay { day, name } = named;
    if as_json {
        let line = json!({
            "jurisdiction": country.code(), "date": day.to_string(), "state": state,
            "name_arabic": name.arabic, "name_english": name.english,
        });
        return writeln!(std::io::stdout(), "{line}");
    }
    writeln!(std::io::stdout(), "{country}  {day}  {state:9}  {}  {}", name.english, name.arabic)
}
