//! How single records ended, read from their own rows: for the demo and tests, which compare with what they planned.

use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use crate::stream::settle::EventIdentity;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemas::ids::{EventId, EventSource, ViolationId};

/// One record that left rows behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordReport {
    /// Partition of the topic.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// How it ended.
    pub ending: RecordEnding,
}

/// How a record ended, as far as rows tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordEnding {
    /// A violation.
    Violation {
        /// Its id.
        id: ViolationId,
        /// What the citizen quotes.
        reference: String,
        /// ASCII key of the plate.
        plate_key: String,
        /// What is due.
        amount: Decimal,
        /// When it was done.
        captured_at: DateTime<Utc>,
    },
    /// A person must look.
    ManualCheck {
        /// Why.
        reasons: Vec<String>,
        /// ASCII key of the plate that most frames show, if any shows one.
        plate_key: Option<String>,
    },
    /// It could not be used.
    DeadLetter {
        /// Why.
        reason: String,
    },
    /// It was assessed and left no case: no offence, or an act that another event had told before.
    WithoutCase {
        /// Which event.
        event: Option<EventIdentity>,
    },
}

struct Row {
    partition: i32,
    record_offset: i64,
    kind: String,
    case_id: Option<uuid::Uuid>,
    reference: Option<String>,
    plate_key: Option<String>,
    amount: Option<Decimal>,
    captured_at: Option<DateTime<Utc>>,
    reasons: Option<Vec<String>>,
    event_source: Option<String>,
    event_id: Option<String>,
}

/// All records of a topic that left rows, by partition and offset. A repetition of an event leaves none.
///
/// # Errors
/// When the database fails.
pub async fn records(
    database: &Database,
    cluster: &str,
    topic: &str,
) -> Result<Vec<RecordReport>, StoreError> {
    let rows = sqlx::query_file_as!(Row, "src/stream/queries/report_records.sql", cluster, topic)
        .fetch_all(database.pool())
        .await?;
    Ok(rows.into_iter().map(report).collect())
}

fn report(row: Row) -> RecordReport {
    let ending = match (row.kind.as_str(), row.case_id) {
        ("violation", Some(id)) => RecordEnding::Violation {
            id: ViolationId::from_uuid(id),
            reference: row.reference.unwrap_or_default(),
            plate_key: row.plate_key.unwrap_or_default(),
            amount: row.amount.unwrap_or_default(),
            captured_at: row.captured_at.unwrap_or_default(),
        },
        ("manual_check", _) => {
            RecordEnding::ManualCheck { reasons: row.reasons.unwrap_or_default(), plate_key: row.plate_key }
        }
        ("dead_letter", _) => RecordEnding::DeadLetter {
            reason: row.reasons.unwrap_or_default().into_iter().next().unwrap_or_default(),
        },
        _ => RecordEnding::WithoutCase { event: identity(row.event_source, row.event_id) },
    };
    RecordReport { partition: row.partition, offset: row.record_offset, ending }
}

fn identity(source: Option<String>, id: Option<String>) -> Option<EventIdentity> {
    Some(EventIdentity { source: EventSource::parse(source?).ok()?, id: EventId::parse(id?).ok()? })
}
