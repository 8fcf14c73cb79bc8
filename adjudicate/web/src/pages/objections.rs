//! A citizen's objection as pages: the form, where it stands, the answer with its reasons, the step to a person.

use super::case::Message;
use super::format;
use super::labels;
use super::objection_form::{ObjectionInput, read_form};
use super::objection_view::{GroundChoice, TimelineEntry};
use super::page::{CitizenPage, Page, html};
use super::texts::Dialect;
use super::wording::Wording;
use crate::api::idempotency::{lease_length, replay};
use crate::api::objections::{self as api, objection_of_plate};
use crate::api::violations::violation_of_plate;
use crate::error::{ApiError, ProblemCode};
use crate::extract::{PartsBody, PathPart, QueryPart};
use crate::state::ServiceState;
use adjudicate::case::read::{CaseEvidence, IssuedViolation};
use adjudicate::desk::object::{add_documents, ask_for_human};
use adjudicate::desk::objection_view::{HistoryEntry, ObjectionView, ViolationAnswer};
use adjudicate::foundation::audit::Actor;
use adjudicate::foundation::idempotency::{CallAtWork, CallIdentity, CallStart, KeptAnswer, begin, forget};
use adjudicate::objection::new::{FiledObjection, NewObjection};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Redirect, Response};
use chrono::NaiveDate;
use rules::flow::objection::{ObjectionEvent, ObjectionState, next};
use rules::policy::calendar::HolidayCalendar;
use schemas::decision::Verdict;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::text::Language;
use schemas::triage::MachineAnswerKind;
use serde::Deserialize;
use uuid::Uuid;

/// Route of the form in the records of repeated calls.
const FORM_ROUTE: &str = "POST /{language}/violations/{reference}/objection";

/// What happened just before.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Filed,
    HumanAsked,
    DocumentAdded,
}

/// Parameters of the page.
#[derive(Debug, Deserialize)]
pub struct ObjectionQuery {
    said: Option<Said>,
}

#[derive(Template)]
#[template(path = "object.html")]
struct ObjectPage {
    page: Page,
    reference: String,
    submission: String,
    last_day: Option<String>,
    grounds: Vec<GroundChoice>,
    refusal: Option<String>,
    input: ObjectionInput,
}

#[derive(Template)]
#[template(path = "objection.html")]
struct ObjectionPage {
    page: Page,
    reference: String,
    state: &'static str,
    state_class: &'static str,
    message: Option<Message>,
    answers: Vec<AnswerView>,
    document: Option<DocumentView>,
    may_ask_human: bool,
    timeline: Vec<TimelineEntry>,
}

struct AnswerView {
    reference: String,
    given: Option<GivenView>,
}

struct GivenView {
    class: &'static str,
    name: &'static str,
    amount: Option<String>,
    /// Who answered; `None` where the machine only passed it on or waits.
    by: Option<&'static str>,
    texts: Vec<String>,
}

struct DocumentView {
    kinds: Vec<String>,
    due: Option<String>,
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
    let submission = Uuid::new_v4().as_simple().to_string();
    let input = ObjectionInput { submission, ..ObjectionInput::default() };
    form_page(&state, page, &evidence, &issued, input, None)
}

/// Files the objection. Sent twice, it is filed once: the form carries a token of its own.
///
/// # Errors
/// When the violation is not of the session's plate or the server is at fault.
pub async fn object(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
    PartsBody(parts): PartsBody,
) -> Result<Response, ApiError> {
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate_key).await?;
    let plate = evidence.plate.clone().ok_or(ProblemCode::ViolationNotFound)?;
    let input = read_form(&state, parts).await?;
    let filed = match input.parse(page.language, &issued.reference, &plate) {
        Ok(new) => file(&state, &page, &plate_key, &input, &new).await,
        Err(refusal) => Err(refusal),
    };
    match filed {
        Err(refusal) if refusal.code().status().is_client_error() => {
            let detail = refusal.detail(page.language).map(str::to_owned);
            let reason = detail.unwrap_or_else(|| refusal.code().title(page.language).to_owned());
            form_page(&state, page, &evidence, &issued, input, Some(reason))
        }
        other => other,
    }
}

