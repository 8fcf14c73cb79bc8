//! Plate numbers: folding what was read or typed to one canonical form, and the grammar of each country.

use crate::jurisdiction::Jurisdiction;
use crate::plate::grammar::{KeyOrder, PlateGrammar};
use std::fmt;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// A plate that fits its country's grammar.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PlateNumber {
    jurisdiction: Jurisdiction,
    /// Arabic reading order, canonical code points.
    letters: String,
    /// ASCII, as printed.
    digits: String,
}

/// Why letters and digits are not a plate of a country.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlateError {
    /// A letter that the country does not use.
    #[error("the letter '{letter}' is not used on plates of {jurisdiction}")]
    Letter {
        /// The letter after folding.
        letter: char,
        /// The country.
        jurisdiction: Jurisdiction,
    },
    /// A digit that the country does not use (a zero in Egypt), or no digit.
    #[error("the digit '{digit}' is not used on plates of {jurisdiction}")]
    Digit {
        /// The character after folding.
        digit: char,
        /// The country.
        jurisdiction: Jurisdiction,
    },
    /// Too many or too few of either.
    #[error("{letters} letters and {digits} digits are no plate of {jurisdiction}")]
    Lengths {
        /// Number of letters.
        letters: usize,
        /// Number of digits.
        digits: usize,
        /// The country.
        jurisdiction: Jurisdiction,
    },
    /// The ASCII key has another form.
    #[error("a plate key is 'EG-LETTERS-DIGITS' or 'SA-DIGITS-LETTERS', got '{0}'")]
    Key(String),
}

impl PlateNumber {
    /// Takes letters in Arabic reading order (first = right-most on the plate) and digits as printed, after folding.
    ///
    /// # Errors
    /// When a character is not of the country or the lengths are not.
    pub fn parse(jurisdiction: Jurisdiction, letters: &str, digits: &str) -> Result<Self, PlateError> {
        let grammar = PlateGrammar::of(jurisdiction);
        let (letters, digits) = (fold(letters), fold(digits));
        if let Some(letter) = letters.chars().find(|letter| grammar.latin_of(*letter).is_none()) {
            return Err(PlateError::Letter { letter, jurisdiction });
        }
        if let Some(digit) = digits.chars().find(|digit| !grammar.digits().contains(*digit)) {
            return Err(PlateError::Digit { digit, jurisdiction });
        }
        let (letter_count, digit_count) = (letters.chars().count(), digits.len());
        if !grammar.allows_lengths(letter_count, digit_count) {
            return Err(PlateError::Lengths { letters: letter_count, digits: digit_count, jurisdiction });
        }
        Ok(Self { jurisdiction, letters, digits })
    }

    /// Takes a Saudi plate by its Latin row, left to right as printed.
    ///
    /// # Errors
    /// As [`PlateNumber::parse`].
    pub fn parse_saudi_latin(latin: &str, digits: &str) -> Result<Self, PlateError> {
        let jurisdiction = Jurisdiction::SaudiArabia;
        let letters = arabic_order_from_latin_row(latin)
            .map_err(|letter| PlateError::Letter { letter, jurisdiction })?;
        Self::parse(jurisdiction, &letters, digits)
    }

    /// Takes the ASCII key that [`PlateNumber::key`] gives.
    ///
    /// # Errors
    /// When the form is another or its parts are no plate.
    pub fn parse_key(key: &str) -> Result<Self, PlateError> {
        let parts: Vec<&str> = key.split('-').collect();
        match parts.as_slice() {
            ["EG", latin, digits] => {
                let grammar = PlateGrammar::of(Jurisdiction::Egypt);
                let letters: Option<String> = latin.chars().map(|letter| grammar.arabic_of(letter)).collect();
                let letters = letters.ok_or_else(|| PlateError::Key(key.to_owned()))?;
                Self::parse(Jurisdiction::Egypt, &letters, digits)
            }
            ["SA", digits, latin] => Self::parse_saudi_latin(latin, digits),
            _ => Err(PlateError::Key(key.chars().take(40).collect())),
        }
    }

    /// The country.
    #[must_use]
    pub const fn jurisdiction(&self) -> Jurisdiction {
        self.jurisdiction
    }

    /// Letters in Arabic reading order, canonical code points.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// ASCII digits as printed, leading zeros kept.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Letters in Latin: Egypt in Arabic reading order, Saudi Arabia as printed from the left.
    #[must_use]
    pub fn latin_letters(&self) -> String {
        let grammar = PlateGrammar::of(self.jurisdiction);
        let latin = self.letters.chars().filter_map(|letter| grammar.latin_of(letter));
        match grammar.key_order {
            KeyOrder::LettersFirst => latin.collect(),
            KeyOrder::DigitsFirstLettersReversed => latin.collect::<Vec<_>>().into_iter().rev().collect(),
        }
    }

    /// The ASCII key, digits unpadded: `EG-STN-7126`, `SA-1234-ABD`.
    #[must_use]
    pub fn key(&self) -> String {
        let trimmed = self.digits.trim_start_matches('0');
        let digits = if trimmed.is_empty() { "0" } else { trimmed };
        match PlateGrammar::of(self.jurisdiction).key_order {
            KeyOrder::LettersFirst => format!("{}-{}-{digits}", self.jurisdiction, self.latin_letters()),
            KeyOrder::DigitsFirstLettersReversed => {
                format!("{}-{digits}-{}", self.jurisdiction, self.latin_letters())
            }
        }
    }

