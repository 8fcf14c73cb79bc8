//! The queue as a page: what waits, for how long, and a button to claim.

use super::format;
use super::page::{Page, StaffPage, html};
use super::plate::PlateView;
use super::wording::Wording;
use crate::error::{ApiError, ProblemCode};
use crate::extract::QueryPart;
use crate::session::said::Said;
use crate::state::ServiceState;
use adjudicate::access::{Permission, Principal};
use adjudicate::review::Assignment;
use adjudicate::review::queue::{QueueEntry, QueueFilter, list};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use rules::reason_text::reason_text;
use schemas::assessment::ManualCheckReason;
use schemas::ground_table::GroundTable;
use schemas::jurisdiction::Jurisdiction;
use schemas::objection::GroundCode;
use schemas::plate::PlateNumber;
use schemas::review::{ReviewTaskKind, ReviewTaskState};
use serde::Deserialize;

/// Grounds or reasons named in a row; the case shows all.
const SUBJECTS_SHOWN: usize = 2;

/// Parameters of the page.
#[derive(Debug, Deserialize)]
pub struct QueueQuery {
    after: Option<String>,
}

/// What the page is about, to what was said on the way to it.
pub(super) const SUBJECT: &str = "queue";

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    page: Page,
    may_review: bool,
    rows: Vec<QueueRowView>,
    message: Option<&'static str>,
    next_page: Option<String>,
}

struct QueueRowView {
    task: String,
    subject: String,
    kind: &'static str,
    plate: Option<PlateView>,
    age: String,
    state: &'static str,
    state_class: &'static str,
    may_claim: bool,
}

/// The page.
///
/// # Errors
/// When the database does not answer.
pub async fn queue(
    State(state): State<ServiceState>,
    headers: HeaderMap,
    StaffPage { page, principal, session }: StaffPage,
    QueryPart(query): QueryPart<QueueQuery>,
) -> Result<Response, ApiError> {
    let after = query.after.map(|after| after.parse()).transpose();
    let after = after.map_err(|_| ProblemCode::InvalidRequest)?;
    let limit = state.config.page_items_default;
    let mut entries = list(&state.database, QueueFilter::default(), after, limit.saturating_add(1)).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next_page = entries
        .last()
        .filter(|_| more)
        .map(|last| format!("{}?after={}", page.address("/queue"), last.task.id));
    let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
    let said = Said::of(&headers, SUBJECT, &session, &state.config);
    let message = said.and_then(|said| message(wording, said));
    let viewer =
        Viewer { principal: &principal, now: state.clock.now(), assignment: state.review.assignment };
    let rows = entries.iter().map(|entry| row(wording, entry, viewer)).collect();
    let may_review = principal.may(Permission::ReviewCase);
    let shown = QueuePage { page: page.at("queue"), may_review, rows, message, next_page };
    let mut response = html(StatusCode::OK, &shown)?;
    Said::forget(said, &mut response, &state.config);
    Ok(response)
}

/// Who looks at the queue, and when.
#[derive(Clone, Copy)]
struct Viewer<'p> {
    principal: &'p Principal,
    now: DateTime<Utc>,
    assignment: Assignment,
}

const fn message(wording: Wording<'_>, said: Said) -> Option<&'static str> {
    match said {
        Said::Decided => Some(wording.t.decided),
        Said::Released => Some(wording.t.released),
        Said::QueueEmpty => Some(wording.t.queue_empty),
        Said::Renewed
        | Said::RenewedLast
        | Said::DecisionKept
        | Said::Filed
        | Said::HumanAsked
        | Said::DocumentAdded => None,
    }
}

/// What a kind of task is called.
#[must_use]
pub const fn kind_name(wording: Wording<'_>, kind: ReviewTaskKind) -> &'static str {
    match kind {
        ReviewTaskKind::Objection => wording.t.kind_objection,
        ReviewTaskKind::ManualCheck => wording.t.kind_manual_check,
    }
}

/// Where a task stands, in words and with the badge's class.
#[must_use]
pub fn state_name(
    wording: Wording<'_>,
    state: &ReviewTaskState,
    principal: &Principal,
) -> (&'static str, &'static str) {
    match state {
        ReviewTaskState::Open => (wording.t.state_open, "badge-warn"),
        ReviewTaskState::Claimed(lease) if principal.reviewer() == Some(&lease.reviewer) => {
            (wording.t.state_mine, "badge-accent")
        }
        ReviewTaskState::Claimed(_) => (wording.t.state_claimed, ""),
        ReviewTaskState::Done => (wording.t.state_done, "badge-good"),
    }
}

fn row(wording: Wording<'_>, entry: &QueueEntry, viewer: Viewer<'_>) -> QueueRowView {
    let Viewer { principal, now, assignment } = viewer;
    let QueueEntry { task, reference: _, jurisdiction: _, plate_key, reasons: _, violations: _ } = entry;
    let wording = country(entry).map_or(wording, |country| wording.of_country(country));
    let (state, state_class) = state_name(wording, &task.state, principal);
    let plate = plate_key.as_deref().and_then(|key| PlateNumber::parse_key(key).ok());
    QueueRowView {
        task: task.id.to_string(),
        subject: subject_name(wording, entry),
        kind: kind_name(wording, task.subject.kind()),
        plate: plate.map(|plate| PlateView::of(wording, &plate)),
        age: format::age(wording.language, now - task.queued_at),
        state,
        state_class,
        may_claim: assignment == Assignment::Oldest
            && matches!(task.state, ReviewTaskState::Open)
            && principal.may(Permission::ReviewCase),
    }
}

fn subject_name(wording: Wording<'_>, entry: &QueueEntry) -> String {
    let names: Vec<String> =
        entry.reasons.iter().take(SUBJECTS_SHOWN).map(|label| reason_name(wording, entry, label)).collect();
    let left = entry.reasons.len().saturating_sub(SUBJECTS_SHOWN);
    let more = if left > 0 { format!(" +{}", format::count(wording.language, left)) } else { String::new() };
    format!("{}{more}", names.join(" · "))
}

/// Whose words a row speaks.
fn country(entry: &QueueEntry) -> Option<Jurisdiction> {
    entry.jurisdiction.as_deref().and_then(|code| code.parse().ok())
}

/// A ground in the country's words, or the reason for a manual check.
fn reason_name(wording: Wording<'_>, entry: &QueueEntry, label: &str) -> String {
    let text = match entry.task.subject.kind() {
        ReviewTaskKind::Objection => {
            let ground = label.parse::<GroundCode>().ok();
            country(entry)
                .zip(ground)
                .map(|(country, ground)| GroundTable::of(country).ground(ground).title.clone())
        }
        ReviewTaskKind::ManualCheck => ManualCheckReason::from_label(label).map(reason_text),
    };
    text.map_or_else(|| label.to_owned(), |text| text.in_language(wording.language).to_owned())
}
