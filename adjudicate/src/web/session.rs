//! Signing in with a key, and the cookies of both kinds of session.

use super::page::{Page, PublicPage, html};
use crate::access::Permission;
use crate::access::key::ApiKey;
use crate::access::session::{SessionToken, close_staff_session, open_staff_session};
use crate::http::ServiceState;
use crate::http::auth::check_key;
use crate::http::config::HttpConfig;
use crate::http::error::{ApiError, ProblemCode};
use crate::http::extract::FormBody;
use askama::Template;
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::fmt;

/// The cookie of whoever signed in.
pub const STAFF_COOKIE: SessionCookie =
    SessionCookie { plain: "rasid-session", host: "__Host-rasid-session" };
/// The cookie of a citizen who gave a reference and its plate.
pub const CITIZEN_COOKIE: SessionCookie = SessionCookie { plain: "rasid-case", host: "__Host-rasid-case" };

/// Names of a cookie: behind https the browser itself refuses one that another host planted.
#[derive(Debug)]
pub struct SessionCookie {
    plain: &'static str,
    host: &'static str,
}

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

impl SessionCookie {
    const fn name(&self, config: &HttpConfig) -> &'static str {
        if config.behind_https { self.host } else { self.plain }
    }

    /// The header that gives the browser its token.
    #[must_use]
    pub fn set(&self, token: &SessionToken, config: &HttpConfig) -> HeaderValue {
        let seconds = config.session_limits().absolute.as_secs();
        self.header(&token.reveal(), seconds, config)
    }

    /// The header that takes it away again.
    #[must_use]
    pub fn clear(&self, config: &HttpConfig) -> HeaderValue {
        self.header("", 0, config)
    }

    fn header(&self, value: &str, seconds: u64, config: &HttpConfig) -> HeaderValue {
        let name = self.name(config);
        let secure = if config.behind_https { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        // The text is ASCII without control characters.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

/// The token in a request's cookie, if there is a well-formed one.
#[must_use]
pub fn token_in(headers: &HeaderMap, cookie: &SessionCookie, config: &HttpConfig) -> Option<SessionToken> {
    let name = cookie.name(config);
    let texts = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name).and_then(|(_, value)| value.parse().ok())
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
    let principal = match form.key.trim().parse::<ApiKey>() {
        Ok(key) => check_key(&state, &key).await,
        Err(_) => Err(ProblemCode::Unauthenticated.into()),
    };
    let principal = principal.and_then(|principal| {
        if principal.may(Permission::SeeQueue) { Ok(principal) } else { Err(ProblemCode::Forbidden.into()) }
    });
    match principal {
        Ok(principal) => {
            let token = open_staff_session(&state.pool, &principal, state.config.session_limits()).await?;
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
        close_staff_session(&state.pool, &token).await?;
    }
    let cookie = STAFF_COOKIE.clear(&state.config);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&page.address(""))).into_response())
}
