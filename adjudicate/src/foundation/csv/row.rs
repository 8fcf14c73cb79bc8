//! What a feature says of its rows.

use super::cells::{CellError, Cells};
use chrono::{DateTime, Utc};
use std::fmt;

/// What a row of a CSV file becomes.
pub trait FactRow: Sized {
    /// Names of all columns, as in the header line.
    const COLUMNS: &'static [&'static str];

    /// Makes the row from its cells.
    ///
    /// # Errors
    /// The first cell that breaks its rule.
    fn parse(cells: &Cells<'_>) -> Result<Self, CellError>;

    /// Returns what no two rows of a file may have in common.
    fn keys(&self) -> Vec<Key>;

    /// Returns the time that no other row of the same thing may overlap, for facts that hold one at a time.
    fn stretch(&self) -> Option<Stretch> {
        None
    }
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

/// What no two rows of a file may have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Names of its columns, for messages.
    pub columns: &'static str,
    /// Its value, in the form that is stored. Never shown: it may be personal.
    pub value: String,
}

/// A time in which a row holds alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// The thing that it holds of.
    pub of: String,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
}
