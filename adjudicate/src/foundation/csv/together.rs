//! What the rows of one file must keep together: no key twice, no two stretches of one thing at one time.

use super::{BadRow, FactRow};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

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

/// The rows seen so far, by their lines.
#[derive(Debug, Default)]
pub(super) struct Together {
    lines: HashMap<Key, u64>,
    stretches: Vec<(Stretch, u64)>,
}

impl Together {
    /// Adds a row.
    ///
    /// # Errors
    /// When a row before it has a key of it.
    pub(super) fn add<R: FactRow>(&mut self, line: u64, row: &R) -> Result<(), String> {
        for key in row.keys() {
            let columns = key.columns;
            if let Some(before) = self.lines.insert(key, line) {
                return Err(format!(
                    "{columns}: the same as in line {before}: which of the two lines counts? Keep one of them"
                ));
            }
        }
        self.stretches.extend(row.stretch().map(|stretch| (stretch, line)));
        Ok(())
    }

    /// Each row that begins before an earlier one of the same thing has ended.
    pub(super) fn overlaps(mut self) -> Vec<BadRow> {
        self.stretches.sort();
        let mut bad = Vec::new();
        let mut longest: Option<&(Stretch, u64)> = None;
        for one in &self.stretches {
            let (stretch, line) = one;
            match longest.filter(|(before, _)| before.of == stretch.of) {
                Some((before, line_before)) => {
                    if before.to.is_none_or(|to| stretch.from < to) {
                        bad.push(overlap(*line_before, *line));
                    }
                    if before.to.is_some_and(|to| stretch.to.is_none_or(|end| end > to)) {
                        longest = Some(one);
                    }
                }
                None => longest = Some(one),
            }
        }
        bad.sort_by_key(|row| row.line);
        bad
    }
}

/// Said of the later line, whichever begins first.
fn overlap(one: u64, other: u64) -> BadRow {
    let (before, line) = (one.min(other), one.max(other));
    let problem =
        format!("from, to: overlaps the time of line {before}: end the earlier one where the next begins");
    BadRow { line, problem }
}
