//! In which words a page speaks.

use super::format;
use super::texts::{Dialect, Texts};
use rules::policy::Policies;
use schemas::jurisdiction::Jurisdiction;
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
    /// The same in the words of a country.
    #[must_use]
    pub fn of_country(self, country: Jurisdiction) -> Self {
        Self { t: Texts::of(Dialect::of(self.language, Some(country))), ..self }
    }

    /// An amount in the page's language.
    #[must_use]
    pub fn money(self, money: Money) -> String {
        format::money(self.language, self.policies, money)
    }

    /// A range of amounts in the page's language.
    #[must_use]
    pub fn range(self, least: Money, most: Money) -> String {
        let words = self.policies.of(format::country_of(most.currency())).words();
        words.range(least, most).in_language(self.language).to_owned()
    }

    /// Characters of a plate's Arabic row as the country prints them.
    #[must_use]
    pub fn printed(self, country: Option<Jurisdiction>, text: &str) -> String {
        let letters: String = match country.map(|country| self.policies.of(country).words()) {
            Some(words) => text.chars().map(|letter| words.printed_letter(letter)).collect(),
            None => text.to_owned(),
        };
        format::digits(Language::Arabic, &letters)
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
