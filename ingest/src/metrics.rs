//! Counters of the stream's beginning, on a registry that is handed down.

use crate::trouble::BrokerTrouble;
use prometheus::core::{Atomic, Collector, GenericCounter, GenericGauge};
use prometheus::{GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use schemas::ids::CameraId;
use schemas::outcome::DeadLetterReason;
use std::time::Duration;

/// Label of errors that pass by themselves.
const PASSING: &str = "passing";

/// Label of dead letters whose camera is not registered: anybody can make up names.
const UNKNOWN_CAMERA: &str = "unknown";

/// All metrics of this crate. Clones share their numbers.
#[derive(Debug, Clone)]
pub struct IngestMetrics {
    records: IntCounter,
    bytes: IntCounter,
    lag: IntGaugeVec,
    lag_seconds: GaugeVec,
    partitions: IntGaugeVec,
    brokers_up: IntGauge,
    rebalances: IntCounter,
    pauses: IntCounter,
    client_errors: IntCounterVec,
    stalled_seconds: IntGaugeVec,
    commit_failures: IntCounter,
    dead_letters: IntCounterVec,
    camera_dead_letters: IntCounterVec,
    dead_letter_breaker_open: IntGauge,
    in_flight_records: IntGauge,
    in_flight_bytes: IntGauge,
    in_flight_records_limit: IntGauge,
    in_flight_bytes_limit: IntGauge,
    evidence_files: IntCounter,
    evidence_bytes: IntCounter,
}

impl IngestMetrics {
    /// Makes the metrics and registers them.
    ///
    /// # Errors
    /// When one of the names is registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let this = Self::create()?;
        this.collectors().into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(this)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self {
            records,
            bytes,
            lag,
            lag_seconds,
            partitions,
            brokers_up,
            rebalances,
            pauses,
            client_errors,
            stalled_seconds,
            commit_failures,
            dead_letters,
            camera_dead_letters,
            dead_letter_breaker_open,
            in_flight_records,
            in_flight_bytes,
            in_flight_records_limit,
            in_flight_bytes_limit,
            evidence_files,
            evidence_bytes,
        } = self.clone();
        vec![
            Box::new(records),
            Box::new(bytes),
            Box::new(lag),
            Box::new(lag_seconds),
            Box::new(partitions),
            Box::new(brokers_up),
            Box::new(rebalances),
            Box::new(pauses),
            Box::new(client_errors),
            Box::new(stalled_seconds),
            Box::new(commit_failures),
            Box::new(dead_letters),
            Box::new(camera_dead_letters),
            Box::new(dead_letter_breaker_open),
            Box::new(in_flight_records),
            Box::new(in_flight_bytes),
            Box::new(in_flight_records_limit),
            Box::new(in_flight_bytes_limit),
            Box::new(evidence_files),
            Box::new(evidence_bytes),
        ]
    }

    fn create() -> Result<Self, prometheus::Error> {
        let this = Self {
            records: counter("rasid_ingest_records_total", "records received from kafka")?,
            bytes: counter(
                "rasid_ingest_received_bytes_total",
                "bytes of keys, values and headers received",
            )?,
            lag: gauges("rasid_ingest_lag_records", "records in the log that are not settled", "partition")?,
            lag_seconds: lag_seconds()?,
            partitions: assigned_partitions()?,
            brokers_up: gauge(
                "rasid_ingest_brokers_up_count",
                "brokers to which the consumer has a connection",
            )?,
            rebalances: counter("rasid_ingest_rebalances_total", "assignments and revocations")?,
            pauses: counter("rasid_ingest_pauses_total", "partitions paused for lack of room")?,
            client_errors: by_reason(
                "rasid_ingest_client_errors_total",
                "errors that the kafka client reported; reason: passing, or the closed list of what lasts",
            )?,
            stalled_seconds: gauges(
                "rasid_ingest_stalled_seconds",
                "time in which a partition with records settled nothing",
                "partition",
            )?,
            commit_failures: counter(
                "rasid_ingest_commit_failures_total",
                "copies of offsets not committed",
            )?,
            dead_letters: by_reason(
                "rasid_ingest_dead_letters_total",
                "dead letters acknowledged; reason: the closed list",
            )?,
            camera_dead_letters: camera_dead_letters()?,
            dead_letter_breaker_open: gauge(
                "rasid_ingest_dead_letter_breaker_open",
                "1 when too large a share of records were dead letters and the consumer stopped",
            )?,
            in_flight_records: gauge(
                "rasid_ingest_in_flight_records",
                "records in memory without an outcome",
            )?,
            in_flight_bytes: gauge("rasid_ingest_in_flight_bytes", "bytes of the records in memory")?,
            in_flight_records_limit: gauge(
                "rasid_ingest_in_flight_limit_records",
                "records in memory at which partitions are paused",
            )?,
            in_flight_bytes_limit: gauge(
                "rasid_ingest_in_flight_limit_bytes",
                "bytes of records in memory at which partitions are paused",
            )?,
            evidence_files: counter("rasid_ingest_evidence_files_total", "pictures put durably")?,
            evidence_bytes: counter(
                "rasid_ingest_evidence_stored_bytes_total",
                "bytes of pictures put durably",
            )?,
        };
        this.begin_at_zero();
        Ok(this)
    }

    /// From the start, so that the first of its kind is seen as a rise.
    fn begin_at_zero(&self) {
        for reason in BrokerTrouble::ALL.map(BrokerTrouble::label).into_iter().chain([PASSING]) {
            self.client_errors.with_label_values(&[reason]).reset();
        }
        for reason in DeadLetterReason::ALL {
            self.dead_letters.with_label_values(&[reason.label()]).reset();
        }
    }

    /// Metrics on no registry.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    #[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "for tests; the names are constants")]
    pub fn unregistered() -> Self {
        Self::create().expect("constant names")
    }

    /// Dead letters of a reason so far.
    #[must_use]
    pub fn dead_letters(&self, reason: DeadLetterReason) -> u64 {
        self.dead_letters.with_label_values(&[reason.label()]).get()
    }

    /// Returns which part of the limits of records and bytes in memory is used, 0 to 1.
    #[must_use]
    pub fn in_flight_used(&self) -> (f64, f64) {
        let records = used(&self.in_flight_records, &self.in_flight_records_limit);
        (records, used(&self.in_flight_bytes, &self.in_flight_bytes_limit))
    }

    pub(crate) fn count_record(&self, bytes: usize) {
        self.records.inc();
        add(&self.bytes, bytes as u64);
    }

    pub(crate) fn set_lag(&self, partition: i32, records: i64, age: Duration) {
        let partition = partition.to_string();
        self.lag.with_label_values(&[&partition]).set(records);
        self.lag_seconds.with_label_values(&[&partition]).set(age.as_secs_f64());
    }

    pub(crate) fn set_stalled_seconds(&self, partition: i32, age: Duration) {
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.stalled_seconds.with_label_values(&[&partition.to_string()]).set(seconds);
    }

    pub(crate) fn forget_partition(&self, partition: i32) {
        // An error says that the partition never had a lag, which is no matter.
        let partition = partition.to_string();
        let _ = self.lag.remove_label_values(&[&partition]);
        let _ = self.lag_seconds.remove_label_values(&[&partition]);
        let _ = self.stalled_seconds.remove_label_values(&[&partition]);
    }

    pub(crate) fn set_partitions(&self, owned: usize, waiting: usize, stopped: usize) {
        for (state, count) in [("owned", owned), ("waiting", waiting), ("stopped", stopped)] {
            set(&self.partitions.with_label_values(&[state]), count);
        }
    }

    pub(crate) fn set_brokers_up(&self, brokers: usize) {
        set(&self.brokers_up, brokers);
    }

    pub(crate) fn count_rebalance(&self) {
        self.rebalances.inc();
    }

    pub(crate) fn count_pause(&self) {
        self.pauses.inc();
    }

    pub(crate) fn count_client_error(&self, trouble: Option<BrokerTrouble>) {
        self.client_errors.with_label_values(&[trouble.map_or(PASSING, BrokerTrouble::label)]).inc();
    }

    pub(crate) fn count_commit_failure(&self) {
        self.commit_failures.inc();
    }

    /// `camera` only if it is registered.
    pub(crate) fn count_dead_letter(&self, reason: DeadLetterReason, camera: Option<&CameraId>) {
        self.dead_letters.with_label_values(&[reason.label()]).inc();
        let camera = camera.map_or(UNKNOWN_CAMERA, CameraId::as_str);
        self.camera_dead_letters.with_label_values(&[camera, reason.label()]).inc();
    }

    pub(crate) fn set_breaker_open(&self, open: bool) {
        self.dead_letter_breaker_open.set(i64::from(open));
    }

    pub(crate) fn set_in_flight(&self, (records, bytes): (usize, usize)) {
        set(&self.in_flight_records, records);
        set(&self.in_flight_bytes, bytes);
    }

    pub(crate) fn set_in_flight_limits(&self, (records, bytes): (usize, usize)) {
        set(&self.in_flight_records_limit, records);
        set(&self.in_flight_bytes_limit, bytes);
    }

    pub(crate) fn count_evidence(&self, bytes: usize) {
        self.evidence_files.inc();
        add(&self.evidence_bytes, bytes as u64);
    }
}

