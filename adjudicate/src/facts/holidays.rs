//! Days of rest that were announced after the build.

use crate::foundation::csv::{CellError, Cells, FactRow, Key};
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rules::policy::calendar::NamedDay;
use schemas::jurisdiction::Jurisdiction;
use schemas::text::BilingualText;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Characters of a day's name in one language, and of a source.
const TEXT_CHARACTERS_MAX: usize = 200;
/// First and last year of an announcement.
const YEARS: std::ops::RangeInclusive<i32> = 2020..=2100;

/// One announced day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayRow {
    /// Whose people rest.
    pub jurisdiction: Jurisdiction,
    /// When.
    pub day: NaiveDate,
    /// What it is called.
    pub name: BilingualText,
    /// Where it was announced.
    pub source: String,
}

impl FactRow for HolidayRow {
    const COLUMNS: &'static [&'static str] =
        &["jurisdiction", "date", "name_arabic", "name_english", "source"];

    fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
        let text = |column| cells.text(column, TEXT_CHARACTERS_MAX);
        Ok(Self {
            jurisdiction: cells.parsed("jurisdiction")?,
            day: day(cells)?,
            name: BilingualText::new(text("name_arabic")?, text("name_english")?),
            source: text("source")?,
        })
    }

    fn keys(&self) -> Vec<Key> {
        let value = format!("{} {}", self.jurisdiction, self.day);
        vec![Key { columns: "jurisdiction, date", value }]
    }
}

fn day(cells: &Cells<'_>) -> Result<NaiveDate, CellError> {
    let text = cells.required("date")?;
    let read = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // One form alone: the parser takes single digits too.
    let read = read.filter(|day| YEARS.contains(&day.year()) && day.to_string() == text);
    read.ok_or_else(|| CellError::new("date", format!("must be a day as 2027-03-09, not '{text}'")))
}

/// Stores announced days; one that is there already may get another name or source.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put(transaction: &mut PgConnection, rows: &[HolidayRow]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into holiday (jurisdiction, day, name_arabic, name_english, source)
         select * from unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[])
         on conflict (jurisdiction, day) do update
         set name_arabic = excluded.name_arabic, name_english = excluded.name_english, source = excluded.source,
             updated_at = now()",
        &rows.iter().map(|row| row.jurisdiction.code()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.day).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.name.arabic.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.name.english.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|row| row.source.as_str()).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Returns the announced days on which a time limit that began at `from` could end.
///
/// # Errors
/// When the database fails.
pub(crate) async fn announced_since(
    connection: &mut PgConnection,
    jurisdiction: Jurisdiction,
    from: DateTime<Utc>,
) -> Result<BTreeSet<NaiveDate>, sqlx::Error> {
    let first = from.with_timezone(&jurisdiction.time_zone()).date_naive();
    let days = sqlx::query_scalar!(
        "select day from holiday where jurisdiction = $1 and day >= $2 order by day",
        jurisdiction.code(),
        first,
    )
    .fetch_all(connection)
    .await?;
    Ok(days.into_iter().collect())
}

/// The same, for pages.
///
/// # Errors
/// When the database fails.
pub async fn rest_days_since(
    database: &Database,
    jurisdiction: Jurisdiction,
    from: DateTime<Utc>,
) -> Result<BTreeSet<NaiveDate>, StoreError> {
    let mut connection = database.pool().acquire().await?;
    Ok(announced_since(&mut connection, jurisdiction, from).await?)
}

/// Returns a country's announced days of one year with their names, ascending.
///
/// # Errors
/// When the database fails.
pub async fn announced_in(
    database: &Database,
    jurisdiction: Jurisdiction,
    year: i32,
) -> Result<Vec<NamedDay>, StoreError> {
    let rows = sqlx::query!(
        "select day, name_arabic, name_english from holiday
         where jurisdiction = $1 and day between make_date($2, 1, 1) and make_date($2, 12, 31) order by day",
        jurisdiction.code(),
        year,
    )
    .fetch_all(database.pool())
    .await?;
    let named = rows
        .into_iter()
        .map(|row| NamedDay { day: row.day, name: BilingualText::new(row.name_arabic, row.name_english) });
    Ok(named.collect())
}
