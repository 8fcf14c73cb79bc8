//! Pseudonyms that another system gave: never a name, a number or an address of a person.

/// Digits in a row that a pseudonym may have: national numbers and telephone numbers of both countries have ten or more.
const DIGITS_IN_A_ROW_MAX: usize = 9;
/// Hexadecimal digits from which on a text is a digest or a UUID, whose digits mean nothing.
const HEXADECIMAL_MIN: usize = 32;

/// Whether a text has the form of a pseudonym: ASCII letters, digits, hyphens and underscores, at least one letter, at
/// most `max` characters, and no number as long as those of persons and telephones.
#[must_use]
pub fn is_token(text: &str, max: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=max).contains(&text.len())
        && text.bytes().all(fits)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && (is_digest(text) || !has_long_number(text))
}

fn is_digest(text: &str) -> bool {
    let bytes = || text.bytes().filter(|byte| *byte != b'-');
    bytes().count() >= HEXADECIMAL_MIN && bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn has_long_number(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit()).any(|run| run.len() > DIGITS_IN_A_ROW_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 64;

    #[test]
    fn a_pseudonym_is_a_token() {
        for token in
            ["HOLDER-SA-0002", "seller", "p_1", "01890a5d-ac96-774b-bcce-123456789012", &"a".repeat(MAX)]
        {
            assert!(is_token(token, MAX), "{token}");
        }
    }

    #[test]
    fn an_address_a_telephone_or_a_national_number_is_none() {
        let long = "a".repeat(MAX + 1);
        for other in [
            "",
            " ",
            "a b",
            "citizen@example.org",
            "mailto:x",
            "+201001234567",
            "01001234567",
            "0100-123-4567",
            "tel-01001234567",
            "id29001011234567",
            "1012345678",
            "محمد",
            "a\0",
            "a\n",
            "٠١٠٠",
            long.as_str(),
        ] {
            assert!(!is_token(other, MAX), "{other:?}");
        }
    }
}
