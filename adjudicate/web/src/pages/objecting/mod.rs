//! Objecting by a form: shown, read, filed once; shown again with everything that was entered where it is refused.

pub mod form;
pub mod problems;

use super::format;
use super::objection_view::GroundChoice;
use super::page::{CitizenPage, Page, html};
use crate::api::files_in::{CheckedFile, FileBytes};
use crate::api::idempotency::{Begun, begin_or_wait, replay};
use crate::api::objections as api;
use crate::api::violations::violation_of_plate;
use crate::error::{ApiError, ProblemCode};
use crate::extract::{PartsBody, PathPart, parse_in_path};
use crate::session::said::Said;
use crate::staging::FormFolder;
use crate::state::ServiceState;
use crate::uploads::draft::{Draft, FormKind, FormSubject};
use adjudicate::access::session::SessionToken;
use adjudicate::case::read::{CaseEvidence, IssuedViolation};
use adjudicate::facts::holidays::rest_days_since;
use adjudicate::foundation::audit::Actor;
use adjudicate::foundation::idempotency::{CallAtWork, CallIdentity, KeptAnswer};
use adjudicate::objection::new::{FiledObjection, NewAttachment, NewObjection};
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use form::{FormOf, ObjectionInput, ReadForm, read_form};
use problems::{FieldProblems, FormField, Problems};
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
    is_draft: bool,
    is_refused: bool,
    problems: FieldProblems,
    files: Vec<KeptFile>,
    input: ObjectionInput,
}

/// A file that waits with its form.
#[derive(Debug)]
pub(super) struct KeptFile {
    pub(super) digest: String,
    pub(super) name: String,
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
    folder: FormFolder,
}

/// What a form page shows besides the violation.
#[derive(Debug, Default)]
struct Shown<'p> {
    input: ObjectionInput,
    /// Whether it was typed before the session ended.
    is_draft: bool,
    problems: Option<&'p Problems>,
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

/// The form; with what was typed into it before the session ended, if anything was.
///
/// # Errors
/// When the violation is not of the session's plate, or the folder of uploads cannot be used.
pub async fn object_form(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    CitizenPage { page, plate_key, .. }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate_key).await?;
    let subject = FormSubject::new(FormKind::Objection, &issued.reference);
    let shown = match draft_of(&state, &headers, &subject, &plate_key).await? {
        Some(input) => Shown { input, is_draft: true, problems: None },
        None => {
            let submission = subject.token_for(&state, &plate_key).await?;
            Shown { input: ObjectionInput { submission, ..ObjectionInput::default() }, ..Shown::default() }
        }
    };
    form_page(&state, page, (&evidence, &issued), shown, StatusCode::OK).await
}

/// Files the objection. Sent twice, it is filed once and answered the same: the form carries a token of its own. Sent after
/// the session has ended, what it holds is kept until the citizen signs in again.
///
/// # Errors
/// When the violation is not of the session's plate or the form cannot be read.
pub async fn object(
    State(state): State<ServiceState>,
    citizen: Result<CitizenPage, Response>,
    PathPart((_, reference)): PathPart<(String, String)>,
    PartsBody(parts): PartsBody,
) -> Result<Response, ApiError> {
    let CitizenPage { page, plate_key, session } = match citizen {
        Ok(citizen) => citizen,
        Err(to_sign_in) => return kept_for_later(&state, &reference, parts, to_sign_in).await,
    };
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate_key).await?;
    let plate = evidence.plate.clone().ok_or(ProblemCode::ViolationNotFound)?;
    let violation = issued.reference.clone();
    let subject = FormSubject::new(FormKind::Objection, &violation);
    let form = FormOf { subject: &subject, signed_in: Some(&plate_key) };
    let ReadForm { input, problems, folder } = read_form(&state, form, parts).await?;
    let filing = Filing {
        state: state.clone(),
        page: page.clone(),
        plate_key,
        plate,
        violation,
        input: input.clone(),
        problems,
        folder,
    };
    // A browser that sends the form again drops the first request: what was begun is brought to its end all the same.
    let filed = tokio::spawn(filing.once()).await;
    let filed = filed.map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))?;
    let (problems, status) = match filed {
        Ok(answer) => return Ok(filed_answer(&state, answer, &session)),
        Err(Refusal::Fields(problems)) => (problems, StatusCode::UNPROCESSABLE_ENTITY),
        Err(Refusal::Whole(error)) => of_whole(error),
    };
    let shown = Shown { input, is_draft: false, problems: Some(&problems) };
    form_page(&state, page, (&evidence, &issued), shown, status).await
}

