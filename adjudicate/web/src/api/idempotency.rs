//! One effect for each `Idempotency-Key`: the first answer of a POST is kept and given again when the call is repeated.
//!
//! A layer over every POST of the API, so that no handler can forget it. A call that is at work holds its record by a
//! lease; a repeated one is told to wait, and takes over when the first process died. A refusal is never kept, whoever is
//! at fault, nor is a call whose caller went away or took too long: the caller may correct it and try again.
//!
//! A process can die between an effect and the keeping of its answer. Where the repeated call would then make a second
//! effect (filing an objection), the handler keeps the answer in the transaction of the effect by [`RepeatableCall`]. The
//! other steps are compare-and-set on a version or a lease: repeated, they find a refusal and make nothing.

use crate::error::{ApiError, ProblemCode};
use crate::extract::PLATE_HEADER;
use crate::session::auth::authenticated;
use crate::state::ServiceState;
use adjudicate::access::Permission;
use adjudicate::foundation::db::Database;
use adjudicate::foundation::idempotency::{
    CallAtWork, CallIdentity, CallStart, KeptAnswer, begin, forget, keep,
};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use schemas::error_chain::ErrorChain;
use std::time::Duration;
use tokio::runtime::Handle;

/// The header that names a call.
pub const IDEMPOTENCY_KEY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is that of an earlier call.
pub const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in characters.
pub const KEY_CHARACTERS_MAX: usize = 128;
/// Largest answer that is kept, bytes; answers to a POST are small documents.
const ANSWER_BYTES_MAX: usize = 1_000_000;
/// How often a form's second request looks for the answer of the first.
const FIRST_ANSWER_LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// What is said of a part's beginning and end in a body of several parts.
const BOUNDARY_PARAMETER: &str = "boundary=";
/// Longest boundary, characters. Source: RFC 2046, section 5.1.1.
const BOUNDARY_CHARACTERS_MAX: usize = 70;
/// Permissions of which each POST needs one.
const CHANGING: [Permission; 2] = [Permission::Object, Permission::ReviewCase];
/// Headers that belong to an answer; the others are made anew.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// The layer: lets the first call through, repeats its answer to the others.
///
/// # Errors
/// When the key is missing, was used for another request, or its first call is still at work.
pub async fn once(
    State(state): State<ServiceState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let principal = authenticated(&mut parts, &state).await?;
    // Nobody who may change nothing sends a body that is looked at.
    if !CHANGING.iter().any(|permission| principal.may(*permission)) {
        return Err(ProblemCode::Forbidden.into());
    }
    let idempotency_key = idempotency_key(&parts.headers)?;
    let (body, fingerprint) = received(body, &parts, &state).await?;
    let route = route_of(&parts);
    let call = CallIdentity { caller: principal.subject.to_string(), route, idempotency_key, fingerprint };
    match begin(&state.database, &call, lease_length(&state)).await? {
        CallStart::Started(lease) => {
            let unfinished = Unfinished::new(&state, CallAtWork { call, lease });
            parts.extensions.insert(unfinished.at_work().clone());
            let response = next.run(Request::from_parts(parts, body)).await;
            finish(&state, unfinished, response).await
        }
        CallStart::Replay(answer) => Ok(replay(answer)),
        CallStart::InFlight => Err(ProblemCode::IdempotencyKeyInFlight.into()),
        CallStart::Mismatch => Err(ProblemCode::IdempotencyKeyReused.into()),
    }
}

/// The call at work, for handlers that keep its answer in the transaction of its effect.
#[derive(Debug)]
pub struct RepeatableCall(pub CallAtWork);

impl<S: Send + Sync> FromRequestParts<S> for RepeatableCall {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let at_work = parts.extensions.get().cloned();
        at_work.map(Self).ok_or_else(|| ProblemCode::IdempotencyKeyMissing.into())
    }
}

/// How long a call may be at work.
#[must_use]
pub fn lease_length(state: &ServiceState) -> Duration {
    Duration::from_secs(u64::from(state.config.idempotency_lease_seconds))
}

/// The body, received to its end, and what makes its request another one. One with files goes to the disk as it comes, and
/// is hashed on its way.
async fn received(body: Body, parts: &Parts, state: &ServiceState) -> Result<(Body, [u8; 32]), ApiError> {
    let Some(boundary) = boundary_of(&parts.headers) else {
        let body = to_bytes(body, state.config.body_bytes_max).await;
        let body = body.map_err(|error| ApiError::new(ProblemCode::BodyTooLarge).caused_by(error))?;
        let fingerprint = fingerprint(parts, &body);
        return Ok((Body::from(body), fingerprint));
    };
    let mut pieces = PiecesHash::new(boundary);
    let mut spool = state.uploads.spool().await?;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| ApiError::new(ProblemCode::InvalidRequest).caused_by(error))?;
        if spool.length() + chunk.len() as u64 > state.config.upload_bytes_max as u64 {
            return Err(ProblemCode::BodyTooLarge.into());
        }
        pieces.update(&chunk);
        spool.push(&chunk).await?;
    }
    let fingerprint = fingerprint(parts, &pieces.finish());
    Ok((spool.finish().await?.into_body(), fingerprint))
}