/// The page of an objection.
///
/// # Errors
/// When it is not of the session's plate.
pub async fn objection(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
    QueryPart(query): QueryPart<ObjectionQuery>,
) -> Result<Response, ApiError> {
    let view = own_objection(&state, &reference, &plate_key).await?;
    let page = page.of_country(view.jurisdiction);
    let message = query.said.map(|said| match said {
        Said::Filed => {
            let mut message = Message::good(page.t.objection_received);
            message.lines.push(format!("\u{2066}{}\u{2069}", view.reference));
            message
        }
        Said::HumanAsked => Message::good(page.t.human_asked),
        Said::DocumentAdded => Message::good(page.t.document_received),
    });
    objection_page(&state, page, &view, message)
}

/// The one step to a person.
///
/// # Errors
/// When a person has it or had it already.
pub async fn human_review(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
) -> Result<Redirect, ApiError> {
    let view = own_objection(&state, &reference, &plate_key).await?;
    ask_for_human(&state.database, Actor::Citizen, view.id, None, state.clock.now()).await?;
    Ok(Redirect::to(&page.address(&format!("/objections/{}?said=human_asked", view.reference))))
}

/// Adds a document, also the one that was asked for.
///
/// # Errors
/// When it is not a file that is taken, or the objection is closed.
pub async fn document(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
    PartsBody(parts): PartsBody,
) -> Result<Redirect, ApiError> {
    let view = own_objection(&state, &reference, &plate_key).await?;
    let input = read_form(&state, parts).await?;
    if input.attachments.is_empty() {
        return Err(ProblemCode::AttachmentRefused.into());
    }
    let now = state.clock.now();
    add_documents(&state.database, &Actor::Citizen, view.id, &input.attachments, now).await?;
    Ok(Redirect::to(&page.address(&format!("/objections/{}?said=document_added", view.reference))))
}

async fn own_objection(
    state: &ServiceState,
    reference: &str,
    plate_key: &str,
) -> Result<ObjectionView, ApiError> {
    let plate = PlateNumber::parse_key(plate_key).map_err(|_| ProblemCode::ObjectionNotFound)?;
    objection_of_plate(state, reference, &plate).await
}

async fn file(
    state: &ServiceState,
    page: &Page,
    plate_key: &str,
    input: &ObjectionInput,
    new: &NewObjection,
) -> Result<Response, ApiError> {
    let call = CallIdentity {
        caller: format!("citizen:{plate_key}"),
        route: FORM_ROUTE.to_owned(),
        idempotency_key: input.submission_key()?,
        fingerprint: input.fingerprint(),
    };
    let lease = match begin(&state.database, &call, lease_length(state)).await? {
        CallStart::Started(lease) => lease,
        CallStart::Replay(answer) => return Ok(replay(answer)),
        CallStart::InFlight => return Err(ProblemCode::IdempotencyKeyInFlight.into()),
        CallStart::Mismatch => return Err(ProblemCode::IdempotencyKeyReused.into()),
    };
    let answer = |filed: &FiledObjection| {
        let address = page.address(&format!("/objections/{}?said=filed", filed.reference));
        let headers = vec![(header::LOCATION.to_string(), address)];
        Ok(KeptAnswer { status: StatusCode::SEE_OTHER.as_u16(), headers, body: Vec::new() })
    };
    let at_work = CallAtWork { call, lease };
    match api::file(state, &at_work, Actor::Citizen, new, answer).await {
        Ok(answer) => Ok(replay(answer)),
        Err(refusal) => {
            // The citizen corrects the form and sends it again under the same token.
            forget(&state.database, &at_work).await?;
            Err(refusal)
        }
    }
}

