//! Texts that reach a citizen: always Arabic and English.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A language that citizens are answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Arabic, right to left.
    Arabic,
    /// English.
    English,
}

/// The text is not the code of a language that Rasid speaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("language must be 'ar' or 'en', got '{0}'")]
pub struct UnknownLanguage(pub String);

impl Language {
    /// ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::English => "en",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "ar" => Ok(Self::Arabic),
            "en" => Ok(Self::English),
            other => Err(UnknownLanguage(other.chars().take(40).collect())),
        }
    }
}

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
