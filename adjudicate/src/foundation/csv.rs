//! CSV with a header line: columns by name in any order, every bad row with its line and column.
//!
//! A feature that brings facts of its own gives its row type [`FactRow`] and gets reading and reporting from here.

use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::str::FromStr;
use thiserror::Error;

/// Bad rows after which reading stops: a file of another kind must not fill the screen.
pub const BAD_ROWS_MAX: usize = 100;

/// What a row of a CSV file becomes.
pub trait FactRow: Sized {
    /// Names of all columns, as in the header line.
    const COLUMNS: &'static [&'static str];

    /// Makes the row from its cells.
    ///
    /// # Errors
    /// The first cell that breaks its rule.
    fn parse(cells: &Cells<'_>) -> Result<Self, CellError>;
}

/// The cells of one line, by column.
#[derive(Debug)]
pub struct Cells<'a> {
    record: &'a ::csv::StringRecord,
    places: &'a HashMap<String, usize>,
}

/// A cell that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{column}: {problem}")]
pub struct CellError {
    /// Name of the column.
    pub column: &'static str,
    /// What is wrong, without the cell's content where that may be personal.
    pub problem: String,
}

/// A row that breaks its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file, from 1; the header is line 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.problem)
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<R> {
    /// Rows that keep their rules.
    pub good: Vec<R>,
    /// Rows that do not, at most [`BAD_ROWS_MAX`].
    pub bad: Vec<BadRow>,
}

/// Why a file is no CSV of the wanted kind.
#[derive(Debug, Error)]
pub enum CsvError {
    /// Columns are missing.
    #[error("the header line lacks the columns {missing}; all of these must be there: {all}")]
    MissingColumns {
        /// Those that are missing.
        missing: String,
        /// All that must be there.
        all: String,
    },
    /// A column has a name that is not known.
    #[error("the header line has the unknown column '{unknown}'; known are: {all}")]
    UnknownColumn {
        /// Its name, shortened.
        unknown: String,
        /// All that are known.
        all: String,
    },
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[from] ::csv::Error),
}

impl<'a> Cells<'a> {
    /// The cell without blanks around it; an empty one is refused.
    ///
    /// # Errors
    /// When it is empty.
    pub fn required(&self, column: &'static str) -> Result<&'a str, CellError> {
        self.optional(column).ok_or_else(|| CellError { column, problem: "must not be empty".to_owned() })
    }

    /// The cell without blanks around it, if there is anything in it.
    #[must_use]
    pub fn optional(&self, column: &'static str) -> Option<&'a str> {
        let place = *self.places.get(column)?;
        Some(self.record.get(place)?.trim()).filter(|text| !text.is_empty())
    }

    /// The cell as a value.
    ///
    /// # Errors
    /// When it is empty or no such value.
    pub fn parsed<T>(&self, column: &'static str) -> Result<T, CellError>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        parse_text(column, self.required(column)?)
    }

    /// The cell as a value, if there is anything in it.
    ///
    /// # Errors
    /// When there is something in it that is no such value.
    pub fn parsed_optional<T>(&self, column: &'static str) -> Result<Option<T>, CellError>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.optional(column).map(|text| parse_text(column, text)).transpose()
    }

    /// The cell as an instant: RFC 3339 with its offset, e.g. `2026-10-31T08:00:00+02:00`.
    ///
    /// # Errors
    /// When it is empty or has another form; a time without an offset is never guessed.
    pub fn instant(&self, column: &'static str) -> Result<DateTime<Utc>, CellError> {
        parse_instant(column, self.required(column)?)
    }

    /// The cell as an instant, if there is anything in it.
    ///
    /// # Errors
    /// When there is something in it that has another form.
    pub fn instant_optional(&self, column: &'static str) -> Result<Option<DateTime<Utc>>, CellError> {
        self.optional(column).map(|text| parse_instant(column, text)).transpose()
    }
}

/// Reads all rows of a file: UTF-8, commas, a header line.
///
/// # Errors
/// When the header line does not fit, or the file cannot be read at all.
pub fn read_rows<R: FactRow>(file: impl Read) -> Result<Rows<R>, CsvError> {
    let mut reader = ::csv::ReaderBuilder::new().from_reader(file);
    let places = places::<R>(reader.headers()?)?;
    let mut rows = Rows { good: Vec::new(), bad: Vec::new() };
    let mut record = ::csv::StringRecord::new();
    while rows.bad.len() < BAD_ROWS_MAX {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => match R::parse(&Cells { record: &record, places: &places }) {
                Ok(row) => rows.good.push(row),
                Err(error) => {
                    rows.bad.push(BadRow { line: line_of(&record, line), problem: error.to_string() })
                }
            },
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => rows.bad.push(BadRow { line, problem: problem_of(&error) }),
        }
    }
    Ok(rows)
}

fn places<R: FactRow>(header: &::csv::StringRecord) -> Result<HashMap<String, usize>, CsvError> {
    let all = || R::COLUMNS.join(", ");
    // Spreadsheets put a byte-order mark before the first name.
    let names = header.iter().map(|name| name.trim_start_matches('\u{FEFF}').trim().to_owned());
    let places: HashMap<String, usize> = names.zip(0..).collect();
    if let Some(unknown) = places.keys().find(|name| !R::COLUMNS.contains(&name.as_str())) {
        return Err(CsvError::UnknownColumn { unknown: unknown.chars().take(40).collect(), all: all() });
    }
    let missing: Vec<&str> = R::COLUMNS.iter().copied().filter(|name| !places.contains_key(*name)).collect();
    if missing.is_empty() {
        Ok(places)
    } else {
        Err(CsvError::MissingColumns { missing: missing.join(", "), all: all() })
    }
}

fn line_of(record: &::csv::StringRecord, fallback: u64) -> u64 {
    record.position().map_or(fallback, ::csv::Position::line)
}

/// The crate's own text repeats position and content; only what is wrong is kept.
#[expect(clippy::wildcard_enum_match_arm, reason = "an enum of another crate")]
fn problem_of(error: &::csv::Error) -> String {
    match error.kind() {
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells, the header line has {expected_len}")
        }
        ::csv::ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        _ => "is not CSV".to_owned(),
    }
}

