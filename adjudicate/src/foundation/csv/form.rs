//! The form of a file, before anything in it is believed: lines, quotes, number of cells.
//!
//! A row is one line: no cell of ours holds a line break, so a quote that is open at the end of its line was never
//! closed, however many quotes follow.

use super::row::BadRow;
use schemas::text::plain_text::Place;

/// Separates cells.
pub(super) const SEPARATOR: char = ',';
const QUOTE: char = '"';

/// A line that is not empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// From 1.
    pub(super) number: u64,
    /// Without its end.
    pub(super) text: &'t str,
}

/// A quote that breaks the form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QuoteFault {
    /// Which cell of the line, from 0.
    cell: usize,
    /// Which character of the line, from 1.
    character: usize,
    problem: &'static str,
}

/// Where a line's walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    CellStart,
    Bare,
    Quoted { opened: usize },
    AfterQuote { opened: usize },
}

const NEVER_CLOSED: &str = "opens and is not closed on its line: close it; a cell holds no line break";
const WITHIN: &str =
    "stands inside a cell that does not begin with one: put the whole cell in quotes and write \"\" for one";
const AFTER: &str = "ends the cell, but more follows: write \"\" for a quote inside a quoted cell";

/// Lines that hold anything, with their numbers.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    (1..).zip(text.lines()).map(|(number, text)| Line { number, text }).filter(|line| !line.text.is_empty())
}

/// The place of a carriage return that no line feed follows: it ends a line for some programs and not for others.
pub(super) fn lone_return(text: &str) -> Option<Place> {
    let at = text.match_indices('\r').find(|(at, _)| !text[at + 1..].starts_with('\n'))?.0;
    Some(Place::after(&text[..at]))
}

/// What is wrong with the form of a row, if anything is.
pub(super) fn problem(line: Line<'_>, columns: &[&'static str]) -> Option<BadRow> {
    let bad = |problem| Some(BadRow { line: line.number, problem });
    let count = match cell_count(line.text) {
        Ok(count) if count == columns.len() => return None,
        Ok(count) => count,
        Err(fault) => {
            let column = columns.get(fault.cell).map_or_else(String::new, |column| format!("{column}: "));
            return bad(format!("{column}{fault}"));
        }
    };
    let advice = match other_separator(line.text) {
        Some(name) => format!("its cells are separated by {name}: separate them by commas"),
        None if count > columns.len() => {
            "put a cell that holds a comma in quotes; a number has a point".to_owned()
        }
        None => "write every cell, an empty one too".to_owned(),
    };
    let noun = if count == 1 { "cell" } else { "cells" };
    bad(format!("has {count} {noun}, the header line has {}: {advice}", columns.len()))
}

/// Another separator that stands in a line without commas.
pub(super) fn other_separator(line: &str) -> Option<&'static str> {
    let others = [(';', "';'"), ('\t', "tabs"), ('|', "'|'"), ('\u{60C}', "the Arabic comma '،'")];
    let found = others.into_iter().find(|(separator, _)| line.contains(*separator));
    found.filter(|_| !line.contains(SEPARATOR)).map(|(_, name)| name)
}

/// The number of cells of a line.
///
/// # Errors
/// The first quote that breaks the form.
pub(super) fn cell_count(line: &str) -> Result<usize, QuoteFault> {
    let (mut cell, mut at) = (0, At::CellStart);
    for (character, found) in (1..).zip(line.chars()) {
        at = match (at, found) {
            (At::CellStart, QUOTE) => At::Quoted { opened: character },
            (At::Quoted { opened }, QUOTE) => At::AfterQuote { opened },
            (At::Quoted { opened }, _) | (At::AfterQuote { opened }, QUOTE) => At::Quoted { opened },
            (At::CellStart | At::Bare | At::AfterQuote { .. }, SEPARATOR) => {
                cell += 1;
                At::CellStart
            }
            (At::Bare, QUOTE) => return Err(QuoteFault { cell, character, problem: WITHIN }),
            (At::AfterQuote { .. }, _) => {
                return Err(QuoteFault { cell, character: character - 1, problem: AFTER });
            }
            (At::CellStart | At::Bare, _) => At::Bare,
        };
    }
    match at {
        At::Quoted { opened } => Err(QuoteFault { cell, character: opened, problem: NEVER_CLOSED }),
        At::CellStart | At::Bare | At::AfterQuote { .. } => Ok(cell + 1),
    }
}

impl std::fmt::Display for QuoteFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the quote at character {} {}", self.character, self.problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_count_cells_only_where_they_stand_around_a_whole_one() {
        for (line, cells) in
            [("a,b", 2), ("\"a,b\"", 1), ("\"a\"\"b\",", 2), ("\"\"", 1), (",,", 3), ("\"a\",b", 2)]
        {
            assert_eq!(cell_count(line), Ok(cells), "{line}");
        }
        let fault = |line: &str| {
            let QuoteFault { cell, character, problem } = cell_count(line).unwrap_err();
            (cell, character, problem)
        };
        assert_eq!(fault("a,\"b"), (1, 3, NEVER_CLOSED));
        assert_eq!(fault("a,\"b\"\""), (1, 3, NEVER_CLOSED));
        assert_eq!(fault("a,\""), (1, 3, NEVER_CLOSED));
        assert_eq!(fault("\"a,b"), (0, 1, NEVER_CLOSED));
        assert_eq!(fault("a\"b,c"), (0, 2, WITHIN));
        assert_eq!(fault("a, \"b\""), (1, 4, WITHIN));
        assert_eq!(fault("\"a\" ,b"), (0, 3, AFTER));
        assert_eq!(fault("\"North \"gate\"\",b"), (0, 8, AFTER));
    }

    #[test]
    fn a_return_without_a_line_feed_is_found() {
        assert_eq!(lone_return("a\r\nb\r\n"), None);
        assert_eq!(lone_return("a\rb\r"), Some(Place { line: 1, character: 2 }));
        assert_eq!(lone_return("a\r\nbc\r"), Some(Place { line: 2, character: 3 }));
        assert_eq!(lone_return("a\r\r\n"), Some(Place { line: 1, character: 2 }));
    }
}
