//! Stretches of time.

use chrono::{DateTime, Utc};

/// From an instant until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after; `None` while it lasts.
    pub until: Option<DateTime<Utc>>,
}

impl Interval {
    /// Whether `instant` lies in it.
    #[must_use]
    pub fn covers(&self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && self.until.is_none_or(|until| instant < until)
    }
}
