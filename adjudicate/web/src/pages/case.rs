//! A case on the reviewer's desk, and the steps around it: claim, keep, give back, look.

use super::decision_form::{DecisionForm, DecisionInput};
use super::evidence::{EvidenceView, Gallery};
use super::labels;
use super::objection_view::{CitizenView, SuggestionView, TimelineEntry};
use super::page::{Page, ReviewerPage, StaffPage, html};
use super::queue::{kind_name, state_name};
use super::wording::Wording;
use crate::api::reviews::{frame_under_lease, is_held_by, plate_under_lease, task_in};
use crate::error::{ApiError, ProblemCode};
use crate::extract::{PathPart, QueryPart};
use crate::pages::format;
use crate::state::ServiceState;
use adjudicate::access::{Permission, Principal};
use adjudicate::case::read::{CaseEvidence, CaseOutcome};
use adjudicate::desk::case_file::{CaseFile, case_file};
use adjudicate::desk::claim as desk;
use adjudicate::desk::frame;
use askama::Template;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use schemas::jurisdiction::Jurisdiction;
use schemas::review::{ReviewTask, ReviewTaskState};
use schemas::text::Language;
use serde::Deserialize;

/// What happened just before.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Renewed,
}

/// Parameters of the page.
#[derive(Debug, Deserialize)]
pub struct CaseQuery {
    said: Option<Said>,
}

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

/// The page.
///
/// # Errors
/// When there is no such case or the database does not answer.
pub async fn case(
    State(state): State<ServiceState>,
    StaffPage { page, principal }: StaffPage,
    PathPart((_, task)): PathPart<(String, String)>,
    QueryPart(query): QueryPart<CaseQuery>,
) -> Result<Response, ApiError> {
    if !principal.may(Permission::SeeCase) {
        return Err(ProblemCode::Forbidden.into());
    }
    let file = case_file(&state.database, task_in(&task)?).await?;
    let message = query.said.map(|said| match said {
        Said::Renewed => Message::good(page.t.renewed),
    });
    show(&state, page, &principal, &file, &DecisionInput::default(), message, StatusCode::OK)
}

/// The page of a case, with what was entered and a message.
///
/// # Errors
/// As [`html`].
pub fn show(
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
    let shown = CasePage {
        task: file.task.id.to_string(),
        kind: kind_name(wording, file.task.subject.kind()),
        state: state_text,
        state_class,
        message,
        hold: hold(wording, &file.task, principal, jurisdiction),
        evidence: file.evidence.iter().map(|one| evidence(wording, file, one, &gallery)).collect(),
        citizen: file.objection.as_ref().map(|view| CitizenView::of(wording, view, attachments_at)),
        timeline: timeline(wording, file, jurisdiction),
        decision: held.then(|| DecisionForm::of(wording, file, input)),
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
    ReviewerPage { page, reviewer, .. }: ReviewerPage,
) -> Result<Redirect, ApiError> {
    let claimed = desk::claim_next(&state.database, &reviewer, None, state.review).await?;
    Ok(match claimed {
        Some(task) => Redirect::to(&page.address(&format!("/cases/{}", task.id))),
        None => Redirect::to(&page.address("/queue?said=empty")),
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

/// Prolongs the hold.
///
/// # Errors
/// When the reviewer does not hold the case.
pub async fn renew(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, .. }: ReviewerPage,
    PathPart((_, task)): PathPart<(String, String)>,
) -> Result<Redirect, ApiError> {
    let id = task_in(&task)?;
    desk::renew(&state.database, id, &reviewer, state.review.lease_seconds).await?;
    Ok(Redirect::to(&page.address(&format!("/cases/{id}?said=renewed"))))
}

/// Gives the case back.
///
/// # Errors
/// When the reviewer does not hold it.
pub async fn release(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, .. }: ReviewerPage,
    PathPart((_, task)): PathPart<(String, String)>,
) -> Result<Redirect, ApiError> {
    desk::release(&state.database, task_in(&task)?, &reviewer).await?;
    Ok(Redirect::to(&page.address("/queue?said=released")))
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

/// A citizen's document, for the case's holder. It is somebody else's file: the browser saves it and never runs it.
///
/// # Errors
/// When the reviewer does not hold the case or it has no such document.
pub async fn attachment(
    State(state): State<ServiceState>,
    ReviewerPage { reviewer, .. }: ReviewerPage,
    PathPart((_, task, attachment)): PathPart<(String, String, String)>,
) -> Result<Response, ApiError> {
    let id = task_in(&task)?;
    desk::held_lease(&state.database, id, &reviewer).await?;
    let attachment = attachment.parse().map_err(|_| ProblemCode::FrameNotFound)?;
    let attachment = frame::document(&state.database, id, attachment).await?;
    let attachment = attachment.ok_or(ProblemCode::FrameNotFound)?;
    let bytes = state.documents.read(attachment.sha256).await?;
    let headers = [
        (header::CONTENT_TYPE, attachment.media_type.label()),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
    ];
    Ok((headers, bytes).into_response())
}

fn hold(wording: Wording<'_>, task: &ReviewTask, principal: &Principal, jurisdiction: Jurisdiction) -> Hold {
    match &task.state {
        ReviewTaskState::Open => Hold::Free { may_claim: principal.may(Permission::ReviewCase) },
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