/// Leads to the objection that was filed, whose page says so once.
fn filed_answer(state: &ServiceState, answer: KeptAnswer, session: &SessionToken) -> Response {
    let mut response = replay(answer);
    let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    let reference = place.and_then(|place| place.rsplit('/').next()).unwrap_or_default().to_owned();
    let cookie = Said::Filed.cookie(&reference, session, &state.config);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Keeps what came without a session, if the form is one that we showed, and leads to where citizens sign in.
async fn kept_for_later(
    state: &ServiceState,
    reference: &str,
    parts: Multipart,
    mut to_sign_in: Response,
) -> Result<Response, ApiError> {
    let reference: ViolationReference = parse_in_path(reference, ProblemCode::ViolationNotFound)?;
    let subject = FormSubject::new(FormKind::Objection, reference);
    let read = match read_form(state, FormOf { subject: &subject, signed_in: None }, parts).await {
        Ok(read) => read,
        Err(error) if error.code() == ProblemCode::Unauthenticated => return Ok(to_sign_in),
        Err(error) => return Err(error),
    };
    let draft = Draft::new(subject, read.input.submission.clone());
    if let Some(cookie) = draft.keep(state, &read.input.typed()).await? {
        to_sign_in.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(to_sign_in)
}

/// What was typed into the form before the session ended, if it was the same citizen's.
async fn draft_of(
    state: &ServiceState,
    headers: &HeaderMap,
    subject: &FormSubject,
    plate_key: &str,
) -> Result<Option<ObjectionInput>, ApiError> {
    let draft = Draft::in_cookie(headers, FormKind::Objection, &state.config);
    let Some(draft) = draft.filter(|draft| draft.is_about(subject)) else { return Ok(None) };
    let Some(typed) = draft.typed_by(state, plate_key).await? else { return Ok(None) };
    let staged = draft.files(state).await?;
    Ok(Some(ObjectionInput::of_draft(draft.token().to_owned(), &typed, staged)))
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
                if let Err(error) = self.state.uploads.remove(&self.folder).await {
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
            let address = page.address(&format!("/objections/{}", filed.reference));
            let headers = vec![(header::LOCATION.to_string(), address)];
            Ok(KeptAnswer { status: StatusCode::SEE_OTHER.as_u16(), headers, body: Vec::new() })
        };
        Ok(api::file(state, at_work, Actor::Citizen, &new, self.keep_files(&new), answer).await?)
    }

    /// Moves the form's files to the store of documents.
    async fn keep_files(&self, new: &NewObjection) -> Result<(), ApiError> {
        for attachment in &new.attachments {
            let bytes = FileBytes::Staged(self.folder.clone());
            let file = CheckedFile { attachment: attachment.clone(), bytes };
            let in_memory = file.read(&self.state).await?;
            self.state.documents.write(in_memory.bytes.clone()).await?;
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

async fn form_page(
    state: &ServiceState,
    page: Page,
    (evidence, issued): (&CaseEvidence, &IssuedViolation),
    shown: Shown<'_>,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let Shown { input, is_draft, problems } = shown;
    let page = page.of_country(evidence.jurisdiction);
    let last_day = last_day(state, evidence.jurisdiction, issued).await?;
    let shown = ObjectPage {
        reference: issued.reference.to_string(),
        last_day: last_day.map(|day| format::day(page.language, day)),
        grounds: GroundChoice::offered(&page, evidence, &input.ground),
        is_draft,
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
async fn last_day(
    state: &ServiceState,
    country: Jurisdiction,
    issued: &IssuedViolation,
) -> Result<Option<NaiveDate>, ApiError> {
    let limit = &state.policies.of(country).deadlines().objection;
    if !limit.supports_refusal() {
        return Ok(None);
    }
    let announced = rest_days_since(&state.database, country, issued.recorded_at).await?;
    let last = limit.last_day(issued.recorded_at);
    Ok(Some(HolidayCalendar::of(country).working_day_from(last, &announced)))
}

/// A file that waits, for a page.
pub(super) fn kept_file(language: Language, file: &NewAttachment) -> KeptFile {
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
