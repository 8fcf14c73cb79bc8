//! A case on the reviewer's desk, and the steps around it: claim, keep, give back, look.

use super::decision_form::{DecisionForm, DecisionInput, decision_subject};
use super::evidence::{EvidenceView, Gallery};
use super::labels;
use super::objection_view::{CitizenView, SuggestionView, TimelineEntry};
use super::page::{Page, ReviewerPage, StaffPage, html};
use super::queue::{self, kind_name, state_name};
use super::texts::Texts;
use super::wording::Wording;
use crate::api::pictures::fresh_copy;
use crate::api::reviews::{file_for, frame_under_lease, is_held_by, plate_under_lease, task_in};
use crate::error::{ApiError, ProblemCode};
use crate::extract::PathPart;
use crate::pages::format;
use crate::session::said::Said;
use crate::state::ServiceState;
use crate::uploads::draft::{Draft, FormKind, reviewer_name};
use adjudicate::access::session::SessionToken;
use adjudicate::access::{Permission, Principal};
use adjudicate::case::read::{CaseEvidence, CaseOutcome};
use adjudicate::desk::case_file::CaseFile;
use adjudicate::desk::claim as desk;
use adjudicate::desk::frame::{self, CaseDocument};
use adjudicate::desk::reading::{self, Reading};
use adjudicate::review::Assignment;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use chrono::TimeDelta;
use schemas::attachment::AttachmentMediaType;
use schemas::ids::ReviewerId;
use schemas::jurisdiction::Jurisdiction;
use schemas::review::{ReviewTask, ReviewTaskState};
use schemas::text::Language;

/// A document neither runs nor loads anything.
const DOCUMENT_POLICY: &str = "sandbox; default-src 'none'";
/// The clocks of server and database may differ by so much.
const RENEWAL_TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// A message at the top of a page.
#[derive(Debug, Clone)]
pub struct Message {
    /// The box's class.
    pub class: &'static str,
    /// `alert` or `status`.
    pub role: &'static str,
    /// Its paragraphs.
    pub lines: Vec<String>,
}

impl Message {
    /// Something was done.
    #[must_use]
    pub fn good(line: impl Into<String>) -> Self {
        Self { class: "message-good", role: "status", lines: vec![line.into()] }
    }

    /// Something was refused.
    #[must_use]
    pub fn refusal(wording: Wording<'_>, error: &ApiError) -> Self {
        let mut lines = vec![error.code().title(wording.language).to_owned()];
        match error.detail(wording.language) {
            Some(detail) => lines.push(detail.to_owned()),
            // What stands at a part of the input is written for programs, in English.
            None if wording.language == Language::English => {
                lines.extend(error.fields().iter().map(|field| field.detail.clone()));
            }
            None => {}
        }
        Self { class: "message-bad", role: "alert", lines }
    }
}

/// Who holds the case, for the template.
#[derive(Debug)]
enum Hold {
    Mine { until: String },
    Free { may_claim: bool },
    Other,
    Done,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    page: Page,
    task: String,
    kind: &'static str,
    state: &'static str,
    state_class: &'static str,
    message: Option<Message>,
    hold: Hold,
    evidence: Vec<EvidenceView>,
    citizen: Option<CitizenView>,
    timeline: Vec<TimelineEntry>,
    decision: Option<DecisionForm>,
}

