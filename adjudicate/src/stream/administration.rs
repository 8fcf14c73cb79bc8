//! What an operator does with positions and dead letters: looks at them, moves a position that cannot go on by itself,
//! sends a record again whose cause is mended.

use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use crate::stream::position::{self, OutcomeCounts};
use chrono::{DateTime, Utc};
use schemas::delivery::{OwnerEpoch, PartitionKey};
use schemas::evidence::Sha256Digest;
use schemas::outcome::DeadLetterReason;
use serde_json::json;
use thiserror::Error;

/// A partition's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPosition {
    /// Which partition.
    pub partition: PartitionKey,
    /// Whoever may write.
    pub owner_epoch: OwnerEpoch,
    /// The first offset that counts.
    pub start_offset: i64,
    /// The first record that is not yet settled.
    pub next_offset: i64,
    /// How the records between ended.
    pub counts: OutcomeCounts,
    /// Offsets that hold no record, or were passed over by hand.
    pub skipped: i64,
    /// When the row was last written.
    pub updated_at: DateTime<Utc>,
}

/// Events of one sender that could not be used for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEvents {
    /// Why; the label of a reason for dead letters.
    pub reason: String,
    /// What the sender calls itself; nothing where that could not be read.
    pub source: Option<String>,
    /// How many.
    pub count: i64,
    /// When the last one was settled.
    pub last_at: DateTime<Utc>,
}

/// Why a position was not moved.
#[derive(Debug, Error)]
pub enum SkipError {
    /// Nobody ever took the partition.
    #[error("no position of {0} is stored; `rasid position show` lists those that are")]
    Unknown(PartitionKey),
    /// It stands there already.
    #[error("the position of {0} is {1} already")]
    There(PartitionKey, i64),
    /// Offsets begin at 0.
    #[error("an offset cannot be negative, got {0}")]
    Negative(i64),
    /// The database failed.
    #[error("the position cannot be moved")]
    Database(#[from] StoreError),
}

from_driver!(SkipError);

/// Returns all positions.
///
/// # Errors
/// When the database fails.
pub async fn positions(database: &Database) -> Result<Vec<StoredPosition>, StoreError> {
    let rows = sqlx::query!(
        "select cluster_id, topic, partition, owner_epoch, start_offset, next_offset, violation, manual_check,
                no_offence, duplicate, dead_letter, skipped, updated_at
         from stream_position order by cluster_id, topic, partition"
    )
    .fetch_all(database.pool())
    .await?;
    let stored = rows.into_iter().map(|row| StoredPosition {
        partition: PartitionKey {
            cluster: row.cluster_id.into(),
            topic: row.topic.into(),
            partition: row.partition,
        },
        owner_epoch: OwnerEpoch(row.owner_epoch),
        start_offset: row.start_offset,
        next_offset: row.next_offset,
        counts: OutcomeCounts {
            violation: row.violation,
            manual_check: row.manual_check,
            no_offence: row.no_offence,
            duplicate: row.duplicate,
            dead_letter: row.dead_letter,
        },
        skipped: row.skipped,
        updated_at: row.updated_at,
    });
    Ok(stored.collect())
}

/// Returns how many events were dead letters in the last days, by reason and sender.
///
/// # Errors
/// When the database fails.
pub async fn refused_events(database: &Database, days: u32) -> Result<Vec<RefusedEvents>, StoreError> {
    let rows = sqlx::query_as!(
        RefusedEvents,
        r#"select reason, event_source as source, count(*) as "count!", max(recorded_at) as "last_at!"
           from dead_letter where recorded_at > now() - make_interval(days => $1)
           group by reason, event_source order by reason, event_source"#,
        i32::try_from(days).unwrap_or(i32::MAX),
    )
    .fetch_all(database.pool())
    .await?;
    Ok(rows)
}

/// Moves a position to `to` and puts off whoever holds the partition; returns the row as it was.
///
/// Forward, what is passed over counts as skipped. Backward, as after a topic was made anew, the offsets belong to
/// another log: counting begins at `to`, and the audit keeps the former counts.
///
/// # Errors
/// See [`SkipError`].
pub async fn skip(
    database: &Database,
    partition: &PartitionKey,
    to: i64,
    reason: &str,
) -> Result<StoredPosition, SkipError> {
    if to < 0 {
        return Err(SkipError::Negative(to));
    }
    let mut transaction = database.begin().await?;
    // Held from here on: what the audit says of it is what was changed.
    position::lock(&mut transaction, partition).await?;
    let known = positions(database).await?;
    let before = known.into_iter().find(|stored| stored.partition == *partition);
    let before = before.ok_or_else(|| SkipError::Unknown(partition.clone()))?;
    if before.next_offset == to {
        return Err(SkipError::There(partition.clone(), to));
    }
    sqlx::query_file!(
        "src/stream/queries/skip.sql",
        &*partition.cluster,
        &*partition.topic,
        partition.partition,
        to,
    )
    .execute(&mut *transaction)
    .await?;
    let counts = before.counts;
    let detail = json!({
        "cluster": &*partition.cluster,
        "from": before.next_offset,
        "to": to,
        "reason": reason,
        "start_offset": before.start_offset,
        "skipped": before.skipped,
        "violation": counts.violation,
        "manual_check": counts.manual_check,
        "no_offence": counts.no_offence,
        "duplicate": counts.duplicate,
        "dead_letter": counts.dead_letter,
    });
    let entity = Entity::Partition(format!("{}/{}", partition.topic, partition.partition));
    let entry = AuditEntry { actor: Actor::Operator, action: AuditAction::PositionSkip, entity, detail };
    audit::write(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(before)
}

/// A record that is about to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend<'a> {
    /// Partition in which it became a dead letter.
    pub partition: &'a PartitionKey,
    /// Its offset there.
    pub offset: i64,
    /// Why it became one.
    pub reason: DeadLetterReason,
    /// Of its value.
    pub value_sha256: Sha256Digest,
    /// Why it is sent again.
    pub why: &'a str,
}

/// Writes to the audit that a record is about to be sent again: nothing is sent that is not written down.
///
/// # Errors
/// When the database fails.
pub async fn note_resend(database: &Database, resend: &Resend<'_>) -> Result<(), StoreError> {
    let Resend { partition, offset, reason, value_sha256, why } = resend;
    let detail = json!({
        "cluster": &*partition.cluster,
        "offset": offset,
        "dead_letter_reason": reason.label(),
        "value_sha256": value_sha256.to_string(),
        "reason": why,
    });
    let entity = Entity::Partition(format!("{}/{}", partition.topic, partition.partition));
    let entry = AuditEntry { actor: Actor::Operator, action: AuditAction::DeadLetterResend, entity, detail };
    let mut transaction = database.begin().await?;
    audit::write(&mut transaction, &entry).await?;
    transaction.commit().await?;
    Ok(())
}
