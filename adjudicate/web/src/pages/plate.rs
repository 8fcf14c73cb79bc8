//! A plate as it is drawn on pages.

use super::format::digits;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::text::Language;

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
    /// Letters apart, so that they do not join, in reading order.
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

    /// The plate for a page in `language`.
    #[must_use]
    pub fn of(language: Language, plate: &PlateNumber) -> Self {
        let country = match plate.jurisdiction() {
            Jurisdiction::Egypt => PlateCountry::Egypt,
            Jurisdiction::SaudiArabia => PlateCountry::SaudiArabia,
        };
        Self {
            country,
            letters_arabic: apart(plate.letters()),
            letters_latin: apart(&plate.latin_letters()),
            digits_arabic: digits(Language::Arabic, plate.digits()),
            digits_western: plate.digits().to_owned(),
            digits_shown: digits(language, plate.digits()),
            spoken: plate.display(language == Language::Arabic),
        }
    }
}

/// Letters with a blank and a non-joiner between them: apart in every font.
fn apart(letters: &str) -> String {
    letters.chars().map(String::from).collect::<Vec<_>>().join("\u{200C}\u{00A0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_a_drawn_plate_do_not_join_and_keep_their_order() {
        let plate = PlateNumber::parse(Jurisdiction::Egypt, "سطن", "7126").unwrap();
        let view = PlateView::of(Language::Arabic, &plate);
        let bare: String =
            view.letters_arabic.chars().filter(|letter| !matches!(letter, '\u{200C}' | '\u{00A0}')).collect();
        assert_eq!(bare, "سطن");
        assert_eq!(view.letters_arabic.matches('\u{200C}').count(), 2);
        assert_eq!((view.digits_shown.as_str(), view.digits_western.as_str()), ("٧١٢٦", "7126"));
    }
}
