//! The ceiling on dead letters: a bad deploy must stop, not pour all traffic into the dead-letter topic.

use crate::config::IngestConfig;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use thiserror::Error;

/// Cameras of which single dead letters are remembered; those of more are counted together.
const CAMERAS_MAX: usize = 10_000;

/// Share of dead letters over a sliding window of whole seconds. Once open it stays open: a person must look.
///
/// One camera counts with so many dead letters as would be too many if all cameras' records were but `records_min`, and
/// with no more: a model that sends what nobody can read is named by the metric and does not stop the others.
#[derive(Debug)]
pub struct DeadLetterCeiling {
    percent_max: u8,
    window_seconds: u64,
    records_min: u64,
    seconds: VecDeque<Second>,
    /// By record key: seconds of the dead letters that count.
    cameras: HashMap<Vec<u8>, VecDeque<u64>>,
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
    pub fn new(percent_max: u8, window_seconds: u64, records_min: u64) -> Self {
        let (seconds, cameras) = (VecDeque::new(), HashMap::new());
        Self { percent_max, window_seconds, records_min, seconds, cameras, reached: None }
    }

    /// Counts a usable record at the monotonic time `now`.
    pub fn count_usable(&mut self, now: Duration) {
        self.at(now).records += 1;
    }

    /// Counts a dead letter of `camera` (the record's key) at the monotonic time `now`, unless the camera has as many in
    /// the window as count.
    ///
    /// # Errors
    /// When it, or an earlier one, went over the ceiling.
    pub fn count_dead(&mut self, camera: &[u8], now: Duration) -> Result<(), CeilingReached> {
        if let Some(reached) = &self.reached {
            return Err(reached.clone());
        }
        if !self.note(camera, now) {
            return Ok(());
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

    /// Returns which part of the share that it bears is reached at the monotonic time `now`, 0 to 1; in a window with
    /// fewer records than count, as if there were so many.
    #[must_use]
    pub fn used_ratio(&self, now: Duration) -> f64 {
        if self.reached.is_some() {
            return 1.0;
        }
        let recent = self.seconds.iter().filter(|one| one.second + self.window_seconds > now.as_secs());
        let (records, dead) =
            recent.fold((0, 0), |(records, dead), one| (records + one.records, dead + one.dead));
        let most = records.max(self.records_min) * u64::from(self.percent_max);
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let ratio = (dead * 100) as f64 / most.max(1) as f64;
        ratio.min(1.0)
    }

    /// Takes back a dead letter that was counted and not acknowledged: it will be counted when it is tried again.
    pub fn take_back(&mut self, camera: &[u8], now: Duration) {
        let noted = self.cameras.get_mut(self.bucket(camera)).and_then(VecDeque::pop_back);
        if noted.is_none() {
            return;
        }
        let second = self.at(now);
        second.records = second.records.saturating_sub(1);
        second.dead = second.dead.saturating_sub(1);
    }

    /// Whether a dead letter of this camera counts.
    fn note(&mut self, camera: &[u8], now: Duration) -> bool {
        let (second, window) = (now.as_secs(), self.window_seconds);
        let most = (self.records_min * u64::from(self.percent_max)).div_ceil(100);
        if self.cameras.len() >= CAMERAS_MAX {
            self.cameras.retain(|_, seconds| seconds.back().is_some_and(|last| last + window > second));
        }
        let seconds = self.cameras.entry(self.bucket(camera).to_vec()).or_default();
        while seconds.front().is_some_and(|oldest| oldest + window <= second) {
            seconds.pop_front();
        }
        let counts = u64::try_from(seconds.len()).unwrap_or(u64::MAX) < most;
        if counts {
            seconds.push_back(second);
        }
        counts
    }

    fn bucket<'c>(&self, camera: &'c [u8]) -> &'c [u8] {
        let is_known = self.cameras.len() < CAMERAS_MAX || self.cameras.contains_key(camera);
        if is_known { camera } else { &[] }
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
            assert_eq!(ceiling.count_dead(b"camera", seconds(1)), Ok(()));
            ceiling.take_back(b"camera", seconds(1));
        }
        assert_eq!(ceiling.count_dead(b"camera", seconds(1)), Ok(()));
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_ceiling_opens_above_the_share_and_stays_open() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 10);
        (0..8).for_each(|_| ceiling.count_usable(seconds(5)));
        assert_eq!(ceiling.count_dead(b"one", seconds(6)), Ok(()));
        assert_eq!(ceiling.count_dead(b"two", seconds(7)), Ok(()));
        let reached = CeilingReached { dead: 3, records: 11, window_seconds: 60, percent_max: 20 };
        assert_eq!(ceiling.count_dead(b"camera", seconds(8)), Err(reached.clone()));
        assert_eq!(ceiling.count_dead(b"camera", seconds(10_000)), Err(reached));
    }

    #[test]
    fn a_few_records_say_nothing() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 10);
        assert!((0..9_u8).all(|camera| ceiling.count_dead(&[camera], seconds(1)).is_ok()));
        assert!(ceiling.count_dead(b"camera", seconds(1)).is_err());
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 10);
        assert!((0..9_u8).all(|camera| ceiling.count_dead(&[camera], seconds(1)).is_ok()));
        (0..9).for_each(|_| ceiling.count_usable(seconds(61)));
        assert_eq!(ceiling.count_dead(b"camera", seconds(62)), Ok(()));
    }

    #[test]
    fn one_camera_that_sends_what_nobody_can_read_does_not_stop_the_others() {
        let mut ceiling = DeadLetterCeiling::new(20, 60, 100);
        for second in 0..600 {
            (0..4).for_each(|_| ceiling.count_usable(seconds(second)));
            // Three in seven records, by far more than the share.
            (0..3).for_each(|_| assert_eq!(ceiling.count_dead(b"broken", seconds(second)), Ok(())));
        }
        let mut stopped = false;
        for camera in 0..50_u8 {
            stopped |= (0..3).any(|_| ceiling.count_dead(&[camera], seconds(600)).is_err());
        }
        assert!(stopped, "many cameras at once stop it");
    }
}