fn lag_seconds() -> Result<GaugeVec, prometheus::Error> {
    let opts = Opts::new(
        "rasid_ingest_lag_seconds",
        "age of the oldest record that is not settled, by the broker's timestamp; 0 when nothing waits",
    );
    GaugeVec::new(opts, &["partition"])
}

fn assigned_partitions() -> Result<IntGaugeVec, prometheus::Error> {
    gauges(
        "rasid_ingest_assigned_partitions",
        "partitions of this process; state: owned, waiting (for its position), stopped (needs a person)",
        "state",
    )
}

fn camera_dead_letters() -> Result<IntCounterVec, prometheus::Error> {
    let opts = Opts::new(
        "rasid_ingest_camera_dead_letters_total",
        "dead letters acknowledged; camera: one that is registered, unknown for all others; reason: the closed list",
    );
    IntCounterVec::new(opts, &["camera", "reason"])
}

fn counter(name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
    IntCounter::new(name, help)
}

fn by_reason(name: &str, help: &str) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(Opts::new(name, help), &["reason"])
}

fn gauge(name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    IntGauge::new(name, help)
}

fn gauges(name: &str, help: &str, label: &str) -> Result<IntGaugeVec, prometheus::Error> {
    IntGaugeVec::new(Opts::new(name, help), &[label])
}

