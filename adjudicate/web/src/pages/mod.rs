//! The pages: rendered on the server, Arabic first, without anything inline and without anything from elsewhere.
//!
//! Plain forms carry everything; one small script adds zoom and keys. A page shows what the API gives and calls the
//! same functions; nothing is decided here. Templates are in `templates`, sentences in [`texts`], names of closed lists
//! in [`labels`].

pub mod assets;
pub mod page;
pub mod problem;
pub mod sign_in;

pub mod case;
pub mod citizen;
pub mod decide;
pub mod decision_form;
pub mod objecting;
pub mod objections;
pub mod queue;
pub mod start;

pub mod evidence;
pub mod objection_view;
pub mod plate;

pub mod format;
pub mod labels;
pub mod texts;
pub mod wording;

use crate::error::{ApiError, ProblemCode};
use crate::state::ServiceState;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Bytes beyond `http.upload_bytes_max` that are read and thrown away: a browser shows no answer to a form that it could
/// not send to its end.
const DISCARDED_BYTES_MAX: usize = 200_000_000;

/// Routes of the pages. Forms are taken from our own pages only; those with files may have `upload_bytes_max` bytes.
pub fn router(upload_bytes_max: usize) -> Router<ServiceState> {
    let refuse = |_: ProtectionError| ApiError::new(ProblemCode::CrossSite).into_response();
    Router::new()
        .merge(uploads().layer(DefaultBodyLimit::max(upload_bytes_max.saturating_add(DISCARDED_BYTES_MAX))))
        .route("/", get(start::choose_language))
        .route("/assets/{name}", get(assets::asset))
        .route("/problems/{code}", get(problem::problem_explained))
        .route("/{language}", get(start::start))
        .route("/{language}/sign-in", get(sign_in::sign_in_form).post(sign_in::sign_in))
        .route("/{language}/sign-out", post(sign_in::sign_out))
        .route("/{language}/end-visit", post(sign_in::end_visit))
        .route("/{language}/queue", get(queue::queue))
        .route("/{language}/queue/next", post(case::claim_next))
        .route("/{language}/cases/{task}", get(case::case))
        .route("/{language}/cases/{task}/claim", post(case::claim))
        .route("/{language}/cases/{task}/renew", post(case::renew))
        .route("/{language}/cases/{task}/release", post(case::release))
        .route("/{language}/cases/{task}/frames/{sha256}", get(case::frame))
        .route("/{language}/cases/{task}/frames/{sha256}/plates/{index}", get(case::plate))
        .route("/{language}/cases/{task}/attachments/{attachment}", get(case::attachment))
        .route("/{language}/cases/{task}/attachments/{attachment}/original", get(case::original))
        .route("/{language}/cases/{task}/decision", post(decide::decide_case))
        .route("/{language}/violations", get(citizen::find_violation_form).post(citizen::find_violation))
        .route("/{language}/violations/{reference}", get(citizen::violation))
        .route("/{language}/violations/{reference}/frames/{position}", get(citizen::violation_frame))
        .route("/{language}/objections", get(citizen::find_objection_form).post(citizen::find_objection))
        .route("/{language}/objections/{reference}", get(objections::objection))
        .route("/{language}/objections/{reference}/human-review", post(objections::human_review))
        .layer(CsrfLayer::new().with_rejection_response(refuse))
}

fn uploads() -> Router<ServiceState> {
    Router::new()
        .route(
            "/{language}/violations/{reference}/objection",
            get(objecting::object_form).post(objecting::object),
        )
        .route("/{language}/objections/{reference}/document", post(objections::document))
}
