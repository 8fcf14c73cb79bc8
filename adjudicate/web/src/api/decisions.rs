//! Deciding a case: every pending violation gets a verdict with reasons, by the reviewer who holds the case and opened
//! every picture of it.

use super::decision_texts::{input_text, task_text, unseen_text};
use super::reviews::task_in;
use crate::error::{ApiError, Problem, ProblemCode};
use crate::extract::{IfMatch, JsonBody, PathPart, object, object_given, objects};
use crate::session::auth::ReviewerCaller;
use crate::state::ServiceState;
use adjudicate::case::store::violation_id;
use adjudicate::decision::DecisionError;
use adjudicate::decision::decide::Verdicts;
use adjudicate::desk::decide::{self as desk, Decider};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use schemas::decision::{CheckVerdict, Reason, Verdict};
use schemas::ids::{DecisionId, ReviewTaskId, ReviewerId, ViolationId};
use schemas::money::{Currency, Money, MoneyError};
use schemas::objection::VIOLATIONS_MAX;
use schemas::reference::ViolationReference;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A decision as it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DecisionIn {
    /// On an objection.
    Objection {
        /// One for each violation that waits.
        #[serde(deserialize_with = "objects")]
        verdicts: Vec<VerdictIn>,
        /// Why.
        #[serde(deserialize_with = "object")]
        reason: ReasonIn,
    },
    /// On a doubtful sighting: nothing is issued.
    DismissManualCheck {
        /// Why.
        #[serde(deserialize_with = "object")]
        reason: ReasonIn,
    },
}

/// The reviewer's reasons, in at least one language; the citizen reads them.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonIn {
    /// Arabic.
    #[serde(default)]
    pub ar: Option<String>,
    /// English.
    #[serde(default)]
    pub en: Option<String>,
}

/// A verdict on one violation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictIn {
    /// Reference of the violation.
    pub violation: String,
    /// What is decided.
    pub verdict: VerdictKindIn,
    /// What is due from now on; for `reduced` only.
    #[serde(default, deserialize_with = "object_given")]
    pub amount: Option<AmountIn>,
}

/// What is decided.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKindIn {
    /// What is due stays.
    Upheld,
    /// Nothing is due any more.
    Cancelled,
    /// Less is due.
    Reduced,
}

/// An amount as it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountIn {
    /// Decimal text, never a number.
    #[schema(value_type = String, example = "200")]
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// ISO 4217.
    #[schema(example = "EGP")]
    pub currency: String,
}

/// A decision that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedOut {
    /// Its id.
    pub decision: String,
}

/// A decision of any kind of case, its parts checked.
#[derive(Debug)]
pub enum Decided {
    /// On an objection.
    Verdicts(BTreeMap<ViolationId, Verdict>),
    /// On a doubtful sighting.
    Dismissed,
}

