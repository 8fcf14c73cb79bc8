//! Who calls the API: the bearer key, checked once for each request, and one extractor for each thing that a caller
//! may do. A handler that takes none of them is public; `src/tests/authorization.rs` holds the list of those.

use crate::budget::{Peer, is_from_here};
use crate::error::{ApiError, ProblemCode};
use crate::places::Place;
use crate::state::ServiceState;
use adjudicate::access::key::ApiKey;
use adjudicate::access::store::{AccessError, principal_of_key};
use adjudicate::access::{Permission, Principal};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use schemas::ids::ReviewerId;
use std::convert::Infallible;

/// A citizens' portal: sees violations whose reference and plate it knows, and objects.
#[derive(Debug)]
pub struct CitizenCaller(pub Principal);

/// Someone who may list the queue.
#[derive(Debug)]
pub struct QueueReader(pub Principal);

/// Someone who may read a case without its pictures.
#[derive(Debug)]
pub struct CaseReader(pub Principal);

/// A named person who may claim and decide.
#[derive(Debug)]
pub struct ReviewerCaller {
    /// The key behind the call.
    pub principal: Principal,
    /// Who decides.
    pub reviewer: ReviewerId,
}

impl FromRequestParts<ServiceState> for CitizenCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        permitted(parts, state, Permission::SeeOwnViolation).await.map(Self)
    }
}

impl FromRequestParts<ServiceState> for QueueReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        permitted(parts, state, Permission::SeeQueue).await.map(Self)
    }
}

impl FromRequestParts<ServiceState> for CaseReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        permitted(parts, state, Permission::SeeCase).await.map(Self)
    }
}

impl FromRequestParts<ServiceState> for ReviewerCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        let principal = permitted(parts, state, Permission::ReviewCase).await?;
        let reviewer = principal.reviewer().cloned().ok_or(ProblemCode::Forbidden)?;
        Ok(Self { principal, reviewer })
    }
}

/// The caller behind a request's bearer key; remembered in the request, so that it is due for once.
///
/// # Errors
/// When there is no key, it is wrong, or it is a demo key and the caller is on another machine.
pub async fn authenticated(parts: &mut Parts, state: &ServiceState) -> Result<Principal, ApiError> {
    if let Some(principal) = parts.extensions.get::<Principal>() {
        return Ok(principal.clone());
    }
    let key = bearer_key(&parts.headers)?;
    let principal = check_key(state, &key, &Origin::of(&parts.extensions, &parts.headers, state)).await?;
    parts.extensions.insert(principal.clone());
    Ok(principal)
}

/// Where a request comes from.
#[derive(Debug)]
pub struct Origin {
    is_here: bool,
    place: Option<Place>,
}

impl Origin {
    fn of(extensions: &Extensions, headers: &HeaderMap, state: &ServiceState) -> Self {
        let peer = extensions.get::<Peer>().copied();
        let is_here = is_from_here(peer, headers, &state.config.trusted_proxies);
        Self { is_here, place: extensions.get::<Place>().cloned() }
    }

    /// Lets a principal act from there. The connection of one of the staff then keeps its place.
    ///
    /// # Errors
    /// When the key is a demo's and the caller is on another machine.
    pub fn admit(&self, principal: &Principal) -> Result<(), ApiError> {
        if principal.loopback_only && !self.is_here {
            return Err(ProblemCode::KeyLoopbackOnly.into());
        }
        if principal.may(Permission::SeeQueue)
            && let Some(place) = &self.place
        {
            place.keep_for_staff();
        }
        Ok(())
    }
}

impl FromRequestParts<ServiceState> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.headers, state))
    }
}

/// Whom a key stands for, if it may be used from where the request comes.
///
/// # Errors
/// As [`authenticated`].
pub async fn check_key(state: &ServiceState, key: &ApiKey, origin: &Origin) -> Result<Principal, ApiError> {
    let principal = principal_of_key(&state.database, key).await?.ok_or(ProblemCode::Unauthenticated)?;
    origin.admit(&principal)?;
    Ok(principal)
}

async fn permitted(
    parts: &mut Parts,
    state: &ServiceState,
    permission: Permission,
) -> Result<Principal, ApiError> {
    let principal = authenticated(parts, state).await?;
    if principal.may(permission) { Ok(principal) } else { Err(ProblemCode::Forbidden.into()) }
}

fn bearer_key(headers: &HeaderMap) -> Result<ApiKey, ApiError> {
    let value = headers.get(header::AUTHORIZATION).ok_or(ProblemCode::Unauthenticated)?;
    let text = value.to_str().map_err(|_| ProblemCode::Unauthenticated)?;
    let (scheme, key) = text.split_once(' ').ok_or(ProblemCode::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::new(ProblemCode::Unauthenticated).with_detail("the scheme must be Bearer"));
    }
    key.trim()
        .parse()
        .map_err(|error| ApiError::new(ProblemCode::Unauthenticated).with_detail(format!("{error}")))
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Database(source) => source.into(),
            AccessError::Role(_)
            | AccessError::Reviewer(_)
            | AccessError::Nameless(_)
            | AccessError::Key(_) => Self::new(ProblemCode::Internal).caused_by(error),
        }
    }
}
