//! A plate as it is drawn on pages.

use super::format::digits;
use super::wording::Wording;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::text::Language;

/// A non-joiner and a blank between two letters: apart in every font.
const APART: &str = "\u{200C}\u{00A0}";

/// Which layout a plate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlateCountry {
    /// Letters right, digits left, a band above.
    Egypt,
    /// Two rows, Arabic above Latin, a strip at the side.
    SaudiArabia,
}

/// What the template draws.
#[derive(Debug, Clone)]
pub struct PlateView {
    /// Its layout.
    pub country: PlateCountry,
    /// Letters as plates print them, apart so that they do not join, in reading order.
    pub letters_arabic: String,
    /// Letters of the Latin row, from the left.
    pub letters_latin: String,
    /// Arabic-Indic, as on the upper row.
    pub digits_arabic: String,
    /// Western, as on the lower row.
    pub digits_western: String,
    /// In the digits of the page's language.
    pub digits_shown: String,
    /// For screen readers: letters apart, then digits.
    pub spoken: String,
}

impl PlateView {
    /// Whether it has the layout of Egypt; otherwise it has that of Saudi Arabia.
    #[must_use]
    pub fn is_egyptian(&self) -> bool {
        self.country == PlateCountry::Egypt
    }

    /// The plate for a page.
    #[must_use]
    pub fn of(wording: Wording<'_>, plate: &PlateNumber) -> Self {
        let language = wording.language;
        let words = wording.policies.of(plate.jurisdiction()).words();
        let printed: Vec<String> =
            plate.letters().chars().map(|letter| words.printed_letter(letter)).collect();
        let country = match plate.jurisdiction() {
            Jurisdiction::Egypt => PlateCountry::Egypt,
            Jurisdiction::SaudiArabia => PlateCountry::SaudiArabia,
        };
        Self {
            country,
            letters_arabic: printed.join(APART),
            letters_latin: plate.latin_letters().chars().map(String::from).collect::<Vec<_>>().join(APART),
            digits_arabic: digits(Language::Arabic, plate.digits()),
            digits_western: plate.digits().to_owned(),
            digits_shown: digits(language, plate.digits()),
            spoken: format!("{} {}", printed.join(" "), digits(language, plate.digits())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::texts::{Dialect, Texts};
    use rules::policy::Policies;

    fn drawn(plate: &PlateNumber) -> PlateView {
        let policies = Policies::compiled_in().unwrap();
        let dialect = Dialect::of(Language::Arabic, Some(plate.jurisdiction()));
        let wording = Wording { language: Language::Arabic, t: Texts::of(dialect), policies: &policies };
        PlateView::of(wording, plate)
    }

    #[test]
    fn a_drawn_plate_has_the_letters_that_plates_print_and_its_key_the_stored_ones() {
        let bare = |country, letters| {
            let plate = PlateNumber::parse(country, letters, "7126").unwrap();
            let view = drawn(&plate);
            (plate.key(), view.letters_arabic.replace(APART, ""), view.spoken)
        };
        let egyptian = ("EG-AHY-7126".to_owned(), "أهـى".to_owned(), "أ هـ ى ٧١٢٦".to_owned());
        assert_eq!(bare(Jurisdiction::Egypt, "اهي"), egyptian);
        let saudi = ("SA-7126-VHA".to_owned(), "اهـى".to_owned(), "ا هـ ى ٧١٢٦".to_owned());
        assert_eq!(bare(Jurisdiction::SaudiArabia, "اهي"), saudi);
    }

    #[test]
    fn letters_of_a_drawn_plate_do_not_join_and_keep_their_order() {
        let plate = PlateNumber::parse(Jurisdiction::Egypt, "سطن", "7126").unwrap();
        let view = drawn(&plate);
        assert_eq!(view.letters_arabic.replace(APART, ""), "سطن");
        assert_eq!(view.letters_arabic.matches('\u{200C}').count(), 2);
        assert_eq!((view.digits_shown.as_str(), view.digits_western.as_str()), ("٧١٢٦", "7126"));
    }
}
