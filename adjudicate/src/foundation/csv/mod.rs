//! CSV with a header line: columns by name in any order, every bad row with its line and column.
//!
//! A feature that brings facts of its own gives its row type [`FactRow`] and gets reading and reporting from here.
//! The library takes what is no CSV without a word: a quote that never ends, or one in the middle of a cell. So the
//! form of a file is checked first, and only a file of good form is split into cells.

mod cells;
mod characters;
mod form;
mod header;
mod instant;
mod row;
mod together;

pub use cells::{CellError, Cells};
pub use header::{CsvError, FILE_BYTES_MAX};
pub use instant::{YEAR_FIRST, YEAR_LAST};
pub use row::{BadRow, FactRow, Key, Stretch};

use form::Line;
use schemas::text::plain_text;
use std::io::Read;
use together::Together;

/// Bad rows after which reading stops: a file of another kind must not fill the screen.
pub const BAD_ROWS_MAX: usize = 100;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<R> {
    /// Rows that keep their rules.
    pub good: Vec<R>,
    /// Rows that do not, at most [`BAD_ROWS_MAX`].
    pub bad: Vec<BadRow>,
}

/// Reads all rows of a file: UTF-8, commas, a header line, one line for each row.
///
/// # Errors
/// When the file is no text, its header line does not fit, or it has no row.
pub fn read_rows<R: FactRow>(file: impl Read) -> Result<Rows<R>, CsvError> {
    let text = text_of(file)?;
    let mut lines = form::lines(&text);
    let header = lines.next().ok_or_else(|| CsvError::Empty { all: R::COLUMNS.join(", ") })?;
    let columns = header::columns(header, R::COLUMNS)?;
    let lines: Vec<Line<'_>> = lines.collect();
    if lines.is_empty() {
        return Err(CsvError::NoRow);
    }
    let malformed = lines.iter().filter_map(|line| form::problem(*line, &columns));
    let bad: Vec<BadRow> = malformed.take(BAD_ROWS_MAX).collect();
    if bad.is_empty() { Ok(parse_rows(&text, &lines, &columns)) } else { Ok(Rows { good: Vec::new(), bad }) }
}

/// The form of all lines is good: each of them is one record.
fn parse_rows<R: FactRow>(text: &str, lines: &[Line<'_>], columns: &[&'static str]) -> Rows<R> {
    let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let mut together = Together::default();
    let mut rows = Rows { good: Vec::new(), bad: Vec::new() };
    for (line, record) in lines.iter().zip(reader.records()) {
        if rows.bad.len() == BAD_ROWS_MAX {
            break;
        }
        let line = line.number;
        let parsed = record.map_err(|_| "is not CSV".to_owned()).and_then(|record| {
            R::parse(&Cells { record: &record, columns }).map_err(|error| error.to_string())
        });
        match parsed.and_then(|row: R| together.add(line, &row).map(|()| row)) {
            Ok(row) => rows.good.push(row),
            Err(problem) => rows.bad.push(BadRow { line, problem }),
        }
    }
    if rows.bad.is_empty() {
        rows.bad = together.overlaps();
        rows.bad.truncate(BAD_ROWS_MAX);
    }
    rows
}

fn text_of(file: impl Read) -> Result<String, CsvError> {
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(CsvError::TooLarge);
    }
    let text = plain_text::decode(bytes)?;
    form::lone_return(&text).map_or(Ok(()), |place| Err(CsvError::LoneReturn { place }))?;
    Ok(text)
}

#[cfg(test)]
mod tests;
