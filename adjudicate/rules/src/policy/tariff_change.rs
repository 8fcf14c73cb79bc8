//! What later fines may change: what is to come, and what is past only for the better.

use super::tariff::{ActiveRow, ExcessBand, LimitRange, Period, Scope, TariffTable};
use chrono::NaiveDate;
use thiserror::Error;

/// A row would ask more for acts of the past.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "row '{row}' holds from {from} and would ask more than before for acts up to {today}; let it begin on a later day, or ask no more than the row that covers these days now"
)]
pub struct Retroactive {
    row: String,
    from: NaiveDate,
    today: NaiveDate,
}

/// Checks that no active row of `after` asks for an act of `today` or before what `before` did not ask.
///
/// # Errors
/// Names the first row that does.
pub fn check_change(before: &TariffTable, after: &TariffTable, today: NaiveDate) -> Result<(), Retroactive> {
    let is_dearer = |row: &&ActiveRow| {
        let Some(past) = past(row.period(), today) else { return false };
        !before.active().iter().any(|old| covers(old, row, past))
    };
    match after.active().iter().find(is_dearer) {
        None => Ok(()),
        Some(row) => Err(Retroactive { row: row.id().to_owned(), from: row.period().from, today }),
    }
}

/// The part of a period that is over or under way; `None` if it lies ahead.
fn past(period: Period, today: NaiveDate) -> Option<Period> {
    let to = period.to.map_or(today, |to| to.min(today));
    (period.from <= today).then_some(Period { from: period.from, to: Some(to) })
}

/// Whether the old row asked at least as much, for all that the new one is for, on all those days.
fn covers(old: &ActiveRow, new: &ActiveRow, days: Period) -> bool {
    let (asked, asks) = (old.price().due, new.price().due);
    includes(old.scope(), new.scope())
        && old.period().from <= days.from
        && old.period().to.is_none_or(|to| days.to.is_some_and(|last| last <= to))
        && asked.currency() == asks.currency()
        && asks.amount() <= asked.amount()
}

fn includes(old: &Scope, new: &Scope) -> bool {
    match (old, new) {
        (Scope::Flat { act }, Scope::Flat { act: other }) => act == other,
        (
            Scope::Excess { act, limits, band },
            Scope::Excess { act: other, limits: other_limits, band: other_band },
        ) => act == other && includes_limits(*limits, *other_limits) && includes_band(band, other_band),
        (Scope::Flat { .. }, Scope::Excess { .. }) | (Scope::Excess { .. }, Scope::Flat { .. }) => false,
    }
}

fn includes_limits(old: LimitRange, new: LimitRange) -> bool {
    old.from.is_none_or(|from| new.from.is_some_and(|other| from <= other))
        && old.up_to.is_none_or(|up_to| new.up_to.is_some_and(|other| other <= up_to))
}

fn includes_band(old: &ExcessBand, new: &ExcessBand) -> bool {
    let (low, other) = (old.over, new.over);
    let begins = low.kmh < other.kmh || (low.kmh == other.kmh && (low.inclusive || !other.inclusive));
    let ends = old.up_to.is_none_or(|high| {
        new.up_to.is_some_and(|other| {
            other.kmh < high.kmh || (other.kmh == high.kmh && (high.inclusive || !other.inclusive))
        })
    });
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, PolicySources};
    use schemas::jurisdiction::Jurisdiction;

    fn table(change: impl Fn(String) -> String) -> TariffTable {
        let mut sources = PolicySources::compiled_in(Jurisdiction::SaudiArabia);
        let text = change(sources.tariffs.to_owned());
        sources.tariffs = &text;
        Policy::load(Jurisdiction::SaudiArabia, &sources).unwrap().tariffs().clone()
    }

    fn checked(change: impl Fn(String) -> String) -> Result<(), String> {
        let today = "2026-11-29".parse().unwrap();
        check_change(&table(|text| text), &table(change), today).map_err(|error| error.to_string())
    }

    /// The red light ends on a day, and a new row begins the day after it.
    fn from_then_on(text: &str, last: &str, first: &str, amount: &str) -> String {
        let at = text.find("id = \"SA-RED-LIGHT\"").unwrap();
        let (head, rest) = text.split_at(at - "[[row]]\n".len());
        let end = rest.find("\n\n# Granted").unwrap();
        let (row, tail) = rest.split_at(end);
        let from = "effective_from = \"2021-01-01\"";
        let old = row.replace(from, &format!("{from}\neffective_to = \"{last}\""));
        let new = row
            .replace("SA-RED-LIGHT", "SA-RED-LIGHT-LATER")
            .replace(from, &format!("effective_from = \"{first}\""));
        format!("{head}{old}\n\n{}{tail}", new.replace("min = \"3000\"", &format!("min = \"{amount}\"")))
    }

    #[test]
    fn what_is_to_come_may_cost_more_and_what_is_past_may_not() {
        assert_eq!(checked(|text| text), Ok(()));
        assert_eq!(checked(|text| from_then_on(&text, "2026-11-29", "2026-11-30", "4000")), Ok(()));
        let today = checked(|text| from_then_on(&text, "2026-11-28", "2026-11-29", "4000")).unwrap_err();
        assert!(today.contains("'SA-RED-LIGHT-LATER' holds from 2026-11-29"), "{today}");
        assert_eq!(checked(|text| from_then_on(&text, "2024-12-31", "2025-01-01", "2500")), Ok(()));
        assert!(checked(|text| text.replace("min = \"3000\"", "min = \"3001\"")).is_err());
    }

    #[test]
    fn what_cost_nothing_in_the_past_does_not_come_to_cost_something() {
        // The tolerated band ends at 8 km/h, and the first row begins there.
        let wider = |text: String| {
            text.replacen("up_to_kmh = \"10\"", "up_to_kmh = \"8\"", 1).replacen(
                "over_kmh = \"10\"",
                "over_kmh = \"8\"",
                1,
            )
        };
        assert!(checked(wider).unwrap_err().contains("SA-SPEED-120-1"));
        let earlier =
            |text: String| text.replace("effective_from = \"2021-01-01\"", "effective_from = \"2020-01-01\"");
        assert!(checked(earlier).unwrap_err().contains("SA-RED-LIGHT"));
    }
}
