//! What is counted of the service half. Made once, registered where it is told, handed down.

use crate::objection::ObjectionError;
use crate::review::queue;
use prometheus::core::Collector;
use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};
use schemas::clock::Clock;
use schemas::decision::Verdict;
use schemas::objection::GroundCode;
use schemas::triage::MachineAnswerKind;
use sqlx::PgPool;

/// Objections, answers, queue and decisions.
#[derive(Debug, Clone)]
pub struct ServiceMetrics {
    objections: IntCounterVec,
    answers: IntCounterVec,
    triage_failures: IntCounter,
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
                "Objections that could not be looked at and were put off",
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
        for collector in metrics.collectors() {
            registry.register(collector)?;
        }
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

    /// Measures how much waits and since when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn measure(&self, pool: &PgPool, clock: &dyn Clock) -> Result<(), ObjectionError> {
        let now = clock.now();
        let age = |since: Option<chrono::DateTime<chrono::Utc>>| {
            let seconds = since.map_or(0, |since| (now - since).num_seconds().max(0));
            f64::from(i32::try_from(seconds).unwrap_or(i32::MAX))
        };
        for depth in queue::depth(pool).await? {
            let kind = depth.kind.label();
            self.queue_tasks.with_label_values(&[kind]).set(depth.tasks);
            self.queue_oldest.with_label_values(&[kind]).set(age(depth.oldest));
        }
        let untriaged = sqlx::query_scalar!("select min(filed_at) from objection where state = 'filed'")
            .fetch_one(pool)
            .await?;
        self.untriaged_oldest.set(age(untriaged));
        Ok(())
    }

    fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self {
            objections,
            answers,
            triage_failures,
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

/// Measures the queue now and then.
#[derive(Debug)]
pub struct QueueGauges {
    /// The database.
    pub pool: PgPool,
    /// What time it is.
    pub clock: std::sync::Arc<dyn Clock>,
    /// Where to.
    pub metrics: ServiceMetrics,
    /// How often.
    pub interval: std::time::Duration,
}

#[async_trait::async_trait]
impl crate::jobs::Job for QueueGauges {
    fn name(&self) -> &'static str {
        "queue_gauges"
    }

    fn interval(&self) -> std::time::Duration {
        self.interval
    }

    async fn run_once(&self) -> Result<crate::jobs::Progress, crate::jobs::JobError> {
        self.metrics.measure(&self.pool, self.clock.as_ref()).await.map_err(crate::jobs::JobError::new)?;
        Ok(crate::jobs::Progress::Idle)
    }
}
