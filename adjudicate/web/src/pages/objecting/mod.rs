//! Objecting by a form: shown, read, filed once; shown again with everything that was entered where it is refused.

pub mod form;
pub mod problems;

use super::format;
use super::objection_view::GroundChoice;
use super::page::{CitizenPage, Page, html};
use crate::api::idempotency::{Begun, begin_or_wait, replay};
use crate::api::objections as api;
use crate::api::violations::violation_of_plate;
use crate::error::{ApiError, ProblemCode};
use crate::extract::{PartsBody, PathPart};
use crate::state::ServiceState;
use adjudicate::case::read::{CaseEvidence, IssuedViolation};
use adjudicate::foundation::audit::Actor;
use adjudicate::foundation::idempotency::{CallAtWork, CallIdentity, KeptAnswer};
use adjudicate::objection::new::{FiledObjection, NewAttachment, NewObjection};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use form::{ObjectionInput, folder, new_submission, read_form};
use problems::{FieldProblems, FormField, Problems, file_missing};
use rules::policy::calendar::HolidayCalendar;
use schemas::error_chain::ErrorChain;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::{BilingualText, Language};
use std::time::Duration;

/// Route of the form in the records of repeated calls.
const FORM_ROUTE: &str = "POST /{language}/violations/{reference}/objection";
/// Bytes in the kilobytes that people are told.
const KILOBYTE: u64 = 1_000;

#[derive(Template)]
#[template(path = "object.html")]
struct ObjectPage {
    page: Page,
    reference: String,
    last_day: Option<String>,
    grounds: Vec<GroundChoice>,
    is_refused: bool,
    problems: FieldProblems,
    files: Vec<KeptFile>,
    input: ObjectionInput,
}

struct KeptFile {
    digest: String,
    name: String,
}

/// A form with whom it is of.
#[derive(Debug)]
struct Filing {
    state: ServiceState,
    page: Page,
    plate_key: String,
    plate: PlateNumber,
    violation: ViolationReference,
    input: ObjectionInput,
    problems: Problems,
}

/// Why a form is shown again.
#[derive(Debug)]
enum Refusal {
    /// Something in it is to be corrected.
    Fields(Problems),
    /// It was refused as a whole.
    Whole(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Whole(error)
    }
}

/// The form.
///
/// # Errors
/// When the violation is not of the session's plate.
pub async fn object_form(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate_key).await?;
    let input = ObjectionInput { submission: new_submission(), ..ObjectionInput::default() };
    form_page(&state, page, (&evidence, &issued), input, None, StatusCode::OK)
}

/// Files the objection. Sent twice, it is filed once and answered the same: the form carries a token of its own.
///
/// # Errors
/// When the violation is not of the session's plate or the form cannot be read.
pub async fn object(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
    PartsBody(parts): PartsBody,
) -> Result<Response, ApiError> {
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate_key).await?;
    let plate = evidence.plate.clone().ok_or(ProblemCode::ViolationNotFound)?;
    let (input, problems) = read_form(&state, &plate_key, parts).await?;
    let violation = issued.reference.clone();
    let filing = Filing {
        state: state.clone(),
        page: page.clone(),
        plate_key,
        plate,
        violation,
        input: input.clone(),
        problems,
    };
    // A browser that sends the form again drops the first request: what was begun is brought to its end all the same.
    let filed = tokio::spawn(filing.once()).await;
    let filed = filed.map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))?;
    let (problems, status) = match filed {
        Ok(answer) => return Ok(replay(answer)),
        Err(Refusal::Fields(problems)) => (problems, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Refusal::Whole(error)) => of_whole(error),
    };
    form_page(&state, page, (&evidence, &issued), input, Some(&problems), status)
}

impl Filing {
    /// Files the form, or waits for the answer of the request that files it already.
    async fn once(self) -> Result<KeptAnswer, Refusal> {
        let call = CallIdentity {
            caller: format!("citizen:{}", self.plate_key),
            route: FORM_ROUTE.to_owned(),
            idempotency_key: self.input.submission.clone(),
            // The token alone makes a form the same: a browser may send it again without its files.
            fingerprint: blake3::hash(self.input.submission.as_bytes()).into(),
        };
        let patience = Duration::from_millis(self.state.config.request_timeout_milliseconds / 2);
        let unfinished = match begin_or_wait(&self.state, call, patience).await? {
            Begun::First(unfinished) => unfinished,
            Begun::Answered(answer) => return Ok(answer),
        };
        match self.file(unfinished.at_work()).await {
            Ok(answer) => {
                unfinished.end();
                let folder = folder(&self.state, &self.plate_key, &self.input.submission);
                if let Err(error) = self.state.uploads.remove(&folder).await {
                    tracing::warn!(cause = %ErrorChain(&error), "uploads of a filed form stay until they are swept");
                }
                Ok(answer)
            }
            Err(refusal) => {
                // The citizen corrects the form and sends it again under the same token.
                unfinished.forget().await?;
                Err(refusal)
            }
        }
    }