fn route_of(parts: &Parts) -> String {
    let route = parts.extensions.get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    format!("{} {route}", parts.method)
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let value = headers.get(&IDEMPOTENCY_KEY_HEADER).ok_or(ProblemCode::IdempotencyKeyMissing)?;
    let key = value.to_str().map_err(|_| ProblemCode::IdempotencyKeyMissing)?.trim();
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && (1..=KEY_CHARACTERS_MAX).contains(&key.len()) {
        Ok(key.to_owned())
    } else {
        Err(ProblemCode::IdempotencyKeyMissing.into())
    }
}

/// Everything that makes a request another one: address, the headers that handlers read, body; of one with files, the hash
/// of its pieces.
fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    field(parts.uri.path_and_query().map_or("", |address| address.as_str()).as_bytes());
    for name in [PLATE_HEADER, header::IF_MATCH] {
        field(parts.headers.get(name).map_or(&[][..], HeaderValue::as_bytes));
    }
    field(body);
    hasher.finalize().into()
}

/// The hash of what stands between the boundaries of a body of several parts, which comes in chunks. The boundary itself is
/// left out, since clients draw a new one each time.
struct PiecesHash {
    boundary: Vec<u8>,
    all: blake3::Hasher,
    piece: blake3::Hasher,
    /// The end of what came, in which a boundary may have begun.
    rest: Vec<u8>,
}

impl PiecesHash {
    fn new(boundary: &str) -> Self {
        let boundary = boundary.as_bytes().to_vec();
        Self { boundary, all: blake3::Hasher::new(), piece: blake3::Hasher::new(), rest: Vec::new() }
    }

    fn update(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
        let mut from = 0;
        while let Some(at) = memchr::memmem::find(&self.rest[from..], &self.boundary) {
            self.piece.update(&self.rest[from..from + at]);
            self.end_piece();
            from += at + self.boundary.len();
        }
        let open = self.rest.len().saturating_sub(self.boundary.len() - 1).max(from);
        self.piece.update(&self.rest[from..open]);
        self.rest.drain(..open);
    }

    fn finish(mut self) -> [u8; 32] {
        let rest = std::mem::take(&mut self.rest);
        self.piece.update(&rest);
        self.end_piece();
        self.all.finalize().into()
    }

    /// Hashes of one length, so that no two ways to cut a body look the same.
    fn end_piece(&mut self) {
        self.all.update(self.piece.finalize().as_bytes());
        self.piece = blake3::Hasher::new();
    }
}

fn boundary_of(headers: &HeaderMap) -> Option<&str> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (_, boundary) = content_type.split_once(BOUNDARY_PARAMETER)?;
    let boundary = boundary.split(';').next().unwrap_or(boundary).trim().trim_matches('"');
    (1..=BOUNDARY_CHARACTERS_MAX).contains(&boundary.len()).then_some(boundary)
}

/// A call at work. One that is dropped before its end is forgotten: its caller went away, it took too long, or its
/// handler panicked. What was kept in the transaction of an effect stays.
#[derive(Debug)]
pub struct Unfinished {
    database: Database,
    at_work: CallAtWork,
    has_ended: bool,
}

impl Unfinished {
    /// A call that has begun.
    #[must_use]
    pub fn new(state: &ServiceState, at_work: CallAtWork) -> Self {
        Self { database: state.database.clone(), at_work, has_ended: false }
    }

    /// Returns the call.
    #[must_use]
    pub const fn at_work(&self) -> &CallAtWork {
        &self.at_work
    }

    /// Ends a call whose answer is kept.
    pub fn end(mut self) {
        self.has_ended = true;
    }

    /// Ends a call that was refused: it may be made again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget(mut self) -> Result<(), ApiError> {
        forget(&self.database, &self.at_work).await?;
        self.has_ended = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if self.has_ended {
            return;
        }
        let (database, at_work) = (self.database.clone(), self.at_work.clone());
        runtime.spawn(async move {
            if let Err(error) = forget(&database, &at_work).await {
                tracing::warn!(cause = %ErrorChain(&error), "a call that did not end is held until its lease ends");
            }
        });
    }
}