    /// Whether it is of a distinguished series, which wants a look before anything is issued.
    #[must_use]
    pub fn is_special_series(&self) -> bool {
        let grammar = PlateGrammar::of(self.jurisdiction);
        grammar.regular_series(self.letters.chars().count(), self.digits.len()).is_none()
    }

    /// For people: letters apart (so that they do not join) and digits, Arabic-Indic when `arabic_digits`.
    #[must_use]
    pub fn display(&self, arabic_digits: bool) -> String {
        let letters: Vec<String> = self.letters.chars().map(String::from).collect();
        let digits: String =
            if arabic_digits { self.digits.chars().map(arabic_indic).collect() } else { self.digits.clone() };
        format!("{} {digits}", letters.join(" "))
    }
}

impl fmt::Display for PlateNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.key())
    }
}

impl fmt::Debug for PlateNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The one place that knows the direction: a Saudi Latin row from the left, as Arabic letters in reading order.
///
/// # Errors
/// The first Latin letter that Saudi plates do not use.
pub fn arabic_order_from_latin_row(latin: &str) -> Result<String, char> {
    let grammar = PlateGrammar::of(Jurisdiction::SaudiArabia);
    latin.chars().rev().map(|letter| grammar.arabic_of(letter.to_ascii_uppercase()).ok_or(letter)).collect()
}

/// Folds what was read, labelled or typed to canonical code points: forms of alef, yeh and heh, all three kinds of
/// digits to ASCII, presentation forms; drops marks of direction, vowel marks, joiners, blanks and the tatweel.
/// Source: domain handbook 1.2.
#[must_use]
pub fn fold(text: &str) -> String {
    let bare = text.chars().filter(|character| !is_ignored(*character));
    let folded = bare.nfkc().filter(|character| !is_ignored(*character)).map(fold_character);
    // Dropping a blank can bring a letter and a mark together, so composition has the last word.
    folded.nfkc().collect()
}

const fn is_ignored(character: char) -> bool {
    matches!(
        character,
        '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{0640}' | '\u{FEFF}'
    ) || character.is_ascii_whitespace()
        || matches!(character, '\u{00A0}' | '\u{2009}')
}

fn fold_character(character: char) -> char {
    match character {
        'أ' | 'إ' | 'آ' => 'ا',
        '\u{0649}' | '\u{06CC}' => 'ي',
        '\u{06BE}' | '\u{06C1}' | '\u{0629}' => 'ه',
        '\u{06A9}' => 'ك',
        '\u{0660}'..='\u{0669}' => ascii_digit(character, '\u{0660}'),
        '\u{06F0}'..='\u{06F9}' => ascii_digit(character, '\u{06F0}'),
        other => other.to_ascii_uppercase(),
    }
}

fn ascii_digit(character: char, zero: char) -> char {
    char::from_digit(u32::from(character) - u32::from(zero), 10).unwrap_or(character)
}

fn arabic_indic(digit: char) -> char {
    digit.to_digit(10).and_then(|value| char::from_u32(0x0660 + value)).unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_worked_saudi_example_keeps_its_direction() {
        let plate = PlateNumber::parse_saudi_latin("TNJ", "0123").unwrap();
        assert_eq!(plate.letters(), "\u{062D}\u{0646}\u{0637}");
        assert_eq!(plate.key(), "SA-123-TNJ");
        assert_eq!(PlateNumber::parse_key("SA-123-TNJ").unwrap().letters(), plate.letters());
    }

    #[test]
    fn an_egyptian_plate_keeps_its_reading_order() {
        let plate = PlateNumber::parse(Jurisdiction::Egypt, "سطن", "٧١٢٦").unwrap();
        assert_eq!(plate.key(), "EG-STN-7126");
        assert_eq!(plate.display(true), "س ط ن ٧١٢٦");
    }

    #[test]
    fn forms_of_one_letter_fold_to_one_code_point() {
        assert_eq!(fold("أى ھـ ۱٢3"), "ايه123");
        assert_eq!(fold("\u{FE8D}\u{200F}"), "ا");
    }

    #[test]
    fn a_mark_that_loses_its_blank_joins_its_letter_at_once() {
        // U+0384 decomposes to a blank and an accent; the blank is dropped.
        assert_eq!(fold("E\u{0384}"), "\u{00C9}");
        assert_eq!(fold(&fold("E\u{0384}")), fold("E\u{0384}"));
    }

    #[test]
    fn a_zero_or_a_foreign_letter_is_no_egyptian_plate() {
        let parse = |letters, digits| PlateNumber::parse(Jurisdiction::Egypt, letters, digits);
        assert!(matches!(parse("سطن", "7026"), Err(PlateError::Digit { digit: '0', .. })));
        assert!(matches!(parse("زطن", "7126"), Err(PlateError::Letter { letter: 'ز', .. })));
        assert!(matches!(parse("سطنم", "7126"), Err(PlateError::Lengths { letters: 4, .. })));
    }

    #[test]
    fn shapes_outside_the_regular_series_are_special() {
        let special = |letters, digits| {
            PlateNumber::parse(Jurisdiction::Egypt, letters, digits).unwrap().is_special_series()
        };
        assert!(special("س", "2"));
        assert!(!special("سطن", "712"));
        assert!(!special("سط", "7126"));
    }

    proptest! {
        #[test]
        fn every_key_reads_back_to_the_same_key(letters in "[ABJDRSXTEGKLZNHUV]{3}", digits in "[0-9]{1,4}") {
            let plate = PlateNumber::parse_saudi_latin(&letters, &digits).unwrap();
            prop_assert_eq!(PlateNumber::parse_key(&plate.key()).unwrap().key(), plate.key());
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,12}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
