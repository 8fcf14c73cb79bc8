//! References that citizens copy by hand: random, so that none tells of another, with a check character.

use crate::checked_text::checked_text;
use crate::text::pasted::letters_and_digits;
use thiserror::Error;
use uuid::Uuid;

/// Characters of a reference without its kind letter: 80 random bits in base 32.
const RANDOM_CHARACTERS: usize = 16;
/// Random characters and the check character.
const CHARACTERS: usize = RANDOM_CHARACTERS + 1;
/// Crockford's base 32: without I, L, O and U; the first three are taken for 1, 1 and 0.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// It begins with the letter of another kind, or with none.
    #[error("a {kind} reference begins with '{letter}-'")]
    Kind {
        /// What it should name.
        kind: &'static str,
        /// The letter it should begin with.
        letter: char,
    },
    /// It has too few or too many characters, or one that is never used.
    #[error("a {kind} reference has {CHARACTERS} letters and digits after '{letter}-'")]
    Shape {
        /// What it should name.
        kind: &'static str,
        /// The letter it should begin with.
        letter: char,
    },
    /// A character is wrong or two were swapped.
    #[error("the {kind} reference does not fit its check character: a character is wrong or two are swapped")]
    Check {
        /// What it should name.
        kind: &'static str,
    },
}

/// Takes a reference as a person writes or pastes it: in any case and set of digits, with or without dashes, blanks and
/// marks of direction, with O for 0 and I or L for 1. Returns its canonical text, as rows and notices hold it.
fn reference(text: &str, kind: &'static str, letter: char) -> Result<String, ReferenceError> {
    let characters = fold_lookalikes(text);
    let rest = characters.strip_prefix(letter).ok_or(ReferenceError::Kind { kind, letter })?;
    let values: Option<Vec<u8>> = rest.bytes().map(value_of).collect();
    let values =
        values.filter(|values| values.len() == CHARACTERS).ok_or(ReferenceError::Shape { kind, letter })?;
    let (random, check) = values.split_at(RANDOM_CHARACTERS);
    if check == [check_value(random)] {
        Ok(render(letter, random))
    } else {
        Err(ReferenceError::Check { kind })
    }
}

checked_text! {
    shown, reference(&str) -> ReferenceError;

    /// What a citizen calls a violation.
    ViolationReference("violation", 'V');
    /// What a citizen calls an objection.
    ObjectionReference("objection", 'B');
}

impl ViolationReference {
    /// Returns a new reference from 80 random bits.
    #[must_use]
    pub fn generate() -> Self {
        Self(render('V', &random_characters()))
    }
}

impl ObjectionReference {
    /// Returns a new reference from 80 random bits.
    #[must_use]
    pub fn generate() -> Self {
        Self(render('B', &random_characters()))
    }
}

/// Sixteen values of five random bits: bytes of a random UUID that hold neither its version nor its variant.
fn random_characters() -> Vec<u8> {
    let bytes = Uuid::new_v4().into_bytes();
    let bits =
        bytes[..6].iter().chain(&bytes[9..13]).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..RANDOM_CHARACTERS).map(|index| (bits >> (5 * index) & 31).to_le_bytes()[0]).collect()
}

fn render(letter: char, random: &[u8]) -> String {
    let mut text = String::from(letter);
    for (index, value) in random.iter().chain([&check_value(random)]).enumerate() {
        if index % 4 == 0 && index < RANDOM_CHARACTERS {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(*value & 31)]));
    }
    text
}

/// A checksum over the field of 32 elements (polynomial x^5 + x^2 + 1): each place is weighted by another power of
/// a primitive element, so that every single wrong character and every swap of two is found.
fn check_value(values: &[u8]) -> u8 {
    let times_x = |value: u8| if value & 16 == 0 { value << 1 } else { value << 1 ^ 0b10_0101 };
    values.iter().fold(0, |check, value| times_x(check ^ value))
}

/// Letters that Crockford's alphabet leaves out are taken for the digits that they look like.
fn fold_lookalikes(text: &str) -> String {
    let folded = letters_and_digits(text);
    folded
        .chars()
        .map(|character| match character {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

fn value_of(character: u8) -> Option<u8> {
    let index = ALPHABET.iter().position(|known| *known == character)?;
    u8::try_from(index).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Marks, blanks and separators that stand in what people paste.
    const IGNORED: &str = "[\u{00AD}\u{061C}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}\u{2066}-\u{2069}\u{FEFF}\u{00A0}\u{2009}\u{3000}\u{0640}\u{2010}-\u{2015}\u{2212}./_ -]";

    #[test]
    fn a_reference_reads_back_however_a_person_writes_it() {
        let reference = ViolationReference::generate();
        let typed = reference.as_str().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(ViolationReference::parse(&typed), Ok(reference));
    }

    #[test]
    fn an_objection_reference_is_no_violation_reference() {
        let text = ObjectionReference::generate().to_string();
        assert!(matches!(ViolationReference::parse(&text), Err(ReferenceError::Kind { .. })));
    }

    #[test]
    fn the_reference_of_our_own_page_is_found() {
        let reference = ViolationReference::generate();
        let shown = format!("\u{2066}{reference}\u{2069}");
        assert_eq!(ViolationReference::parse(&shown).as_ref(), Ok(&reference));
        let arabic = |digit: char| digit.to_digit(10).and_then(|value| char::from_u32(0x0660 + value));
        let typed: String = shown.chars().map(|one| arabic(one).unwrap_or(one)).collect();
        let typed = typed.to_lowercase().replace('-', " \u{2013}\u{00A0}") + ".";
        assert_eq!(ViolationReference::parse(&typed), Ok(reference));
    }

    proptest! {
        #[test]
        fn what_nobody_sees_never_changes_a_reference(
            values in prop::collection::vec(0_u8..32, 16),
            marks in prop::collection::vec((0_usize..60, IGNORED), 0..20),
        ) {
            let text = render('B', &values);
            let mut pasted: Vec<char> = text.to_lowercase().chars().collect();
            for (place, mark) in marks {
                pasted.insert(place % (pasted.len() + 1), mark.chars().next().unwrap());
            }
            let pasted: String = pasted.into_iter().collect();
            prop_assert_eq!(ObjectionReference::parse(&pasted).unwrap().to_string(), text);
        }

        #[test]
        fn every_single_wrong_character_is_found(values in prop::collection::vec(0_u8..32, 17), place in 0_usize..16, change in 1_u8..32) {
            let random = &values[..16];
            let mut wrong = random.to_vec();
            wrong[place] ^= change;
            prop_assert_ne!(check_value(&wrong), check_value(random));
        }

        #[test]
        fn every_swap_of_two_characters_is_found(values in prop::collection::vec(0_u8..32, 16), one in 0_usize..16, other in 0_usize..16) {
            prop_assume!(values[one] != values[other]);
            let mut swapped = values.clone();
            swapped.swap(one, other);
            prop_assert_ne!(check_value(&swapped), check_value(&values));
        }

        #[test]
        fn a_rendered_reference_always_parses(values in prop::collection::vec(0_u8..32, 16)) {
            let text = render('V', &values);
            prop_assert_eq!(ViolationReference::parse(&text).unwrap().to_string(), text);
        }
    }
}
