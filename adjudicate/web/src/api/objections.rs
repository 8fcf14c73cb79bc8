//! Objections over the API: file, add a document, ask for a person, follow.

use super::decision_texts::step_text;
use super::files_in::{CheckedFile, file_in};
use super::idempotency::RepeatableCall;
use super::objections_in::ObjectionIn;
use super::objections_out::ObjectionOut;
use crate::error::{ApiError, Problem, ProblemCode};
use crate::extract::{JsonBody, PartsBody, PathPart, PlateHeader, entity_tag, parse_in_path};
use crate::session::auth::CitizenCaller;
use crate::state::ServiceState;
use adjudicate::desk::file::file_once;
use adjudicate::desk::find;
use adjudicate::desk::object::{add_documents, ask_for_human};
use adjudicate::desk::objection_view::ObjectionView;
use adjudicate::foundation::audit::Actor;
use adjudicate::foundation::idempotency::{CallAtWork, KeptAnswer};
use adjudicate::objection::ObjectionError;
use adjudicate::objection::file::FilingError;
use adjudicate::objection::new::{FiledObjection, NewAttachment, NewObjection};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use rules::flow::objection::{ObjectionEvent, ObjectionState, next};
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::objection::LatenessReason;
use schemas::plate::PlateNumber;
use schemas::reference::ObjectionReference;
use serde::{Deserialize, Serialize};
use std::future::ready;
use utoipa::ToSchema;

/// An objection that was filed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FiledOut {
    /// What the citizen quotes.
    pub reference: String,
    /// When.
    pub filed_at: DateTime<Utc>,
    /// Where it is followed.
    pub address: String,
}

/// Where an objection is after a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepTakenOut {
    /// `filed`, `waiting`, `awaiting_document`, `in_review`, `answered` or `decided`.
    pub state: &'static str,
}

/// What goes with the step to a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HumanReviewIn {
    /// Why the objection comes late, where that is what it was refused for.
    #[serde(default)]
    pub lateness_reason: Option<String>,
}

/// Files an objection against one or several violations of one plate.
///
/// # Errors
/// When something in it cannot be used, or no violation fits.
#[utoipa::path(
    post,
    path = "/api/v1/objections",
    tag = "citizen",
    params(("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters")),
    request_body = ObjectionIn,
    responses(
        (status = 201, description = "Filed", body = FiledOut),
        (status = 400, description = "No Idempotency-Key", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a citizens' key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No violation fits", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The first call is at work", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something in it cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "No room for documents", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn post_objection(
    CitizenCaller(principal): CitizenCaller,
    State(state): State<ServiceState>,
    RepeatableCall(at_work): RepeatableCall,
    JsonBody(input): JsonBody<ObjectionIn>,
) -> Result<Response, ApiError> {
    let new = input.parse(state.clock.now().date_naive())?;
    let answer = |filed: &FiledObjection| {
        let address = format!("/api/v1/objections/{}", filed.reference);
        let out = FiledOut {
            reference: filed.reference.to_string(),
            filed_at: filed.filed_at,
            address: address.clone(),
        };
        let headers = vec![
            (header::CONTENT_TYPE.to_string(), "application/json".to_owned()),
            (header::LOCATION.to_string(), address),
        ];
        let body = serde_json::to_vec(&out)
            .map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))?;
        Ok(KeptAnswer { status: StatusCode::CREATED.as_u16(), headers, body })
    };
    let kept = file(&state, &at_work, Actor::Subject(principal.subject), &new, ready(Ok(())), answer).await?;
    let mut response = (StatusCode::CREATED, kept.body).into_response();
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<header::HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// An objection with its answers and its history.
///
/// # Errors
/// When nothing fits reference and plate.
#[utoipa::path(
    get,
    path = "/api/v1/objections/{reference}",
    tag = "citizen",
    params(
        ("reference" = String, Path, description = "Reference of the objection"),
        ("Rasid-Plate" = String, Header, description = "Key of the plate, e.g. EG-STN-7126"),
    ),
    responses(
        (status = 200, description = "The objection", body = ObjectionOut),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a citizens' key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing fits both", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn get_objection(
    _caller: CitizenCaller,
    State(state): State<ServiceState>,
    PathPart(reference): PathPart<String>,
    PlateHeader(plate): PlateHeader,
) -> Result<Response, ApiError> {
    let view = objection_of_plate(&state, &reference, &plate).await?;
    let tag = entity_tag(u64::try_from(view.version).unwrap_or_default());
    Ok(([(header::ETAG, tag)], Json(ObjectionOut::of(&view))).into_response())
}

