//! The queue over the API: list, claim, hold, look, give back.

use super::frame_body::{View, counted_at_its_end};
use super::pictures::{Crop, Margin, crop_copy};
use super::reviews_out::{CaseOut, QueueOut, TaskOut};
use crate::error::{ApiError, Problem, ProblemCode};
use crate::extract::{JsonBody, PathPart, QueryPart, entity_tag, parse_in_path};
use crate::session::auth::{CaseReader, QueueReader, ReviewerCaller};
use crate::state::{ServiceState, Viewer};
use adjudicate::access::Principal;
use adjudicate::desk::case_file::{CaseFile, CaseFileError, case_file};
use adjudicate::desk::claim as desk;
use adjudicate::desk::frame;
use adjudicate::desk::reading::{self, Reading};
use adjudicate::foundation::audit::Actor;
use adjudicate::review::ReviewError;
use adjudicate::review::queue::{self, QueueFilter};
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemas::evidence::Sha256Digest;
use schemas::ids::{ReviewTaskId, ReviewerId};
use schemas::review::{LeaseError, ReviewTask, ReviewTaskKind};
use schemas::text::{BilingualText, arabic_digits};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which part of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct QueueIn {
    /// Only `objection` or `manual_check`.
    #[serde(default)]
    kind: Option<String>,
    /// Only those that nobody holds.
    #[serde(default)]
    only_open: bool,
    /// The last task of the page before.
    #[serde(default)]
    after: Option<String>,
    /// Items of the page; more than the service gives at once are that many.
    #[serde(default)]
    #[param(maximum = 65_535)]
    limit: Option<u16>,
}

/// Which task to claim.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimNextIn {
    /// Only `objection` or `manual_check`.
    #[serde(default)]
    kind: Option<String>,
}

/// The queue, soonest first. A weak picture: a task may be claimed before the answer arrives.
///
/// # Errors
/// When a parameter cannot be used.
#[utoipa::path(
    get,
    path = "/api/v1/review-tasks",
    tag = "review",
    params(QueueIn),
    responses(
        (status = 200, description = "The queue", body = QueueOut),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter cannot be used", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn list_review_tasks(
    _caller: QueueReader,
    State(state): State<ServiceState>,
    QueryPart(input): QueryPart<QueueIn>,
) -> Result<Json<QueueOut>, ApiError> {
    let limit =
        input.limit.map_or(state.config.page_items_default, u32::from).min(state.config.page_items_max);
    let filter = QueueFilter { kind: kind_in(input.kind.as_deref())?, only_open: input.only_open };
    let after = input.after.as_deref().map(str::parse::<ReviewTaskId>).transpose();
    let after = after
        .map_err(|error| ApiError::new(ProblemCode::InvalidInput).with_field("after", error.to_string()))?;
    let entries = queue::list(&state.database, filter, after, limit).await?;
    Ok(Json(QueueOut::of(&entries, limit)))
}

/// Claims the first case that nobody holds, under a lease.
///
/// # Errors
/// When none waits.
#[utoipa::path(
    post,
    path = "/api/v1/review-tasks/claim-next",
    tag = "review",
    params(("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters")),
    request_body = ClaimNextIn,
    responses(
        (status = 200, description = "Claimed", body = TaskOut, headers(("ETag" = String))),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a reviewer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None waits", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn claim_next_review_task(
    ReviewerCaller { reviewer, .. }: ReviewerCaller,
    State(state): State<ServiceState>,
    JsonBody(input): JsonBody<ClaimNextIn>,
) -> Result<Response, ApiError> {
    let kind = kind_in(input.kind.as_deref())?;
    let claimed = desk::claim_next(&state.database, &reviewer, kind, state.review).await?;
    Ok(task_response(&claimed.ok_or(ProblemCode::QueueEmpty)?))
}

