//! What the detector counts, on the registry that root hands in.

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};
use schemas::plate_read::PlateRead;
use std::time::Duration;

/// Upper edges of the latency histogram, seconds: from one small frame to one that queues behind others.
const FRAME_SECONDS: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];

/// Upper edges of the confidence of a read: close together near 1, where nearly all lie and floors are set.
const CONFIDENCES: [f64; 12] = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0];

/// Counters and latencies of reading.
#[derive(Debug, Clone)]
pub struct DetectMetrics {
    frame_seconds: Histogram,
    plates: IntCounterVec,
    confidence: HistogramVec,
    flags: IntCounterVec,
    failures: IntCounter,
    waiting: IntGauge,
    waiting_limit: IntGauge,
}

impl DetectMetrics {
    /// Makes the metrics and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self::create()?;
        metrics.collectors().into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(metrics)
    }

    fn create() -> Result<Self, prometheus::Error> {
        let seconds =
            HistogramOpts::new("rasid_detect_frame_seconds", "Time to locate and read one frame's plates")
                .buckets(FRAME_SECONDS.to_vec());
        let confidence = HistogramOpts::new(
            "rasid_detect_read_confidence",
            "Calibrated confidence of each plate read, by country; a drift tells of weather, dirt or other plates",
        );
        let plates = Opts::new(
            "rasid_detect_plates_total",
            "Plates read, by country and whether nothing speaks against issuing",
        );
        Ok(Self {
            frame_seconds: Histogram::with_opts(seconds)?,
            plates: IntCounterVec::new(plates, &["jurisdiction", "clear"])?,
            confidence: HistogramVec::new(confidence.buckets(CONFIDENCES.to_vec()), &["jurisdiction"])?,
            flags: IntCounterVec::new(
                Opts::new("rasid_detect_flags_total", "What spoke against issuing on a read"),
                &["flag"],
            )?,
            failures: IntCounter::new("rasid_detect_failures_total", "Frames on which a net failed")?,
            waiting: IntGauge::new(
                "rasid_detect_waiting_frames",
                "Frames that wait for or are with a worker",
            )?,
            waiting_limit: IntGauge::new(
                "rasid_detect_waiting_limit_frames",
                "Frames that wait for or are with a worker at most; more hold back the stages in front",
            )?,
        })
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { frame_seconds, plates, confidence, flags, failures, waiting, waiting_limit } =
            self.clone();
        vec![
            Box::new(frame_seconds),
            Box::new(plates),
            Box::new(confidence),
            Box::new(flags),
            Box::new(failures),
            Box::new(waiting),
            Box::new(waiting_limit),
        ]
    }

    /// Returns which part of the places for waiting frames is taken, 0 to 1.
    #[must_use]
    pub fn waiting_used(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        let ratio = self.waiting.get().max(0) as f64 / self.waiting_limit.get().max(1) as f64;
        ratio
    }

    pub(crate) fn set_limit(&self, frames: usize) {
        self.waiting_limit.set(i64::try_from(frames).unwrap_or(i64::MAX));
    }

    pub(crate) fn taken_in(&self) {
        self.waiting.inc();
    }

    pub(crate) fn given_back(&self) {
        self.waiting.dec();
    }

    pub(crate) fn read(&self, plates: &[PlateRead], took: Duration) {
        self.frame_seconds.observe(took.as_secs_f64());
        for plate in plates {
            let clear = if plate.may_issue_automatically() { "true" } else { "false" };
            let country = plate.jurisdiction.code();
            self.plates.with_label_values(&[country, clear]).inc();
            self.confidence.with_label_values(&[country]).observe(f64::from(plate.confidence.value()));
            for flag in &plate.flags {
                self.flags.with_label_values(&[flag.label()]).inc();
            }
        }
    }

    pub(crate) fn failed(&self) {
        self.failures.inc();
    }
}
