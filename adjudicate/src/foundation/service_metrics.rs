//! What is counted of the service half. Made once, registered where it is told, handed down.

use super::metrics::register;
use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
};
use schemas::decision::Verdict;
use schemas::objection::GroundCode;
use schemas::review::ReviewTaskKind;
use schemas::triage::MachineAnswerKind;
use std::time::Duration;

/// Upper edges of the time from filing to the first answer, seconds. 60 is the promise.
const TRIAGE_SECONDS: [f64; 9] = [0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 3600.0];

/// Objections, answers, queue and decisions.
#[derive(Debug, Clone)]
pub struct ServiceMetrics {
    objections: IntCounterVec,
    answers: IntCounterVec,
    triage_failures: IntCounter,
    triage_seconds: Histogram,
    verdicts: IntCounterVec,
    dismissals: IntCounter,
    queue_tasks: IntGaugeVec,
    queue_oldest: GaugeVec,
    untriaged_oldest: Gauge,
}

impl ServiceMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            objections: counters(
                "rasid_objections_total",
                "Objections filed, by main ground: G01 to G25",
                "ground",
            )?,
            answers: counters(
                "rasid_objection_answers_total",
                "Answers of the machine, by kind: cancelled, reduced, closed_as_paid, refused_on_form, \
                 document_requested, waiting, sent_to_review",
                "answer",
            )?,
            triage_failures: IntCounter::new(
                "rasid_triage_failures_total",
                "Objections that could not be looked at and were deferred",
            )?,
            triage_seconds: Histogram::with_opts(
                HistogramOpts::new(
                    "rasid_objection_triage_seconds",
                    "Time from filing to the machine's first answer",
                )
                .buckets(TRIAGE_SECONDS.to_vec()),
            )?,
            verdicts: counters(
                "rasid_decision_verdicts_total",
                "Verdicts of humans on violations: upheld, cancelled, reduced",
                "verdict",
            )?,
            dismissals: IntCounter::new(
                "rasid_manual_check_dismissals_total",
                "Doubtful sightings that a human dismissed",
            )?,
            queue_tasks: IntGaugeVec::new(
                Opts::new(
                    "rasid_review_queue_tasks",
                    "Cases that wait for a human, by kind: objection, manual_check",
                ),
                &["kind"],
            )?,
            queue_oldest: GaugeVec::new(
                Opts::new(
                    "rasid_review_queue_oldest_seconds",
                    "Age of the oldest case that waits for a human, by kind; 0 when none does",
                ),
                &["kind"],
            )?,
            untriaged_oldest: Gauge::new(
                "rasid_objection_untriaged_oldest_seconds",
                "Age of the oldest objection that the machine has not looked at; 0 when there is none",
            )?,
        };
        register(registry, metrics.collectors())?;
        Ok(metrics)
    }

    /// Counts a filed objection by its main ground.
    pub fn count_objection(&self, main_ground: GroundCode) {
        self.objections.with_label_values(&[main_ground.code()]).inc();
    }

    /// Counts what an objection was answered as.
    pub fn count_answer(&self, kind: MachineAnswerKind) {
        self.answers.with_label_values(&[kind.label()]).inc();
    }

    /// Counts how long an objection waited for the machine's first answer.
    pub fn count_triage(&self, waited: Duration) {
        self.triage_seconds.observe(waited.as_secs_f64());
    }

    /// Counts an objection that could not be looked at.
    pub fn count_triage_failure(&self) {
        self.triage_failures.inc();
    }

    /// Counts a human's verdict.
    pub fn count_verdict(&self, verdict: Verdict) {
        self.verdicts.with_label_values(&[verdict.label()]).inc();
    }

    /// Counts a dismissed sighting.
    pub fn count_dismissal(&self) {
        self.dismissals.inc();
    }

    /// How many answers of that kind this process gave.
    #[must_use]
    pub fn answers(&self, kind: MachineAnswerKind) -> u64 {
        self.answers.with_label_values(&[kind.label()]).get()
    }

    /// Returns how many cases of a kind wait for a person, and for how long the oldest has, in seconds.
    pub fn set_waiting(&self, kind: ReviewTaskKind, tasks: i64, oldest_seconds: f64) {
        self.queue_tasks.with_label_values(&[kind.label()]).set(tasks);
        self.queue_oldest.with_label_values(&[kind.label()]).set(oldest_seconds);
    }

    /// Says for how long the oldest objection has waited for the machine, in seconds.
    pub fn set_untriaged(&self, oldest_seconds: f64) {
        self.untriaged_oldest.set(oldest_seconds);
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self {
            objections,
            answers,
            triage_failures,
            triage_seconds,
            verdicts,
            dismissals,
            queue_tasks,
            queue_oldest,
            untriaged_oldest,
        } = self;
        vec![
            Box::new(objections.clone()),
            Box::new(answers.clone()),
            Box::new(triage_failures.clone()),
            Box::new(triage_seconds.clone()),
            Box::new(verdicts.clone()),
            Box::new(dismissals.clone()),
            Box::new(queue_tasks.clone()),
            Box::new(queue_oldest.clone()),
            Box::new(untriaged_oldest.clone()),
        ]
    }
}

fn counters(name: &str, help: &str, label: &str) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(name, help), &[label])
}
