//! Plate grammar and alphabet of each country, as data in `schemas/jurisdictions/*/plate.toml`.

use crate::country::CountryTables;
use crate::jurisdiction::Jurisdiction;
use serde::Deserialize;

/// What a country's plates may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateGrammar {
    jurisdiction: String,
    digits: String,
    letters_min: usize,
    letters_max: usize,
    digits_min: usize,
    digits_max: usize,
    pub(crate) key_order: KeyOrder,
    letters: Vec<LetterPair>,
    regular_series: Vec<Series>,
    tampered: Vec<TamperedLetter>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyOrder {
    LettersFirst,
    DigitsFirstLettersReversed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LetterPair {
    arabic: char,
    latin: char,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    name: String,
    letters: usize,
    digits: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TamperedLetter {
    seen: char,
    likely: char,
}

static TABLES: CountryTables<PlateGrammar> =
    CountryTables::new("plate.toml", |texts| texts.plate, PlateGrammar::load);

impl PlateGrammar {
    /// Reads a text of the form of `plate.toml`.
    ///
    /// # Errors
    /// When it is not TOML of that form, breaks a rule, or is of another country.
    pub fn load(text: &str, jurisdiction: Jurisdiction) -> Result<PlateGrammar, String> {
        let grammar: PlateGrammar = toml::from_str(text).map_err(|error| error.to_string())?;
        if grammar.jurisdiction == jurisdiction.code() {
            Ok(grammar)
        } else {
            Err(format!("jurisdiction is {}", grammar.jurisdiction))
        }
    }

    /// The grammar of `jurisdiction`.
    ///
    /// # Panics
    /// When the compiled-in file is broken, which a test of this module refuses.
    #[must_use]
    pub fn of(jurisdiction: Jurisdiction) -> &'static Self {
        TABLES.of(jurisdiction)
    }

    /// The letters in Arabic, canonical code points.
    pub fn arabic_letters(&self) -> impl Iterator<Item = char> + '_ {
        self.letters.iter().map(|pair| pair.arabic)
    }

    /// The digits that are printed, ASCII.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The Latin letter printed for an Arabic one.
    #[must_use]
    pub fn latin_of(&self, arabic: char) -> Option<char> {
        self.letters.iter().find(|pair| pair.arabic == arabic).map(|pair| pair.latin)
    }

    /// The Arabic letter printed for a Latin one.
    #[must_use]
    pub fn arabic_of(&self, latin: char) -> Option<char> {
        self.letters.iter().find(|pair| pair.latin == latin).map(|pair| pair.arabic)
    }

    /// The letter that was probably there before somebody painted on it.
    #[must_use]
    pub fn likely_before_paint(&self, seen: char) -> Option<char> {
        self.tampered.iter().find(|letter| letter.seen == seen).map(|letter| letter.likely)
    }

    /// The regular expression, without anchors, of the ASCII keys of the country's plates.
    #[must_use]
    pub fn key_pattern(&self) -> String {
        let latin: String = self.letters.iter().map(|pair| pair.latin).collect();
        let letters = format!("[{latin}]{{{},{}}}", self.letters_min, self.letters_max);
        let digits = self.digits_pattern();
        match self.key_order {
            KeyOrder::LettersFirst => format!("{}-{letters}-{digits}", self.jurisdiction),
            KeyOrder::DigitsFirstLettersReversed => format!("{}-{digits}-{letters}", self.jurisdiction),
        }
    }

    /// As many digits as the country has, never all zero.
    fn digits_pattern(&self) -> String {
        let (all, least, most) = (&self.digits, self.digits_min, self.digits_max);
        let significant = all.trim_start_matches('0');
        if significant == all {
            return format!("[{all}]{{{least},{most}}}");
        }
        let behind_zeros = |zeros: usize| {
            let least = least.saturating_sub(zeros + 1);
            format!("{}[{significant}][{all}]{{{least},{}}}", "0".repeat(zeros), most - zeros - 1)
        };
        format!("({})", (0..most).map(behind_zeros).collect::<Vec<_>>().join("|"))
    }

    /// Whether so many letters and digits make a plate.
    #[must_use]
    pub fn allows_lengths(&self, letters: usize, digits: usize) -> bool {
        (self.letters_min..=self.letters_max).contains(&letters)
            && (self.digits_min..=self.digits_max).contains(&digits)
    }

    /// Name of the regular series of that shape, or `None` for a distinguished plate.
    #[must_use]
    pub fn regular_series(&self, letters: usize, digits: usize) -> Option<&str> {
        let shape = |series: &&Series| series.letters == letters && series.digits == digits;
        self.regular_series.iter().find(shape).map(|series| series.name.as_str())
    }

    /// Most digits a plate has; matching pads to it.
    #[must_use]
    pub const fn digits_max(&self) -> usize {
        self.digits_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn both_countries_have_seventeen_letters_each_with_its_own_latin() {
        for jurisdiction in Jurisdiction::ALL {
            let grammar = PlateGrammar::of(jurisdiction);
            let arabic: BTreeSet<char> = grammar.letters.iter().map(|pair| pair.arabic).collect();
            let latin: BTreeSet<char> = grammar.letters.iter().map(|pair| pair.latin).collect();
            assert_eq!((arabic.len(), latin.len()), (17, 17), "{jurisdiction}");
        }
    }

    #[test]
    fn the_pattern_of_keys_names_letters_lengths_and_no_plate_of_zeros() {
        let of = |jurisdiction| PlateGrammar::of(jurisdiction).key_pattern();
        let egypt = of(Jurisdiction::Egypt);
        assert!(egypt.starts_with("EG-[") && egypt.ends_with("]{1,3}-[123456789]{1,4}"), "{egypt}");
        let digits = "[123456789][0123456789]{0,3}|0[123456789][0123456789]{0,2}|\
                      00[123456789][0123456789]{0,1}|000[123456789][0123456789]{0,0}";
        let saudi = of(Jurisdiction::SaudiArabia);
        assert!(saudi.starts_with(&format!("SA-({digits})-[")) && saudi.ends_with("]{3,3}"), "{saudi}");
    }

    #[test]
    fn the_two_tables_of_latin_letters_differ() {
        let of = |jurisdiction, letter| PlateGrammar::of(jurisdiction).latin_of(letter);
        assert_eq!(of(Jurisdiction::Egypt, 'ص'), Some('C'));
        assert_eq!(of(Jurisdiction::SaudiArabia, 'ص'), Some('X'));
        assert_eq!(of(Jurisdiction::Egypt, 'ح'), None);
        assert_eq!(of(Jurisdiction::SaudiArabia, 'ج'), None);
    }
}
