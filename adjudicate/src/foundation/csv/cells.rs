//! The cells of one line, by the names of their columns.

use super::characters;
use super::instant::{self, YEAR_FIRST};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::number::plain_decimal;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The cells of one line, by column.
#[derive(Debug)]
pub struct Cells<'a> {
    pub(super) record: &'a ::csv::StringRecord,
    pub(super) columns: &'a [&'static str],
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

impl CellError {
    /// A cell of `column` has this problem.
    pub fn new(column: &'static str, problem: impl fmt::Display) -> Self {
        Self { column, problem: problem.to_string() }
    }
}

impl<'a> Cells<'a> {
    /// The cell without blanks around it, every other character kept; for types that fold what people paste.
    ///
    /// # Errors
    /// When it is empty.
    pub fn as_pasted(&self, column: &'static str) -> Result<&'a str, CellError> {
        filled(column, self.raw(column).trim())
    }

    /// The cell without blanks around it; an empty one is refused.
    ///
    /// # Errors
    /// When it is empty, or holds a character that nobody sees.
    pub fn required(&self, column: &'static str) -> Result<&'a str, CellError> {
        filled(column, self.visible(column)?)
    }

    /// The cell without blanks around it, if there is anything in it.
    ///
    /// # Errors
    /// When it holds a character that nobody sees.
    pub fn optional(&self, column: &'static str) -> Result<Option<&'a str>, CellError> {
        Ok(Some(self.visible(column)?).filter(|text| !text.is_empty()))
    }

    /// The cell as a text for people, of at most `characters_max` characters.
    ///
    /// # Errors
    /// When it is empty, longer, or holds a character that nobody sees.
    pub fn text(&self, column: &'static str, characters_max: usize) -> Result<String, CellError> {
        let text = self.required(column)?;
        if text.chars().count() > characters_max {
            return Err(CellError::new(column, format!("must have at most {characters_max} characters")));
        }
        Ok(text.to_owned())
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
        self.required(column)?.parse().map_err(|error: T::Err| CellError::new(column, error))
    }

    /// The cell as a number of at most `decimals_max` decimals, if there is anything in it.
    ///
    /// # Errors
    /// When there is something in it that is no plain number.
    pub fn number_optional(
        &self,
        column: &'static str,
        decimals_max: u32,
    ) -> Result<Option<Decimal>, CellError> {
        let read = |text| plain_decimal(text, decimals_max).map_err(|error| CellError::new(column, error));
        self.optional(column)?.map(read).transpose()
    }

    /// The cell as a number of at most `decimals_max` decimals.
    ///
    /// # Errors
    /// When it is empty or no plain number.
    pub fn number(&self, column: &'static str, decimals_max: u32) -> Result<Decimal, CellError> {
        self.number_optional(column, decimals_max)?.ok_or_else(|| empty(column))
    }

    /// The cell as yes or no.
    ///
    /// # Errors
    /// When it is neither `true` nor `false`.
    pub fn boolean(&self, column: &'static str) -> Result<bool, CellError> {
        match self.required(column)? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(CellError::new(column, "must be true or false, in small letters (not TRUE, yes or 1)")),
        }
    }

    /// The cell as an instant: RFC 3339 with its offset, e.g. `2026-10-31T08:00:00+02:00`.
    ///
    /// # Errors
    /// When it is empty or has another form; a time without an offset is never guessed.
    pub fn instant(&self, column: &'static str) -> Result<DateTime<Utc>, CellError> {
        self.instant_since(column, YEAR_FIRST)
    }

    /// The same, of an earlier first year.
    ///
    /// # Errors
    /// As [`Cells::instant`].
    pub fn instant_since(&self, column: &'static str, year_first: i32) -> Result<DateTime<Utc>, CellError> {
        read_instant(column, self.required(column)?, year_first)
    }

    /// The cell as an instant, if there is anything in it.
    ///
    /// # Errors
    /// When there is something in it that has another form.
    pub fn instant_optional(&self, column: &'static str) -> Result<Option<DateTime<Utc>>, CellError> {
        self.instant_optional_since(column, YEAR_FIRST)
    }

    /// The same, of an earlier first year.
    ///
    /// # Errors
    /// As [`Cells::instant_optional`].
    pub fn instant_optional_since(
        &self,
        column: &'static str,
        year_first: i32,
    ) -> Result<Option<DateTime<Utc>>, CellError> {
        self.optional(column)?.map(|text| read_instant(column, text, year_first)).transpose()
    }

    /// Looked at before the blanks around it go, since some line breaks count as blanks.
    fn visible(&self, column: &'static str) -> Result<&'a str, CellError> {
        let cell = self.raw(column);
        characters::problem(cell).map_or(Ok(cell.trim()), |problem| Err(CellError::new(column, problem)))
    }

    fn raw(&self, column: &'static str) -> &'a str {
        let place = self.columns.iter().position(|name| *name == column);
        place.and_then(|place| self.record.get(place)).unwrap_or_default()
    }
}

fn filled<'a>(column: &'static str, text: &'a str) -> Result<&'a str, CellError> {
    if text.is_empty() { Err(empty(column)) } else { Ok(text) }
}

fn empty(column: &'static str) -> CellError {
    CellError::new(column, "must not be empty")
}

fn read_instant(column: &'static str, text: &str, year_first: i32) -> Result<DateTime<Utc>, CellError> {
    instant::parse(text, year_first).map_err(|problem| CellError::new(column, problem))
}
