//! Numbers as people read them: grouped by thousands, and in Arabic with Arabic-Indic digits.

use rust_decimal::Decimal;
use schemas::text::arabic_digits;

/// Returns the number as `1,234.5`.
#[must_use]
pub fn english_number(number: Decimal) -> String {
    grouped(number, ',', '.')
}

/// Returns the number as `١٬٢٣٤٫٥`.
#[must_use]
pub fn arabic_number(number: Decimal) -> String {
    arabic_digits(&grouped(number, '\u{066C}', '\u{066B}'))
}

/// Milliseconds as seconds.
pub(crate) fn seconds(milliseconds: u64) -> Decimal {
    (Decimal::from(milliseconds) / Decimal::ONE_THOUSAND).normalize()
}

fn grouped(number: Decimal, separator: char, point: char) -> String {
    let text = number.normalize().to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(one, two)| (one, Some(two)));
    let digits = whole.trim_start_matches('-').chars().count();
    let mut shown = String::with_capacity(text.len() * 2);
    let mut left = digits;
    for character in whole.chars() {
        let is_digit = character.is_ascii_digit();
        if is_digit && left < digits && left % 3 == 0 {
            shown.push(separator);
        }
        shown.push(character);
        left -= usize::from(is_digit);
    }
    if let Some(fraction) = fraction {
        shown.push(point);
        shown.push_str(fraction);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands_in_both_scripts() {
        let shown = |text: &str| {
            let number: Decimal = text.parse().unwrap();
            (english_number(number), arabic_number(number))
        };
        assert_eq!(shown("999"), ("999".into(), "٩٩٩".into()));
        assert_eq!(shown("1000.50"), ("1,000.5".into(), "١٬٠٠٠٫٥".into()));
        assert_eq!(shown("1234567"), ("1,234,567".into(), "١٬٢٣٤٬٥٦٧".into()));
        assert_eq!(shown("-1234"), ("-1,234".into(), "-١٬٢٣٤".into()));
        assert_eq!(english_number(seconds(1_250)), "1.25");
    }
}