    async fn file(&self, at_work: &CallAtWork) -> Result<KeptAnswer, Refusal> {
        let Self { state, page, plate, violation, input, .. } = self;
        let today = state.clock.now().date_naive();
        let new = match input.parse(page.language, violation, plate, today) {
            Ok(new) if self.problems.is_empty() => new,
            Ok(_) => return Err(Refusal::Fields(self.problems.clone())),
            Err(refused) => return Err(Refusal::Fields(self.problems.clone().and(refused))),
        };
        let answer = |filed: &FiledObjection| {
            let address = page.address(&format!("/objections/{}?said=filed", filed.reference));
            let headers = vec![(header::LOCATION.to_string(), address)];
            Ok(KeptAnswer { status: StatusCode::SEE_OTHER.as_u16(), headers, body: Vec::new() })
        };
        Ok(api::file(state, at_work, Actor::Citizen, &new, self.keep_files(&new), answer).await?)
    }

    /// Moves the form's files to the store of documents.
    async fn keep_files(&self, new: &NewObjection) -> Result<(), ApiError> {
        let folder = folder(&self.state, &self.plate_key, &self.input.submission);
        for file in &new.attachments {
            let bytes = self.state.uploads.read(&folder, file).await.map_err(|error| {
                tracing::warn!(cause = %ErrorChain(&error), "an upload is gone before its form is filed");
                ApiError::new(ProblemCode::AttachmentRefused).with_text(file_missing())
            })?;
            self.state.documents.write(bytes).await?;
        }
        Ok(())
    }
}

/// A refusal of the whole form as what is shown; one that is the server's fault is logged as always.
fn of_whole(error: ApiError) -> (Problems, StatusCode) {
    let code = error.code();
    let said = |language| error.detail(language).unwrap_or_else(|| code.title(language)).to_owned();
    let text = BilingualText::new(said(Language::Arabic), said(Language::English));
    let mut problems = Problems::default();
    problems.add(FormField::Form, text);
    let status = match code.status() {
        status if status.is_server_error() => error.into_response().status(),
        StatusCode::CONFLICT => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (problems, status)
}

fn form_page(
    state: &ServiceState,
    page: Page,
    (evidence, issued): (&CaseEvidence, &IssuedViolation),
    input: ObjectionInput,
    problems: Option<&Problems>,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let page = page.of_country(evidence.jurisdiction);
    let shown = ObjectPage {
        reference: issued.reference.to_string(),
        last_day: last_day(state, evidence.jurisdiction, issued).map(|day| format::day(page.language, day)),
        grounds: GroundChoice::offered(&page, evidence, &input.ground),
        is_refused: problems.is_some(),
        problems: problems.map(|problems| problems.in_language(page.language)).unwrap_or_default(),
        files: input.files.iter().map(|file| kept_file(page.language, file)).collect(),
        input,
        page: page.at("find"),
    };
    html(status, &shown)
}

/// The last day for an objection to whoever was told at once, where the time limit has a source. A later notice moves
/// it, which only triage can tell.
fn last_day(state: &ServiceState, country: Jurisdiction, issued: &IssuedViolation) -> Option<NaiveDate> {
    let limit = &state.policies.of(country).deadlines().objection;
    let last = limit.supports_refusal().then(|| limit.last_day(issued.recorded_at))?;
    Some(HolidayCalendar::of(country).working_day_from(last))
}

fn kept_file(language: Language, file: &NewAttachment) -> KeptFile {
    let kilobytes = file.size_bytes.div_ceil(KILOBYTE);
    let unit = match language {
        Language::Arabic => "ك.ب",
        Language::English => "KB",
    };
    KeptFile {
        digest: file.sha256.to_string(),
        name: format!("{} · {kilobytes} {unit}", file.media_type.name()),
    }
}

#[cfg(test)]
mod form_tests;
