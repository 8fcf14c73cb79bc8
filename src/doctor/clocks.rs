//! This machine's clock against those of broker and database: receipts, keys and deadlines are judged by all three.

use super::facts::Facts;
use super::finding::{Check, Finding};
use super::told::Told;
use chrono::TimeDelta;
use ingest::condition::clock::TwoClocks;

/// Clocks that are apart by more are told.
const APART_WARNING: TimeDelta = TimeDelta::seconds(2);
/// Clocks that are apart by more are a fault.
const APART_FAULT: TimeDelta = TimeDelta::seconds(30);

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let kafka = facts.kafka.as_ref().map_err(Clone::clone).and_then(|kafka| kafka.clocks.clone());
    vec![
        compared(Check::ClockKafka, "the broker", &kafka),
        compared(Check::ClockDatabase, "PostgreSQL", &facts.database.clocks),
    ]
}

fn compared(check: Check, whose: &str, clocks: &Told<TwoClocks>) -> Finding {
    let apart = match clocks {
        Ok(clocks) => apart(clocks),
        Err(why) => return Finding::not_checked(check, why.clone()),
    };
    let place = "the clock of this machine";
    let milliseconds = apart.num_milliseconds();
    let way = if milliseconds < 0 { "behind" } else { "ahead of" };
    let found = format!("{:.1} s {way} that of {whose}", apart.abs().as_seconds_f64());
    let remedy = "let chrony or systemd-timesyncd keep both machines at the same time";
    match apart.abs() {
        apart if apart > APART_FAULT => Finding::fault(check, place, found, remedy),
        apart if apart > APART_WARNING => Finding::warning(check, place, found, remedy),
        _ => Finding::good(check, place, found),
    }
}

/// How far ours is ahead, at least: the other one was asked somewhere between the two looks at ours.
fn apart(clocks: &TwoClocks) -> TimeDelta {
    let TwoClocks { before, theirs, after } = *clocks;
    if theirs < before {
        before - theirs
    } else if theirs > after {
        after - theirs
    } else {
        TimeDelta::zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;
    use chrono::DateTime;

    fn verdict(theirs_milliseconds: i64) -> Verdict {
        let at = |milliseconds| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds);
        let clocks = TwoClocks { before: at(0), theirs: at(theirs_milliseconds), after: at(100) };
        compared(Check::ClockDatabase, "PostgreSQL", &Ok(clocks)).verdict
    }

    #[test]
    fn clocks_may_be_two_seconds_apart_and_must_not_be_thirty_in_either_direction() {
        for good in [-2_000, 0, 50, 100, 2_100] {
            assert_eq!(verdict(good), Verdict::Good, "{good}");
        }
        for warning in [-2_001, -30_000, 2_101, 30_100] {
            assert_eq!(verdict(warning), Verdict::Warning, "{warning}");
        }
        for fault in [-30_001, 30_101] {
            assert_eq!(verdict(fault), Verdict::Fault, "{fault}");
        }
    }
}
