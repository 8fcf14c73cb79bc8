//! What the rows of one file must keep together: no key twice, no two stretches of one thing at one time.

use super::row::{BadRow, FactRow, Key, Stretch};
use std::collections::HashMap;

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
