//! What stands beside a marked plate, in the order in which it is drawn: from the left; pure.
//!
//! Arabic runs from the right, so its first letter stands right-most, with the digits to its left, as on the plate.
//! Letters stand apart, so each is drawn in the form that it has alone, and no shaping is needed.

use super::super::report::LabelText;
use super::super::report::arabic_letters;
use schemas::plate::PlateNumber;
use schemas::plate_read::PlateRead;

/// Between two Arabic letters.
pub(super) const THIN_SPACE: char = '\u{2009}';
const ARABIC_INDIC_ZERO: u32 = 0x0660;

/// The plate: its key, the Arabic row and the confidence. A read that is no plate of its country has the country alone
/// instead of the key.
pub(super) fn plate_line(read: &PlateRead) -> String {
    let key = read.plate.as_ref().map_or_else(|| read.jurisdiction.code().to_owned(), PlateNumber::key);
    let digits: String = LabelText::of(read).digits.chars().map(arabic_indic).collect();
    let letters: Vec<String> =
        arabic_letters(read).chars().rev().map(|letter| alone(letter).into()).collect();
    let letters = letters.join(&THIN_SPACE.to_string());
    format!("{key}  {digits} {letters}  {:.3}", read.confidence.value())
}

/// What speaks against issuing, one line each.
pub(super) fn flag_lines(read: &PlateRead) -> Vec<String> {
    read.flags.iter().map(|flag| flag.label().replace('_', " ").to_uppercase()).collect()
}

/// The shape of a letter that stands alone on a plate: heh in its initial form, yeh without dots.
const fn alone(letter: char) -> char {
    match letter {
        'ه' => 'ﻫ',
        'ي' => 'ى',
        other => other,
    }
}

fn arabic_indic(digit: char) -> char {
    digit.to_digit(10).and_then(|value| char::from_u32(ARABIC_INDIC_ZERO + value)).unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::super::super::report::tests::read_of;
    use super::*;
    use schemas::frame::PixelBox;
    use schemas::plate_read::ReadFlag;

    const HERE: PixelBox = PixelBox { x: 1, y: 2, width: 30, height: 40 };

    #[test]
    fn the_first_arabic_letter_stands_rightmost_and_digits_keep_their_order() {
        let line = plate_line(&read_of("EG-STN-7126", HERE));
        let drawn: Vec<char> = line.chars().collect();
        let expected = "EG-STN-7126  \u{0667}\u{0661}\u{0662}\u{0666} ن\u{2009}ط\u{2009}س  0.500";
        assert_eq!(drawn, expected.chars().collect::<Vec<_>>());
    }

    #[test]
    fn heh_and_yeh_are_drawn_as_plates_print_them() {
        let line = plate_line(&read_of("EG-AYH-12", HERE));
        assert!(line.contains("ﻫ\u{2009}ى\u{2009}ا"), "{line}");
    }

    #[test]
    fn a_read_outside_the_grammar_is_spelled_as_it_was_read() {
        let mut read = read_of("SA-12-TNJ", HERE);
        read.plate = None;
        read.raw = "حن12".to_owned();
        read.flags.extend([ReadFlag::OutOfGrammar, ReadFlag::LowConfidence]);
        assert_eq!(plate_line(&read), "SA  \u{0661}\u{0662} ن\u{2009}ح  0.500");
        assert_eq!(flag_lines(&read), ["LOW CONFIDENCE", "OUT OF GRAMMAR"]);
    }
}