/// Adds a document or photograph; also the one that was asked for.
///
/// # Errors
/// When it is not one whole file of a kind that is taken, or the objection is closed.
#[utoipa::path(
    post,
    path = "/api/v1/objections/{reference}/attachments",
    tag = "citizen",
    params(
        ("reference" = String, Path, description = "Reference of the objection"),
        ("Rasid-Plate" = String, Header, description = "Key of the plate"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters"),
    ),
    request_body(content = Vec<u8>, content_type = "multipart/form-data", description = "One part named file"),
    responses(
        (status = 201, description = "Added", body = StepTakenOut),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a citizens' key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing fits both", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The objection is closed", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a file that is taken", body = Problem, content_type = "application/problem+json"),
        (status = 507, description = "No room for documents", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn post_attachment(
    CitizenCaller(principal): CitizenCaller,
    State(state): State<ServiceState>,
    PathPart(reference): PathPart<String>,
    PlateHeader(plate): PlateHeader,
    PartsBody(mut parts): PartsBody,
) -> Result<Response, ApiError> {
    let view = objection_of_plate(&state, &reference, &plate).await?;
    let mut sent = None;
    while let Some(field) = parts.next_field().await? {
        if field.name() == Some("file") && sent.is_none() {
            sent = file_in(&state, field).await?;
        } else {
            return Err(
                ApiError::new(ProblemCode::AttachmentRefused).with_field("file", "send one part named file")
            );
        }
    }
    let sent = sent.ok_or(ProblemCode::AttachmentRefused)?;
    let moved = add(&state, Actor::Subject(principal.subject), &view, vec![sent]).await?;
    let objection = moved.unwrap_or(view.state);
    Ok((StatusCode::CREATED, Json(StepTakenOut { state: objection.label() })).into_response())
}

/// The one step from any answer of the machine to a person.
///
/// # Errors
/// When a person has it or had it already.
#[utoipa::path(
    post,
    path = "/api/v1/objections/{reference}/human-review",
    tag = "citizen",
    params(
        ("reference" = String, Path, description = "Reference of the objection"),
        ("Rasid-Plate" = String, Header, description = "Key of the plate"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters"),
    ),
    request_body = HumanReviewIn,
    responses(
        (status = 200, description = "A person will look", body = StepTakenOut),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a citizens' key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing fits both", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not possible at this stage", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn post_human_review(
    CitizenCaller(principal): CitizenCaller,
    State(state): State<ServiceState>,
    PathPart(reference): PathPart<String>,
    PlateHeader(plate): PlateHeader,
    JsonBody(input): JsonBody<HumanReviewIn>,
) -> Result<Json<StepTakenOut>, ApiError> {
    let view = objection_of_plate(&state, &reference, &plate).await?;
    let reason = input.lateness_reason.as_deref().map(LatenessReason::parse).transpose();
    let reason = reason.map_err(|error| {
        ApiError::new(ProblemCode::InvalidInput).with_field("/lateness_reason", error.to_string())
    })?;
    let actor = Actor::Subject(principal.subject);
    let moved = ask_for_human(&state.database, actor, view.id, reason.as_ref(), state.clock.now()).await?;
    Ok(Json(StepTakenOut { state: moved.label() }))
}

/// Adds documents to an objection in the name of `actor`. What the objection does not take is not kept either.
///
/// # Errors
/// When the objection is closed or has as many documents as are taken, or the database or the store fails.
pub async fn add(
    state: &ServiceState,
    actor: Actor,
    view: &ObjectionView,
    files: Vec<CheckedFile>,
) -> Result<Option<ObjectionState>, ApiError> {
    let is_there =
        |file: &CheckedFile| view.attachments.iter().any(|one| one.sha256 == file.attachment.sha256);
    let new: Vec<CheckedFile> = files.into_iter().filter(|file| !is_there(file)).collect();
    if new.is_empty() {
        return Ok(None);
    }
    next(view.state, ObjectionEvent::DocumentAdded).map_err(ObjectionError::Illegal)?;
    if view.attachments.len() + new.len() > ATTACHMENTS_MAX {
        return Err(ObjectionError::TooManyAttachments.into());
    }
    for file in &new {
        state.documents.write(file.bytes.clone()).await?;
    }
    let documents: Vec<NewAttachment> = new.into_iter().map(|file| file.attachment).collect();
    Ok(add_documents(&state.database, &actor, view.id, &documents, state.clock.now()).await?)
}

/// Files an objection in the name of `actor`, with the answer that a repeated call gets. `keep_files` is done once the
/// objection is taken and before that is final.
///
/// # Errors
/// When the objection is not taken, its files or the answer cannot be made, or the database fails.
pub async fn file(
    state: &ServiceState,
    at_work: &CallAtWork,
    actor: Actor,
    new: &NewObjection,
    keep_files: impl Future<Output = Result<(), ApiError>>,
    answer: impl FnOnce(&FiledObjection) -> Result<KeptAnswer, ApiError>,
) -> Result<KeptAnswer, ApiError> {
    let now = state.clock.now();
    file_once(&state.database, at_work, (actor, new), (&state.service_metrics, now), keep_files, answer).await
}

/// The objection that fits both.
///
/// # Errors
/// When nothing does.
pub async fn objection_of_plate(
    state: &ServiceState,
    reference: &str,
    plate: &PlateNumber,
) -> Result<ObjectionView, ApiError> {
    state.budgets.ask_plate(&plate.key())?;
    state.budgets.ask_reference(reference)?;
    let reference: ObjectionReference = parse_in_path(reference, ProblemCode::ObjectionNotFound)?;
    let found = find::objection_of_plate(&state.database, &reference, plate).await?;
    found.ok_or_else(|| ProblemCode::ObjectionNotFound.into())
}

impl From<FilingError> for ApiError {
    fn from(error: FilingError) -> Self {
        let code = match error {
            FilingError::Database(source) => return source.into(),
            FilingError::Canonical(_) => return Self::new(ProblemCode::Internal).caused_by(error),
            FilingError::UnknownViolation(_) => ProblemCode::ViolationNotFound,
            FilingError::AlreadyCancelled(_)
            | FilingError::TooManyObjections(_)
            | FilingError::ViolationCount
            | FilingError::ViolationRepeated(_)
            | FilingError::SeveralCountries
            | FilingError::GroundCount
            | FilingError::GroundRepeated(_)
            | FilingError::Attachments => ProblemCode::ObjectionRefused,
        };
        match error.citizen_text() {
            Some(text) => Self::new(code).with_text(text),
            None => Self::new(code).with_detail(error.to_string()),
        }
    }
}

impl From<ObjectionError> for ApiError {
    fn from(error: ObjectionError) -> Self {
        let code = match error {
            ObjectionError::Database(source) => return source.into(),
            ObjectionError::NotFound(_) => ProblemCode::ObjectionNotFound,
            ObjectionError::Illegal(_) | ObjectionError::NothingLeft | ObjectionError::Moved(_) => {
                ProblemCode::StepNotPossible
            }
            ObjectionError::TooManyAttachments => ProblemCode::AttachmentRefused,
            ObjectionError::Unreadable { .. } | ObjectionError::Chain(_) | ObjectionError::Canonical(_) => {
                return Self::new(ProblemCode::Internal).caused_by(error);
            }
        };
        match step_text(&error) {
            Some(text) => Self::new(code).with_text(text),
            None => Self::new(code).with_detail(error.to_string()),
        }
    }
}
