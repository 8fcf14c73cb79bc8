//! What every page has in common: language, direction, notice, who is signed in; and how a template becomes an answer.

use super::assets::ASSETS;
use super::texts::{Dialect, Texts};
use crate::config::HttpConfig;
use crate::error::{ApiError, ProblemCode};
use crate::session::auth::Origin;
use crate::session::cookie::{CITIZEN_COOKIE, STAFF_COOKIE, token_in};
use crate::state::ServiceState;
use adjudicate::access::session::{SessionToken, plate_of_session, principal_of_session};
use adjudicate::access::{Permission, Principal};
use askama::Template;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use schemas::ids::ReviewerId;
use schemas::jurisdiction::Jurisdiction;
use schemas::text::Language;
use std::collections::BTreeMap;

/// What the frame of every page shows. Given to templates as `page`.
#[derive(Debug, Clone)]
pub struct Page {
    /// Of the page.
    pub language: Language,
    /// Its sentences.
    pub t: &'static Texts,
    /// The notice at the top, if there is one.
    pub notice: Option<String>,
    /// Who is signed in, if anyone is.
    pub who: Option<String>,
    /// Whether a citizen's session may be open in this browser.
    pub has_citizen: bool,
    /// The same page in the other language.
    pub other_address: String,
    /// Address of the style sheet.
    pub style: &'static str,
    /// Address of the script.
    pub script: &'static str,
    /// Address of the icon.
    pub icon: &'static str,
    current: &'static str,
}

impl Page {
    /// A page at an address, as nobody in particular sees it.
    #[must_use]
    pub fn new(config: &HttpConfig, language: Language, address: &Uri) -> Self {
        Self {
            language,
            t: Texts::of(Dialect::of(language, None)),
            notice: config.notice_in(language).map(str::to_owned),
            who: None,
            has_citizen: false,
            other_address: in_other_language(address, other(language)),
            style: &ASSETS.style.address,
            script: &ASSETS.script.address,
            icon: &ASSETS.icon.address,
            current: "",
        }
    }

    /// The same page, marked as the current one of the navigation.
    #[must_use]
    pub fn at(mut self, current: &'static str) -> Self {
        self.current = current;
        self
    }

    /// The same page in the words of a country.
    #[must_use]
    pub fn of_country(mut self, country: Jurisdiction) -> Self {
        self.t = Texts::of(Dialect::of(self.language, Some(country)));
        self
    }

    /// `rtl` or `ltr`.
    #[must_use]
    pub const fn direction(&self) -> &'static str {
        match self.language {
            Language::Arabic => "rtl",
            Language::English => "ltr",
        }
    }

    /// The language that the switch leads to.
    #[must_use]
    pub const fn other_language(&self) -> Language {
        other(self.language)
    }

    /// Whether the navigation's entry is the current page.
    #[must_use]
    pub fn is_current(&self, name: &str) -> bool {
        self.current == name
    }

    /// An address of this language's pages.
    #[must_use]
    pub fn address(&self, rest: &str) -> String {
        format!("/{}{rest}", self.language.code())
    }
}

/// A page that anyone may see; knows who is signed in, if anyone is.
#[derive(Debug)]
pub struct PublicPage {
    /// Its frame.
    pub page: Page,
    /// Who is signed in, by which session.
    pub signed_in: Option<(Principal, SessionToken)>,
}

/// A page for staff; without a session it leads to the sign-in.
#[derive(Debug)]
pub struct StaffPage {
    /// Its frame.
    pub page: Page,
    /// Who is signed in.
    pub principal: Principal,
    /// By which session.
    pub session: SessionToken,
}

/// A page on which a reviewer acts.
#[derive(Debug)]
pub struct ReviewerPage {
    /// Its frame.
    pub page: Page,
    /// Who acts.
    pub reviewer: ReviewerId,
    /// The key behind the session.
    pub principal: Principal,
    /// The session.
    pub session: SessionToken,
}

/// A page for a citizen whose browser proved knowledge of a reference and its plate.
#[derive(Debug)]
pub struct CitizenPage {
    /// Its frame.
    pub page: Page,
    /// Key of the plate.
    pub plate_key: String,
    /// The session.
    pub session: SessionToken,
}

