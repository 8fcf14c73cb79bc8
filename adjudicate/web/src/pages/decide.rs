//! The decision form: what it shows, what it sends, what becomes of it.

use super::case::{Message, show};
use super::decision_form::DecisionInput;
use super::page::ReviewerPage;
use super::wording::Wording;
use crate::api::decision_texts::{amount_text, no_amount, no_verdict};
use crate::api::decisions::{Decided, ReasonIn, decide, reduction};
use crate::api::reviews::task_in;
use crate::error::{ApiError, ProblemCode};
use crate::extract::{FormBody, PathPart};
use crate::state::ServiceState;
use adjudicate::desk::case_file::{CaseFile, case_file};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use rust_decimal::Decimal;
use schemas::decision::{PendingViolation, Verdict};
use schemas::plate::fold;
use schemas::review::ReviewTaskKind;
use std::collections::BTreeMap;

/// Decides; a refusal shows the case again with what was entered and why it was refused.
///
/// # Errors
/// When there is no such case or the server is at fault.
pub async fn decide_case(
    State(state): State<ServiceState>,
    ReviewerPage { page, reviewer, principal }: ReviewerPage,
    PathPart((_, task)): PathPart<(String, String)>,
    FormBody(fields): FormBody<BTreeMap<String, String>>,
) -> Result<Response, ApiError> {
    let id = task_in(&task)?;
    let input = DecisionInput(fields);
    let file = case_file(&state.database, id).await?;
    let refusal = match parse(&file, &input) {
        Ok((version, decided, reason)) => {
            decide(&state, &reviewer, id, version, decided, &reason).await.map(drop)
        }
        Err(refusal) => Err(refusal),
    };
    match refusal {
        Ok(()) => Ok(Redirect::to(&page.address("/queue?said=decided")).into_response()),
        Err(refusal) if refusal.code().status().is_client_error() => {
            let wording = Wording { language: page.language, t: page.t, policies: &state.policies };
            let message = Message::refusal(wording, &refusal);
            // Pictures may have been opened, or the case changed, since it was read above.
            let file = case_file(&state.database, id).await?;
            show(&state, page, &principal, &file, &input, Some(message), refusal.code().status())
        }
        Err(failure) => Err(failure),
    }
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
