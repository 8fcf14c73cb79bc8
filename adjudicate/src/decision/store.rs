//! Rows of decisions.

use crate::objection::ObjectionError;
use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;
use schemas::decision::{Dismissal, HumanDecision, PendingViolation, Reason, Verdict};
use schemas::ids::{ObjectionId, ReviewTaskId, ViolationId};
use schemas::money::Money;
use schemas::review::EvidenceOpened;
use schemas::text::Language;
use sqlx::PgConnection;
use uuid::Uuid;

/// The violations of an objection that wait for a verdict, with what is asked now.
///
/// # Errors
/// When the database fails or a row does not read.
pub(crate) async fn pending_violations(
    connection: &mut PgConnection,
    objection: ObjectionId,
) -> Result<Vec<PendingViolation>, ObjectionError> {
    let rows =
        sqlx::query_file!("src/decision/queries/pending.sql", objection.uuid()).fetch_all(connection).await?;
    let unreadable = || ObjectionError::Unreadable { objection, what: "amount" };
    let pending = rows.into_iter().map(|row| {
        let currency = row.currency.parse().map_err(|_| unreadable())?;
        Ok(PendingViolation {
            violation: ViolationId::from_uuid(row.violation_id),
            asked: Money::new(row.amount_asked.normalize(), currency).map_err(|_| unreadable())?,
            frames: row.frames.to_usize().unwrap_or_default(),
        })
    });
    pending.collect()
}

/// Writes a decision on an objection with its verdicts.
pub(super) async fn insert_decision(
    transaction: &mut PgConnection,
    task: ReviewTaskId,
    decision: &HumanDecision,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let row = DecisionRow {
        id: decision.id().uuid(),
        task,
        objection: Some(decision.objection().uuid()),
        manual_check: None,
        evidence: decision.evidence(),
        reason: decision.reason(),
    };
    insert(transaction, &row, now).await?;
    for (violation, verdict) in decision.verdicts() {
        let to = match verdict {
            Verdict::Reduce { to } => Some(*to),
            Verdict::Uphold | Verdict::Cancel => None,
        };
        sqlx::query!(
            "insert into decision_verdict (decision_id, violation_id, verdict, amount, currency, decided_at)
             values ($1, $2, $3, $4, $5, $6)",
            decision.id().uuid(),
            violation.uuid(),
            verdict.label(),
            to.map(Money::amount),
            to.map(|to| to.currency().code()),
            now,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Writes a dismissal of a manual check.
pub(super) async fn insert_dismissal(
    transaction: &mut PgConnection,
    task: ReviewTaskId,
    dismissal: &Dismissal,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let row = DecisionRow {
        id: dismissal.id().uuid(),
        task,
        objection: None,
        manual_check: Some(dismissal.manual_check().uuid()),
        evidence: dismissal.evidence(),
        reason: dismissal.reason(),
    };
    insert(transaction, &row, now).await
}

struct DecisionRow<'d> {
    id: Uuid,
    task: ReviewTaskId,
    objection: Option<Uuid>,
    manual_check: Option<Uuid>,
    evidence: &'d EvidenceOpened,
    reason: &'d Reason,
}

async fn insert(
    transaction: &mut PgConnection,
    row: &DecisionRow<'_>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let DecisionRow { id, task, objection, manual_check, evidence, reason } = row;
    sqlx::query_file!(
        "src/decision/queries/insert_decision.sql",
        id,
        task.uuid(),
        *objection,
        *manual_check,
        evidence.lease().reviewer().as_str(),
        evidence.lease().lease().uuid(),
        i32::try_from(evidence.frames().len()).unwrap_or(i32::MAX),
        reason.in_language(Language::Arabic),
        reason.in_language(Language::English),
        manual_check.map(|_| "dismissed"),
        now,
    )
    .execute(transaction)
    .await?;
    Ok(())
}
