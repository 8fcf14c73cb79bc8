//! Plate numbers: from what was read, typed or pasted to one canonical form of the country's grammar.

use crate::jurisdiction::Jurisdiction;
use crate::plate::grammar::{KeyOrder, PlateGrammar};
use crate::text::pasted::{fold, letters_and_digits};
use std::fmt;
use thiserror::Error;

/// Characters of a key that is refused that its refusal shows.
const KEY_CHARACTERS_SHOWN: usize = 40;

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
    /// Digits that are all zero: no such plate is issued.
    #[error("digits that are all zero are no plate of {0}")]
    Zero(Jurisdiction),
    /// Letters and digits are mixed, or one of the two is missing.
    #[error("a plate has letters and then digits, or digits and then letters")]
    Order,
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
        if digits.bytes().all(|digit| digit == b'0') {
            return Err(PlateError::Zero(jurisdiction));
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

    /// Takes a plate as a person writes it in two fields: either script, apart or joined, with any separators, and the
    /// whole plate in one of the fields as well. Latin letters run as printed from the left in Saudi Arabia and in
    /// Arabic reading order in Egypt.
    ///
    /// # Errors
    /// As [`PlateNumber::parse`]; also when letters and digits are mixed or one of the two is missing.
    pub fn parse_typed(jurisdiction: Jurisdiction, letters: &str, digits: &str) -> Result<Self, PlateError> {
        Self::parse_run(jurisdiction, &(letters_and_digits(letters) + &letters_and_digits(digits)))
    }

    /// Takes the ASCII key that [`PlateNumber::key`] gives, also as people paste it: in any case, with any separators,
    /// letters and digits in either order, letters in either script.
    ///
    /// # Errors
    /// When it names no country or its parts are no plate.
    pub fn parse_key(key: &str) -> Result<Self, PlateError> {
        let unreadable = || PlateError::Key(key.chars().take(KEY_CHARACTERS_SHOWN).collect());
        let folded = letters_and_digits(key);
        let parts = Jurisdiction::ALL
            .into_iter()
            .find_map(|jurisdiction| Some((jurisdiction, folded.strip_prefix(jurisdiction.code())?)));
        let (jurisdiction, run) = parts.ok_or_else(unreadable)?;
        Self::parse_run(jurisdiction, run).map_err(|error| match error {
            PlateError::Order => unreadable(),
            other @ (PlateError::Letter { .. }
            | PlateError::Digit { .. }
            | PlateError::Lengths { .. }
            | PlateError::Zero(_)
            | PlateError::Key(_)) => other,
        })
    }

    /// Takes letters and digits that were folded, in either order.
    fn parse_run(jurisdiction: Jurisdiction, run: &str) -> Result<Self, PlateError> {
        let is_digit = |character: char| character.is_ascii_digit();
        let leading = run.find(is_digit).ok_or(PlateError::Order)?;
        let (letters, digits) = if leading == 0 {
            let letters = run.trim_start_matches(is_digit);
            (letters, run.strip_suffix(letters).unwrap_or_default())
        } else {
            run.split_at(leading)
        };
        if letters.is_empty() || letters.contains(is_digit) || !digits.chars().all(is_digit) {
            return Err(PlateError::Order);
        }
        if !letters.is_ascii() {
            return Self::parse(jurisdiction, letters, digits);
        }
        match jurisdiction {
            Jurisdiction::Egypt => {
                let arabic = |letter| PlateGrammar::of(jurisdiction).arabic_of(letter).ok_or(letter);
                let arabic: Result<String, char> = letters.chars().map(arabic).collect();
                let arabic = arabic.map_err(|letter| PlateError::Letter { letter, jurisdiction })?;
                Self::parse(jurisdiction, &arabic, digits)
            }
            Jurisdiction::SaudiArabia => Self::parse_saudi_latin(letters, digits),
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

fn arabic_indic(digit: char) -> char {
    digit.to_digit(10).and_then(|value| char::from_u32(0x0660 + value)).unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Marks, blanks and separators that stand in what people paste.
    const IGNORED: &str = "[\u{00AD}\u{061C}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}\u{00A0}\u{2009}\u{3000}\u{0640}\u{2010}-\u{2015}\u{2212}./_ -]";

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

    #[test]
    fn a_key_is_taken_as_people_write_and_paste_it() {
        let key = |text: &str| PlateNumber::parse_key(text).map(|plate| plate.key());
        for text in [
            "eg-nga-136",
            "EG 136 NGA",
            "\u{2066}EG\u{2011}NGA\u{2011}١٣٦\u{2069}",
            "ＥＧ－ＮＧＡ－１３６",
            "eg.nga/136",
            "EG_ن_ج_أ_136",
        ] {
            assert_eq!(key(text).as_deref(), Ok("EG-NGA-136"), "{text}");
        }
        for text in ["SA-3479-zkb", "sa-zkb-3479", "SA3479ZKB"] {
            assert_eq!(key(text).as_deref(), Ok("SA-3479-ZKB"), "{text}");
        }
        for text in ["", "NGA-136", "EG-NGA", "EG-136", "EG-N1GA36", "XX-NGA-136"] {
            assert!(key(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plate_is_taken_in_either_script_and_field() {
        let typed = |country, letters, digits| {
            PlateNumber::parse_typed(country, letters, digits).map(|plate| plate.key())
        };
        for (letters, digits) in
            [("س ط ن", "٧١٢٦"), ("سطن", "7126"), ("s.t.n", "7126"), ("س-ط-ن ٧١٢٦", ""), ("", "7126 STN")]
        {
            assert_eq!(
                typed(Jurisdiction::Egypt, letters, digits).as_deref(),
                Ok("EG-STN-7126"),
                "{letters}"
            );
        }
        assert_eq!(typed(Jurisdiction::SaudiArabia, "ح/ن/ط", "٠١٢٣").as_deref(), Ok("SA-123-TNJ"));
        assert_eq!(typed(Jurisdiction::SaudiArabia, "t n j", "۰۱۲۳").as_deref(), Ok("SA-123-TNJ"));
        assert_eq!(
            typed(Jurisdiction::SaudiArabia, "هـ ى أ", "1").as_deref(),
            typed(Jurisdiction::SaudiArabia, "هيا", "1").as_deref()
        );
    }

    #[test]
    fn a_separator_inside_a_read_is_not_dropped() {
        assert!(PlateNumber::parse(Jurisdiction::Egypt, "س.ن", "712").is_err());
        assert!(PlateNumber::parse(Jurisdiction::Egypt, "سطن", "7-26").is_err());
    }

    #[test]
    fn digits_that_are_all_zero_are_no_plate() {
        for digits in ["0", "00", "0000", "٠٠٠٠"] {
            let refused = PlateNumber::parse_saudi_latin("TNJ", digits);
            assert_eq!(refused, Err(PlateError::Zero(Jurisdiction::SaudiArabia)), "{digits}");
        }
        assert!(PlateNumber::parse_saudi_latin("TNJ", "0001").is_ok());
    }

    proptest! {
        #[test]
        fn what_nobody_sees_never_changes_a_plate(
            letters in "[ABJDRSXTEGKLZNHUV]{3}",
            digits in "[0-9]{0,3}[1-9]",
            marks in prop::collection::vec((0_usize..40, IGNORED), 0..20),
        ) {
            let plate = PlateNumber::parse_saudi_latin(&letters, &digits).unwrap();
            let mut key: Vec<char> = plate.key().to_lowercase().chars().collect();
            for (place, mark) in marks {
                key.insert(place % (key.len() + 1), mark.chars().next().unwrap());
            }
            let key: String = key.into_iter().collect();
            prop_assert_eq!(PlateNumber::parse_key(&key).unwrap().key(), plate.key());
        }

        #[test]
        fn every_key_reads_back_to_the_same_key(letters in "[ABJDRSXTEGKLZNHUV]{3}", digits in "[0-9]{0,3}[1-9]") {
            let plate = PlateNumber::parse_saudi_latin(&letters, &digits).unwrap();
            prop_assert_eq!(PlateNumber::parse_key(&plate.key()).unwrap().key(), plate.key());
        }
    }
}
