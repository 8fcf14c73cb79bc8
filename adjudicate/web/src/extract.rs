//! What handlers take from a request. Each refusal becomes an [`ApiError`] here, so that no caller ever sees a bare
//! text from the framework.

use crate::error::{ApiError, ProblemCode};
use axum::body::Body;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use futures::{StreamExt, stream};
use schemas::plate::PlateNumber;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// Where a citizen's client names the plate: not in the address, which proxies write into their logs.
pub const PLATE_HEADER: HeaderName = HeaderName::from_static("rasid-plate");

/// A JSON body, which is an object.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// What a JSON object holds. Without it a list of the members in their order would pass for the object.
#[derive(Debug)]
pub struct Object<T>(pub T);

/// A form's body.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Form), rejection(ApiError))]
pub struct FormBody<T>(pub T);

/// A body of several parts.
#[derive(Debug)]
pub struct PartsBody(pub Multipart);

/// Parts of the address's path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct PathPart<T>(pub T);

/// Parameters after the question mark.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct QueryPart<T>(pub T);

/// The plate in the header `Rasid-Plate`, by its ASCII key.
#[derive(Debug)]
pub struct PlateHeader(pub PlateNumber);

/// The version in `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub u64);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let axum::Json(Object(body)) = axum::Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

/// Reads a list of objects, for `deserialize_with`.
///
/// # Errors
/// When a member is no object or breaks its form.
pub fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let members = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(members.into_iter().map(|Object(member)| member).collect())
}

/// Reads an object, for `deserialize_with`.
///
/// # Errors
/// When it is none or breaks its form.
pub fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// Reads an object or nothing, for `deserialize_with`.
///
/// # Errors
/// When it is neither or breaks its form.
pub fn object_given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

impl<S: Send + Sync> FromRequest<S> for PartsBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Ok(Self(Multipart::from_request(request.map(piece_by_piece), state).await?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PlateHeader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let refuse = |detail: String| {
            ApiError::new(ProblemCode::InvalidInput).with_field(PLATE_HEADER.as_str(), detail)
        };
        let value = parts
            .headers
            .get(&PLATE_HEADER)
            .and_then(|value| str::from_utf8(value.as_bytes()).ok())
            .ok_or_else(|| {
                refuse(
                    "the header Rasid-Plate must hold the plate's key, e.g. EG-STN-7126 or SA-1234-ABD"
                        .to_owned(),
                )
            })?;
        PlateNumber::parse_key(value).map(Self).map_err(|error| refuse(error.to_string()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        version_in(&parts.headers)
    }
}

/// The same body, of which no more than one piece is ready at a time: the reader of several parts takes all that is ready
/// into memory. The wait is behind a piece and not before it, since that reader also takes an end that comes together with
/// the first boundary for a body that was cut.
fn piece_by_piece(body: Body) -> Body {
    let pieces = stream::unfold((body.into_data_stream(), false), |(mut pieces, is_behind_one)| async move {
        if is_behind_one {
            tokio::task::yield_now().await;
        }
        let piece = pieces.next().await?;
        Some((piece, (pieces, true)))
    });
    Body::from_stream(pieces)
}

/// The strong entity tag of a version.
#[must_use]
pub fn entity_tag(version: u64) -> String {
    format!("\"{version}\"")
}

/// An id or a reference in the path; one that cannot be read is of nothing that exists.
///
/// # Errors
/// `missing`, with what is wrong with the text.
pub fn parse_in_path<T>(text: &str, missing: ProblemCode) -> Result<T, ApiError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| ApiError::new(missing).with_detail(error.to_string()))
}

fn version_in(headers: &HeaderMap) -> Result<IfMatch, ApiError> {
    let value = headers.get(header::IF_MATCH).ok_or(ProblemCode::PreconditionMissing)?;
    let tag = value.to_str().map_err(|_| ProblemCode::PreconditionStale)?.trim();
    let version = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    // A tag that no case ever had fits none, and a weak one must not be used to guard a change.
    version
        .and_then(|version| version.parse().ok())
        .map(IfMatch)
        .ok_or_else(|| ProblemCode::PreconditionStale.into())
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(code_of(rejection.status())).with_detail(rejection.body_text())
    }
}

impl From<FormRejection> for ApiError {
    fn from(rejection: FormRejection) -> Self {
        Self::new(code_of(rejection.status())).with_detail(rejection.body_text())
    }
}

impl From<MultipartRejection> for ApiError {
    fn from(rejection: MultipartRejection) -> Self {
        Self::new(ProblemCode::UnsupportedMediaType).with_detail(rejection.body_text())
    }
}

impl From<MultipartError> for ApiError {
    fn from(error: MultipartError) -> Self {
        Self::new(code_of(error.status())).with_detail(error.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(ProblemCode::RouteNotFound).with_detail(rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ProblemCode::InvalidRequest).with_detail(rejection.body_text())
    }
}

/// The framework's refusals say what they mean by their status.
fn code_of(status: StatusCode) -> ProblemCode {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        StatusCode::UNPROCESSABLE_ENTITY => ProblemCode::InvalidInput,
        status if status.is_server_error() => ProblemCode::Internal,
        _ => ProblemCode::InvalidRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn if_match(value: &'static str) -> Result<IfMatch, ProblemCode> {
        let headers = HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(value))]);
        version_in(&headers).map_err(|error| error.code())
    }

    /// A body in pieces of so many bytes, all of which are there at once.
    fn body(text: &'static str, piece: usize) -> Body {
        let pieces =
            text.as_bytes().chunks(piece).map(|piece| Ok::<_, std::io::Error>(bytes::Bytes::from(piece)));
        Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()))
    }

    #[tokio::test]
    async fn parts_are_read_however_their_body_is_cut() {
        let text = "--b\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\nfirst\r\n--b\r\n\
             Content-Disposition: form-data; name=\"two\"\r\n\r\nsecond\r\n--b--\r\n";
        for piece in [1, 2, 7, 50, text.len()] {
            let request = Request::post("/").header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
            let PartsBody(mut parts) =
                PartsBody::from_request(request.body(body(text, piece)).unwrap(), &()).await.unwrap();
            let mut read = Vec::new();
            while let Some(field) = parts.next_field().await.unwrap() {
                read.push((field.name().unwrap().to_owned(), field.text().await.unwrap()));
            }
            let expected =
                [("one", "first"), ("two", "second")].map(|(name, text)| (name.to_owned(), text.to_owned()));
            assert_eq!(read, expected, "{piece}");
        }
    }

    #[test]
    fn an_entity_tag_reads_back_and_anything_else_fits_no_version() {
        assert_eq!(
            version_in(&HeaderMap::new()).map_err(|error| error.code()),
            Err(ProblemCode::PreconditionMissing)
        );
        assert_eq!(entity_tag(7), "\"7\"");
        assert_eq!(if_match("\"7\""), Ok(IfMatch(7)));
        for other in ["7", "W/\"7\"", "*", "\"x\"", ""] {
            assert_eq!(if_match(other), Err(ProblemCode::PreconditionStale), "{other}");
        }
    }
}
