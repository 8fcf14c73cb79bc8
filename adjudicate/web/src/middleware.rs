//! What happens to every request before and after its handler: measuring, the time limit, panics, headers that keep
//! browsers strict.

use crate::budget::{Peer, caller};
use crate::error::{ApiError, ProblemCode};
use crate::hosts;
use crate::metrics::HttpMetrics;
use crate::request_id;
use crate::state::ServiceState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Duration;

/// Nothing is loaded from elsewhere, nothing inline runs, nobody frames a page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TRANSPORT_SECURITY: &str = "max-age=31536000; includeSubDomains";
/// Longest Content-Type, bytes: a boundary has 70 characters at most (RFC 2046, section 5.1.1), and nothing else that is
/// taken comes near this.
const CONTENT_TYPE_BYTES_MAX: usize = 256;
const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// Counts requests at work even when a client goes away and the future is dropped.
struct InFlight(HttpMetrics);

impl InFlight {
    fn begin(metrics: &HttpMetrics) -> Self {
        metrics.begin();
        Self(metrics.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Measures each request and writes one line about it: method, route pattern, status, time; never the address itself.
pub async fn observe(State(state): State<ServiceState>, request: Request, next: Next) -> Response {
    let in_flight = InFlight::begin(&state.metrics);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let began = state.clock.monotonic();
    let response = next.run(request).await;
    let took = state.clock.monotonic().saturating_sub(began);
    let status = response.status();
    state.metrics.answered(&method, &route, status, took);
    tracing::info!(
        request.id = request_id::current(),
        http.method = %method,
        http.route = route,
        http.status = status.as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "{method} {route} {status}",
    );
    drop(in_flight);
    response
}

/// Gives up a request that takes too long; what it did in a transaction is rolled back with its connection.
pub async fn limit_time(State(state): State<ServiceState>, request: Request, next: Next) -> Response {
    let limit = Duration::from_millis(state.config.request_timeout_milliseconds);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(ProblemCode::TimedOut).into_response(),
    }
}

/// Refuses a request whose head alone shows that its body cannot be read, before any of that is.
pub async fn limit_heads(request: Request, next: Next) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|value| value.len() > CONTENT_TYPE_BYTES_MAX) {
        return ApiError::new(ProblemCode::UnsupportedMediaType).into_response();
    }
    next.run(request).await
}

/// Refuses a peer that asks too often, before anything of its request is looked at.
pub async fn limit_peers(State(state): State<ServiceState>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let asked = peer.map(|Peer(address)| caller(address, request.headers(), &state.config.trusted_proxies));
    match asked.map_or(Ok(()), |caller| state.budgets.ask_peer(caller)) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// Refuses what is asked under another name than those that are set: no page, no redirect, no cookie.
pub async fn check_host(State(state): State<ServiceState>, request: Request, next: Next) -> Response {
    if hosts::takes(&state.config.public_hosts, &request) {
        next.run(request).await
    } else {
        ApiError::new(ProblemCode::MisdirectedRequest).into_response()
    }
}

/// Turns a panic into an answer. The message is logged, since it is ours; it is not shown.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub fn answer_panic(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    ApiError::new(ProblemCode::Internal).caused_by(format!("a handler panicked: {message}")).into_response()
}

/// Adds the headers that keep browsers strict, and forbids keeping what may show a person's case.
pub async fn secure(State(state): State<ServiceState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if state.config.behind_https {
        let value = HeaderValue::from_static(TRANSPORT_SECURITY);
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(value);
    }
    response
}
