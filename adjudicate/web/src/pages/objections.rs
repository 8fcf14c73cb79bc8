//! A citizen's objection as pages: where it stands, the answer with its reasons, the step to a person.

use super::case::Message;
use super::format;
use super::labels;
use super::objection_view::TimelineEntry;
use super::page::{CitizenPage, Page, html};
use super::texts::Dialect;
use super::wording::Wording;
use crate::api::files_in::{CheckedFile, file_in};
use crate::api::objections::{self as api, objection_of_plate};
use crate::error::{ApiError, ProblemCode};
use crate::extract::{PartsBody, PathPart, QueryPart};
use crate::state::ServiceState;
use adjudicate::desk::object::ask_for_human;
use adjudicate::desk::objection_view::{HistoryEntry, HumanAnswer, ObjectionView, ViolationAnswer};
use adjudicate::foundation::audit::Actor;
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use rules::flow::objection::{ObjectionEvent, ObjectionState, next};
use rules::quote::payment_days;
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::decision::Verdict;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::text::Language;
use schemas::triage::MachineAnswerKind;
use serde::Deserialize;

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
    objection_page(&state, page, &view, message, StatusCode::OK)
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
) -> Result<Response, ApiError> {
    let view = own_objection(&state, &reference, &plate_key).await?;
    let added = match documents(&state, parts).await {
        Ok(files) => api::add(&state, Actor::Citizen, &view, files).await,
        Err(refused) => Err(refused),
    };
    match added {
        Ok(_) => {
            let address = page.address(&format!("/objections/{}?said=document_added", view.reference));
            Ok(Redirect::to(&address).into_response())
        }
        Err(refusal) if refusal.code().status().is_client_error() => {
            let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
            let message = Message::refusal(wording, &refusal);
            objection_page(&state, page, &view, Some(message), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(failure) => Err(failure),
    }
}

/// The files of a form that has nothing else, at least one.
async fn documents(state: &ServiceState, mut parts: Multipart) -> Result<Vec<CheckedFile>, ApiError> {
    let mut files = Vec::new();
    while let Some(field) = parts.next_field().await? {
        if files.len() == ATTACHMENTS_MAX {
            return Err(ProblemCode::AttachmentRefused.into());
        }
        files.extend(file_in(state, field).await?);
    }
    if files.is_empty() { Err(ProblemCode::AttachmentRefused.into()) } else { Ok(files) }
}

async fn own_objection(
    state: &ServiceState,
    reference: &str,
    plate_key: &str,
) -> Result<ObjectionView, ApiError> {
    let plate = PlateNumber::parse_key(plate_key).map_err(|_| ProblemCode::ObjectionNotFound)?;
    objection_of_plate(state, reference, &plate).await
}

fn objection_page(
    state: &ServiceState,
    page: Page,
    view: &ObjectionView,
    message: Option<Message>,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let page = page.of_country(view.jurisdiction);
    let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
    let shown = ObjectionPage {
        reference: view.reference.to_string(),
        state: labels::objection_state(page.t.dialect, view.state),
        state_class: if view.state.is_live() { "badge-warn" } else { "badge-good" },
        message,
        answers: view
            .violations
            .iter()
            .map(|answer| answer_view(wording, view.jurisdiction, answer))
            .collect(),
        document: (view.state == ObjectionState::AwaitingDocument).then(|| document_view(wording, view)),
        may_ask_human: view.human_asked_at.is_none() && next(view.state, ObjectionEvent::HumanAsked).is_ok(),
        timeline: view.history.iter().map(|entry| history_entry(wording, view, entry)).collect(),
        page: page.at("follow"),
    };
    html(status, &shown)
}

fn answer_view(wording: Wording<'_>, country: Jurisdiction, answer: &ViolationAnswer) -> AnswerView {
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
                texts: first.iter().chain(second).cloned().chain(payment(wording, country, human)).collect(),
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

/// By when to pay what a person left due.
fn payment(wording: Wording<'_>, country: Jurisdiction, human: &HumanAnswer) -> Option<String> {
    match human.verdict {
        Verdict::Cancel => None,
        Verdict::Uphold | Verdict::Reduce { .. } => {
            let days = payment_days(wording.policies.of(country), human.decided_at)?;
            Some(days.in_words().in_language(wording.language).to_owned())
        }
    }
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
