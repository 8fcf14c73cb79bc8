//! The decision form: what it shows, what it sends, what becomes of it.

use super::case::{Message, show, to_queue};
use super::decision_form::{DecisionInput, decision_subject};
use super::page::ReviewerPage;
use super::wording::Wording;
use crate::api::decision_texts::{amount_text, no_amount, no_verdict};
use crate::api::decisions::{Decided, ReasonIn, decide, reduction};
use crate::api::reviews::{file_for, is_held_by, task_in};
use crate::error::{ApiError, ProblemCode};
use crate::extract::{FormBody, PathPart};
use crate::session::said::Said;
use crate::state::ServiceState;
use crate::uploads::draft::Draft;
use adjudicate::desk::case_file::{CaseFile, case_file};
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use rust_decimal::Decimal;
use schemas::decision::{PendingViolation, Verdict};
use schemas::ids::ReviewTaskId;
use schemas::plate::fold;
use schemas::review::ReviewTaskKind;
use std::collections::BTreeMap;

/// Decides; a refusal shows the case again with what was entered and why it was refused. What was typed outlives the
/// session and the hold.
///
/// # Errors
/// When there is no such case or the server is at fault.
pub async fn decide_case(
    State(state): State<ServiceState>,
    reviewer: Result<ReviewerPage, Response>,
    PathPart((_, task)): PathPart<(String, String)>,
    FormBody(fields): FormBody<BTreeMap<String, String>>,
) -> Result<Response, ApiError> {
    let input = DecisionInput(fields);
    let acting = match reviewer {
        Ok(acting) => acting,
        Err(response) if response.status().is_redirection() => {
            return match task_in(&task) {
                Ok(task) => with_draft(&state, task, &input, response).await,
                Err(_) => Ok(response),
            };
        }
        Err(refused) => return Ok(refused),
    };
    let id = task_in(&task)?;
    let file = case_file(&state.database, id).await?;
    let refusal = match parse(&file, &input) {
        Ok((version, decided, reason)) => {
            decide(&state, &acting.reviewer, id, version, decided, &reason).await.map(drop)
        }
        Err(refusal) => Err(refusal),
    };
    match refusal {
        Ok(()) => {
            forget_draft(&state, id, &input).await;
            Ok(to_queue(&state, &acting.page, Said::Decided, &acting.session))
        }
        Err(refusal) if refusal.code().status().is_client_error() => {
            refused(&state, acting, id, &input, &refusal).await
        }
        Err(failure) => Err(failure),
    }
}

/// Forgets what was typed before, if anything was kept.
async fn forget_draft(state: &ServiceState, task: ReviewTaskId, input: &DecisionInput) {
    let draft = Draft::new(decision_subject(task), input.get("submission").to_owned());
    if let Err(error) = draft.forget(state).await {
        tracing::warn!(
            problem.code = error.code().label(),
            "what was typed before a decision stays until it is swept"
        );
    }
}

/// The case again, with what was entered; if it is not held any more, what was entered waits until it is.
async fn refused(
    state: &ServiceState,
    acting: ReviewerPage,
    id: ReviewTaskId,
    input: &DecisionInput,
    refusal: &ApiError,
) -> Result<Response, ApiError> {
    let ReviewerPage { page, reviewer, principal, session: _ } = acting;
    // Pictures may have been opened, or the case changed, since it was read above.
    let file = file_for(state, &principal, id).await?;
    let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
    let mut message = Message::refusal(wording, refusal);
    if is_held_by(&file, Some(&reviewer)) {
        return show(state, page, &principal, &file, input, Some(message), refusal.code().status()).await;
    }
    message.lines.push(page.t.decision_kept.to_owned());
    let shown = show(state, page, &principal, &file, input, Some(message), refusal.code().status()).await?;
    with_draft(state, id, input, shown).await
}

/// The same answer, by which the browser also remembers what was typed, if the form is one that we showed.
async fn with_draft(
    state: &ServiceState,
    task: ReviewTaskId,
    input: &DecisionInput,
    mut response: Response,
) -> Result<Response, ApiError> {
    let draft = Draft::new(decision_subject(task), input.get("submission").to_owned());
    if let Some(cookie) = draft.keep(state, &input.0).await? {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn parse(file: &CaseFile, input: &DecisionInput) -> Result<(u64, Decided, ReasonIn), ApiError> {
    let version = input.get("version").parse().map_err(|_| ProblemCode::PreconditionMissing)?;
    let text = |name: &str| Some(input.get(name).to_owned());
    let reason = ReasonIn { ar: text("reason_arabic"), en: text("reason_english") };
    let decided = match file.task.subject.kind() {
        ReviewTaskKind::ManualCheck if input.get("verdict") == "dismissed" => Decided::Dismissed,
        ReviewTaskKind::ManualCheck => return Err(ProblemCode::DecisionRefused.into()),
        ReviewTaskKind::Objection => {
            let verdicts: Result<BTreeMap<_, _>, _> = file
                .pending
                .iter()
                .map(|one| verdict(one, input).map(|verdict| (one.violation, verdict)))
                .collect();
            Decided::Verdicts(verdicts?)
        }
    };
    Ok((version, decided, reason))
}

fn verdict(pending: &PendingViolation, input: &DecisionInput) -> Result<Verdict, ApiError> {
    let refuse = |text| ApiError::new(ProblemCode::DecisionRefused).with_text(text);
    match input.get(&format!("verdict-{}", pending.violation)) {
        "upheld" => Ok(Verdict::Uphold),
        "cancelled" => Ok(Verdict::Cancel),
        "reduced" => {
            let amount = amount_in(input.get(&format!("amount-{}", pending.violation)));
            let amount = amount.ok_or_else(|| refuse(no_amount()))?;
            reduction(amount, pending.amount_due.currency()).map_err(|error| refuse(amount_text(&error)))
        }
        _ => Err(refuse(no_verdict(pending.violation))),
    }
}

/// An amount as people type it, in either set of digits.
fn amount_in(text: &str) -> Option<Decimal> {
    fold(text).replace('\u{066B}', ".").replace(['\u{066C}', ','], "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_in_either_set_of_digits() {
        let amount = |text| amount_in(text).map(|amount| amount.to_string());
        assert_eq!(amount("1,500.50").as_deref(), Some("1500.50"));
        assert_eq!(amount("١٬٥٠٠٫٥").as_deref(), Some("1500.5"));
        assert_eq!(amount(" 200 ").as_deref(), Some("200"));
        assert_eq!(amount("two"), None);
    }
}
