//! In which words a page speaks.

use super::format;
use super::texts::Texts;
use rules::policy::Policies;
use schemas::money::Money;
use schemas::text::Language;

/// In which words a page speaks.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// Of the page.
    pub language: Language,
    /// Its sentences.
    pub t: &'static Texts,
    /// Words of the countries.
    pub policies: &'a Policies,
}

/// A label with its value.
#[derive(Debug, Clone)]
pub struct FactView {
    /// What it is.
    pub label: String,
    /// How it is.
    pub value: String,
    /// Whether the value runs from the left whatever the page does.
    pub left_to_right: bool,
}

impl Wording<'_> {
    /// An amount in the page's language.
    #[must_use]
    pub fn money(self, money: Money) -> String {
        format::money(self.language, self.policies, money)
    }

    /// A label with a value that runs as its language does.
    #[must_use]
    pub fn fact(self, label: &str, value: impl Into<String>) -> FactView {
        FactView { label: label.to_owned(), value: value.into(), left_to_right: false }
    }

    /// A label with a value that runs from the left: a code, a time, a number with its unit.
    #[must_use]
    pub fn plain_fact(self, label: &str, value: impl Into<String>) -> FactView {
        FactView { left_to_right: true, ..self.fact(label, value) }
    }
}
