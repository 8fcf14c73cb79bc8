//! Signing in with a key, and out again.

use super::page::{Page, PublicPage, html};
use crate::error::{ApiError, ProblemCode};
use crate::extract::FormBody;
use crate::session::auth::{Origin, check_key};
use crate::session::cookie::{
    CITIZEN_COOKIE, DRAFT_COOKIE, SAID_COOKIE, STAFF_COOKIE, SessionCookie, token_in,
};
use crate::state::ServiceState;
use crate::uploads::draft::{Draft, FormKind, reviewer_name};
use adjudicate::access::key::ApiKey;
use adjudicate::access::session::{close_citizen_session, close_staff_session, open_staff_session};
use adjudicate::access::{Permission, Principal};
use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    kept: bool,
    refusal: Option<&'static str>,
}

/// Tells the browser to forget what it has of this site.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const EVERYTHING_KEPT: &str = "\"cookies\", \"storage\", \"cache\"";

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
pub async fn sign_in_form(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
) -> Result<Response, ApiError> {
    let draft = Draft::in_cookie(&headers, FormKind::Decision, &state.config);
    let kept = match draft {
        Some(draft) => draft.is_kept(&state).await?,
        None => false,
    };
    html(StatusCode::OK, &SignInPage { page: page.at("sign-in"), kept, refusal: None })
}

/// Takes the key, opens a session. A wrong key is told on the same page.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    Ok(origin): Result<Origin, Infallible>,
    PublicPage { page, .. }: PublicPage,
    FormBody(form): FormBody<SignInForm>,
) -> Result<Response, ApiError> {
    let signed_in = match form.key.trim().parse::<ApiKey>() {
        Ok(key) => check_key(&state, &key, &origin).await.map(|principal| (principal, key.id())),
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
            let next = page.address(&after_sign_in(&state, &headers, &principal).await?);
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
        Err(refusal) if refusal.code().status().is_client_error() => {
            let (status, reason) = (refusal.code().status(), refusal.code().title(page.language));
            html(status, &SignInPage { page: page.at("sign-in"), kept: false, refusal: Some(reason) })
        }
        Err(failure) => Err(failure),
    }
}

/// Where a reviewer goes on: at the case whose decision was typed when the session ended, else at the queue.
async fn after_sign_in(
    state: &ServiceState,
    headers: &HeaderMap,
    principal: &Principal,
) -> Result<String, ApiError> {
    let draft = Draft::in_cookie(headers, FormKind::Decision, &state.config);
    if let (Some(draft), Some(reviewer)) = (draft, principal.reviewer())
        && draft.typed_by(state, &reviewer_name(reviewer)).await?.is_some()
    {
        return Ok(format!("/cases/{}", draft.id()));
    }
    Ok("/queue".to_owned())
}

/// Ends a session of staff, in the database and in the browser.
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
    Ok(signed_out(&state, &page, &STAFF_COOKIE))
}

/// Ends a citizen's session, in the database and in the browser: whoever uses the device next sees nothing of the case.
///
/// # Errors
/// When the database does not answer.
pub async fn end_visit(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    PublicPage { page, .. }: PublicPage,
) -> Result<Response, ApiError> {
    if let Some(token) = token_in(&headers, &CITIZEN_COOKIE, &state.config) {
        close_citizen_session(&state.database, &token).await?;
    }
    Ok(signed_out(&state, &page, &CITIZEN_COOKIE))
}

fn signed_out(state: &ServiceState, page: &Page, cookie: &SessionCookie) -> Response {
    let forgotten =
        [cookie, &SAID_COOKIE, &DRAFT_COOKIE].map(|cookie| (SET_COOKIE, cookie.clear(&state.config)));
    let headers = AppendHeaders(forgotten);
    ([(CLEAR_SITE_DATA, EVERYTHING_KEPT)], headers, Redirect::to(&page.address(""))).into_response()
}
