//! Rows of decisions.

use crate::foundation::columns::money;
use crate::objection::ObjectionError;
use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;
use schemas::decision::{HumanDecision, Judgement, PendingViolation, Verdict};
use schemas::ids::{ObjectionId, ReviewTaskId, ViolationId};
use schemas::money::Money;
use schemas::text::Language;
use sqlx::PgConnection;
use uuid::Uuid;

/// The violations of an objection that wait for a verdict, with what is due now.
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
        Ok(PendingViolation {
            violation: ViolationId::from_uuid(row.violation_id),
            amount_due: money(row.amount_due, &row.currency).map_err(|_| unreadable())?,
            frames: row.frames.to_usize().unwrap_or_default(),
            cancelled: row.cancelled,
        })
    });
    pending.collect()
}

/// The language of an objection.
pub(super) async fn language(
    connection: &mut PgConnection,
    objection: ObjectionId,
) -> Result<Language, ObjectionError> {
    let stored = sqlx::query_scalar!("select language from objection where id = $1", objection.uuid())
        .fetch_one(connection)
        .await?;
    stored.parse().map_err(|_| ObjectionError::Unreadable { objection, what: "language" })
}

/// Writes a decision with its verdicts.
pub(super) async fn insert(
    transaction: &mut PgConnection,
    task: ReviewTaskId,
    decision: &HumanDecision,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (case_id, verdicts) = rows(decision.judgement());
    sqlx::query_file!(
        "src/decision/queries/insert_decision.sql",
        decision.id().uuid(),
        task.uuid(),
        case_id,
        decision.reviewer().as_str(),
        decision.evidence().lease().lease().uuid(),
        i32::try_from(decision.evidence().frames().len()).unwrap_or(i32::MAX),
        decision.reason().in_language(Language::Arabic),
        decision.reason().in_language(Language::English),
        now,
    )
    .execute(&mut *transaction)
    .await?;
    for VerdictRow { case_id, label, amount } in verdicts {
        sqlx::query!(
            "insert into decision_verdict (decision_id, case_id, verdict, amount, currency, decided_at)
             values ($1, $2, $3, $4, $5, $6)",
            decision.id().uuid(),
            case_id,
            label,
            amount.map(Money::amount),
            amount.map(|amount| amount.currency().code()),
            now,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

struct VerdictRow {
    case_id: Uuid,
    label: &'static str,
    amount: Option<Money>,
}

/// The case that was decided, and a row for each sighting that got a verdict.
fn rows(judgement: &Judgement) -> (Uuid, Vec<VerdictRow>) {
    match judgement {
        Judgement::Objection { objection, verdicts } => {
            let row = |(violation, verdict): (&ViolationId, &Verdict)| VerdictRow {
                case_id: violation.uuid(),
                label: verdict.label(),
                amount: verdict.reduced_to(),
            };
            (objection.uuid(), verdicts.iter().map(row).collect())
        }
        Judgement::ManualCheck { check, verdict } => {
            let row = VerdictRow { case_id: check.uuid(), label: verdict.label(), amount: None };
            (check.uuid(), vec![row])
        }
    }
}