async fn finish(
    state: &ServiceState,
    unfinished: Unfinished,
    response: Response,
) -> Result<Response, ApiError> {
    if response.status().is_client_error() || response.status().is_server_error() {
        unfinished.forget().await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_BYTES_MAX)
        .await
        .map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))?;
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let answer =
        KeptAnswer { status: parts.status.as_u16(), headers: headers.collect(), body: body.to_vec() };
    keep(&state.database, unfinished.at_work(), &answer).await?;
    unfinished.end();
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Begins the call of a form, whose browser shows the answer of its last request alone: where the same form is at work
/// already, waits for `patience` for that one's answer.
///
/// # Errors
/// When the first one is still at work then, the key was used for another request, or the database does not answer.
pub async fn begin_or_wait(
    state: &ServiceState,
    call: CallIdentity,
    patience: Duration,
) -> Result<Begun, ApiError> {
    let looks = patience.as_millis() / FIRST_ANSWER_LOOK_INTERVAL.as_millis();
    for _ in 0..=looks {
        match begin(&state.database, &call, lease_length(state)).await? {
            CallStart::Started(lease) => {
                return Ok(Begun::First(Unfinished::new(state, CallAtWork { call, lease })));
            }
            CallStart::Replay(answer) => return Ok(Begun::Answered(answer)),
            CallStart::Mismatch => return Err(ProblemCode::IdempotencyKeyReused.into()),
            CallStart::InFlight => tokio::time::sleep(FIRST_ANSWER_LOOK_INTERVAL).await,
        }
    }
    Err(ProblemCode::IdempotencyKeyInFlight.into())
}

/// What became of a form's call.
#[derive(Debug)]
pub enum Begun {
    /// It is the first: go on.
    First(Unfinished),
    /// It was answered before.
    Answered(KeptAnswer),
}

/// An answer that was kept, as a response.
#[must_use]
pub fn replay(answer: KeptAnswer) -> Response {
    let KeptAnswer { status, headers, body } = answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(content_type: &'static str, plate: &'static str) -> Parts {
        let request = Request::post("/api/v1/objections?x=1")
            .header(header::CONTENT_TYPE, content_type)
            .header(PLATE_HEADER, plate)
            .body(())
            .unwrap();
        request.into_parts().0
    }

    #[test]
    fn another_plate_or_another_body_is_another_request() {
        let json = || parts("application/json", "EG-STN-7126");
        assert_eq!(fingerprint(&json(), b"{}"), fingerprint(&json(), b"{}"));
        assert_ne!(fingerprint(&json(), b"{}"), fingerprint(&json(), b"{ }"));
        assert_ne!(fingerprint(&json(), b"{}"), fingerprint(&parts("application/json", "EG-STN-712"), b"{}"));
    }

    #[test]
    fn a_new_boundary_alone_is_the_same_request_however_the_body_is_cut() {
        let of = |boundary: &str, body: &str, chunk: usize| {
            let mut hash = PiecesHash::new(boundary);
            body.as_bytes().chunks(chunk).for_each(|chunk| hash.update(chunk));
            hash.finish()
        };
        let one = of("aaa", "--aaa\r\nfile\r\n--aaa--", 1_000);
        for chunk in 1..20 {
            assert_eq!(of("aaa", "--aaa\r\nfile\r\n--aaa--", chunk), one, "{chunk}");
            assert_eq!(of("bb", "--bb\r\nfile\r\n--bb--", chunk), one, "{chunk}");
            assert_ne!(of("bb", "--bb\r\nfila\r\n--bb--", chunk), one, "{chunk}");
            assert_ne!(of("bb", "--bb\r\nfi--bble\r\n--bb--", chunk), one, "{chunk}");
        }
    }

    #[test]
    fn a_boundary_longer_than_the_rfc_allows_is_not_looked_for() {
        let of = |boundary: &str| {
            let value = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}")).unwrap();
            boundary_of(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)])).map(str::to_owned)
        };
        assert_eq!(of(&"b".repeat(70)), Some("b".repeat(70)));
        assert_eq!(of(&"b".repeat(71)), None);
    }

    #[test]
    fn a_key_that_is_empty_too_long_or_invisible_is_refused() {
        let key = |value: &str| {
            let headers =
                HeaderMap::from_iter([(IDEMPOTENCY_KEY_HEADER, HeaderValue::from_str(value).unwrap())]);
            idempotency_key(&headers).map_err(|error| error.code())
        };
        assert_eq!(key("a-1").as_deref(), Ok("a-1"));
        for value in ["", " ", "a b", &"x".repeat(KEY_CHARACTERS_MAX + 1)] {
            assert_eq!(key(value), Err(ProblemCode::IdempotencyKeyMissing));
        }
    }
}
