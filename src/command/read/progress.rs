//! How far a long run is: a bar on a terminal, a line now and then elsewhere; always on stderr.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use schemas::clock::Clock;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

/// A run shorter than this shows no bar.
const BAR_AFTER: Duration = Duration::from_secs(2);
/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts pictures, and prints without tearing the bar.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
    clock: Arc<dyn Clock>,
    started: Duration,
    last_line: Duration,
}

impl Progress {
    pub(super) fn start(pictures: usize, clock: Arc<dyn Clock>) -> Self {
        let total = u64::try_from(pictures).unwrap_or(u64::MAX);
        let style = ProgressStyle::with_template("reading {bar:30} {pos} of {len} pictures, {eta} left");
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden())
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let started = clock.monotonic();
        let is_terminal = io::stderr().is_terminal();
        Self { bar, is_terminal, clock, started, last_line: started }
    }

    /// One more picture is done.
    pub(super) fn advance(&mut self) {
        self.bar.inc(1);
        let now = self.clock.monotonic();
        if self.is_terminal && self.bar.is_hidden() && is_due(self.started, now, BAR_AFTER) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if !self.is_terminal && is_due(self.last_line, now, LINE_EVERY) {
            self.last_line = now;
            eprintln!("read {} of {} pictures", self.bar.position(), self.bar.length().unwrap_or_default());
        }
    }

    /// A result, on stdout.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(super) fn print(&self, line: &str) -> io::Result<()> {
        self.bar.suspend(|| writeln!(io::stdout(), "{line}"))
    }

    /// What went wrong, on stderr.
    pub(super) fn complain(&self, what: &str) {
        self.bar.suspend(|| eprintln!("rasid: {what}"));
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn is_due(last: Duration, now: Duration, every: Duration) -> bool {
    now.saturating_sub(last) >= every
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::clock::FixedClock;

    #[test]
    fn pictures_are_counted_and_a_short_run_draws_nothing() {
        let clock = Arc::new(FixedClock::at(chrono::DateTime::UNIX_EPOCH));
        let mut progress = Progress::start(2, clock);
        progress.advance();
        assert_eq!((progress.bar.position(), progress.bar.length()), (1, Some(2)));
        assert!(progress.bar.is_hidden());
    }

    #[test]
    fn a_line_is_due_when_its_time_has_passed() {
        let second = Duration::from_secs;
        assert!(!is_due(second(5), second(14), LINE_EVERY));
        assert!(is_due(second(5), second(15), LINE_EVERY));
    }
}
