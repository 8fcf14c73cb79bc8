//! What is counted of the outbox and of jobs.
//!
//! Each struct registers its metrics with the registry it is handed; there are no globals, so each test has its own.

use super::topic::OutboxTopic;
use prometheus::core::Collector;
use prometheus::{Gauge, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use schemas::clock::Clock;
use std::sync::Arc;

/// Whether a message was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishResult {
    /// It was.
    Sent,
    /// It was not, and will be sent again.
    Failed,
}

impl PublishResult {
    /// Name in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// How a job's run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobResult {
    /// Without an error.
    Done,
    /// With one.
    Failed,
}

impl JobResult {
    /// Name in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// Of the outbox.
#[derive(Debug, Clone)]
pub struct OutboxMetrics {
    messages: IntCounterVec,
    unsent: IntGauge,
    oldest_unsent: Gauge,
}

impl OutboxMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let messages = Opts::new(
            "rasid_outbox_messages_total",
            "Attempts to publish, by topic (violations, decisions) and result (sent, failed)",
        );
        let metrics = Self {
            messages: IntCounterVec::new(messages, &["topic", "result"])?,
            unsent: IntGauge::new("rasid_outbox_unsent_messages", "Messages that wait to be published")?,
            oldest_unsent: Gauge::new(
                "rasid_outbox_oldest_unsent_seconds",
                "Age of the oldest message that waits; 0 when none does",
            )?,
        };
        register(registry, metrics.collectors())?;
        Ok(metrics)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { messages, unsent, oldest_unsent } = self.clone();
        vec![Box::new(messages), Box::new(unsent), Box::new(oldest_unsent)]
    }

    /// Counts an attempt.
    pub fn count(&self, topic: OutboxTopic, result: PublishResult) {
        self.messages.with_label_values(&[topic.label(), result.label()]).inc();
    }

    /// How many attempts ended so.
    #[must_use]
    pub fn messages(&self, topic: OutboxTopic, result: PublishResult) -> u64 {
        self.messages.with_label_values(&[topic.label(), result.label()]).get()
    }

    /// Says how much waits and since when.
    pub fn set_waiting(&self, unsent: i64, oldest_seconds: f64) {
        self.unsent.set(unsent);
        self.oldest_unsent.set(oldest_seconds);
    }
}

/// Of jobs.
#[derive(Debug, Clone)]
pub struct JobMetrics {
    runs: IntCounterVec,
    last_done: IntGaugeVec,
    clock: Arc<dyn Clock>,
}

impl JobMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry, clock: Arc<dyn Clock>) -> Result<Self, prometheus::Error> {
        // Not named job: Prometheus puts its own label of that name on every series.
        let runs =
            Opts::new("rasid_job_runs_total", "Runs of background jobs, by name and result (done, failed)");
        let last_done = Opts::new(
            "rasid_job_last_done_timestamp_seconds",
            "When a background job last ended without an error, Unix time; when it began, until it first did",
        );
        let metrics = Self {
            runs: IntCounterVec::new(runs, &["name", "result"])?,
            last_done: IntGaugeVec::new(last_done, &["name"])?,
            clock,
        };
        register(registry, metrics.collectors())?;
        Ok(metrics)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { runs, last_done, clock: _ } = self.clone();
        vec![Box::new(runs), Box::new(last_done)]
    }

    /// A job begins; its series are there from now on.
    pub fn begin(&self, job: &'static str) {
        for result in [JobResult::Done, JobResult::Failed] {
            self.runs.with_label_values(&[job, result.label()]).inc_by(0);
        }
        self.last_done.with_label_values(&[job]).set(self.clock.now().timestamp());
    }

    /// Counts a run.
    pub fn count(&self, job: &'static str, result: JobResult) {
        self.runs.with_label_values(&[job, result.label()]).inc();
        match result {
            JobResult::Done => self.last_done.with_label_values(&[job]).set(self.clock.now().timestamp()),
            JobResult::Failed => {}
        }
    }

    /// How many runs ended so.
    #[must_use]
    pub fn value(&self, job: &'static str, result: JobResult) -> u64 {
        self.runs.with_label_values(&[job, result.label()]).get()
    }
}

/// Registers metrics.
///
/// # Errors
/// When a name is taken.
pub(crate) fn register(
    registry: &Registry,
    collectors: Vec<Box<dyn Collector>>,
) -> Result<(), prometheus::Error> {
    collectors.into_iter().try_for_each(|collector| registry.register(collector))
}
