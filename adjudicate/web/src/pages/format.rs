//! Numbers, times and plates as people read them, in the page's language: Arabic pages have Arabic-Indic digits.

use chrono::{DateTime, LocalResult, NaiveDate, TimeDelta, TimeZone, Utc};
use rules::policy::Policies;
use rules::policy::numbers::{arabic_number, english_number};
use rust_decimal::Decimal;
use schemas::jurisdiction::Jurisdiction;
use schemas::money::{Currency, Money};
use schemas::text::{Language, arabic_digits, isolated};

const PERCENT_DECIMALS: u32 = 1;

/// Digits of the language; everything else as it is.
#[must_use]
pub fn digits(language: Language, text: &str) -> String {
    match language {
        Language::English => text.to_owned(),
        Language::Arabic => arabic_digits(&text),
    }
}

/// A count with the digits of the language.
#[must_use]
pub fn count(language: Language, number: impl std::fmt::Display) -> String {
    digits(language, &number.to_string())
}

/// A number with the digits, separators and sign of the language; what is no number stays as it is.
#[must_use]
pub fn number(language: Language, text: &str) -> String {
    match (text.parse::<Decimal>(), language) {
        (Ok(number), Language::English) => english_number(number),
        // A sign stays before its number, whichever way the sentence runs.
        (Ok(number), Language::Arabic) if number.is_sign_negative() => isolated(&arabic_number(number)),
        (Ok(number), Language::Arabic) => arabic_number(number),
        (Err(_), _) => text.to_owned(),
    }
}

/// An amount with its currency, in the country's words: `1,500 EGP`, `١٬٥٠٠ جنيه`.
#[must_use]
pub fn money(language: Language, policies: &Policies, money: Money) -> String {
    policies.of(country_of(money.currency())).words().amount(money).in_language(language).to_owned()
}

/// The country whose words name the currency.
#[must_use]
pub const fn country_of(currency: Currency) -> Jurisdiction {
    match currency {
        Currency::EgyptianPound => Jurisdiction::Egypt,
        Currency::SaudiRiyal => Jurisdiction::SaudiArabia,
    }
}

/// A probability as a percentage with one decimal, rounded down: doubt is never rounded away.
#[must_use]
pub fn percent(language: Language, probability: f32) -> String {
    let percentage = Decimal::from_f32_retain(probability).unwrap_or_default() * Decimal::ONE_HUNDRED;
    let rounded = percentage.round_dp_with_strategy(PERCENT_DECIMALS, rust_decimal::RoundingStrategy::ToZero);
    match language {
        Language::English => format!("{}%", rounded.normalize()),
        Language::Arabic => {
            let number = rounded.normalize().to_string().replace('.', "\u{066B}");
            format!("{}٪", digits(language, &number))
        }
    }
}

/// Local civil time of the jurisdiction, to the second: `2026-11-20 14:05:07`. Where the clocks show that time twice,
/// since summer time ends, its distance from UTC stands behind it: `2026-10-29 23:40:00 +03:00`.
#[must_use]
pub fn instant(language: Language, jurisdiction: Jurisdiction, instant: DateTime<Utc>) -> String {
    let zone = jurisdiction.time_zone();
    let local = instant.with_timezone(&zone);
    let shown = match zone.from_local_datetime(&local.naive_local()) {
        LocalResult::Ambiguous(..) => local.format("%Y-%m-%d %H:%M:%S %:z"),
        LocalResult::Single(_) | LocalResult::None => local.format("%Y-%m-%d %H:%M:%S"),
    };
    digits(language, &shown.to_string())
}

/// A civil day.
#[must_use]
pub fn day(language: Language, day: NaiveDate) -> String {
    digits(language, &day.format("%Y-%m-%d").to_string())
}

/// How long ago, in the largest whole unit: `3 hours`, `٣ ساعات`.
#[must_use]
pub fn age(language: Language, age: TimeDelta) -> String {
    let minutes = age.num_minutes().max(0);
    let (number, unit) = match minutes {
        0..60 => (minutes, Unit::Minute),
        60..2_880 => (minutes / 60, Unit::Hour),
        _ => (minutes / 1_440, Unit::Day),
    };
    match language {
        Language::English => english_count(number, unit),
        Language::Arabic => arabic_count(number, unit),
    }
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Minute,
    Hour,
    Day,
}

