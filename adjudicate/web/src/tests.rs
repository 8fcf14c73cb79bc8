//! The shapes of refusals and the headers of every answer, without a database: none answers at the pool's address.

use super::{ServiceState, WholePictures, open_api, router};
use crate::budget::Budgets;
use crate::config::HttpConfig;
use crate::error::PROBLEM_MEDIA_TYPE;
use crate::metrics::HttpMetrics;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{PoolPurpose, connect_later};
use adjudicate::foundation::evidence::{DocumentFiles, EvidenceFileError, EvidenceFiles};
use adjudicate::foundation::service_metrics::ServiceMetrics;
use adjudicate::review::ReviewConfig;
use adjudicate::testing::database_config;
use async_trait::async_trait;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use prometheus::{Registry, TextEncoder};
use rules::policy::Policies;
use schemas::clock::SystemClock;
use schemas::evidence::Sha256Digest;
use serde_json::Value;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower::ServiceExt;

#[derive(Debug)]
struct NoFiles;

/// Whole is what decodes.
#[derive(Debug)]
struct AnyPicture;

impl WholePictures for AnyPicture {
    fn is_whole(&self, _bytes: &[u8], _media_type: &str) -> bool {
        true
    }
}

#[async_trait]
impl EvidenceFiles for NoFiles {
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError> {
        Err(EvidenceFileError::Missing(digest))
    }
}

#[async_trait]
impl DocumentFiles for NoFiles {
    async fn read(&self, digest: Sha256Digest) -> Result<Bytes, EvidenceFileError> {
        Err(EvidenceFileError::Missing(digest))
    }

    async fn write(&self, bytes: Bytes) -> Result<Sha256Digest, EvidenceFileError> {
        Ok(Sha256Digest::of(&bytes))
    }
}

fn config() -> HttpConfig {
    HttpConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        behind_https: true,
        connections_max: 8,
        header_read_timeout_milliseconds: 1_000,
        request_timeout_milliseconds: 5_000,
        drain_timeout_milliseconds: 1_000,
        write_stall_seconds: 20,
        connection_seconds_max: 900,
        body_bytes_max: 1_000,
        upload_bytes_max: 10_000,
        uploads_directory: None,
        uploads_bytes_max: 10_000,
        uploads_keep_minutes: 60,
        page_items_default: 10,
        page_items_max: 100,
        session_idle_minutes: 30,
        session_absolute_minutes: 480,
        idempotency_keep_hours: 24,
        idempotency_lease_seconds: 60,
        picture_pixels_max: 1_000_000,
        peer_requests_per_minute: NonZeroU32::MAX,
        plate_requests_per_minute: NonZeroU32::MAX,
        reference_requests_per_minute: NonZeroU32::MAX,
        trusted_proxies: Vec::new(),
        picture_decodes_max: 1,
        notice_arabic: "تجربة".to_owned(),
        notice_english: "A trial".to_owned(),
    }
}

/// What handlers have at hand, without a database.
pub(crate) fn state(registry: &Registry) -> ServiceState {
    // Port 1 of loopback: refused at once.
    let nowhere = DatabaseConfig {
        acquire_timeout_milliseconds: 300,
        ..database_config("postgres://nobody@127.0.0.1:1/none")
    };
    let metrics = HttpMetrics::register(registry).unwrap();
    ServiceState {
        database: connect_later(&nowhere, PoolPurpose::Http).unwrap(),
        clock: Arc::new(SystemClock::new()),
        evidence: Arc::new(NoFiles),
        documents: Arc::new(NoFiles),
        uploads: config().uploads(Path::new("/nonexistent"), Arc::new(SystemClock::new())),
        config: Arc::new(config()),
        metrics: metrics.clone(),
        policies: Arc::new(Policies::compiled_in().unwrap()),
        review: ReviewConfig { lease_seconds: 60, held_cases_max: 5 },
        service_metrics: ServiceMetrics::register(registry).unwrap(),
        picture_slots: Arc::new(Semaphore::new(1)),
        whole_pictures: Arc::new(AnyPicture),
        budgets: Arc::new(Budgets::of(&config(), metrics)),
    }
}

async fn answer(request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
    let response = router(state(&Registry::new())).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap())
}

async fn problem(request: Request<Body>) -> (StatusCode, Value) {
    let (status, headers, body) = answer(request).await;
    assert_eq!(headers[header::CONTENT_TYPE], PROBLEM_MEDIA_TYPE, "{}", String::from_utf8_lossy(&body));
    (status, serde_json::from_slice(&body).unwrap())
}