/// Decides a case that the caller holds.
///
/// # Errors
/// When the case is not held, has changed, a picture was not opened, or the decision is incomplete.
#[utoipa::path(
    post,
    path = "/api/v1/review-tasks/{task}/decision",
    tag = "review",
    params(
        ("task" = String, Path, description = "Id of the task"),
        ("If-Match" = String, Header, description = "ETag of the task as it was read"),
        ("Idempotency-Key" = String, Header, description = "1 to 128 visible ASCII characters"),
    ),
    request_body = DecisionIn,
    responses(
        (status = 201, description = "Decided", body = DecidedOut),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a reviewer", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such task", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not held, or pictures not opened", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The case has changed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Incomplete or not allowed", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "No If-Match", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn post_decision(
    ReviewerCaller { reviewer, .. }: ReviewerCaller,
    State(state): State<ServiceState>,
    PathPart(task): PathPart<String>,
    IfMatch(version): IfMatch,
    JsonBody(input): JsonBody<DecisionIn>,
) -> Result<Response, ApiError> {
    let task = task_in(&task)?;
    let (decided, reason) = match input {
        DecisionIn::Objection { verdicts, reason } => {
            (Decided::Verdicts(verdicts_in(&state, verdicts).await?), reason)
        }
        DecisionIn::DismissManualCheck { reason } => (Decided::Dismissed, reason),
    };
    let decision = decide(&state, &reviewer, task, version, decided, &reason).await?;
    Ok((StatusCode::CREATED, Json(DecidedOut { decision: decision.to_string() })).into_response())
}

/// Decides under the lease that the reviewer holds now.
///
/// # Errors
/// As [`post_decision`].
pub async fn decide(
    state: &ServiceState,
    reviewer: &ReviewerId,
    task: ReviewTaskId,
    version: u64,
    decided: Decided,
    reason: &ReasonIn,
) -> Result<DecisionId, ApiError> {
    let reason = Reason::new(reason.ar.as_deref(), reason.en.as_deref()).map_err(|error| {
        ApiError::new(ProblemCode::DecisionRefused)
            .with_text(input_text(&error))
            .with_field("/reason", error.to_string())
    })?;
    let version = i64::try_from(version).map_err(|_| ProblemCode::PreconditionStale)?;
    let verdicts = match decided {
        Decided::Verdicts(verdicts) => Verdicts::Objection(verdicts),
        Decided::Dismissed => Verdicts::ManualCheck(CheckVerdict::Dismiss),
    };
    let decider = Decider { reviewer, task, version };
    let (database, metrics) = (&state.database, &state.service_metrics);
    Ok(desk::decide(database, decider, verdicts, reason, metrics, state.clock.now()).await?)
}

/// An amount that a reviewer wrote, in a currency.
///
/// # Errors
/// When it is negative or too fine.
pub fn reduction(amount: Decimal, currency: Currency) -> Result<Verdict, MoneyError> {
    Money::new(amount, currency).map(|to| Verdict::Reduce { to })
}

async fn verdicts_in(
    state: &ServiceState,
    verdicts: Vec<VerdictIn>,
) -> Result<BTreeMap<ViolationId, Verdict>, ApiError> {
    if verdicts.len() > VIOLATIONS_MAX {
        let detail = format!("at most {VIOLATIONS_MAX} are taken, got {}", verdicts.len());
        return Err(ApiError::new(ProblemCode::DecisionRefused).with_field("/verdicts", detail));
    }
    let mut by_violation = BTreeMap::new();
    for (index, verdict) in verdicts.into_iter().enumerate() {
        let refuse = |part: &str, detail: String| {
            ApiError::new(ProblemCode::DecisionRefused)
                .with_field(format!("/verdicts/{index}/{part}"), detail)
        };
        let reference = ViolationReference::parse(&verdict.violation);
        let reference = reference.map_err(|error| refuse("violation", error.to_string()))?;
        let id = violation_id(&state.database, &reference).await?;
        let id = id.ok_or_else(|| refuse("violation", format!("there is no violation {reference}")))?;
        let verdict =
            verdict_in(verdict.verdict, verdict.amount).map_err(|detail| refuse("amount", detail))?;
        if by_violation.insert(id, verdict).is_some() {
            return Err(refuse("violation", format!("violation {reference} is named twice")));
        }
    }
    Ok(by_violation)
}

fn verdict_in(kind: VerdictKindIn, amount: Option<AmountIn>) -> Result<Verdict, String> {
    match (kind, amount) {
        (VerdictKindIn::Upheld, None) => Ok(Verdict::Uphold),
        (VerdictKindIn::Cancelled, None) => Ok(Verdict::Cancel),
        (VerdictKindIn::Reduced, Some(AmountIn { amount, currency })) => {
            let verdict = currency.parse().and_then(|currency| reduction(amount, currency));
            verdict.map_err(|error: MoneyError| error.to_string())
        }
        (VerdictKindIn::Reduced, None) => {
            Err("a reduction needs the amount that is asked from now on".to_owned())
        }
        (VerdictKindIn::Upheld | VerdictKindIn::Cancelled, Some(_)) => {
            Err("only a reduction takes an amount".to_owned())
        }
    }
}

impl From<DecisionError> for ApiError {
    fn from(error: DecisionError) -> Self {
        match error {
            DecisionError::Database(source) => source.into(),
            DecisionError::Task(source) => source.into(),
            DecisionError::Objection(source) => source.into(),
            DecisionError::Stale { .. } => {
                Self::new(ProblemCode::PreconditionStale).with_any_text(task_text(&error))
            }
            DecisionError::FramesUnseen(source) => {
                Self::new(ProblemCode::FramesNotViewed).with_text(unseen_text(&source))
            }
            DecisionError::OtherKind(_) => {
                Self::new(ProblemCode::DecisionRefused).with_any_text(task_text(&error))
            }
            DecisionError::Input(source) => {
                Self::new(ProblemCode::DecisionRefused).with_text(input_text(&source))
            }
            DecisionError::Chain(_) | DecisionError::Canonical(_) => {
                Self::new(ProblemCode::Internal).caused_by(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Object;

    #[test]
    fn an_array_does_not_pass_for_a_decision_or_a_part_of_one() {
        let read = |json: &str| serde_json::from_str::<Object<DecisionIn>>(json).map(drop);
        assert!(read(r#"{"kind":"dismiss_manual_check","reason":{"en":"no plate is seen"}}"#).is_ok());
        for json in [
            r#"["dismiss_manual_check",{"en":"no plate is seen"}]"#,
            r#"{"kind":"dismiss_manual_check","reason":[null,"no plate is seen"]}"#,
            r#"{"kind":"objection","reason":{"en":"x"},"verdicts":[["V-1","upheld",null]]}"#,
            r#"{"kind":"objection","reason":{"en":"x"},"verdicts":[{"violation":"V","verdict":"reduced","amount":["1","EGP"]}]}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_amount_must_be_text_and_only_goes_with_a_reduction() {
        let read = |json: &str| serde_json::from_str::<VerdictIn>(json);
        assert!(
            read(r#"{"violation":"V","verdict":"reduced","amount":{"amount":100,"currency":"EGP"}}"#)
                .is_err()
        );
        let reduced =
            read(r#"{"violation":"V","verdict":"reduced","amount":{"amount":"100","currency":"EGP"}}"#)
                .unwrap();
        assert!(matches!(verdict_in(reduced.verdict, reduced.amount), Ok(Verdict::Reduce { .. })));
        assert!(verdict_in(VerdictKindIn::Reduced, None).is_err());
        let amount = AmountIn { amount: Decimal::ONE, currency: "EGP".to_owned() };
        assert!(verdict_in(VerdictKindIn::Cancelled, Some(amount)).is_err());
    }
}
