//! The ceiling on dead letters: a bad deploy must stop, not pour all traffic into the dead-letter topic.

use crate::config::IngestConfig;
use std::collections::VecDeque;
use std::time::Duration;
use thiserror::Error;

/// Share of dead letters over a sliding window of whole seconds. Once open it stays open: a person must look.
#[derive(Debug)]
pub struct DeadLetterCeiling {
    percent_max: u8,
    window_seconds: u64,
    records_min: u64,
    seconds: VecDeque<Second>,
    reached: Option<CeilingReached>,
}

#[derive(Debug)]
struct Second {
    second: u64,
    records: u64,
    dead: u64,
}

/// Too large a share of records were dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{dead} of {records} records in {window_seconds} s were dead letters, more than {percent_max} %; look at \
     rasid_ingest_dead_letters_total by reason, repair the cause and restart; the dead letters keep their original bytes"
)]
pub struct CeilingReached {
    /// Dead letters in the window.
    pub dead: u64,
    /// Records in the window.
    pub records: u64,
    /// Length of the window.
    pub window_seconds: u64,
    /// The ceiling.
    pub percent_max: u8,
}

impl DeadLetterCeiling {
    /// A ceiling that opens above `percent_max` percent over `window_seconds`, once the window has `records_min`.
    #[must_use]
    pub const fn new(percent_max: u8, window_seconds: u64, records_min: u64) -> Self {
        Self { percent_max, window_seconds, records_min, seconds: VecDeque::new(), reached: None }
    }

    /// Counts a usable record at the monotonic time `now`.
    pub fn count_usable(&mut self, now: Duration) {
        self.at(now).records += 1;
    }

    /// Counts a dead letter at the monotonic time `now`.
    ///
    /// # Errors
    /// When it, or an earlier one, went over the ceiling.
    pub fn count_dead(&mut self, now: Duration) -> Result<(), CeilingReached> {
        if let Some(reached) = &self.reached {
            return Err(reached.clone());
        }
        let second = self.at(now);
        second.records += 1;
        second.dead += 1;
        let (records, dead) =
            self.seconds.iter().fold((0, 0), |(records, dead), s| (records + s.records, dead + s.dead));
        if records < self.records_min || dead * 100 <= records * u64::from(self.percent_max) {
            return Ok(());
        }
        let Self { percent_max, window_seconds, .. } = *self;
        let reached = CeilingReached { dead, records, window_seconds, percent_max };
        self.reached = Some(reached.clone());
        Err(reached)
    }

    /// Takes back a dead letter that was counted and not acknowledged: it will be counted when it is tried again.
    pub fn take_back(&mut self, now: Duration) {
        let second = self.at(now);
        second.records = second.records.saturating_sub(1);
        second.dead = second.dead.saturating_sub(1);
    }

    fn at(&mut self, now: Duration) -> &mut Second {
        let second = now.as_secs();
        while self.seconds.front().is_some_and(|oldest| oldest.second + self.window_seconds <= second) {
            self.seconds.pop_front();
        }
        // A clock never goes back; were it to, the record counts in the newest second.
        if self.seconds.back().is_none_or(|newest| newest.second < second) {
            self.seconds.push_back(Second { second, records: 0, dead: 0 });
        }
        let newest = self.seconds.len() - 1;
        &mut self.seconds[newest]
    }
}

impl From<&IngestConfig> for DeadLetterCeiling {
    fn from(config: &IngestConfig) -> Self {
        Self::new(
            config.dead_letter_percent_max,
            config.dead_letter_window_seconds,
            config.dead_letter_records_min,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_that_is_tried_again_counts_once() {
        let mut ceiling = DeadLetterCeiling::new(50, 60, 4);
        for _ in 0..3 {
            ceiling.count_usable(seconds(1));
        }
        for _ in 0..10 {
            assert_eq!(ceiling.count_dead(seconds(1)), Ok(()));
            ceiling.take_back(seconds(1));
        }
        assert_eq!(ceiling.count_dead(seconds(1)), Ok(()));
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_ceiling_opens_above_the_share_and_stays_open() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 10);
        (0..8).for_each(|_| ceiling.count_usable(seconds(5)));
        assert_eq!(ceiling.count_dead(seconds(6)), Ok(()));
        assert_eq!(ceiling.count_dead(seconds(7)), Ok(()));
        let reached = CeilingReached { dead: 3, records: 11, window_seconds: 60, percent_max: 20 };
        assert_eq!(ceiling.count_dead(seconds(8)), Err(reached.clone()));
        assert_eq!(ceiling.count_dead(seconds(10_000)), Err(reached));
    }

    #[test]
    fn a_few_records_say_nothing() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 10);
        assert!((0..9).all(|_| ceiling.count_dead(seconds(1)).is_ok()));
        assert!(ceiling.count_dead(seconds(1)).is_err());
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 10);
        assert!((0..9).all(|_| ceiling.count_dead(seconds(1)).is_ok()));
        (0..9).for_each(|_| ceiling.count_usable(seconds(61)));
        assert_eq!(ceiling.count_dead(seconds(62)), Ok(()));
    }
}
