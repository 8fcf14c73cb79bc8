//! Words that differ between the countries, as data in `texts.toml`.

use crate::policy::country_file::{CountryFile, NamesItsCountry, PolicyError};
use crate::policy::numbers::{arabic_number, english_number};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemas::money::Money;
use schemas::offence::{OffenceKind, PerKind};
use schemas::text::BilingualText;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The words of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    objection: String,
    printed_letters: BTreeMap<char, String>,
    currency: CountedNoun,
    acts: PerKind<BilingualText>,
}

impl Words {
    /// What the act is called on notices and pages.
    #[must_use]
    pub const fn act(&self, kind: OffenceKind) -> &BilingualText {
        self.acts.of(kind)
    }

    /// What an objection is called in the country's Arabic, with the article.
    #[must_use]
    pub fn the_objection(&self) -> String {
        format!("ال{}", self.objection)
    }

    /// A stored letter as the country's plates print it.
    #[must_use]
    pub fn printed_letter(&self, letter: char) -> String {
        self.printed_letters.get(&letter).cloned().unwrap_or_else(|| letter.to_string())
    }

    /// A range of amounts for people: `من ٣٠٠ إلى ٥٠٠ ريال` and `300 to 500 SAR`.
    #[must_use]
    pub fn range(&self, least: Money, most: Money) -> BilingualText {
        let (from, to) = (least.amount(), self.amount(most));
        BilingualText::new(
            format!("من {} إلى {}", arabic_number(from), to.arabic),
            format!("{} to {}", english_number(from), to.english),
        )
    }

    /// An amount for people: `٤٠٠ جنيه` and `400 EGP`.
    #[must_use]
    pub fn amount(&self, money: Money) -> BilingualText {
        let amount = money.amount();
        BilingualText::new(
            format!("{} {}", arabic_number(amount), self.currency.after(amount)),
            format!("{} {}", english_number(amount), money.currency()),
        )
    }
}

/// An Arabic noun takes another form after 3 to 10, after 11 to 99, and after round hundreds and fractions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountedNoun {
    after_3_to_10: String,
    after_11_to_99: String,
    otherwise: String,
}

impl CountedNoun {
    fn after(&self, number: Decimal) -> &str {
        let whole = number.normalize().scale() == 0;
        match (number % Decimal::ONE_HUNDRED).to_u32() {
            Some(3..=10) if whole => &self.after_3_to_10,
            Some(11..=99) if whole => &self.after_11_to_99,
            Some(_) | None => &self.otherwise,
        }
    }
}

/// Reads and checks the file.
///
/// # Errors
/// When it is not as it should be.
pub(crate) fn load(file: CountryFile<'_>) -> Result<Words, PolicyError> {
    let TextsFile { jurisdiction: _, objection_arabic, printed_letters, currency_arabic, acts } =
        file.parse()?;
    if objection_arabic.trim().is_empty() {
        return Err(file.refuse("objection_arabic", "needs a word"));
    }
    if let Some(unknown) = acts.keys().find(|code| OffenceKind::filed_under(code, false).is_none()) {
        return Err(file.refuse(&format!("acts.{unknown}"), "is the code of no act"));
    }
    let acts = PerKind::try_new(|kind| {
        let code = kind.filed_as().code();
        let BilingualFile { arabic, english } = acts.get(code).cloned().unwrap_or_default();
        if arabic.trim().is_empty() || english.trim().is_empty() {
            return Err(file.refuse(&format!("acts.{code}"), "needs a text in both languages"));
        }
        Ok(BilingualText::new(arabic, english))
    })?;
    Ok(Words { objection: objection_arabic, printed_letters, currency: currency_arabic, acts })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextsFile {
    jurisdiction: String,
    objection_arabic: String,
    #[serde(default)]
    printed_letters: BTreeMap<char, String>,
    currency_arabic: CountedNoun,
    acts: BTreeMap<String, BilingualFile>,
}

impl NamesItsCountry for TextsFile {
    fn jurisdiction(&self) -> &str {
        &self.jurisdiction
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BilingualFile {
    arabic: String,
    english: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, PolicySources};
    use schemas::jurisdiction::Jurisdiction;

    fn refused(change: impl FnOnce(&str) -> String) -> String {
        let mut sources = PolicySources::compiled_in(Jurisdiction::Egypt);
        let changed = change(sources.texts);
        sources.texts = &changed;
        Policy::load(Jurisdiction::Egypt, &sources).unwrap_err().to_string()
    }

    #[test]
    fn every_act_needs_its_words_and_no_other_has_any() {
        let missing = refused(|text| text.replace("\nred_light", "\n# red_light"));
        assert_eq!(missing, "eg/texts.toml: acts.red_light: needs a text in both languages");
        let unknown = refused(|text| format!("{text}tailgating = {{ arabic = \"أ\", english = \"a\" }}\n"));
        assert_eq!(unknown, "eg/texts.toml: acts.tailgating: is the code of no act");
    }

    #[test]
    fn each_country_has_its_own_word_for_an_objection_and_its_own_printed_letters() {
        let word = |country| Policy::compiled_in(country).unwrap().words().the_objection();
        assert_eq!(Jurisdiction::ALL.map(word), ["التظلّم", "الاعتراض"]);
        let printed = |country| {
            let policy = Policy::compiled_in(country).unwrap();
            ['ا', 'ه', 'ي', 'س'].map(|letter| policy.words().printed_letter(letter))
        };
        assert_eq!(printed(Jurisdiction::Egypt), ["أ", "هـ", "ى", "س"]);
        assert_eq!(printed(Jurisdiction::SaudiArabia), ["ا", "هـ", "ى", "س"]);
    }

    #[test]
    fn a_range_names_its_currency_once() {
        let saudi = Policy::compiled_in(Jurisdiction::SaudiArabia).unwrap();
        let money = |amount: u32| Money::new(amount.into(), Jurisdiction::SaudiArabia.currency()).unwrap();
        let range = saudi.words().range(money(300), money(500));
        assert_eq!(range, BilingualText::new("من ٣٠٠ إلى ٥٠٠ ريال", "300 to 500 SAR"));
    }

    #[test]
    fn an_amount_takes_the_noun_that_its_number_asks_for() {
        let saudi = Policy::compiled_in(Jurisdiction::SaudiArabia).unwrap();
        let shown = |amount: &str| {
            let money = Money::new(amount.parse().unwrap(), Jurisdiction::SaudiArabia.currency()).unwrap();
            saudi.words().amount(money)
        };
        assert_eq!(shown("150"), BilingualText::new("١٥٠ ريالًا", "150 SAR"));
        assert_eq!(shown("300"), BilingualText::new("٣٠٠ ريال", "300 SAR"));
        assert_eq!(shown("3000"), BilingualText::new("٣٬٠٠٠ ريال", "3,000 SAR"));
        assert_eq!(shown("105").arabic, "١٠٥ ريالات");
        assert_eq!(shown("112.50"), BilingualText::new("١١٢٫٥ ريال", "112.5 SAR"));
    }
}
