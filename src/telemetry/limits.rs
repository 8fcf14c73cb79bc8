//! How full each limit is, asked at each scrape: whoever keeps a limit says so once, nobody has to report.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, Opts, Registry};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

schemas::closed_list! {
    /// What is bounded. A closed list.
    pub enum Limit {
        /// `ingest.process_records_max`.
        InFlightRecords = "in_flight_records",
        /// `ingest.process_bytes_max`.
        InFlightBytes = "in_flight_bytes",
        /// `pipeline.events_in_flight_max`.
        EventsInFlight = "events_in_flight",
        /// `detect.waiting_frames_max`, those with a worker beside it.
        WaitingFrames = "waiting_frames",
        /// `ingest.dead_letter_percent_max`: when it is full the consumer stops.
        DeadLetterShare = "dead_letter_share",
        /// `database.stream_connections_max`.
        StreamConnections = "stream_connections",
        /// `database.http_connections_max`.
        DatabaseHttpConnections = "database_http_connections",
        /// `database.jobs_connections_max`.
        JobsConnections = "jobs_connections",
        /// `http.connections_max`.
        HttpConnections = "http_connections",
        /// `http.picture_decodes_max`.
        PictureDecodes = "picture_decodes",
        /// `http.uploads_bytes_max`.
        UploadsBytes = "uploads_bytes",
        /// `documents.bytes_max`.
        DocumentsBytes = "documents_bytes",
    }
}

/// Says which part of a limit is used, 0 to 1.
type Probe = Box<dyn Fn() -> f64 + Send + Sync>;

/// All limits of the process that are watched. Clones share them.
#[derive(Clone)]
pub struct LimitGauges(Arc<Inner>);

struct Inner {
    used: GaugeVec,
    probes: RwLock<Vec<(Limit, Probe)>>,
}

impl fmt::Debug for LimitGauges {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LimitGauges")
    }
}

impl LimitGauges {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let used = Opts::new(
            "rasid_limit_used_ratio",
            "Part of a limit that is used, 0 to 1, at the moment of the scrape; limit: the closed list",
        );
        let inner = Inner { used: GaugeVec::new(used, &["limit"])?, probes: RwLock::default() };
        let gauges = Self(Arc::new(inner));
        registry.register(Box::new(gauges.clone()))?;
        Ok(gauges)
    }

    /// Asks `used` at every scrape from now on.
    pub fn watch(&self, limit: Limit, used: impl Fn() -> f64 + Send + Sync + 'static) {
        self.0.probes.write().unwrap_or_else(PoisonError::into_inner).push((limit, Box::new(used)));
    }
}

impl Collector for LimitGauges {
    fn desc(&self) -> Vec<&Desc> {
        self.0.used.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        for (limit, used) in self.0.probes.read().unwrap_or_else(PoisonError::into_inner).iter() {
            self.0.used.with_label_values(&[limit.label()]).set(used());
        }
        self.0.used.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_limit_is_asked_at_each_scrape() {
        let registry = Registry::new();
        let limits = LimitGauges::register(&registry).unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let probe = Arc::clone(&asked);
        limits.watch(Limit::HttpConnections, move || f64::from(probe.fetch_add(1, Ordering::Relaxed)));
        assert!(registry.gather()[0].get_metric()[0].get_gauge().get_value() < 0.5);
        assert!(registry.gather()[0].get_metric()[0].get_gauge().get_value() > 0.5);
    }
}
