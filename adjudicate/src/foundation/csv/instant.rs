//! Instants in the one form that imports take.

use chrono::{DateTime, Datelike, Utc};

/// First year that a register may speak of.
pub const YEAR_FIRST: i32 = 2000;
/// Last one.
pub const YEAR_LAST: i32 = 2100;
/// Digits behind the second: as fine as the database keeps them, so that two instants never become one.
const FRACTION_DIGITS_MAX: usize = 6;
/// No place on earth is farther from Greenwich, in hours.
const OFFSET_HOURS_MAX: u32 = 14;
/// The part that has a fixed length; `0` stands for any digit.
const FIXED_PART: &[u8] = b"0000-00-00T00:00:00";

/// Reads `2026-10-31T08:00:00+02:00` or `2026-10-31T06:00:00.25Z` (RFC 3339), of the years from `year_first` on.
///
/// # Errors
/// What is wrong with it. A time without an offset is never guessed.
pub(super) fn parse(text: &str, year_first: i32) -> Result<DateTime<Utc>, String> {
    if !has_form(text) {
        return Err("must be a time with its offset, as 2026-10-31T08:00:00+02:00".to_owned());
    }
    let instant =
        DateTime::parse_from_rfc3339(text).map_err(|_| "is no day and time that there is".to_owned())?;
    // A 60th second would be taken and kept as no instant of its own.
    if text.get(17..19) == Some("60") {
        return Err("has a second 60: write the next full minute".to_owned());
    }
    let instant = instant.with_timezone(&Utc);
    if (year_first..=YEAR_LAST).contains(&instant.year()) {
        Ok(instant)
    } else {
        Err(format!("must be of the years {year_first} to {YEAR_LAST}; an end that is not known stays empty"))
    }
}

fn has_form(text: &str) -> bool {
    let Some((fixed, rest)) = text.as_bytes().split_at_checked(FIXED_PART.len()) else { return false };
    fixed.iter().zip(FIXED_PART).all(|(found, form)| found == form || *form == b'0' && found.is_ascii_digit())
        && is_fraction_and_offset(rest)
}

fn is_fraction_and_offset(rest: &[u8]) -> bool {
    let Some(behind) = rest.strip_prefix(b".") else { return is_offset(rest) };
    let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=FRACTION_DIGITS_MAX).contains(&digits) && behind.get(digits..).is_some_and(is_offset)
}

/// `-00:00` says that the offset is not known (RFC 3339, 4.3).
fn is_offset(rest: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    match rest {
        b"Z" => true,
        b"-00:00" => false,
        [b'+' | b'-', tens, ones, b':', minutes @ ..] => {
            let hours = u32::from(tens.wrapping_sub(b'0')) * 10 + u32::from(ones.wrapping_sub(b'0'));
            minutes.len() == 2
                && [tens, ones].into_iter().chain(minutes).all(is_digit)
                && hours <= OFFSET_HOURS_MAX
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DateTime<Utc>, String> {
        parse(text, YEAR_FIRST)
    }

    #[test]
    fn an_instant_has_one_form() {
        let expected: DateTime<Utc> = "2026-10-31T06:00:00Z".parse().unwrap();
        for text in ["2026-10-31T08:00:00+02:00", "2026-10-31T06:00:00.000000Z", "2026-10-30T22:30:00-07:30"]
        {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for text in [
            "2026-10-31",
            "2026-10-31T08:00:00",
            "2026-10-31 08:00:00+02:00",
            "2026-10-31t08:00:00z",
            "2026-10-31T08:00+02:00",
            "2026-10-31T08:00:00+0200",
            "2026-10-31T08:00:00+02",
            "31/10/2026",
            "2026-10-31T08:00:00-00:00",
            "2026-10-31T08:00:00+15:00",
            "2026-10-31T08:00:00.Z",
            "yesterday",
            "",
            "2026-10-31T08:00:00.1234567Z",
            "٢٠٢٦-10-31T08:00:00Z",
            "+2026-10-31T08:00:00Z",
            "1793433600",
            "2026-10-31T08:00:00Z ",
            "2026-1-5T08:00:00Z",
            "2026-10-31T08:00:00+:2:00",
            "-2026-10-31T08:00:00Z",
            "2026-10-31T08:00:00\u{2212}02:00",
        ] {
            assert!(read(text).unwrap_err().starts_with("must be a time with its offset"), "{text}");
        }
    }

    #[test]
    fn a_day_that_there_is_not_or_a_year_of_another_age_is_refused() {
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00+02:60",
        ] {
            assert!(read(text).unwrap_err().contains("no day and time"), "{text}");
        }
        assert!(read("2016-12-31T23:59:60Z").unwrap_err().contains("second 60"));
        for text in [
            "0000-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1999-12-31T23:59:59Z",
            "2101-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
        ] {
            assert_eq!(
                read(text).unwrap_err(),
                "must be of the years 2000 to 2100; an end that is not known stays empty",
                "{text}"
            );
        }
        assert!(read("2000-01-01T00:00:00Z").is_ok() && read("2100-12-31T23:59:59Z").is_ok());
        assert!(parse("1987-03-01T00:00:00Z", 1950).is_ok());
    }
}
