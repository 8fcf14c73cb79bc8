//! Texts that reach a citizen, always Arabic and English; and texts that people write or paste.

pub mod free;
pub mod pasted;
pub mod plain_text;
pub mod secret;
pub mod token;

use std::fmt::Display;
use thiserror::Error;

/// Begins what keeps its own direction inside a sentence of the other one.
const ISOLATE_FIRST_STRONG: char = '\u{2068}';
const ISOLATE_END: char = '\u{2069}';
/// Arabic-Indic digits stand in order from here.
const ARABIC_INDIC_ZERO: u32 = 0x0660;

/// Returns a reference, a code or a Latin name in one piece, to be put into a sentence of either direction.
#[must_use]
pub fn isolated(name: &impl Display) -> String {
    format!("{ISOLATE_FIRST_STRONG}{name}{ISOLATE_END}")
}

/// Returns the text with Arabic-Indic digits, as Arabic sentences and pages have them; everything else as it is.
#[must_use]
pub fn arabic_digits(text: &impl Display) -> String {
    let arabic = |character: char| {
        let value = character.to_digit(10);
        value.and_then(|value| char::from_u32(ARABIC_INDIC_ZERO + value)).unwrap_or(character)
    };
    text.to_string().chars().map(arabic).collect()
}

crate::closed_list! {
    /// A language that citizens are answered in, by its code of ISO 639-1.
    pub enum Language (code, from_code) {
        /// Arabic, right to left.
        Arabic = "ar",
        /// English.
        English = "en",
    }
    impl Display;
    impl FromStr<UnknownLanguage> = UnknownLanguage;
}

/// The text is not the code of a language that Rasid speaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("language must be 'ar' or 'en', got '{0}'")]
pub struct UnknownLanguage(pub String);

/// One text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilingualText {
    /// Arabic.
    pub arabic: String,
    /// English.
    pub english: String,
}

impl BilingualText {
    /// The two texts of one meaning.
    #[must_use]
    pub fn new(arabic: impl Into<String>, english: impl Into<String>) -> Self {
        Self { arabic: arabic.into(), english: english.into() }
    }

    /// The text in `language`.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Arabic => &self.arabic,
            Language::English => &self.english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_an_arabic_text_are_arabic_indic_and_the_rest_stays() {
        assert_eq!(arabic_digits(&"2026-11-20"), "٢٠٢٦-١١-٢٠");
        assert_eq!(arabic_digits(&4_000), "٤٠٠٠");
    }

    #[test]
    fn a_reference_in_a_sentence_keeps_its_own_direction() {
        assert_eq!(isolated(&"V-1"), "\u{2068}V-1\u{2069}");
    }
}
