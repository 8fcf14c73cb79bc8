//! The data of a country: one folder of texts, and one way from a text to a table.
//!
//! A country is a folder in `schemas/jurisdictions` and its row in [`Jurisdiction`]; every table of every crate is made
//! from the texts named here.

use crate::jurisdiction::Jurisdiction;
use std::fmt;
use std::sync::OnceLock;

/// `sources.toml`: where the keys in the countries' data lead, and what Arabic pages call them.
pub const SOURCES: &str = include_str!("../jurisdictions/sources.toml");

/// Countries.
const COUNTRIES: usize = Jurisdiction::ALL.len();

/// The texts of one country's folder.
#[derive(Debug, Clone, Copy)]
pub struct CountryTexts<'t> {
    /// `plate.toml`: letters, lengths, series.
    pub plate: &'t str,
    /// `grounds.toml`: grounds of objection, points of form, documents.
    pub grounds: &'t str,
    /// `holidays.toml`: days of rest.
    pub holidays: &'t str,
    /// `tariffs.toml`: fines.
    pub tariffs: &'t str,
    /// `policy.toml`: tolerances and floors.
    pub policy: &'t str,
    /// `deadlines.toml`: time limits.
    pub deadlines: &'t str,
    /// `texts.toml`: what differs in the country's words.
    pub texts: &'t str,
}

macro_rules! folder {
    ($name:literal) => {
        CountryTexts {
            plate: include_str!(concat!("../jurisdictions/", $name, "/plate.toml")),
            grounds: include_str!(concat!("../jurisdictions/", $name, "/grounds.toml")),
            holidays: include_str!(concat!("../jurisdictions/", $name, "/holidays.toml")),
            tariffs: include_str!(concat!("../jurisdictions/", $name, "/tariffs.toml")),
            policy: include_str!(concat!("../jurisdictions/", $name, "/policy.toml")),
            deadlines: include_str!(concat!("../jurisdictions/", $name, "/deadlines.toml")),
            texts: include_str!(concat!("../jurisdictions/", $name, "/texts.toml")),
        }
    };
}

impl CountryTexts<'static> {
    /// Returns the texts that are compiled in.
    #[must_use]
    pub const fn compiled_in(jurisdiction: Jurisdiction) -> Self {
        match jurisdiction {
            Jurisdiction::Egypt => folder!("eg"),
            Jurisdiction::SaudiArabia => folder!("sa"),
        }
    }
}

/// A table that each country has one of, read when it is first asked for.
pub struct CountryTables<T> {
    file: &'static str,
    text: fn(&CountryTexts<'static>) -> &'static str,
    load: fn(&str, Jurisdiction) -> Result<T, String>,
    loaded: [OnceLock<Result<T, String>>; COUNTRIES],
}

impl<T> CountryTables<T> {
    /// Names the file, which text it is, and how it is read.
    #[must_use]
    pub const fn new(
        file: &'static str,
        text: fn(&CountryTexts<'static>) -> &'static str,
        load: fn(&str, Jurisdiction) -> Result<T, String>,
    ) -> Self {
        Self { file, text, load, loaded: [const { OnceLock::new() }; COUNTRIES] }
    }

    /// Returns the table of `jurisdiction`.
    ///
    /// # Panics
    /// When the compiled-in file is broken, which a test of the table's module refuses.
    pub fn of(&self, jurisdiction: Jurisdiction) -> &T {
        let read = || (self.load)((self.text)(&CountryTexts::compiled_in(jurisdiction)), jurisdiction);
        match self.loaded[jurisdiction as usize].get_or_init(read) {
            Ok(table) => table,
            Err(problem) => panic!("{} of {jurisdiction}: {problem}", self.file),
        }
    }
}

impl<T> fmt::Debug for CountryTables<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CountryTables({})", self.file)
    }
}
