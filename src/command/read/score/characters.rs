//! How many characters were read right: 1 minus the edit distance by the characters of the label; pure.
//!
//! Letters and digits are compared apart, so a letter never stands in for a digit. A plate that was not read counts
//! all its characters as wrong, and no plate counts more wrong characters than it has. Saudi letters are those of the
//! Latin row: each stands for one Arabic letter, so the distance is the same in both scripts.

use super::matching::{PlateText, ScoredPicture, ScoredRead};
use super::resample::Proportion;
use serde::Serialize;

/// Right characters of all.
#[derive(Debug, Serialize)]
pub(in super::super) struct CharacterAccuracy {
    pub(super) letters: Proportion,
    pub(super) digits: Proportion,
    pub(super) together: Proportion,
    /// Both, over the plates that were read at all.
    pub(super) together_where_read: Proportion,
}

/// Right characters and all characters of one plate.
#[derive(Debug, Clone, Copy)]
struct Right {
    letters: (usize, usize),
    digits: (usize, usize),
}

impl CharacterAccuracy {
    pub(super) fn of(pictures: &[ScoredPicture]) -> Self {
        let plates: Vec<(String, bool, Right)> = pictures
            .iter()
            .flat_map(|picture| &picture.plates)
            .filter_map(|plate| {
                let label = plate.label.as_ref()?;
                Some((label.key(), plate.read.is_some(), Right::of(label, plate.read.as_ref())))
            })
            .collect();
        let over = |only_read: bool, part: fn(&Right) -> (usize, usize)| {
            let chosen = plates.iter().filter(|(_, is_read, _)| *is_read || !only_read);
            Proportion::over(chosen.map(|(key, _, right)| {
                let (right, all) = part(right);
                (key.clone(), right, all)
            }))
        };
        Self {
            letters: over(false, |right| right.letters),
            digits: over(false, |right| right.digits),
            together: over(false, Right::together),
            together_where_read: over(true, Right::together),
        }
    }
}

impl Right {
    fn of(label: &PlateText, read: Option<&ScoredRead>) -> Self {
        let count = |label: &str, said: &str| {
            let all = label.chars().count();
            (all.saturating_sub(edit_distance(label, said)), all)
        };
        let said = read.map(|read| &read.said.text);
        Self {
            letters: count(&label.text.letters, said.map_or("", |said| &said.letters)),
            digits: count(&label.text.digits, said.map_or("", |said| &said.digits)),
        }
    }

    const fn together(&self) -> (usize, usize) {
        (self.letters.0 + self.digits.0, self.letters.1 + self.digits.1)
    }
}

/// Characters to change, add or drop (Levenshtein 1966).
fn edit_distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut line: Vec<usize> = (0..=other.len()).collect();
    for (row, character) in (1..).zip(one.chars()) {
        let mut diagonal = std::mem::replace(&mut line[0], row);
        for (column, against) in (1..).zip(&other) {
            let changed = diagonal + usize::from(character != *against);
            diagonal = line[column];
            line[column] = changed.min(diagonal + 1).min(line[column - 1] + 1);
        }
    }
    line[other.len()]
}

#[cfg(test)]
mod tests {
    use super::super::matching::tests::{labelled, scored};
    use super::*;

    #[test]
    fn the_edit_distance_counts_changes_additions_and_omissions() {
        assert_eq!(edit_distance("سطن", "سطن"), 0);
        assert_eq!(edit_distance("سطن", "صط"), 2);
        assert_eq!(edit_distance("", "123"), 3);
        assert_eq!(edit_distance("1234", "2345"), 2);
    }

    #[test]
    fn letters_and_digits_are_counted_apart_and_together() {
        let accuracy = CharacterAccuracy::of(&[scored("سطن", "7126", "EG-STR-716", 0.5)]);
        assert_eq!((accuracy.letters.part, accuracy.letters.whole), (2, 3));
        assert_eq!((accuracy.digits.part, accuracy.digits.whole), (3, 4));
        assert_eq!((accuracy.together.part, accuracy.together.whole), (5, 7));
    }

    #[test]
    fn a_missed_plate_has_no_right_character_and_is_left_out_of_those_read() {
        let missed = ScoredPicture::new(&labelled("TNJ", "12"), &[]);
        let accuracy = CharacterAccuracy::of(&[missed, scored("ABD", "1", "SA-1-ABD", 0.9)]);
        assert_eq!((accuracy.together.part, accuracy.together.whole), (4, 9));
        assert_eq!((accuracy.together_where_read.part, accuracy.together_where_read.whole), (4, 4));
    }
}
