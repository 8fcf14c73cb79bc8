//! What is counted of the outbox and of jobs.
//!
//! Each struct registers its metrics with the registry it is handed; there are no globals, so each test has its own.

use super::topic::OutboxTopic;
use prometheus::core::Collector;
use prometheus::{Gauge, IntCounterVec, IntGauge, Opts, Registry};

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
        let messages = registered(
            registry,
            IntCounterVec::new(
                Opts::new(
                    "rasid_outbox_messages_total",
                    "Attempts to publish, by topic (violations, decisions) and result (sent, failed)",
                ),
                &["topic", "result"],
            )?,
        )?;
        let unsent = registered(
            registry,
            IntGauge::new("rasid_outbox_unsent_messages", "Messages that wait to be published")?,
        )?;
        let oldest_unsent = registered(
            registry,
            Gauge::new(
                "rasid_outbox_oldest_unsent_seconds",
                "Age of the oldest message that waits; 0 when none does",
            )?,
        )?;
        Ok(Self { messages, unsent, oldest_unsent })
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
}

impl JobMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let opts =
            Opts::new("rasid_job_runs_total", "Runs of background jobs, by job and result (done, failed)");
        Ok(Self { runs: registered(registry, IntCounterVec::new(opts, &["job", "result"])?)? })
    }

    /// Counts a run.
    pub fn count(&self, job: &'static str, result: JobResult) {
        self.runs.with_label_values(&[job, result.label()]).inc();
    }

    /// How many runs ended so.
    #[must_use]
    pub fn value(&self, job: &'static str, result: JobResult) -> u64 {
        self.runs.with_label_values(&[job, result.label()]).get()
    }
}

/// Registers a metric and hands it back.
///
/// # Errors
/// When its name is taken.
pub(crate) fn registered<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: M,
) -> Result<M, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
