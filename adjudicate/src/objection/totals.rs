//! Objections by what they count as; for the demo, tests and reports.

use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use schemas::triage::MachineAnswerKind;

/// Every objection stands in exactly one of the first six.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectionTotals {
    /// Cancelled by the machine in everything.
    pub cancelled_by_machine: i64,
    /// Reduced by the machine, or closed as paid.
    pub reduced_by_machine: i64,
    /// Refused for its form.
    pub refused_on_form: i64,
    /// With the citizen, for a document.
    pub awaiting_document: i64,
    /// With a human, or decided by one.
    pub to_human: i64,
    /// Not looked at yet, or behind another objection.
    pub unanswered: i64,
    /// Decisions that a human made on objections.
    pub decided_by_human: i64,
}

impl ObjectionTotals {
    /// All that were filed.
    #[must_use]
    pub const fn filed(&self) -> i64 {
        self.cancelled_by_machine
            + self.reduced_by_machine
            + self.refused_on_form
            + self.awaiting_document
            + self.to_human
            + self.unanswered
    }
}

/// Counts from the rows.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn count(database: &Database) -> Result<ObjectionTotals, StoreError> {
    let rows = sqlx::query!(
        r#"select case when state in ('filed', 'waiting') then null else overall_result end as overall_result, count(*) as "objections!"
           from objection group by 1"#
    )
    .fetch_all(database.pool())
    .await?;
    let mut totals = ObjectionTotals::default();
    for row in rows {
        let unknown = || decode("objection: unknown overall_result");
        let kind = row.overall_result.as_deref();
        let kind = kind.map(|label| MachineAnswerKind::from_label(label).ok_or_else(unknown));
        *totals.place(kind.transpose()?) += row.objections;
    }
    totals.decided_by_human = sqlx::query_scalar!(
        r#"select count(*) as "decisions!" from decision join case_head using (case_id) where kind = 'objection'"#
    )
    .fetch_one(database.pool())
    .await?;
    Ok(totals)
}

impl ObjectionTotals {
    const fn place(&mut self, kind: Option<MachineAnswerKind>) -> &mut i64 {
        match kind {
            Some(MachineAnswerKind::Cancelled) => &mut self.cancelled_by_machine,
            Some(MachineAnswerKind::Reduced | MachineAnswerKind::ClosedAsPaid) => {
                &mut self.reduced_by_machine
            }
            Some(MachineAnswerKind::RefusedOnForm) => &mut self.refused_on_form,
            Some(MachineAnswerKind::DocumentAsked) => &mut self.awaiting_document,
            Some(MachineAnswerKind::SentToReview) => &mut self.to_human,
            Some(MachineAnswerKind::Waiting) | None => &mut self.unanswered,
        }
    }
}