fn english_count(number: i64, unit: Unit) -> String {
    let noun = match unit {
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
    };
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Arabic has six forms: none, one, two, 3 to 10, 11 to 99, and round hundreds; the last two digits decide.
fn arabic_count(number: i64, unit: Unit) -> String {
    let [none, one, two, few, many, other] = match unit {
        Unit::Minute => ["أقل من دقيقة", "دقيقة واحدة", "دقيقتان", "دقائق", "دقيقة", "دقيقة"],
        Unit::Hour => ["أقل من ساعة", "ساعة واحدة", "ساعتان", "ساعات", "ساعة", "ساعة"],
        Unit::Day => ["أقل من يوم", "يوم واحد", "يومان", "أيام", "يومًا", "يوم"],
    };
    let shown = count(Language::Arabic, number);
    match (number, number % 100) {
        (0, _) => none.to_owned(),
        (1, _) => one.to_owned(),
        (2, _) => two.to_owned(),
        (_, 3..=10) => format!("{shown} {few}"),
        (_, 11..=99) => format!("{shown} {many}"),
        _ => format!("{shown} {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_separators_and_digits_of_its_language() {
        let policies = Policies::compiled_in().unwrap();
        let fine = Money::new(Decimal::new(150_050, 2), Currency::EgyptianPound).unwrap();
        assert_eq!(money(Language::English, &policies, fine), "1,500.5 EGP");
        assert!(money(Language::Arabic, &policies, fine).starts_with("١٬٥٠٠٫٥ جنيه"));
    }

    #[test]
    fn a_number_has_the_separators_and_the_sign_of_its_language() {
        assert_eq!(number(Language::English, "104.50"), "104.5");
        assert_eq!(number(Language::Arabic, "104.50"), "١٠٤٫٥");
        assert_eq!(number(Language::Arabic, "-1200"), "\u{2068}-١٬٢٠٠\u{2069}");
        assert_eq!(number(Language::Arabic, "none"), "none");
    }

    #[test]
    fn a_percentage_is_never_rounded_up() {
        assert_eq!(percent(Language::English, 0.9999), "99.9%");
        assert_eq!(percent(Language::Arabic, 0.5), "٥٠٪");
        assert_eq!(percent(Language::English, 1.0), "100%");
    }

    #[test]
    fn arabic_counts_take_the_six_forms() {
        let hours = |number| arabic_count(number, Unit::Hour);
        let cases = [
            (0, "أقل من ساعة"),
            (1, "ساعة واحدة"),
            (2, "ساعتان"),
            (3, "٣ ساعات"),
            (10, "١٠ ساعات"),
            (11, "١١ ساعة"),
            (99, "٩٩ ساعة"),
            (100, "١٠٠ ساعة"),
            (101, "١٠١ ساعة"),
            (102, "١٠٢ ساعة"),
            (103, "١٠٣ ساعات"),
            (111, "١١١ ساعة"),
        ];
        for (number, expected) in cases {
            assert_eq!(hours(number), expected);
        }
    }

    #[test]
    fn an_age_is_told_in_its_largest_whole_unit() {
        let shown = |minutes| age(Language::English, TimeDelta::minutes(minutes));
        assert_eq!(shown(-5), "0 minutes");
        assert_eq!(shown(59), "59 minutes");
        assert_eq!(shown(60), "1 hour");
        assert_eq!(shown(2_879), "47 hours");
        assert_eq!(shown(2_880), "2 days");
    }

    #[test]
    fn two_acts_an_hour_apart_are_told_apart_where_summer_time_ends() {
        let shown = |utc: &str| instant(Language::English, Jurisdiction::Egypt, utc.parse().unwrap());
        // Egypt's clocks go from midnight back to 23:00 on the last Thursday of October.
        assert_eq!(shown("2026-10-29T19:59:59Z"), "2026-10-29 22:59:59");
        assert_eq!(shown("2026-10-29T20:40:00Z"), "2026-10-29 23:40:00 +03:00");
        assert_eq!(shown("2026-10-29T21:40:00Z"), "2026-10-29 23:40:00 +02:00");
        assert_eq!(shown("2026-10-29T22:00:00Z"), "2026-10-30 00:00:00");
        let arabic = instant(Language::Arabic, Jurisdiction::Egypt, "2026-10-29T20:40:00Z".parse().unwrap());
        assert_eq!(arabic, "٢٠٢٦-١٠-٢٩ ٢٣:٤٠:٠٠ +٠٣:٠٠");
        let saudi =
            instant(Language::English, Jurisdiction::SaudiArabia, "2026-10-29T20:40:00Z".parse().unwrap());
        assert_eq!(saudi, "2026-10-29 23:40:00");
    }

    #[test]
    fn an_instant_is_shown_in_the_civil_time_of_its_country() {
        let instant_utc = "2026-07-01T21:30:00Z".parse().unwrap();
        assert_eq!(instant(Language::English, Jurisdiction::Egypt, instant_utc), "2026-07-02 00:30:00");
        assert_eq!(instant(Language::Arabic, Jurisdiction::SaudiArabia, instant_utc), "٢٠٢٦-٠٧-٠٢ ٠٠:٣٠:٠٠");
    }
}
