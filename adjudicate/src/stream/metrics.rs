//! What is counted of settling: outcomes and runs.
//!
//! Each struct registers its metrics with the registry it is handed; there are no globals, so each test has its own.

use crate::foundation::metrics::registered;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};
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

/// Of settling transactions.
#[derive(Debug, Clone)]
pub struct RecordMetrics {
    outcomes: IntCounterVec,
    runs: IntCounterVec,
    row_by_row: IntCounter,
    conflicts: IntCounter,
    seconds: Histogram,
}

impl RecordMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let outcomes = registered(
            registry,
            IntCounterVec::new(
                Opts::new(
                    "rasid_adjudicate_outcomes_total",
                    "Events settled, by outcome: violation, manual_check, no_offence, duplicate, dead_letter",
                ),
                &["outcome"],
            )?,
        )?;
        let runs = registered(
            registry,
            IntCounterVec::new(
                Opts::new(
                    "rasid_adjudicate_runs_total",
                    "Settling transactions, by result: recorded, recorded_before, fenced, rejected, unavailable, defect",
                ),
                &["result"],
            )?,
        )?;
        let row_by_row = registered(
            registry,
            IntCounter::new(
                "rasid_adjudicate_row_by_row_total",
                "Runs repeated row by row to find what cannot be stored",
            )?,
        )?;
        let conflicts = registered(
            registry,
            IntCounter::new(
                "rasid_adjudicate_conflicts_total",
                "Settling transactions repeated after a lost conflict",
            )?,
        )?;
        let seconds = registered(
            registry,
            Histogram::with_opts(
                HistogramOpts::new("rasid_adjudicate_run_seconds", "Duration of settling transactions")
                    .buckets(vec![0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]),
            )?,
        )?;
        Ok(Self { outcomes, runs, row_by_row, conflicts, seconds })
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
