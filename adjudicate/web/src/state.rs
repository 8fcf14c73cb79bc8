//! What every handler has at hand.

use crate::budget::Budgets;
use crate::config::HttpConfig;
use crate::metrics::HttpMetrics;
use crate::staging::Staging;
use adjudicate::foundation::db::Database;
use adjudicate::foundation::evidence::{DocumentFiles, EvidenceFiles};
use adjudicate::foundation::service_metrics::ServiceMetrics;
use adjudicate::review::ReviewConfig;
use rules::policy::Policies;
use schemas::clock::Clock;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Tells whether a picture is whole, down to its last block: what a decoder fills up is not what was sent.
pub trait WholePictures: fmt::Debug + Send + Sync {
    /// Whether `bytes` are a whole picture of `media_type`. Called off the executor.
    fn is_whole(&self, bytes: &[u8], media_type: &str) -> bool;
}

/// What handlers have at hand. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ServiceState {
    /// The HTTP half's own connections.
    pub database: Database,
    /// For durations; deadlines and leases go by the database's time.
    pub clock: Arc<dyn Clock>,
    /// Pictures.
    pub evidence: Arc<dyn EvidenceFiles>,
    /// Citizens' documents.
    pub documents: Arc<dyn DocumentFiles>,
    /// Tells whole pictures from damaged ones.
    pub whole_pictures: Arc<dyn WholePictures>,
    /// How often callers may ask.
    pub budgets: Arc<Budgets>,
    /// Files of forms that are not filed yet.
    pub uploads: Staging,
    /// Limits and texts.
    pub config: Arc<HttpConfig>,
    /// What is counted about requests.
    pub metrics: HttpMetrics,
    /// Words and rules of the countries.
    pub policies: Arc<Policies>,
    /// How cases are held.
    pub review: ReviewConfig,
    /// What is counted about objections and decisions.
    pub service_metrics: ServiceMetrics,
    /// Bounds the pictures that are decoded at the same time.
    pub picture_slots: Arc<Semaphore>,
}
