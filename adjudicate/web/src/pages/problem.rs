//! Refusals as pages. Handlers and machinery answer with problem+json; where a browser asked, this layer shows the same
//! problem in its language instead.

use super::assets::ASSETS;
use super::page::{Page, html, language_in};
use crate::error::{ApiError, ProblemCode, ProblemReport};
use crate::extract::PathPart;
use crate::state::ServiceState;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use schemas::text::Language;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    page: Page,
    title: &'static str,
    detail: Option<String>,
    code: &'static str,
    request_id: String,
    back: String,
}

#[derive(Template)]
#[template(path = "problem_explained.html")]
struct ProblemExplained {
    style: &'static str,
    code: &'static str,
    status: u16,
    arabic: &'static str,
    english: &'static str,
}

/// The layer.
pub async fn show_problems(State(state): State<ServiceState>, request: Request, next: Next) -> Response {
    let address = request.uri().clone();
    let shows_pages = !is_for_programs(address.path()) && takes_html(request.headers());
    let response = next.run(request).await;
    let report = response.extensions().get::<Arc<ProblemReport>>().cloned();
    let Some(report) = report.filter(|_| shows_pages) else { return response };
    let page = Page::new(&state.config, language_in(&address), &address);
    let shown = ProblemPage {
        title: report.code.title(page.language),
        detail: match page.language {
            Language::Arabic => report.detail_arabic.clone(),
            Language::English => report.detail.clone(),
        },
        code: report.code.label(),
        request_id: report.request_id.clone(),
        back: page.address(""),
        page,
    };
    match html(report.code.status(), &shown) {
        Ok(mut page) => {
            for name in [header::RETRY_AFTER, header::ALLOW] {
                if let Some(value) = response.headers().get(&name) {
                    page.headers_mut().insert(name, value.clone());
                }
            }
            page
        }
        Err(_) => response,
    }
}

/// What a problem's `type` leads to: its meaning in both languages.
///
/// # Errors
/// When there is no problem of that name.
pub async fn problem_explained(PathPart(label): PathPart<String>) -> Result<Response, ApiError> {
    let code =
        ProblemCode::ALL.iter().find(|code| code.label() == label).ok_or(ProblemCode::RouteNotFound)?;
    let explained = ProblemExplained {
        style: &ASSETS.style.address,
        code: code.label(),
        status: code.status().as_u16(),
        arabic: code.title(Language::Arabic),
        english: code.title(Language::English),
    };
    html(StatusCode::OK, &explained)
}

fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path == "/openapi.json"
}

fn takes_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}