/// The page; that it was read is written down.
///
/// # Errors
/// When there is no such case or the database does not answer.
pub async fn case(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    StaffPage { page, principal, session }: StaffPage,
    PathPart((_, task)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    if !principal.may(Permission::SeeCase) {
        return Err(ProblemCode::Forbidden.into());
    }
    let file = file_for(&state, &principal, task_in(&task)?).await?;
    let draft = draft_of(&state, &headers, &principal, &file).await?;
    let said = Said::of(&headers, &file.task.id.to_string(), &session, &state.config);
    let message = said.and_then(|said| message(page.t, said));
    let message = message.or_else(|| draft.is_some().then(|| Message::good(page.t.draft_decision)));
    let input = draft.unwrap_or_default();
    let mut response = show(&state, page, &principal, &file, &input, message, StatusCode::OK).await?;
    Said::forget(said, &mut response, &state.config);
    Ok(response)
}

fn message(t: &Texts, said: Said) -> Option<Message> {
    match said {
        Said::Renewed => Some(Message::good(t.renewed)),
        Said::RenewedLast => Some(Message::good(t.renewed_last)),
        Said::DecisionKept => Some(Message::good(t.decision_kept)),
        Said::Decided
        | Said::Released
        | Said::QueueEmpty
        | Said::Filed
        | Said::HumanAsked
        | Said::DocumentAdded => None,
    }
}

/// What the holder typed into the decision form when the session or the hold had ended.
async fn draft_of(
    state: &ServiceState,
    headers: &HeaderMap,
    principal: &Principal,
    file: &CaseFile,
) -> Result<Option<DecisionInput>, ApiError> {
    let reviewer = principal.reviewer().filter(|reviewer| is_held_by(file, Some(reviewer)));
    let draft = Draft::in_cookie(headers, FormKind::Decision, &state.config);
    match (reviewer, draft) {
        (Some(reviewer), Some(draft)) if draft.is_about(&decision_subject(file.task.id)) => {
            Ok(draft.typed_by(state, &reviewer_name(reviewer)).await?.map(DecisionInput))
        }
        (_, _) => Ok(None),
    }
}

/// The page of a case, with what was entered and a message.
///
/// # Errors
/// As [`html`].
pub async fn show(
    state: &ServiceState,
    page: Page,
    principal: &Principal,
    file: &CaseFile,
    input: &DecisionInput,
    message: Option<Message>,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let jurisdiction = file.evidence.first().map_or(Jurisdiction::Egypt, |evidence| evidence.jurisdiction);
    let page = page.of_country(jurisdiction);
    let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
    let held = is_held_by(file, principal.reviewer());
    let address = page.address(&format!("/cases/{}", file.task.id));
    let gallery = if held {
        Gallery::Holder { address: address.clone(), opened: file.opened.clone() }
    } else {
        Gallery::Onlooker
    };
    let (state_text, state_class) = state_name(wording, &file.task.state, principal);
    let attachments_at = held.then_some(address.as_str());
    let decision = match principal.reviewer().filter(|_| held) {
        Some(reviewer) => {
            let token = decision_subject(file.task.id).token_for(state, &reviewer_name(reviewer)).await?;
            Some(DecisionForm::of(wording, file, input, token))
        }
        None => None,
    };
    let shown = CasePage {
        task: file.task.id.to_string(),
        kind: kind_name(wording, file.task.subject.kind()),
        state: state_text,
        state_class,
        message,
        hold: hold(wording, &file.task, (principal, state.review.assignment), jurisdiction),
        evidence: file.evidence.iter().map(|one| evidence(wording, file, one, &gallery)).collect(),
        citizen: file.objection.as_ref().map(|view| CitizenView::of(wording, view, attachments_at)),
        timeline: timeline(wording, file, jurisdiction),
        decision,
        page: page.at("queue"),
    };
    html(status, &shown)
}

/// Claims the first case that nobody holds and opens it.
///
/// # Errors
/// When the database does not answer.
pub async fn claim_next(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, session, .. }: ReviewerPage,
) -> Result<Response, ApiError> {
    let claimed = desk::claim_next(&state.database, &reviewer, None, state.review).await?;
    Ok(match claimed {
        Some(task) => Redirect::to(&page.address(&format!("/cases/{}", task.id))).into_response(),
        None => to_queue(&state, &page, Said::QueueEmpty, &session),
    })
}

/// Claims a case and opens it.
///
/// # Errors
/// When another reviewer holds it or it is decided.
pub async fn claim(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, .. }: ReviewerPage,
    PathPart((_, task)): PathPart<(String, String)>,
) -> Result<Redirect, ApiError> {
    let task = desk::claim(&state.database, task_in(&task)?, &reviewer, state.review).await?;
    Ok(Redirect::to(&page.address(&format!("/cases/{}", task.id))))
}

/// Prolongs the hold, to its longest end at most.
///
/// # Errors
/// When the reviewer does not hold the case.
pub async fn renew(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, session, .. }: ReviewerPage,
    PathPart((_, task)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    let id = task_in(&task)?;
    let renewed = desk::renew(&state.database, id, &reviewer, state.review).await?;
    let whole = TimeDelta::seconds(i64::from(state.review.lease_seconds)) - RENEWAL_TOLERANCE;
    let said = match &renewed.state {
        ReviewTaskState::Claimed(lease) if lease.until < state.clock.now() + whole => Said::RenewedLast,
        ReviewTaskState::Claimed(_) | ReviewTaskState::Open | ReviewTaskState::Done => Said::Renewed,
    };
    let address = page.address(&format!("/cases/{id}"));
    Ok(said.on_the_way_to(&address, &id.to_string(), &session, &state.config))
}

/// Gives the case back.
///
/// # Errors
/// When the reviewer does not hold it.
pub async fn release(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, session, .. }: ReviewerPage,
    PathPart((_, task)): PathPart<(String, String)>,
) -> Result<Response, ApiError> {
    desk::release(&state.database, task_in(&task)?, &reviewer).await?;
    Ok(to_queue(&state, &page, Said::Released, &session))
}

/// Leads to the queue, which says what happened.
pub(super) fn to_queue(state: &ServiceState, page: &Page, said: Said, session: &SessionToken) -> Response {
    said.on_the_way_to(&page.address("/queue"), queue::SUBJECT, session, &state.config)
}

/// A picture of the case, for its holder; the fetch is recorded.
///
/// # Errors
/// When the reviewer does not hold the case or it has no such picture.
pub async fn frame(
    State(state): State<ServiceState>,
    ReviewerPage { reviewer, .. }: ReviewerPage,
    method: Method,
    PathPart((_, task, sha256)): PathPart<(String, String, String)>,
) -> Result<Response, ApiError> {
    frame_under_lease(&state, &reviewer, &method, (&task, &sha256)).await
}

