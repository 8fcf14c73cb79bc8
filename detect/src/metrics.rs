//! What the detector counts, on the registry that root hands in.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use schemas::plate_read::PlateRead;
use std::time::Duration;

/// Upper edges of the latency histogram, seconds: from one small frame to one that queues behind others.
const FRAME_SECONDS: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0];

/// Counters and latencies of reading.
#[derive(Debug, Clone)]
pub struct DetectMetrics {
    frame_seconds: Histogram,
    plates: IntCounterVec,
    flags: IntCounterVec,
    failures: IntCounter,
    waiting: IntGauge,
}

impl DetectMetrics {
    /// Makes the metrics and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let seconds =
            HistogramOpts::new("rasid_detect_frame_seconds", "Time to locate and read one frame's plates")
                .buckets(FRAME_SECONDS.to_vec());
        let metrics = Self {
            frame_seconds: Histogram::with_opts(seconds)?,
            plates: IntCounterVec::new(
                Opts::new(
                    "rasid_detect_plates_total",
                    "Plates read, by country and whether nothing speaks against issuing",
                ),
                &["jurisdiction", "clear"],
            )?,
            flags: IntCounterVec::new(
                Opts::new("rasid_detect_flags_total", "What spoke against issuing on a read"),
                &["flag"],
            )?,
            failures: IntCounter::new("rasid_detect_failures_total", "Frames on which a net failed")?,
            waiting: IntGauge::new(
                "rasid_detect_waiting_frames",
                "Frames that wait for or are with a worker",
            )?,
        };
        registry.register(Box::new(metrics.frame_seconds.clone()))?;
        registry.register(Box::new(metrics.plates.clone()))?;
        registry.register(Box::new(metrics.flags.clone()))?;
        registry.register(Box::new(metrics.failures.clone()))?;
        registry.register(Box::new(metrics.waiting.clone()))?;
        Ok(metrics)
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
            self.plates.with_label_values(&[plate.jurisdiction.code(), clear]).inc();
            for flag in &plate.flags {
                self.flags.with_label_values(&[flag.label()]).inc();
            }
        }
    }

    pub(crate) fn failed(&self) {
        self.failures.inc();
    }
}
