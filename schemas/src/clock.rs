//! Time as a parameter: nothing else in Rasid asks the operating system what time it is.

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Where the current time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The current instant of civil time, UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Time since an arbitrary fixed start that never goes back; for durations and time-outs.
    fn monotonic(&self) -> Duration;
}

/// The operating system's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time counts from this call.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is moved; for tests.
#[derive(Debug)]
pub struct FixedClock {
    state: Mutex<(DateTime<Utc>, Duration)>,
}

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { state: Mutex::new((now, Duration::ZERO)) }
    }

    /// Moves both times forward by `step`.
    pub fn advance(&self, step: Duration) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.0 += TimeDelta::from_std(step).unwrap_or(TimeDelta::MAX);
        state.1 += step;
    }

    fn read(&self) -> (DateTime<Utc>, Duration) {
        *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.read().0
    }

    fn monotonic(&self) -> Duration {
        self.read().1
    }
}
