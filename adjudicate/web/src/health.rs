//! The admin port: is the process alive, is it ready for work, what does it count. Not for citizens: it must listen
//! where only operators reach it.

use crate::config::AdminConfig;
use adjudicate::foundation::db::Database;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use prometheus::core::Collector;
use prometheus::{IntGauge, Registry, TextEncoder};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The media type of Prometheus's text format.
const METRICS_MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const ANSWERS: &str = "answers";

/// What the admin port needs.
#[derive(Debug, Clone)]
pub struct AdminState {
    /// Asked whether it answers.
    pub database: Database,
    /// What is counted.
    pub registry: Registry,
    /// Whether the process is ready, measured at each scrape.
    pub metrics: HealthMetrics,
    /// Cancelled at shutdown: from then on the process is not ready.
    pub shutdown: CancellationToken,
    /// Limits.
    pub config: AdminConfig,
    /// What else may stand in the way.
    pub hindrances: Arc<dyn Hindrances>,
}

/// Whether the process is ready.
#[derive(Debug, Clone)]
pub struct HealthMetrics {
    ready: IntGauge,
    database: IntGauge,
    hindrances: IntGauge,
}

impl HealthMetrics {
    /// Makes and registers them.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            ready: IntGauge::new("rasid_ready", "1 while the process is ready for work, as /ready says")?,
            database: IntGauge::new("rasid_database_answers", "1 while the database answers in time")?,
            hindrances: IntGauge::new(
                "rasid_hindrances_count",
                "What keeps the process from its work besides the database, as /ready names it",
            )?,
        };
        metrics.collectors().into_iter().try_for_each(|collector| registry.register(collector))?;
        Ok(metrics)
    }

    /// Returns all of them, for a list of what can be counted.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        let Self { ready, database, hindrances } = self.clone();
        vec![Box::new(ready), Box::new(database), Box::new(hindrances)]
    }

    fn set(&self, readiness: &Readiness) {
        self.ready.set(i64::from(readiness.ready));
        self.database.set(i64::from(readiness.database == ANSWERS));
        self.hindrances.set(i64::try_from(readiness.hindrances.len()).unwrap_or(i64::MAX));
    }
}

/// Says what keeps the process from its work, besides the database.
pub trait Hindrances: fmt::Debug + Send + Sync {
    /// Returns one sentence each, with what to do; nothing while all is well.
    fn hindrances(&self) -> Vec<String>;
}

/// What stands in the way of work.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    database: &'static str,
    stopping: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hindrances: Vec<String>,
}

/// Routes of the admin port: `/live`, `/ready`, `/metrics`.
pub fn admin_router(state: AdminState) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(state)
}

/// The process runs; whether it can work is another question, or a database that is away would get it killed.
async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn ready(State(state): State<AdminState>) -> Response {
    let readiness = readiness(&state).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

async fn readiness(state: &AdminState) -> Readiness {
    let stopping = state.shutdown.is_cancelled();
    let limit = Duration::from_millis(state.config.readiness_timeout_milliseconds);
    let answered = matches!(tokio::time::timeout(limit, state.database.answers()).await, Ok(Ok(())));
    let database = if answered { ANSWERS } else { "does not answer" };
    let hindrances = state.hindrances.hindrances();
    let ready = answered && !stopping && hindrances.is_empty();
    Readiness { ready, database, stopping, hindrances }
}

async fn metrics(State(state): State<AdminState>) -> Response {
    state.metrics.set(&readiness(&state).await);
    let registry = state.registry.clone();
    // Some are measured now; the disk among them may be a slow one.
    let gathered = tokio::task::spawn_blocking(move || registry.gather()).await.unwrap_or_default();
    match TextEncoder::new().encode_to_string(&gathered) {
        Ok(text) => ([(header::CONTENT_TYPE, METRICS_MEDIA_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
