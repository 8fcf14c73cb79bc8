//! Signing in with a key, and out again.

use super::page::{Page, PublicPage, html};
use crate::error::{ApiError, ProblemCode};
use crate::extract::FormBody;
use crate::session::auth::check_key;
use crate::session::cookie::{STAFF_COOKIE, token_in};
use crate::state::ServiceState;
use adjudicate::access::Permission;
use adjudicate::access::key::ApiKey;
use adjudicate::access::session::{close_staff_session, open_staff_session};
use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::fmt;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    refusal: Option<&'static str>,
}

/// What the sign-in form sends.
#[derive(Deserialize)]
pub struct SignInForm {
    key: String,
}

impl fmt::Debug for SignInForm {
    /// The key never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SignInForm(hidden)")
    }
}

/// The form.
///
/// # Errors
/// As [`html`].
pub async fn sign_in_form(PublicPage { page, .. }: PublicPage) -> Result<Response, ApiError> {
    html(StatusCode::OK, &SignInPage { page: page.at("sign-in"), refusal: None })
}

/// Takes the key, opens a session. A wrong key is told on the same page.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in(
    State(state): State<ServiceState>,
    PublicPage { page, .. }: PublicPage,
    FormBody(form): FormBody<SignInForm>,
) -> Result<Response, ApiError> {
    let signed_in = match form.key.trim().parse::<ApiKey>() {
        Ok(key) => check_key(&state, &key).await.map(|principal| (principal, key.id())),
        Err(_) => Err(ProblemCode::Unauthenticated.into()),
    };
    let signed_in = signed_in.and_then(|(principal, key)| {
        if principal.may(Permission::SeeQueue) {
            Ok((principal, key))
        } else {
            Err(ProblemCode::Forbidden.into())
        }
    });
    match signed_in {
        Ok((principal, key)) => {
            let limits = state.config.session_limits();
            let token = open_staff_session(&state.database, &principal, key, limits).await?;
            let cookie = STAFF_COOKIE.set(&token, &state.config);
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&page.address("/queue"))).into_response())
        }
        Err(refusal) if refusal.code().status().is_client_error() => {
            let (status, reason) = (refusal.code().status(), refusal.code().title(page.language));
            html(status, &SignInPage { page: page.at("sign-in"), refusal: Some(reason) })
        }
        Err(failure) => Err(failure),
    }
}

/// Ends the session, in the database and in the browser.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
) -> Result<Response, ApiError> {
    if let Some(token) = token_in(&headers, &STAFF_COOKIE, &state.config) {
        close_staff_session(&state.database, &token).await?;
    }
    let cookie = STAFF_COOKIE.clear(&state.config);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&page.address(""))).into_response())
}
