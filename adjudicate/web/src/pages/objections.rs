//! A citizen's objection as pages: where it stands, the answer with its reasons, the step to a person.

use super::case::Message;
use super::format;
use super::labels;
use super::objecting::form::text_of;
use super::objection_view::TimelineEntry;
use super::page::{CitizenPage, Page, html};
use super::texts::{Dialect, Texts};
use super::wording::Wording;
use crate::api::files_in::{CheckedFile, FileBytes, file_in};
use crate::api::objections::{self as api, objection_of_plate};
use crate::error::{ApiError, ProblemCode};
use crate::extract::{PartsBody, PathPart, parse_in_path};
use crate::pages::objecting::{KeptFile, kept_file};
use crate::session::said::Said;
use crate::staging::FormFolder;
use crate::state::ServiceState;
use crate::uploads::draft::{Draft, FormKind, FormSubject, Typed, folder};
use crate::uploads::seal::Owner;
use adjudicate::access::session::SessionToken;
use adjudicate::desk::object::ask_for_human;
use adjudicate::desk::objection_view::{HistoryEntry, HumanAnswer, ObjectionView, ViolationAnswer};
use adjudicate::foundation::audit::Actor;
use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use rules::flow::objection::{ObjectionEvent, ObjectionState, next};
use rules::quote::payment_days;
use schemas::attachment::ATTACHMENTS_MAX;
use schemas::decision::Verdict;
use schemas::error_chain::ErrorChain;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::reference::ObjectionReference;
use schemas::text::Language;
use schemas::triage::MachineAnswerKind;

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
    form: DocumentForm,
}

/// The form for a document, with files that came when the session had ended.
#[derive(Default)]
struct DocumentForm {
    submission: String,
    files: Vec<KeptFile>,
}

/// The page of an objection.
///
/// # Errors
/// When it is not of the session's plate.
pub async fn objection(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    CitizenPage { page, plate_key, session }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    let view = own_objection(&state, &reference, &plate_key).await?;
    let page = page.of_country(view.jurisdiction);
    let said = Said::of(&headers, view.reference.as_str(), &session, &state.config);
    let message = said.and_then(|said| message(page.t, &view, said));
    let form = document_form(&state, &headers, &page, &view).await?;
    let message = message.or_else(|| (!form.files.is_empty()).then(|| Message::good(page.t.draft_shown)));
    let mut response = objection_page(&state, page, &view, form, message, StatusCode::OK)?;
    Said::forget(said, &mut response, &state.config);
    Ok(response)
}

fn message(t: &Texts, view: &ObjectionView, said: Said) -> Option<Message> {
    match said {
        Said::Filed => {
            let mut message = Message::good(t.objection_received);
            message.lines.push(format!("\u{2066}{}\u{2069}", view.reference));
            Some(message)
        }
        Said::HumanAsked => Some(Message::good(t.human_asked)),
        Said::DocumentAdded => Some(Message::good(t.document_received)),
        Said::Decided
        | Said::Released
        | Said::QueueEmpty
        | Said::Renewed
        | Said::RenewedLast
        | Said::DecisionKept => None,
    }
}