fn add<P: Atomic<T = u64>>(counter: &GenericCounter<P>, value: u64) {
    counter.inc_by(value);
}

fn set<P: Atomic<T = i64>>(gauge: &GenericGauge<P>, value: usize) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

fn used(held: &IntGauge, limit: &IntGauge) -> f64 {
    let whole = |gauge: &IntGauge| gauge.get().max(0);
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    let ratio = whole(held) as f64 / whole(limit).max(1) as f64;
    ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_series_from_the_start_and_names_are_taken_once() {
        let registry = Registry::new();
        let metrics = IngestMetrics::register(&registry).expect("metrics");
        metrics.count_dead_letter(DeadLetterReason::BadImage, None);
        assert_eq!(metrics.dead_letters(DeadLetterReason::BadImage), 1);
        let families = registry.gather();
        let family = families.iter().find(|family| family.name() == "rasid_ingest_dead_letters_total");
        assert_eq!(family.map(|family| family.get_metric().len()), Some(DeadLetterReason::ALL.len()));
        assert!(IngestMetrics::register(&registry).is_err());
    }

    #[test]
    fn a_dead_letter_counts_for_its_camera_only_when_that_is_registered() {
        let metrics = IngestMetrics::unregistered();
        let camera = CameraId::parse("cam-1").expect("id");
        metrics.count_dead_letter(DeadLetterReason::BadImage, Some(&camera));
        metrics.count_dead_letter(DeadLetterReason::UnknownKey, None);
        let counted = |labels: &[&str]| metrics.camera_dead_letters.with_label_values(labels).get();
        assert_eq!(counted(&["cam-1", "bad_image"]), 1);
        assert_eq!(counted(&["unknown", "unknown_key"]), 1);
        assert_eq!(metrics.dead_letters(DeadLetterReason::UnknownKey), 1);
    }
}
