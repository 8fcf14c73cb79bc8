//! The header line: which column stands where, and what is wrong with a file as a whole.

use super::characters;
use super::form::{self, Line, QuoteFault};
use schemas::text::plain_text::{Place, TextError};
use thiserror::Error;

/// Bytes of a file; a larger register comes in several files.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// Why a file is no CSV of the wanted kind.
#[derive(Debug, Error)]
pub enum CsvError {
    /// Nothing is in it.
    #[error("the file is empty: its first line names the columns {all}, and each line after it is a row")]
    Empty {
        /// All columns.
        all: String,
    },
    /// It has a header line and nothing else.
    #[error("the file has a header line and no row: nothing would be imported")]
    NoRow,
    /// It is larger than any register.
    #[error("the file has more than {FILE_BYTES_MAX} bytes: import it in several files")]
    TooLarge,
    /// Its bytes are no text in UTF-8.
    #[error("{0}")]
    Text(#[from] TextError),
    /// A carriage return ends a line, or stands in one.
    #[error("{place}: a carriage return without a line feed: save the file with line ends LF or CRLF")]
    LoneReturn {
        /// Of the first.
        place: Place,
    },
    /// Another character separates the cells.
    #[error("line {line}: the cells are separated by {found}: save the file with commas between its cells")]
    Separator {
        /// Of the header.
        line: u64,
        /// The separator.
        found: &'static str,
    },
    /// A quote breaks the form of the header.
    #[error("line {line}: {problem}")]
    Quote {
        /// Of the header.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A column stands there twice.
    #[error(
        "line {line}: cells {first} and {second} of the header both name the column '{column}': remove one of them"
    )]
    ColumnTwice {
        /// Of the header.
        line: u64,
        /// Its name.
        column: String,
        /// The first cell, from 1.
        first: usize,
        /// The second cell.
        second: usize,
    },
    /// A column has a name that is not known.
    #[error("line {line}: cell {cell} of the header has the unknown name '{unknown}'; known are: {all}")]
    UnknownColumn {
        /// Of the header.
        line: u64,
        /// Which cell, from 1.
        cell: usize,
        /// Its name, shortened.
        unknown: String,
        /// All that are known.
        all: String,
    },
    /// Columns are missing.
    #[error("line {line}: the header line lacks the columns {missing}; all of these must be there: {all}")]
    MissingColumns {
        /// Of the header.
        line: u64,
        /// Those that are missing.
        missing: String,
        /// All that must be there.
        all: String,
    },
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[from] std::io::Error),
}

/// The names of the columns in the order of the file.
///
/// # Errors
/// When a name is unknown, missing or there twice, or the line is no CSV.
pub(super) fn columns(header: Line<'_>, known: &[&'static str]) -> Result<Vec<&'static str>, CsvError> {
    let line = header.number;
    if let Some(found) = form::other_separator(header.text) {
        return Err(CsvError::Separator { line, found });
    }
    form::cell_count(header.text)
        .map_err(|fault: QuoteFault| CsvError::Quote { line, problem: fault.to_string() })?;
    let names = cells_of(header.text);
    check_once(line, &names)?;
    let all = || known.join(", ");
    let find = |(cell, name): (usize, &String)| {
        known.iter().copied().find(|one| *one == name.trim()).ok_or_else(|| CsvError::UnknownColumn {
            line,
            cell,
            unknown: characters::shown(name),
            all: all(),
        })
    };
    let columns: Vec<&'static str> = (1..).zip(&names).map(find).collect::<Result<_, _>>()?;
    let missing: Vec<&str> = known.iter().copied().filter(|name| !columns.contains(name)).collect();
    if missing.is_empty() {
        Ok(columns)
    } else {
        Err(CsvError::MissingColumns { line, missing: missing.join(", "), all: all() })
    }
}

fn cells_of(line: &str) -> Vec<String> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    reader
        .records()
        .flatten()
        .flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Two names are one when only case, blanks or characters that nobody sees tell them apart.
fn check_once(line: u64, names: &[String]) -> Result<(), CsvError> {
    let bare = |name: &String| -> String {
        let seen = name.chars().filter(|one| !one.is_whitespace() && characters::flaw(*one).is_none());
        seen.flat_map(char::to_lowercase).collect()
    };
    let bare: Vec<String> = names.iter().map(bare).collect();
    for (place, name) in bare.iter().enumerate() {
        if let Some(before) = bare.iter().take(place).position(|other| other == name) {
            return Err(CsvError::ColumnTwice {
                line,
                column: characters::shown(name),
                first: before + 1,
                second: place + 1,
            });
        }
    }
    Ok(())
}