/// A plate cut out of a picture, for the case's holder.
///
/// # Errors
/// As [`frame()`].
pub async fn plate(
    State(state): State<ServiceState>,
    ReviewerPage { reviewer, .. }: ReviewerPage,
    PathPart((_, task, sha256, index)): PathPart<(String, String, String, usize)>,
) -> Result<Response, ApiError> {
    plate_under_lease(&state, &reviewer, &task, &sha256, index).await
}

/// What a citizen's document shows, for the case's holder: a picture is encoded anew, so that a browser shows nothing of
/// the file but what is seen in it; anything else is saved and never run.
///
/// # Errors
/// When the reviewer does not hold the case or it has no such document.
pub async fn attachment(
    State(state): State<ServiceState>,
    ReviewerPage { reviewer, principal, .. }: ReviewerPage,
    PathPart((_, task, attachment)): PathPart<(String, String, String)>,
) -> Result<Response, ApiError> {
    let document = document_for(&state, &reviewer, &principal, (&task, &attachment)).await?;
    match fresh_copy(&state, document.sha256, document.media_type).await? {
        Some(copy) => Ok(file_response(document.media_type, "inline".to_owned(), copy)),
        None => saved(&state, &document).await,
    }
}

/// A citizen's document as it was sent, to be saved: it is evidence, and somebody else's file.
///
/// # Errors
/// As [`attachment`].
pub async fn original(
    State(state): State<ServiceState>,
    ReviewerPage { reviewer, principal, .. }: ReviewerPage,
    PathPart((_, task, attachment)): PathPart<(String, String, String)>,
) -> Result<Response, ApiError> {
    let document = document_for(&state, &reviewer, &principal, (&task, &attachment)).await?;
    saved(&state, &document).await
}

/// The document, for whoever holds the case; that it was read is written down.
async fn document_for(
    state: &ServiceState,
    reviewer: &ReviewerId,
    principal: &Principal,
    (task, attachment): (&str, &str),
) -> Result<CaseDocument, ApiError> {
    let id = task_in(task)?;
    desk::held_lease(&state.database, id, reviewer).await?;
    let attachment = attachment.parse().map_err(|_| ProblemCode::FrameNotFound)?;
    let document = frame::document(&state.database, id, attachment).await?;
    let document = document.ok_or(ProblemCode::FrameNotFound)?;
    reading::note(&state.database, principal.actor(), id, Reading::Document(attachment)).await?;
    Ok(document)
}

async fn saved(state: &ServiceState, document: &CaseDocument) -> Result<Response, ApiError> {
    let bytes = state.documents.read(document.sha256).await?;
    let name = format!("{}.{}", document.sha256, document.media_type.name().to_ascii_lowercase());
    Ok(file_response(document.media_type, format!("attachment; filename=\"{name}\""), bytes))
}

fn file_response(media_type: AttachmentMediaType, disposition: String, bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.label().to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, DOCUMENT_POLICY.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, bytes).into_response()
}

fn hold(
    wording: Wording<'_>,
    task: &ReviewTask,
    (principal, assignment): (&Principal, Assignment),
    jurisdiction: Jurisdiction,
) -> Hold {
    match &task.state {
        ReviewTaskState::Open => {
            let may_choose = assignment == Assignment::Oldest;
            Hold::Free { may_claim: may_choose && principal.may(Permission::ReviewCase) }
        }
        ReviewTaskState::Done => Hold::Done,
        ReviewTaskState::Claimed(lease) if principal.reviewer() == Some(&lease.reviewer) => {
            Hold::Mine { until: format::instant(wording.language, jurisdiction, lease.until) }
        }
        ReviewTaskState::Claimed(_) => Hold::Other,
    }
}

fn evidence(
    wording: Wording<'_>,
    file: &CaseFile,
    evidence: &CaseEvidence,
    gallery: &Gallery,
) -> EvidenceView {
    let mut view = EvidenceView::of(wording, evidence, gallery);
    if let (CaseOutcome::Violation(issued), Some(objection)) = (&evidence.outcome, &file.objection) {
        let answer = objection.violations.iter().find(|one| one.violation == issued.id);
        let machine = answer.and_then(|answer| answer.machine.as_ref());
        view.suggestion = machine.map(|stored| SuggestionView::of(wording, evidence.jurisdiction, stored));
    }
    view
}

fn timeline(wording: Wording<'_>, file: &CaseFile, jurisdiction: Jurisdiction) -> Vec<TimelineEntry> {
    let entry = |audited: &adjudicate::desk::case_file::AuditedAction| {
        let action = labels::action(wording.t.dialect, audited.action).to_owned();
        let actor = labels::actor(wording.language, &audited.actor);
        TimelineEntry::of(wording, jurisdiction, audited.at, action, actor)
    };
    file.history.iter().map(entry).collect()
}
