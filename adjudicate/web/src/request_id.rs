//! Each request's id: taken from a trusted-looking header or made, known to everything that runs for the request, and
//! given back in the answer.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

/// Where the id stands in requests and answers.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a caller, in characters.
const FOREIGN_LENGTH_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task works for; empty outside any.
#[must_use]
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// The layer that gives each request its id.
pub async fn assign(request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID_HEADER).and_then(|value| value.to_str().ok());
    let id = given.filter(|id| may_be_taken_over(id)).map_or_else(new_id, str::to_owned);
    let mut response = CURRENT.scope(id.clone(), next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    response
}

fn new_id() -> String {
    Uuid::now_v7().as_simple().to_string()
}

/// Only short plain ids are taken over: the id goes into logs and pages.
fn may_be_taken_over(id: &str) -> bool {
    (1..=FOREIGN_LENGTH_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_taken_over() {
        assert!(may_be_taken_over("0190-abc_D"));
        assert!(!may_be_taken_over(""));
        assert!(!may_be_taken_over("a\nb"));
        assert!(!may_be_taken_over(&"x".repeat(FOREIGN_LENGTH_MAX + 1)));
    }
}
