//! What people paste or type into a field for a reference or a plate: one fold for both.
//!
//! Pages, messengers and word processors add marks of direction, joiners, soft hyphens and blanks that nobody sees, and
//! keyboards give three sets of digits and a dozen dashes. None of it changes what is meant.

use unicode_normalization::UnicodeNormalization;

/// Folds a text to canonical characters: presentation and full-width forms, forms of alef, yeh and heh, all three kinds
/// of digits to ASCII, every dash to a hyphen, ASCII letters to capitals; drops what is invisible, vowel marks, blanks
/// and the tatweel. Returns the same for its own result. Source of the letters: domain handbook 1.2.
#[must_use]
pub fn fold(text: &str) -> String {
    let bare = text.chars().filter(|character| !is_dropped(*character));
    let folded = bare.nfkc().filter(|character| !is_dropped(*character)).map(fold_character);
    // Dropping a blank can bring a letter and a mark together, so composition has the last word.
    folded.nfkc().collect()
}

/// Folds a text and drops what people write between its parts: hyphens, dots, strokes, commas, brackets. Returns the
/// letters and digits, and whatever else a caller has to refuse.
#[must_use]
pub fn letters_and_digits(text: &str) -> String {
    fold(text).chars().filter(|character| !is_separator(*character)).collect()
}

/// Whether a character is never seen by itself: marks of direction, joiners, variation selectors, fillers and the like.
/// Source: `Default_Ignorable_Code_Point` of the Unicode Character Database, and the blank cells and tags that fonts
/// leave empty.
#[must_use]
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// What stands between letters without meaning: invisible marks, blanks of any width, Arabic vowel marks, the tatweel.
fn is_dropped(character: char) -> bool {
    is_invisible(character)
        || character.is_whitespace()
        || matches!(character, '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}' | '\u{0640}')
}

fn is_separator(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(character, '\u{060C}' | '\u{061B}' | '\u{00AB}' | '\u{00BB}' | '\u{00B7}' | '\u{2022}')
        || matches!(character, '\u{2018}'..='\u{201F}' | '\u{2044}' | '\u{2215}')
}

const fn fold_character(character: char) -> char {
    match character {
        'أ' | 'إ' | 'آ' | '\u{0671}'..='\u{0673}' => 'ا',
        '\u{0649}' | '\u{0626}' | '\u{06CC}' | '\u{06CE}' | '\u{06D2}' => 'ي',
        '\u{06BE}' | '\u{06C0}'..='\u{06C3}' | '\u{06D5}' | '\u{0629}' => 'ه',
        '\u{0624}' => 'و',
        '\u{06A9}' | '\u{06AA}' => 'ك',
        '\u{0660}'..='\u{0669}' => ascii_digit(character, '\u{0660}'),
        '\u{06F0}'..='\u{06F9}' => ascii_digit(character, '\u{06F0}'),
        // The Arabic full stop is a stroke on the line: keyboards of Persian and Urdu give it beside the hyphen.
        '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2796}'
        | '\u{2E3A}'
        | '\u{2E3B}'
        | '\u{058A}'
        | '\u{05BE}'
        | '\u{06D4}'
        | '\u{30FC}' => '-',
        other => other.to_ascii_uppercase(),
    }
}

const fn ascii_digit(character: char, zero: char) -> char {
    match char::from_digit(character as u32 - zero as u32, 10) {
        Some(digit) => digit,
        None => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_one_letter_fold_to_one_code_point() {
        assert_eq!(fold("أى ھـ ۱٢3"), "ايه123");
        assert_eq!(fold("\u{FE8D}\u{200F}"), "ا");
        assert_eq!(fold("ＶＢ９"), "VB9");
    }

    #[test]
    fn a_mark_that_loses_its_blank_joins_its_letter_at_once() {
        // U+0384 decomposes to a blank and an accent; the blank is dropped.
        assert_eq!(fold("E\u{0384}"), "\u{00C9}");
        assert_eq!(fold(&fold("E\u{0384}")), fold("E\u{0384}"));
    }

    #[test]
    fn every_dash_is_one_hyphen_and_the_tatweel_is_nothing() {
        assert_eq!(
            fold("a\u{2010}b\u{2011}c\u{2013}d\u{2014}e\u{2212}f\u{FF0D}g\u{FE63}h"),
            "A-B-C-D-E-F-G-H"
        );
        assert_eq!(fold("ب\u{0640}\u{0640}ط"), "بط");
        assert_eq!(letters_and_digits("S.T/N_7-1 (2)"), "STN712");
    }

    #[test]
    fn an_amount_keeps_its_point_and_its_sign() {
        assert_eq!(fold("\u{2212}١٬٥٠٠٫٥"), "-1\u{066C}500\u{066B}5");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,12}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn nothing_invisible_is_left(text in any::<String>()) {
            prop_assert!(!fold(&text).chars().any(is_invisible));
        }
    }
}