fn get(address: &str) -> Request<Body> {
    Request::get(address).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn an_unknown_address_is_a_problem_in_both_languages() {
    let (status, problem) = problem(get("/api/v1/nothing")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(problem["type"], "/problems/route_not_found");
    assert_eq!(problem["code"], "route_not_found");
    assert_eq!(problem["status"], 404);
    assert!(problem["title"].is_string() && problem["title_ar"].is_string());
    assert_eq!(problem["request_id"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_a_problem_that_names_those_that_are() {
    let request = Request::delete("/api/v1/review-tasks").body(Body::empty()).unwrap();
    let (status, headers, body) = answer(request).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(headers[header::ALLOW], "GET,HEAD");
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], "method_not_allowed");
}

#[tokio::test]
async fn without_a_key_nothing_is_told_and_the_database_is_not_asked() {
    for authorization in [None, Some("Basic eDp5"), Some("Bearer rasid_x"), Some("Bearer")] {
        let mut request = Request::get("/api/v1/review-tasks");
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let (status, problem) = problem(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(problem["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told_as_such_with_a_time_to_wait() {
    let key = adjudicate::access::key::ApiKey::generate().unwrap().reveal();
    let request = Request::get("/api/v1/review-tasks").header(header::AUTHORIZATION, format!("Bearer {key}"));
    let (status, headers, body) = answer(request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[header::RETRY_AFTER], "3");
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("\"unavailable\"") && !text.contains("127.0.0.1"), "{text}");
}

#[tokio::test]
async fn a_browser_gets_the_same_problem_as_a_page_in_its_language() {
    let request =
        Request::get("/ar/nothing/here").header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
    let (status, headers, body) = answer(request).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let page = String::from_utf8(body.to_vec()).unwrap();
    assert!(page.contains(r#"<html lang="ar" dir="rtl">"#) && page.contains("route_not_found"), "{page}");
    assert!(page.contains("تجربة"), "the notice stands on every page");
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let request = Request::post("/en/sign-in")
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("key=x"))
        .unwrap();
    let (status, problem) = problem(request).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::FORBIDDEN, Some("cross_site")));
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_by_its_size() {
    let request = Request::post("/en/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("key={}", "x".repeat(2_000))))
        .unwrap();
    let (status, problem) = problem(request).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::PAYLOAD_TOO_LARGE, Some("body_too_large")));
}

#[tokio::test]
async fn every_answer_keeps_browsers_strict() {
    for address in ["/", "/en/sign-in", "/openapi.json", "/nothing"] {
        let (_, headers, _) = answer(get(address)).await;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{address}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{address}");
        assert!(headers.contains_key("x-request-id"));
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}

#[tokio::test]
async fn pages_hold_no_inline_script_or_style_and_load_nothing_from_elsewhere() {
    for address in ["/ar", "/en", "/ar/sign-in", "/en/violations", "/ar/objections", "/problems/internal"] {
        let (status, _, body) = answer(get(address)).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        let page = String::from_utf8(body.to_vec()).unwrap();
        for forbidden in ["style=", "<style", "onclick", "javascript:", "http://", "https://"] {
            let shown = page.replace("http://www.w3.org", "");
            assert!(!shown.contains(forbidden), "{address} holds {forbidden}");
        }
    }
}

#[tokio::test]
async fn an_asset_is_kept_for_ever_under_a_name_that_changes_with_it() {
    let address = &crate::pages::assets::ASSETS.style.address;
    let (status, headers, _) = answer(get(address)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert_eq!(answer(get("/assets/style.css")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn requests_are_counted_by_route_pattern_and_never_by_address() {
    let registry = Registry::new();
    let application = router(state(&registry));
    for address in ["/en/violations/V-SECRET", "/assets/secret", "/secret/secret/secret"] {
        application.clone().oneshot(get(address)).await.unwrap();
    }
    let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    assert!(text.contains(r#"route="/{language}/violations/{reference}""#), "{text}");
    assert!(text.contains(r#"route="unmatched""#));
    assert!(!text.to_lowercase().contains("secret"), "an address stands in a metric");
}

#[test]
fn the_document_is_openapi_3_1_and_every_operation_refuses_with_problem_json() {
    let document = serde_json::to_value(open_api()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let refusal = &operation["responses"]["401"]["content"][PROBLEM_MEDIA_TYPE];
            assert!(refusal.is_object(), "{method} {path} does not say how it refuses");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let is_named = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
            assert_eq!(is_named("Idempotency-Key"), method == "post", "{method} {path}");
        }
    }
}

#[test]
fn amounts_are_texts_in_the_document() {
    let document = serde_json::to_value(open_api()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["MoneyOut", "AmountIn"] {
        assert_eq!(schemas[name]["properties"]["amount"]["type"], "string", "{name}");
    }
}
