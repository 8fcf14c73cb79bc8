//! What is counted of settling: outcomes and runs.
//!
//! Each struct registers its metrics with the registry it is handed; there are no globals, so each test has its own.

use crate::foundation::metrics::register;
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};
use schemas::assessment::ManualCheckReason;
use schemas::outcome::Outcome;
use std::time::Duration;

/// How a settling transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunResult {
    /// Written.
    Recorded,
    /// An earlier attempt had been written.
    RecordedBefore,
    /// Refused: another process has taken the partition.
    Fenced,
    /// Rolled back because of records that cannot be stored.
    RejectedRecords,
    /// The database is away.
    Unavailable,
    /// A fault of ours.
    Defect,
}

impl RunResult {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Recorded,
        Self::RecordedBefore,
        Self::Fenced,
        Self::RejectedRecords,
        Self::Unavailable,
        Self::Defect,
    ];

    /// Name in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::RecordedBefore => "recorded_before",
            Self::Fenced => "fenced",
            Self::RejectedRecords => "rejected",
            Self::Unavailable => "unavailable",
            Self::Defect => "defect",
        }
    }
}

/// Upper edges of the duration of a settling transaction, seconds.
const RUN_SECONDS: [f64; 11] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
/// Upper edges of the time from receipt to record, seconds: from an idle stream to an hour's outage. 60 is the promise.
const SETTLE_SECONDS: [f64; 10] = [0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 3600.0];

/// Of settling transactions.
#[derive(Debug, Clone)]
pub struct RecordMetrics {
    outcomes: IntCounterVec,
    manual_checks: IntCounterVec,
    runs: IntCounterVec,
    row_by_row: IntCounter,
    conflicts: IntCounter,
    seconds: Histogram,
    settle_seconds: Histogram,
}

impl RecordMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self::create()?;
        register(registry, metrics.collectors())?;
        Ok(metrics)
    }

    fn create() -> Result<Self, prometheus::Error> {
        let metrics = Self {
            outcomes: counters(
                "rasid_adjudicate_outcomes_total",
                "Events settled, by outcome: violation, manual_check, no_offence, duplicate, dead_letter",
                "outcome",
            )?,
            manual_checks: counters(
                "rasid_adjudicate_manual_checks_total",
                "Manual checks recorded, by reason (the closed list); one with several reasons counts for each",
                "reason",
            )?,
            runs: counters(
                "rasid_adjudicate_runs_total",
                "Settling transactions, by result: recorded, recorded_before, fenced, rejected, unavailable, defect",
                "result",
            )?,
            row_by_row: IntCounter::new(
                "rasid_adjudicate_row_by_row_total",
                "Runs repeated row by row to find what cannot be stored",
            )?,
            conflicts: IntCounter::new(
                "rasid_adjudicate_conflicts_total",
                "Settling transactions repeated after a lost conflict",
            )?,
            seconds: Histogram::with_opts(
                HistogramOpts::new("rasid_adjudicate_run_seconds", "Duration of settling transactions")
                    .buckets(RUN_SECONDS.to_vec()),
            )?,
            settle_seconds: Histogram::with_opts(
                HistogramOpts::new(
                    "rasid_adjudicate_settle_seconds",
                    "Time from the broker's receipt of an event to its record; dead letters are not among them",
                )
                .buckets(SETTLE_SECONDS.to_vec()),
            )?,
        };
        // From the start, so that the first one of its kind is seen as a rise.
        for outcome in Outcome::ALL {
            metrics.outcomes.with_label_values(&[outcome.label()]).reset();
        }
        for reason in ManualCheckReason::ALL {
            metrics.manual_checks.with_label_values(&[reason.label()]).reset();
        }
        for result in RunResult::ALL {
            metrics.runs.with_label_values(&[result.label()]).reset();
        }
        Ok(metrics)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { outcomes, manual_checks, runs, row_by_row, conflicts, seconds, settle_seconds } =
            self.clone();
        vec![
            Box::new(outcomes),
            Box::new(manual_checks),
            Box::new(runs),
            Box::new(row_by_row),
            Box::new(conflicts),
            Box::new(seconds),
            Box::new(settle_seconds),
        ]
    }

    /// Counts what was doubtful about a recorded sighting.
    pub fn count_manual_check(&self, reasons: impl IntoIterator<Item = ManualCheckReason>) {
        for reason in reasons {
            self.manual_checks.with_label_values(&[reason.label()]).inc();
        }
    }

    /// Counts how long an event waited for its record.
    pub fn count_settled(&self, waited: Duration) {
        self.settle_seconds.observe(waited.as_secs_f64());
    }

    /// How many recorded sightings were doubtful for that reason.
    #[must_use]
    pub fn manual_checks(&self, reason: ManualCheckReason) -> u64 {
        self.manual_checks.with_label_values(&[reason.label()]).get()
    }

    /// Counts settled events; call it with what the database holds, after the commit.
    pub fn count_outcomes(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        outcomes.into_iter().for_each(|outcome| self.outcomes.with_label_values(&[outcome.label()]).inc());
    }

    /// Counts a transaction and how long it took.
    pub fn count_run(&self, result: RunResult, duration: Duration) {
        self.runs.with_label_values(&[result.label()]).inc();
        self.seconds.observe(duration.as_secs_f64());
    }

    /// Counts a run that is repeated row by row.
    pub fn count_row_by_row(&self) {
        self.row_by_row.inc();
    }

    /// Counts a transaction that lost against another one.
    pub fn count_conflict(&self) {
        self.conflicts.inc();
    }

    /// How many events ended so, as far as this process recorded them.
    #[must_use]
    pub fn outcomes(&self, outcome: Outcome) -> u64 {
        self.outcomes.with_label_values(&[outcome.label()]).get()
    }
}

fn counters(name: &str, help: &str, label: &str) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(name, help), &[label])
}