/// A case with its evidence, without its pictures.
///
/// # Errors
/// When there is no such task.
#[utoipa::path(
    get,
    path = "/api/v1/review-tasks/{task}",
    tag = "review",
    params(("task" = String, Path, description = "Id of the task")),
    responses(
        (status = 200, description = "The case", body = CaseOut, headers(("ETag" = String))),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn get_review_task(
    CaseReader(principal): CaseReader,
    State(state): State<ServiceState>,
    PathPart(task): PathPart<String>,
) -> Result<Response, ApiError> {
    let file = file_for(&state, &principal, task_in(&task)?).await?;
    let tag = version_tag(&file.task);
    Ok(([(header::ETAG, tag)], Json(CaseOut::of(&file))).into_response())
}

/// Claims one case. Who holds it already keeps what was opened.
///
/// # Errors
/// When another reviewer holds it or it is decided.
#[utoipa::path(
    post,
    path = "/api/v1/review-tasks/{task}/claim",
    tag = "review",
    params(
        ("task" = String, Path, description = "Id of the task"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 200, description = "Claimed", body = TaskOut, headers(("ETag" = String))),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a reviewer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Held by another, or decided", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn claim_review_task(
    ReviewerCaller { reviewer, .. }: ReviewerCaller,
    State(state): State<ServiceState>,
    PathPart(task): PathPart<String>,
) -> Result<Response, ApiError> {
    let claimed = desk::claim(&state.database, task_in(&task)?, &reviewer, state.review).await?;
    Ok(task_response(&claimed))
}

/// Prolongs the caller's hold.
///
/// # Errors
/// When the caller does not hold the case.
#[utoipa::path(
    post,
    path = "/api/v1/review-tasks/{task}/renew",
    tag = "review",
    params(
        ("task" = String, Path, description = "Id of the task"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 200, description = "Prolonged", body = TaskOut, headers(("ETag" = String))),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a reviewer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not held", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn renew_review_task(
    ReviewerCaller { reviewer, .. }: ReviewerCaller,
    State(state): State<ServiceState>,
    PathPart(task): PathPart<String>,
) -> Result<Response, ApiError> {
    let id = task_in(&task)?;
    let renewed = desk::renew(&state.database, id, &reviewer, state.review).await?;
    Ok(task_response(&renewed))
}

/// Gives the case back.
///
/// # Errors
/// When the caller does not hold it.
#[utoipa::path(
    post,
    path = "/api/v1/review-tasks/{task}/release",
    tag = "review",
    params(
        ("task" = String, Path, description = "Id of the task"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 204, description = "Given back"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a reviewer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not held", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn release_review_task(
    ReviewerCaller { reviewer, .. }: ReviewerCaller,
    State(state): State<ServiceState>,
    PathPart(task): PathPart<String>,
) -> Result<StatusCode, ApiError> {
    desk::release(&state.database, task_in(&task)?, &reviewer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A sealed picture of a case that the caller holds, opened at the end of its bytes.
///
/// That is recorded, and a decision rests on it; HEAD is refused.
///
/// # Errors
/// When the caller does not hold the case, or it has no such picture.
#[utoipa::path(
    get,
    path = "/api/v1/review-tasks/{task}/frames/{sha256}",
    tag = "review",
    params(
        ("task" = String, Path, description = "Id of the task"),
        ("sha256" = String, Path, description = "Digest of the picture, hexadecimal"),
    ),
    responses(
        (status = 200, description = "The original bytes", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a reviewer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such task or picture", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not held", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn get_review_frame(
    ReviewerCaller { reviewer, .. }: ReviewerCaller,
    State(state): State<ServiceState>,
    method: Method,
    PathPart((task, sha256)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    frame_under_lease(&state, &reviewer, &method, (&task, &sha256)).await
}

/// A case's file for somebody of the staff; that it was read stands in the audit before it is shown.
///
/// # Errors
/// When there is no such case, or it cannot be read or written down.
pub async fn file_for(
    state: &ServiceState,
    principal: &Principal,
    task: ReviewTaskId,
) -> Result<CaseFile, ApiError> {
    let file = case_file(&state.database, task).await?;
    reading::note(&state.database, principal.actor(), task, Reading::File).await?;
    Ok(file)
}

/// The picture, for whoever holds the case; that it was fetched whole is recorded.
///
/// # Errors
/// When the reviewer does not hold the case, it has no such picture, or the file cannot be had.
pub async fn frame_under_lease(
    state: &ServiceState,
    reviewer: &ReviewerId,
    method: &Method,
    (task, sha256): (&str, &str),
) -> Result<Response, ApiError> {
    // Whoever asks for the head of a picture does not see it.
    if *method != Method::GET {
        return Err(ProblemCode::MethodNotAllowed.into());
    }
    let id = task_in(task)?;
    let digest: Sha256Digest = parse_in_path(sha256, ProblemCode::FrameNotFound)?;
    let lease = desk::held_lease(&state.database, id, reviewer).await?;
    let frame = frame::frame(&state.database, id, digest).await?.ok_or(ProblemCode::FrameNotFound)?;
    let reader = Actor::Reviewer(reviewer.clone());
    reading::note(&state.database, reader, id, Reading::Pictures(lease)).await?;
    // What the store cannot give was not seen.
    let bytes = state.evidence.read(digest).await?;
    let view = View { task: id, reviewer: reviewer.clone(), lease, frame: digest };
    Ok(counted_at_its_end(state, view, bytes, &frame.media_type))
}

/// A plate cut out of a picture, for whoever holds the case.
///
/// # Errors
/// As [`frame_under_lease`]; also when there is no such plate in the picture.
pub async fn plate_under_lease(
    state: &ServiceState,
    reviewer: &ReviewerId,
    task: &str,
    sha256: &str,
    index: usize,
) -> Result<Response, ApiError> {
    let id = task_in(task)?;
    let digest: Sha256Digest = parse_in_path(sha256, ProblemCode::FrameNotFound)?;
    let lease = desk::held_lease(&state.database, id, reviewer).await?;
    let frame = frame::frame(&state.database, id, digest).await?.ok_or(ProblemCode::FrameNotFound)?;
    let plate = frame.plates.get(index).ok_or(ProblemCode::FrameNotFound)?;
    let reader = Actor::Reviewer(reviewer.clone());
    reading::note(&state.database, reader, id, Reading::Pictures(lease)).await?;
    let crop = Crop { plate: plate.position, margin: Margin::PLATE, covered: Vec::new() };
    crop_copy(state, Viewer::Reviewer, digest, crop).await
}

/// An id in the path.
///
/// # Errors
/// When it is none.
pub fn task_in(text: &str) -> Result<ReviewTaskId, ApiError> {
    parse_in_path(text, ProblemCode::TaskNotFound)
}

/// The strong entity tag of a task.
#[must_use]
pub fn version_tag(task: &ReviewTask) -> String {
    entity_tag(u64::try_from(task.version).unwrap_or_default())
}

/// Whether a viewer is the one who holds the case.
#[must_use]
pub fn is_held_by(file: &CaseFile, reviewer: Option<&ReviewerId>) -> bool {
    reviewer.is_some_and(|reviewer| desk::lease_of(&file.task, reviewer).is_ok())
}

fn task_response(task: &ReviewTask) -> Response {
    ([(header::ETAG, version_tag(task))], Json(TaskOut::of(task))).into_response()
}

fn kind_in(kind: Option<&str>) -> Result<Option<ReviewTaskKind>, ApiError> {
    let kind = kind.map(str::parse::<ReviewTaskKind>).transpose();
    kind.map_err(|error| ApiError::new(ProblemCode::InvalidInput).with_field("kind", error.to_string()))
}

impl From<ReviewError> for ApiError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Database(source) => source.into(),
            ReviewError::Missing(_) => ProblemCode::TaskNotFound.into(),
            ReviewError::HeldByOther(_) | ReviewError::Lease(LeaseError::HeldElsewhere) => {
                ProblemCode::TaskClaimed.into()
            }
            ReviewError::TooMany(most) => Self::new(ProblemCode::TooManyCases).with_text(BilingualText::new(
                format!("لديك {} من الحالات، وهو أقصى ما يُسمح به.", arabic_digits(&most)),
                format!("You hold {most} cases, as many as one may."),
            )),
            ReviewError::ReturnedTooMany(most) => {
                Self::new(ProblemCode::TooManyCases).with_text(BilingualText::new(
                    format!(
                        "لديك أو أعدت قبل قليل {} من الحالات، وهو أقصى ما يُسمح به. أصدر القرار في إحداها أو انتظر قليلًا.",
                        arabic_digits(&most)
                    ),
                    format!(
                        "You hold, or gave back shortly before, {most} cases, as many as one may. Decide one, or wait a little."
                    ),
                ))
            }
            ReviewError::Drawn => ProblemCode::CaseNotChosen.into(),
            ReviewError::Lease(LeaseError::NotHeld) => ProblemCode::LeaseNotHeld.into(),
            ReviewError::Lease(LeaseError::Done) => ProblemCode::TaskNotOpen.into(),
            ReviewError::NoSuchFrame(_) => ProblemCode::FrameNotFound.into(),
            ReviewError::Unreadable { .. } => Self::new(ProblemCode::Internal).caused_by(error),
        }
    }
}

impl From<CaseFileError> for ApiError {
    fn from(error: CaseFileError) -> Self {
        match error {
            CaseFileError::Task(source) => source.into(),
            CaseFileError::Evidence(source) => source.into(),
            CaseFileError::Objection(source) => source.into(),
            CaseFileError::Database(source) => source.into(),
            CaseFileError::SubjectMissing(_) => Self::new(ProblemCode::Internal).caused_by(error),
        }
    }
}
