//! The routes and the layers around them. Routes of the API and their documentation are one thing: what is not
//! documented cannot be mounted.

use crate::api::{decisions, idempotency, objections, reviews, violations};
use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use crate::{document, middleware, pages, places, request_id};
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware as layer};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

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
    let (api, mut document) = api_router(upload_bytes_max).split_for_parts();
    document::complete(&mut document);
    let document = serde_json::to_string(&document).unwrap_or_default();
    let once = layer::from_fn_with_state(state.clone(), idempotency::once);
    let document =
        get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document).into_response() });
    // A layer covers what was added before it, and the last one is outermost.
    Router::new()
        .merge(api.route_layer(once))
        .route("/openapi.json", document)
        .merge(pages::router(upload_bytes_max))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(state.config.body_bytes_max))
        .layer(layer::from_fn_with_state(state.clone(), middleware::limit_time))
        .layer(CatchPanicLayer::custom(middleware::answer_panic))
        .layer(layer::from_fn(middleware::limit_heads))
        .layer(layer::from_fn_with_state(state.clone(), middleware::limit_peers))
        .layer(layer::from_fn_with_state(state.clone(), middleware::check_host))
        .layer(layer::from_fn_with_state(state.clone(), pages::problem::show_problems))
        .layer(layer::from_fn_with_state(state.clone(), middleware::secure))
        .layer(layer::from_fn_with_state(state.clone(), middleware::observe))
        .layer(layer::from_fn(places::follow))
        .layer(layer::from_fn(request_id::assign))
        .with_state(state)
}

/// The document (`OpenAPI` 3.1), made of the routes that are mounted.
#[must_use]
pub fn open_api() -> utoipa::openapi::OpenApi {
    let mut document = api_router(0).into_openapi();
    document::complete(&mut document);
    document
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