fn parse_text<T>(column: &'static str, text: &str) -> Result<T, CellError>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.parse().map_err(|error: T::Err| CellError { column, problem: error.to_string() })
}

fn parse_instant(column: &'static str, text: &str) -> Result<DateTime<Utc>, CellError> {
    DateTime::parse_from_rfc3339(text).map(|instant| instant.with_timezone(&Utc)).map_err(|_| CellError {
        column,
        problem: "must be a time with its offset, as 2026-10-31T08:00:00+02:00".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Pair {
        name: String,
        since: Option<DateTime<Utc>>,
    }

    impl FactRow for Pair {
        const COLUMNS: &'static [&'static str] = &["name", "since"];

        fn parse(cells: &Cells<'_>) -> Result<Self, CellError> {
            Ok(Self { name: cells.required("name")?.to_owned(), since: cells.instant_optional("since")? })
        }
    }

    fn read(text: &str) -> Rows<Pair> {
        read_rows(text.as_bytes()).unwrap()
    }

    #[test]
    fn columns_may_stand_in_any_order_behind_a_byte_order_mark() {
        let rows = read("\u{FEFF}since,name\n2026-10-31T08:00:00+02:00, a \n,b\n");
        let since = "2026-10-31T06:00:00Z".parse().ok();
        assert_eq!(rows.good, [Pair { name: "a".into(), since }, Pair { name: "b".into(), since: None }]);
    }

    #[test]
    fn every_bad_row_is_named_by_its_line_and_column() {
        let rows = read("name,since\nok,\n,\n\"two\nlines\",yesterday\nx,y,z\nlast,\n");
        let bad: Vec<String> = rows.bad.iter().map(BadRow::to_string).collect();
        assert_eq!(rows.good.len(), 2);
        assert_eq!(
            bad,
            [
                "line 3: name: must not be empty",
                "line 4: since: must be a time with its offset, as 2026-10-31T08:00:00+02:00",
                "line 6: has 3 cells, the header line has 2",
            ]
        );
    }

    #[test]
    fn a_header_line_that_does_not_fit_is_refused_with_what_fits() {
        let error = read_rows::<Pair>("name\n".as_bytes()).unwrap_err().to_string();
        assert!(error.contains("lacks the columns since"), "{error}");
        assert!(matches!(
            read_rows::<Pair>("name,since,x\n".as_bytes()),
            Err(CsvError::UnknownColumn { .. })
        ));
    }

    #[test]
    fn a_file_of_another_kind_stops_after_a_bounded_number_of_bad_rows() {
        let text = format!("name,since\n{}", ",\n".repeat(10 * BAD_ROWS_MAX));
        assert_eq!(read(&text).bad.len(), BAD_ROWS_MAX);
    }
}
