//! Counters of the stream's beginning, on a registry that is handed down.

use crate::trouble::BrokerTrouble;
use prometheus::core::{Atomic, GenericCounter, GenericGauge};
use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use schemas::outcome::DeadLetterReason;
use std::time::Duration;

/// Label of errors that pass by themselves.
const PASSING: &str = "passing";

/// All metrics of this crate. Clones share their numbers.
#[derive(Debug, Clone)]
pub struct IngestMetrics {
    records: IntCounter,
    bytes: IntCounter,
    lag: IntGaugeVec,
    partitions: IntGaugeVec,
    rebalances: IntCounter,
    pauses: IntCounter,
    client_errors: IntCounterVec,
    stalled_seconds: IntGaugeVec,
    commit_failures: IntCounter,
    dead_letters: IntCounterVec,
    dead_letter_breaker_open: IntGauge,
    in_flight_records: IntGauge,
    in_flight_bytes: IntGauge,
    in_flight_records_limit: IntGauge,
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
        registry.register(Box::new(this.records.clone()))?;
        registry.register(Box::new(this.bytes.clone()))?;
        registry.register(Box::new(this.lag.clone()))?;
        registry.register(Box::new(this.partitions.clone()))?;
        registry.register(Box::new(this.rebalances.clone()))?;
        registry.register(Box::new(this.pauses.clone()))?;
        registry.register(Box::new(this.client_errors.clone()))?;
        registry.register(Box::new(this.stalled_seconds.clone()))?;
        registry.register(Box::new(this.commit_failures.clone()))?;
        registry.register(Box::new(this.dead_letters.clone()))?;
        registry.register(Box::new(this.dead_letter_breaker_open.clone()))?;
        registry.register(Box::new(this.in_flight_records.clone()))?;
        registry.register(Box::new(this.in_flight_bytes.clone()))?;
        registry.register(Box::new(this.in_flight_records_limit.clone()))?;
        registry.register(Box::new(this.evidence_files.clone()))?;
        registry.register(Box::new(this.evidence_bytes.clone()))?;
        Ok(this)
    }

    fn create() -> Result<Self, prometheus::Error> {
        let this = Self {
            records: counter("rasid_ingest_records_total", "records received from kafka")?,
            bytes: counter(
                "rasid_ingest_received_bytes_total",
                "bytes of keys, values and headers received",
            )?,
            lag: gauges("rasid_ingest_lag_records", "records in the log that are not settled", "partition")?,
            partitions: gauges(
                "rasid_ingest_assigned_partitions",
                "partitions of this process; state: owned, waiting (for its position), stopped (needs a person)",
                "state",
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
            evidence_files: counter("rasid_ingest_evidence_files_total", "pictures put durably")?,
            evidence_bytes: counter(
                "rasid_ingest_evidence_stored_bytes_total",
                "bytes of pictures put durably",
            )?,
        };
        for reason in BrokerTrouble::ALL.map(BrokerTrouble::label).into_iter().chain([PASSING]) {
            this.client_errors.with_label_values(&[reason]).reset();
        }
        for reason in DeadLetterReason::ALL {
            this.dead_letters.with_label_values(&[reason.label()]).reset();
        }
        Ok(this)
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

    pub(crate) fn count_record(&self, bytes: usize) {
        self.records.inc();
        add(&self.bytes, bytes as u64);
    }

    pub(crate) fn set_lag(&self, partition: i32, records: i64) {
        self.lag.with_label_values(&[&partition.to_string()]).set(records);
    }

    pub(crate) fn set_stalled_seconds(&self, partition: i32, age: Duration) {
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.stalled_seconds.with_label_values(&[&partition.to_string()]).set(seconds);
    }

    pub(crate) fn forget_partition(&self, partition: i32) {
        // An error says that the partition never had a lag, which is no matter.
        let _ = self.lag.remove_label_values(&[&partition.to_string()]);
    }

    pub(crate) fn set_partitions(&self, owned: usize, waiting: usize, stopped: usize) {
        for (state, count) in [("owned", owned), ("waiting", waiting), ("stopped", stopped)] {
            set(&self.partitions.with_label_values(&[state]), count);
        }
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

    pub(crate) fn count_dead_letter(&self, reason: DeadLetterReason) {
        self.dead_letters.with_label_values(&[reason.label()]).inc();
    }

    pub(crate) fn set_breaker_open(&self, open: bool) {
        self.dead_letter_breaker_open.set(i64::from(open));
    }

    pub(crate) fn set_in_flight(&self, records: usize, bytes: usize, records_limit: usize) {
        set(&self.in_flight_records, records);
        set(&self.in_flight_bytes, bytes);
        set(&self.in_flight_records_limit, records_limit);
    }

    pub(crate) fn count_evidence(&self, bytes: usize) {
        self.evidence_files.inc();
        add(&self.evidence_bytes, bytes as u64);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_series_from_the_start_and_names_are_taken_once() {
        let registry = Registry::new();
        let metrics = IngestMetrics::register(&registry).expect("metrics");
        metrics.count_dead_letter(DeadLetterReason::BadImage);
        assert_eq!(metrics.dead_letters(DeadLetterReason::BadImage), 1);
        let families = registry.gather();
        let family = families.iter().find(|family| family.name() == "rasid_ingest_dead_letters_total");
        assert_eq!(family.map(|family| family.get_metric().len()), Some(DeadLetterReason::ALL.len()));
        assert!(IngestMetrics::register(&registry).is_err());
    }
}