fn form_page(
    state: &ServiceState,
    page: Page,
    evidence: &CaseEvidence,
    issued: &IssuedViolation,
    input: ObjectionInput,
    refusal: Option<String>,
) -> Result<Response, ApiError> {
    let page = page.of_country(evidence.jurisdiction);
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = ObjectPage {
        reference: issued.reference.to_string(),
        submission: input.submission.clone(),
        last_day: last_day(state, evidence.jurisdiction, issued).map(|day| format::day(page.language, day)),
        grounds: GroundChoice::offered(&page, evidence, &input.ground),
        refusal,
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

fn objection_page(
    state: &ServiceState,
    page: Page,
    view: &ObjectionView,
    message: Option<Message>,
) -> Result<Response, ApiError> {
    let page = page.of_country(view.jurisdiction);
    let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
    let shown = ObjectionPage {
        reference: view.reference.to_string(),
        state: labels::objection_state(page.t.dialect, view.state),
        state_class: if view.state.is_live() { "badge-warn" } else { "badge-good" },
        message,
        answers: view.violations.iter().map(|answer| answer_view(wording, answer)).collect(),
        document: (view.state == ObjectionState::AwaitingDocument).then(|| document_view(wording, view)),
        may_ask_human: view.human_asked_at.is_none() && next(view.state, ObjectionEvent::HumanAsked).is_ok(),
        timeline: view.history.iter().map(|entry| history_entry(wording, view, entry)).collect(),
        page: page.at("follow"),
    };
    html(StatusCode::OK, &shown)
}

fn answer_view(wording: Wording<'_>, answer: &ViolationAnswer) -> AnswerView {
    let given = match (&answer.human, &answer.machine) {
        (Some(human), _) => {
            let (name, class) = verdict_name(wording.t.dialect, human.verdict);
            let (first, second) = match wording.language {
                Language::Arabic => (&human.reason_arabic, &human.reason_english),
                Language::English => (&human.reason_english, &human.reason_arabic),
            };
            Some(GivenView {
                class,
                name,
                amount: human.verdict.reduced_to().map(|amount| wording.money(amount)),
                by: Some(wording.t.answered_by_human),
                texts: first.iter().chain(second).cloned().collect(),
            })
        }
        (None, Some(machine)) => Some(GivenView {
            class: machine_class(machine.answer),
            name: labels::machine_answer(wording.t.dialect, machine.answer),
            amount: machine.amount.map(|amount| wording.money(amount)),
            by: machine.answer.closing().map(|_| wording.t.answered_by_machine),
            texts: vec![machine.explanation.in_language(wording.language).to_owned()],
        }),
        (None, None) => None,
    };
    AnswerView { reference: answer.reference.to_string(), given }
}

fn verdict_name(dialect: Dialect, verdict: Verdict) -> (&'static str, &'static str) {
    match (verdict, dialect) {
        (Verdict::Cancel, _) => (labels::machine_answer(dialect, MachineAnswerKind::Cancelled), "badge-good"),
        (Verdict::Reduce { .. }, _) => {
            (labels::machine_answer(dialect, MachineAnswerKind::Reduced), "badge-good")
        }
        (Verdict::Uphold, Dialect::Arabic | Dialect::EgyptianArabic) => ("أُيِّدت المخالفة", "badge-warn"),
        (Verdict::Uphold, Dialect::English) => ("Upheld", "badge-warn"),
    }
}

const fn machine_class(answer: MachineAnswerKind) -> &'static str {
    match answer {
        MachineAnswerKind::Cancelled | MachineAnswerKind::Reduced | MachineAnswerKind::ClosedAsPaid => {
            "badge-good"
        }
        MachineAnswerKind::RefusedOnForm | MachineAnswerKind::DocumentAsked => "badge-warn",
        MachineAnswerKind::Waiting | MachineAnswerKind::SentToReview => "badge-accent",
    }
}

fn document_view(wording: Wording<'_>, view: &ObjectionView) -> DocumentView {
    let table = GroundTable::of(view.jurisdiction);
    let asked = view.violations.iter().filter_map(|answer| answer.machine.as_ref());
    let mut kinds: Vec<_> = asked.flat_map(|machine| machine.documents.iter().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    DocumentView {
        kinds: kinds
            .iter()
            .map(|kind| table.document(*kind).in_language(wording.language).to_owned())
            .collect(),
        due: view.document_due_on.map(|day| format::day(wording.language, day)),
    }
}

fn history_entry(wording: Wording<'_>, view: &ObjectionView, entry: &HistoryEntry) -> TimelineEntry {
    let action = entry.event.map_or_else(
        || wording.t.filed.to_owned(),
        |event| labels::objection_event(wording.t.dialect, event).to_owned(),
    );
    TimelineEntry::of(wording, view.jurisdiction, entry.at, action, String::new())
}
