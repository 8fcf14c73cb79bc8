//! The one form of numbers at every border: plain ASCII digits, with at most one point between them.
//!
//! Parsers of numbers take more (signs, `3e3`, `3_000`, `.5`), and what one country reads as three thousand another
//! reads as three. Whoever sends a number otherwise is asked to write it plainly; it is never guessed.

use rust_decimal::Decimal;
use thiserror::Error;

/// Digits before the point; more are no amount, speed or time of ours.
pub const WHOLE_DIGITS_MAX: usize = 12;
/// Digits of a group of thousands.
const GROUP_DIGITS: usize = 3;

/// Why a text is no number in the one form. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Nothing is there.
    #[error("must be a number, as 300 or 300.50; nothing is there")]
    Empty,
    /// A plus or a minus.
    #[error("has a sign: write the digits alone, as 300")]
    Sign,
    /// A comma, an underscore, a blank or another mark between digits.
    #[error(
        "has a comma, blank or other mark between its digits: write 3000 or 3000.50, with a point before decimals"
    )]
    Separator,
    /// `3e3`.
    #[error("has an exponent: write the number out, as 3000")]
    Exponent,
    /// Arabic-Indic digits, say.
    #[error("has digits other than 0 to 9: write it with 0 to 9")]
    Digits,
    /// A letter, a sign of a currency and so on.
    #[error("must be a plain number, as 300 or 300.50, without any other character")]
    Character,
    /// `1.500.000`
    #[error("has more than one point: write 1500000, with at most one point before decimals")]
    Points,
    /// `.5` or `3.`
    #[error("begins or ends with its point: write 0.5 for a half and 3 for three")]
    PointAtEdge,
    /// `03`
    #[error("begins with a zero that counts nothing: write 3, not 03")]
    LeadingZero,
    /// More than [`WHOLE_DIGITS_MAX`].
    #[error("has more than {WHOLE_DIGITS_MAX} digits before the point")]
    TooLong,
    /// `3.000` where there are fewer decimals.
    #[error(
        "has three digits behind the point, which some read as thousands: write 3000 for three thousand; at most {0} decimals are taken"
    )]
    MaybeThousands(u32),
    /// More decimals than there are.
    #[error("has too many digits behind the point: at most {0} decimals are taken")]
    TooFine(u32),
}

/// Reads a number of at most `decimals_max` decimals.
///
/// # Errors
/// When it is written in any other form; the error says which.
pub fn plain_decimal(text: &str, decimals_max: u32) -> Result<Decimal, NumberError> {
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    text.chars().try_for_each(check_character)?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    if fraction.is_some_and(|fraction| fraction.contains('.')) {
        return Err(NumberError::Points);
    }
    if whole.is_empty() || fraction.is_some_and(str::is_empty) {
        return Err(NumberError::PointAtEdge);
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Err(NumberError::LeadingZero);
    }
    if whole.len() > WHOLE_DIGITS_MAX {
        return Err(NumberError::TooLong);
    }
    let decimals = fraction.map_or(0, str::len);
    if u32::try_from(decimals).map_or(true, |decimals| decimals > decimals_max) {
        let maybe_thousands = decimals == GROUP_DIGITS;
        return Err(if maybe_thousands {
            NumberError::MaybeThousands(decimals_max)
        } else {
            NumberError::TooFine(decimals_max)
        });
    }
    Decimal::from_str_exact(text).map_err(|_| NumberError::Character)
}

fn check_character(character: char) -> Result<(), NumberError> {
    match character {
        '0'..='9' | '.' => Ok(()),
        '+' | '-' | '\u{2212}' => Err(NumberError::Sign),
        // The last two are the Arabic decimal and thousands separators.
        ',' | '_' | '\'' | '\u{2019}' | '\u{066B}' | '\u{066C}' => Err(NumberError::Separator),
        blank if blank.is_whitespace() => Err(NumberError::Separator),
        'e' | 'E' => Err(NumberError::Exponent),
        digit if digit.is_numeric() => Err(NumberError::Digits),
        _ => Err(NumberError::Character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_other_form_of_a_number_is_refused_by_its_name() {
        let refused = |text| plain_decimal(text, 2).unwrap_err();
        assert_eq!(refused(""), NumberError::Empty);
        for text in ["+300", "-300", "\u{2212}3", "3-"] {
            assert_eq!(refused(text), NumberError::Sign, "{text}");
        }
        for text in
            ["3_000", "3,000", "3 000", "3'000", "3\u{A0}000", "3\u{202F}000", "3\u{066C}000", "3\u{066B}5"]
        {
            assert_eq!(refused(text), NumberError::Separator, "{text}");
        }
        assert_eq!((refused("3e3"), refused("3E-3")), (NumberError::Exponent, NumberError::Exponent));
        for text in ["٣٠٠", "۳۰۰", "３", "½", "3٠0"] {
            assert_eq!(refused(text), NumberError::Digits, "{text}");
        }
        for text in ["NaN", "inf", "0x10", "300SAR", "$3", "3\0"] {
            assert_eq!(refused(text), NumberError::Character, "{text}");
        }
        assert_eq!((refused("1.500.000"), refused("3..")), (NumberError::Points, NumberError::Points));
        for text in [".5", "3.", "."] {
            assert_eq!(refused(text), NumberError::PointAtEdge, "{text}");
        }
        assert_eq!((refused("03"), refused("00.5")), (NumberError::LeadingZero, NumberError::LeadingZero));
        assert_eq!(refused("1234567890123"), NumberError::TooLong);
        assert_eq!(
            (refused("3.000"), refused("3.0000")),
            (NumberError::MaybeThousands(2), NumberError::TooFine(2))
        );
        assert_eq!(plain_decimal("3.0", 0), Err(NumberError::TooFine(0)));
    }

    #[test]
    fn plain_digits_with_one_point_are_taken_as_they_stand() {
        for text in ["0", "3", "300", "0.5", "0.05", "3000.50", "999999999999.99"] {
            assert_eq!(plain_decimal(text, 2).unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_written_back_the_same(text in "[0-9.,_+e٣-]{1,8}") {
            if let Ok(number) = plain_decimal(&text, 4) {
                prop_assert_eq!(number.to_string(), text);
            }
        }
    }
}