impl FromRequestParts<ServiceState> for PublicPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        let language = language_of(parts, state).await?;
        let mut page = Page::new(&state.config, language, &parts.uri);
        page.has_citizen = token_in(&parts.headers, &CITIZEN_COOKIE, &state.config).is_some();
        let signed_in = match token_in(&parts.headers, &STAFF_COOKIE, &state.config) {
            Some(token) => principal_of_session(&state.database, &token, state.config.session_limits())
                .await?
                .map(|principal| (principal, token)),
            None => None,
        };
        let Ok(origin) = Origin::from_request_parts(parts, state).await;
        let signed_in = signed_in.filter(|(principal, _)| origin.admit(principal).is_ok());
        page.who = signed_in.as_ref().map(|(principal, _)| name_of(principal));
        Ok(Self { page, signed_in })
    }
}

impl FromRequestParts<ServiceState> for StaffPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, Response> {
        let PublicPage { page, signed_in } =
            PublicPage::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match signed_in {
            Some((principal, session)) if principal.may(Permission::SeeQueue) => {
                Ok(Self { page, principal, session })
            }
            Some(_) => Err(ApiError::new(ProblemCode::Forbidden).into_response()),
            None => Err(Redirect::to(&page.address("/sign-in")).into_response()),
        }
    }
}

impl FromRequestParts<ServiceState> for ReviewerPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, Response> {
        let StaffPage { page, principal, session } = StaffPage::from_request_parts(parts, state).await?;
        match principal.reviewer().filter(|_| principal.may(Permission::ReviewCase)).cloned() {
            Some(reviewer) => Ok(Self { page, reviewer, principal, session }),
            None => Err(ApiError::new(ProblemCode::Forbidden).into_response()),
        }
    }
}

impl FromRequestParts<ServiceState> for CitizenPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, Response> {
        let refuse = |error: ApiError| error.into_response();
        let language = language_of(parts, state).await.map_err(refuse)?;
        let mut page = Page::new(&state.config, language, &parts.uri);
        let Some(session) = token_in(&parts.headers, &CITIZEN_COOKIE, &state.config) else {
            return Err(Redirect::to(&page.address("/violations")).into_response());
        };
        let plate_key = plate_of_session(&state.database, &session, state.config.session_limits());
        match plate_key.await.map_err(|error| refuse(error.into()))? {
            Some(plate_key) => {
                page.has_citizen = true;
                Ok(Self { page, plate_key, session })
            }
            None => Err(Redirect::to(&page.address("/violations")).into_response()),
        }
    }
}

/// A template as an answer.
///
/// # Errors
/// Never with the templates of this crate; a failing `Display` would be a defect.
pub fn html(status: StatusCode, template: &impl Template) -> Result<Response, ApiError> {
    let body = template.render().map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response())
}

/// The language that an address names first; Arabic where it names none.
#[must_use]
pub fn language_in(address: &Uri) -> Language {
    let first = address.path().split('/').nth(1);
    first.and_then(|code| code.parse().ok()).unwrap_or(Language::Arabic)
}

async fn language_of(parts: &mut Parts, state: &ServiceState) -> Result<Language, ApiError> {
    let path = Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await?;
    let code = path.get("language").ok_or(ProblemCode::RouteNotFound)?;
    code.parse().map_err(|_| ProblemCode::RouteNotFound.into())
}

/// A reviewer's own id, or the role of a key that stands for nobody by name.
fn name_of(principal: &Principal) -> String {
    principal.reviewer().map_or_else(|| principal.identity.role().to_string(), ToString::to_string)
}

const fn other(language: Language) -> Language {
    match language {
        Language::Arabic => Language::English,
        Language::English => Language::Arabic,
    }
}

fn in_other_language(address: &Uri, language: Language) -> String {
    let path = address.path();
    let mut parts = path.splitn(3, '/').skip(1);
    let first: Option<Language> = parts.next().and_then(|code| code.parse().ok());
    match (first, parts.next()) {
        (Some(_), Some(rest)) => format!("/{}/{rest}", language.code()),
        _ => format!("/{}", language.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_the_page_and_drops_what_follows_the_question_mark() {
        let switched =
            |address: &'static str| in_other_language(&Uri::from_static(address), Language::English);
        assert_eq!(switched("/ar/cases/rev_1?message=x"), "/en/cases/rev_1");
        assert_eq!(switched("/ar"), "/en");
        assert_eq!(switched("/problems/x"), "/en");
    }
}
