//! The first page: one door for citizens, one for reviewers.

use super::page::{Page, PublicPage, html};
use crate::error::ApiError;
use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Redirect, Response};
use schemas::text::Language;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    page: Page,
}

/// The page.
///
/// # Errors
/// As [`html`].
pub async fn start(PublicPage { page, .. }: PublicPage) -> Result<Response, ApiError> {
    html(StatusCode::OK, &StartPage { page })
}

/// Leads to the page in a language that the browser asks for; Arabic comes first.
pub async fn choose_language(headers: HeaderMap) -> Redirect {
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut codes = wanted.split(',').map(|one| one.trim().get(..2).unwrap_or_default().to_ascii_lowercase());
    let language = codes.find_map(|code| code.parse::<Language>().ok()).unwrap_or(Language::Arabic);
    Redirect::to(&format!("/{}", language.code()))
}
