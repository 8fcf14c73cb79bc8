//! The HTTP face: citizens, reviewers, auditors. JSON under `/api/v1`, pages beside it, metrics on a port of their own.
//!
//! A handler extracts, authorises, calls one function of its feature, and maps the answer; there is no SQL and no rule
//! in this module. Routes and their documentation are one thing: what is not documented cannot be mounted.

pub mod config;
pub mod health;
pub mod serve;

pub mod auth;
pub mod error;
pub mod extract;
pub mod idempotency;
pub mod metrics;
pub mod middleware;
pub mod request_id;

pub mod decisions;
pub mod evidence;
pub mod objections;
pub mod objections_in;
pub mod objections_out;
pub mod pictures;
pub mod reviews;
pub mod reviews_out;
pub mod violations;

pub mod sweep;

#[cfg(test)]
mod tests;

use crate::review::ReviewConfig;
use crate::service_metrics::ServiceMetrics;
use crate::violation::policy::Policies;
use crate::web;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware as layer};
use config::HttpConfig;
use error::{ApiError, ProblemCode};
use evidence::EvidenceFiles;
use metrics::HttpMetrics;
use schemas::clock::Clock;
use sqlx::PgPool;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// What handlers have at hand. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ServiceState {
    /// The HTTP half's own connections.
    pub pool: PgPool,
    /// For durations; deadlines and leases go by the database's time.
    pub clock: Arc<dyn Clock>,
    /// Pictures and attachments.
    pub evidence: Arc<dyn EvidenceFiles>,
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

/// The document's head; its paths come with the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rasid",
        description = "Violations with their evidence, objections, and the queue of cases that a person decides. \
            Every refusal is problem+json (RFC 9457); every POST needs an Idempotency-Key.",
    ),
    tags(
        (name = "citizen", description = "For citizens' portals: see a violation, object, follow"),
        (name = "review", description = "For reviewers: claim, look, decide"),
    ),
)]
struct ApiDocument;

/// Everything on the citizens' and reviewers' port: API, document, pages.
pub fn router(state: ServiceState) -> Router {
    let upload_bytes_max = state.config.upload_bytes_max;
    let (api, document) = api_router(upload_bytes_max).split_for_parts();
    let document = serde_json::to_string(&document).unwrap_or_default();
    let once = layer::from_fn_with_state(state.clone(), idempotency::once);
    let document =
        get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() });
    // A layer covers what was added before it, and the last one is outermost.
    Router::new()
        .merge(api.route_layer(once))
        .route("/openapi.json", document)
        .merge(web::router(upload_bytes_max))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(state.config.body_bytes_max))
        .layer(layer::from_fn_with_state(state.clone(), middleware::limit_time))
        .layer(CatchPanicLayer::custom(middleware::answer_panic))
        .layer(layer::from_fn_with_state(state.clone(), web::problem::show_problems))
        .layer(layer::from_fn_with_state(state.clone(), middleware::secure))
        .layer(layer::from_fn_with_state(state.clone(), middleware::observe))
        .layer(layer::from_fn(request_id::assign))
        .with_state(state)
}

/// The document (`OpenAPI` 3.1), made of the routes that are mounted.
#[must_use]
pub fn open_api() -> utoipa::openapi::OpenApi {
    api_router(0).into_openapi()
}

/// One line for each route; a handler that documents no path cannot be listed.
fn api_router(upload_bytes_max: usize) -> OpenApiRouter<ServiceState> {
    let mut document = ApiDocument::openapi();
    let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().add_security_scheme("api_key", key);
    OpenApiRouter::with_openapi(document)
        .routes(routes!(violations::get_violation))
        .routes(routes!(violations::get_violation_frame))
        .routes(routes!(objections::post_objection))
        .routes(routes!(objections::get_objection))
        .routes(routes!(objections::post_attachment).layer(DefaultBodyLimit::max(upload_bytes_max)))
        .routes(routes!(objections::post_human_review))
        .routes(routes!(reviews::list_review_tasks))
        .routes(routes!(reviews::claim_next_review_task))
        .routes(routes!(reviews::get_review_task))
        .routes(routes!(reviews::claim_review_task))
        .routes(routes!(reviews::renew_review_task))
        .routes(routes!(reviews::release_review_task))
        .routes(routes!(reviews::get_review_frame))
        .routes(routes!(decisions::post_decision))
}

async fn no_route() -> ApiError {
    ProblemCode::RouteNotFound.into()
}

async fn no_method() -> Response {
    ApiError::new(ProblemCode::MethodNotAllowed).into_response()
}
