//! Metrics of both halves of the HTTP face. Routes are labelled by their pattern, never by an address.

use axum::http::{Method, StatusCode};
use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};
use std::time::Duration;

/// Upper ends of the latency buckets, seconds: 5 ms is a row by its key, 10 s is the request timeout.
const LATENCY_BUCKETS_SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Which budget a caller used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BudgetKind {
    /// That of the caller's address.
    Peer,
    /// That of a plate.
    Plate,
    /// That of a reference.
    Reference,
}

impl BudgetKind {
    const ALL: [Self; 3] = [Self::Peer, Self::Plate, Self::Reference];

    const fn label(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Plate => "plate",
            Self::Reference => "reference",
        }
    }
}

/// What is counted about requests.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: IntCounterVec,
    latency: HistogramVec,
    in_flight: IntGauge,
    refusals: IntCounterVec,
    upload_memory: IntGauge,
}

impl HttpMetrics {
    /// Declares the metrics in `registry`.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let requests = Opts::new(
            "rasid_http_requests_total",
            "Requests answered, by method, route pattern and status class (2xx to 5xx)",
        );
        let latency = HistogramOpts::new(
            "rasid_http_request_duration_seconds",
            "Time from a request's head to its answer's head, by method and route pattern",
        );
        let refusals = Opts::new(
            "rasid_http_budget_refusals_total",
            "Requests refused with 429, by budget: peer, plate, reference",
        );
        let metrics = Self {
            requests: IntCounterVec::new(requests, &["method", "route", "status"])?,
            latency: HistogramVec::new(
                latency.buckets(LATENCY_BUCKETS_SECONDS.to_vec()),
                &["method", "route"],
            )?,
            in_flight: IntGauge::new("rasid_http_requests_in_flight_count", "Requests at work")?,
            refusals: IntCounterVec::new(refusals, &["budget"])?,
            upload_memory: IntGauge::new(
                "rasid_http_upload_memory_bytes",
                "Bytes of uploaded files in memory, at most http.upload_memory_bytes_max",
            )?,
        };
        for budget in BudgetKind::ALL {
            metrics.refusals.with_label_values(&[budget.label()]).reset();
        }
        metrics.collectors().into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(metrics)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { requests, latency, in_flight, refusals, upload_memory } = self.clone();
        vec![
            Box::new(requests),
            Box::new(latency),
            Box::new(in_flight),
            Box::new(refusals),
            Box::new(upload_memory),
        ]
    }

    /// The bytes of uploaded files in memory.
    #[must_use]
    pub fn upload_memory(&self) -> IntGauge {
        self.upload_memory.clone()
    }

    /// A request was refused because a budget is used up.
    pub(crate) fn refused(&self, budget: BudgetKind) {
        self.refusals.with_label_values(&[budget.label()]).inc();
    }

    /// A request came in.
    pub(super) fn begin(&self) {
        self.in_flight.inc();
    }

    /// A request that had begun was answered or given up.
    pub(super) fn end(&self) {
        self.in_flight.dec();
    }

    /// A request was answered.
    pub(super) fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = method_label(method);
        self.requests.with_label_values(&[method, route, status_label(status)]).inc();
        self.latency.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }
}

/// A closed set: a caller can invent methods, and each label value costs memory for ever.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

const fn status_label(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
