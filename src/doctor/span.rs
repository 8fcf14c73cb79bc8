//! How long something holds that is renewed by overlapping pieces: keys, certificates.

use chrono::{DateTime, Utc};

/// From the first instant until before the second, for ever without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: DateTime<Utc>,
    pub(super) until: Option<DateTime<Utc>>,
}

/// How long the present lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// Nothing holds now.
    None,
    /// Something holds at every instant until then.
    Until(DateTime<Utc>),
    /// Without an end.
    Always,
}

/// Follows the pieces from now on for as long as one is joined to the other.
pub(super) fn cover(spans: &[Span], now: DateTime<Utc>) -> Cover {
    let mut reached = now;
    loop {
        let holding =
            spans.iter().filter(|span| span.from <= reached && span.until.is_none_or(|end| end > reached));
        let ends: Vec<Option<DateTime<Utc>>> = holding.map(|span| span.until).collect();
        if ends.contains(&None) {
            return Cover::Always;
        }
        match ends.into_iter().flatten().max() {
            Some(end) => reached = end,
            None if reached == now => return Cover::None,
            None => return Cover::Until(reached),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn pieces_that_join_are_followed_and_a_gap_ends_them() {
        let day = |day: i64| DateTime::UNIX_EPOCH + TimeDelta::days(day);
        let span = |from: i64, until: Option<i64>| Span { from: day(from), until: until.map(day) };
        assert_eq!(cover(&[], day(0)), Cover::None);
        assert_eq!(cover(&[span(1, Some(9)), span(-9, Some(0))], day(0)), Cover::None);
        let joined = [span(0, Some(5)), span(4, Some(7)), span(7, Some(8)), span(9, None)];
        assert_eq!(cover(&joined, day(0)), Cover::Until(day(8)));
        assert_eq!(cover(&joined, day(10)), Cover::Always);
        assert_eq!(cover(&[span(0, Some(5)), span(5, None)], day(1)), Cover::Always);
    }
}
