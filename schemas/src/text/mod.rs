//! Texts that reach a citizen, always Arabic and English; and texts that people write or paste.

pub mod free;
pub mod pasted;
pub mod token;

use thiserror::Error;

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