/// The one step to a person.
///
/// # Errors
/// When a person has it or had it already.
pub async fn human_review(
    State(state): State<ServiceState>,
    CitizenPage { page, plate_key, session }: CitizenPage,
    PathPart((_, reference)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    let view = own_objection(&state, &reference, &plate_key).await?;
    ask_for_human(&state.database, Actor::Citizen, view.id, None, state.clock.now()).await?;
    Ok(to_objection(&state, &page, &view, Said::HumanAsked, &session))
}

fn to_objection(
    state: &ServiceState,
    page: &Page,
    view: &ObjectionView,
    said: Said,
    session: &SessionToken,
) -> Response {
    let address = page.address(&format!("/objections/{}", view.reference));
    said.on_the_way_to(&address, view.reference.as_str(), session, &state.config)
}

/// Adds a document, also the one that was asked for. Sent after the session has ended, it is kept until the citizen signs
/// in again.
///
/// # Errors
/// When it is not a file that is taken, or the objection is closed.
pub async fn document(
    State(state): State<ServiceState>,
    citizen: Result<CitizenPage, Response>,
    headers: HeaderMap,
    PathPart((_, reference)): PathPart<(String, String)>,
    PartsBody(parts): PartsBody,
) -> Result<Response, ApiError> {
    let CitizenPage { page, plate_key, session } = match citizen {
        Ok(citizen) => citizen,
        Err(to_sign_in) => return kept_for_later(&state, &reference, parts, to_sign_in).await,
    };
    let view = own_objection(&state, &reference, &plate_key).await?;
    let subject = FormSubject::new(FormKind::Document, &view.reference);
    let seal = state.uploads.seal().await?;
    let added = match documents(&state, (&subject, Some(seal.owner(&plate_key))), parts).await {
        Ok((files, sent)) => {
            let added = api::add(&state, Actor::Citizen, &view, files).await;
            if let (Ok(_), Some((folder, _))) = (&added, &sent)
                && let Err(error) = state.uploads.remove(folder).await
            {
                tracing::warn!(cause = %ErrorChain(&error), "uploads that were taken stay until they are swept");
            }
            added
        }
        Err(refused) => Err(refused),
    };
    match added {
        Ok(_) => Ok(to_objection(&state, &page, &view, Said::DocumentAdded, &session)),
        Err(refusal) if refusal.code().status().is_client_error() => {
            let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
            let message = Message::refusal(wording, &refusal);
            let form = document_form(&state, &headers, &page, &view).await?;
            objection_page(&state, page, &view, form, Some(message), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(failure) => Err(failure),
    }
}

/// The files of the document form, at least one; with the folder and token of the form if that was one of ours.
async fn documents(
    state: &ServiceState,
    (subject, signed_in): (&FormSubject, Option<Owner>),
    mut parts: Multipart,
) -> Result<(Vec<CheckedFile>, Option<(FormFolder, String)>), ApiError> {
    let mut files = Vec::new();
    let mut sent: Option<(FormFolder, String)> = None;
    while let Some(field) = parts.next_field().await? {
        if files.len() == ATTACHMENTS_MAX {
            return Err(ProblemCode::AttachmentRefused.into());
        }
        match (field.name(), &sent) {
            (Some("submission"), _) => {
                let token = text_of(field).await?;
                let owner = subject.owner_of(state, &token).await?;
                let owner =
                    owner.filter(|owner| signed_in.as_ref().is_none_or(|signed_in| signed_in == owner));
                sent = owner.map(|owner| (folder(state, &owner, &token), token));
            }
            (_, None) if signed_in.is_none() => return Err(ProblemCode::Unauthenticated.into()),
            (Some("kept"), Some((folder, _))) => {
                let digest = text_of(field).await?;
                let staged = state.uploads.list(folder).await?;
                let kept = staged.into_iter().find(|file| file.sha256.to_string() == digest);
                files.extend(
                    kept.map(|attachment| CheckedFile {
                        attachment,
                        bytes: FileBytes::Staged(folder.clone()),
                    }),
                );
            }
            (_, _) => files.extend(file_in(state, field).await?),
        }
    }
    if files.is_empty() { Err(ProblemCode::AttachmentRefused.into()) } else { Ok((files, sent)) }
}

/// Keeps what came without a session, if the form is one that we showed, and leads to where citizens sign in.
async fn kept_for_later(
    state: &ServiceState,
    reference: &str,
    parts: Multipart,
    to_sign_in: Response,
) -> Result<Response, ApiError> {
    let reference: ObjectionReference = parse_in_path(reference, ProblemCode::ObjectionNotFound)?;
    let subject = FormSubject::new(FormKind::Document, reference);
    let (files, sent) = match documents(state, (&subject, None), parts).await {
        Ok(read) => read,
        Err(error) if error.code() == ProblemCode::Unauthenticated => return Ok(to_sign_in),
        Err(error) => return Err(error),
    };
    let Some((folder, token)) = sent else { return Ok(to_sign_in) };
    for file in files {
        if let FileBytes::Sent(bytes) = file.bytes {
            state.uploads.put(&folder, file.attachment, bytes).await?;
        }
    }
    let kept = Draft::new(subject, token).keep(state, &Typed::new()).await?;
    let mut response = to_sign_in;
    // Objections are found on a page of their own.
    let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    let place =
        place.and_then(|place| place.strip_suffix("/violations")).map(|start| format!("{start}/objections"));
    if let Some(place) = place.and_then(|place| place.parse().ok()) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    if let Some(cookie) = kept {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The form for a document: with the files of the one that was sent when the session had ended, if it was the same
/// citizen's.
async fn document_form(
    state: &ServiceState,
    headers: &HeaderMap,
    page: &Page,
    view: &ObjectionView,
) -> Result<DocumentForm, ApiError> {
    if view.state != ObjectionState::AwaitingDocument {
        return Ok(DocumentForm::default());
    }
    let subject = FormSubject::new(FormKind::Document, &view.reference);
    let draft = Draft::in_cookie(headers, FormKind::Document, &state.config);
    if let Some(draft) = draft.filter(|draft| draft.is_about(&subject))
        && draft.typed_by(state, &view.plate_key).await?.is_some()
    {
        let files = draft.files(state).await?.iter().map(|file| kept_file(page.language, file)).collect();
        return Ok(DocumentForm { submission: draft.token().to_owned(), files });
    }
    let submission = subject.token_for(state, &view.plate_key).await?;
    Ok(DocumentForm { submission, files: Vec::new() })
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
    form: DocumentForm,
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
        document: (view.state == ObjectionState::AwaitingDocument)
            .then(|| document_view(wording, view, form)),
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

fn document_view(wording: Wording<'_>, view: &ObjectionView, form: DocumentForm) -> DocumentView {
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
        form,
    }
}

fn history_entry(wording: Wording<'_>, view: &ObjectionView, entry: &HistoryEntry) -> TimelineEntry {
    let action = entry.event.map_or_else(
        || wording.t.filed.to_owned(),
        |event| labels::objection_event(wording.t.dialect, event).to_owned(),
    );
    TimelineEntry::of(wording, view.jurisdiction, entry.at, action, String::new())
}
