//! Where the stream half stands in each partition, and who may write there.
//!
//! The row in `stream_position` is the truth; offsets committed to Kafka are a copy for dashboards. Whoever takes a
//! partition raises its epoch, and every settling transaction checks epoch and offset under the row's lock. So a
//! process that lost the partition without noticing cannot write: its transaction finds a higher epoch.

use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Utc};
use schemas::delivery::{OwnerEpoch, PartitionKey};
use schemas::outcome::Outcome;
use sqlx::PgConnection;

/// A partition that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The right to write, until somebody else takes the partition.
    pub owner_epoch: OwnerEpoch,
    /// The first record to read: the first that is not yet settled.
    pub next_offset: i64,
}

/// Counts of records by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeCounts {
    /// Ended as a violation.
    pub violation: i64,
    /// Wait for a person.
    pub manual_check: i64,
    /// Nothing was broken.
    pub no_offence: i64,
    /// Seen before.
    pub duplicate: i64,
    /// Could not be used.
    pub dead_letter: i64,
}

impl OutcomeCounts {
    /// Counts one more.
    pub const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Violation => self.violation += 1,
            Outcome::ManualCheck => self.manual_check += 1,
            Outcome::NoOffence => self.no_offence += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::DeadLetter => self.dead_letter += 1,
        }
    }

    /// The count of one outcome.
    #[must_use]
    pub const fn of(&self, outcome: Outcome) -> i64 {
        match outcome {
            Outcome::Violation => self.violation,
            Outcome::ManualCheck => self.manual_check,
            Outcome::NoOffence => self.no_offence,
            Outcome::Duplicate => self.duplicate,
            Outcome::DeadLetter => self.dead_letter,
        }
    }

    /// All together.
    #[must_use]
    pub fn total(&self) -> i64 {
        Outcome::ALL.into_iter().map(|outcome| self.of(outcome)).sum()
    }
}

/// The row as a settling transaction finds it, locked until that transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedPosition {
    /// Who may write.
    pub owner_epoch: OwnerEpoch,
    /// The first record that is not yet settled.
    pub next_offset: i64,
    /// The database's time at the start of the transaction, microseconds; the one time of everything it records.
    pub recorded_at: DateTime<Utc>,
}

/// How far a settling transaction moves a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advance {
    /// The first record that is not yet settled after it.
    pub next_offset: i64,
    /// How the records ended.
    pub counts: OutcomeCounts,
    /// Offsets that hold no record.
    pub skipped: i64,
}

/// Takes the partition: raises its epoch, so that whoever held it can no longer write, and says where to read on.
/// Waits for a settling transaction of the former owner that is under way. A partition without a row begins at
/// `log_start`.
///
/// # Errors
/// When the database fails.
pub async fn take(
    database: &Database,
    partition: &PartitionKey,
    log_start: i64,
) -> Result<Taken, StoreError> {
    let row = sqlx::query!(
        "insert into stream_position (cluster_id, topic, partition, owner_epoch, start_offset, next_offset)
         values ($1, $2, $3, 1, $4, $4)
         on conflict (cluster_id, topic, partition)
             do update set owner_epoch = stream_position.owner_epoch + 1, updated_at = now()
         returning owner_epoch, next_offset",
        &*partition.cluster,
        &*partition.topic,
        partition.partition,
        log_start,
    )
    .fetch_one(database.pool())
    .await?;
    Ok(Taken { owner_epoch: OwnerEpoch(row.owner_epoch), next_offset: row.next_offset })
}

/// Locks the row for the rest of the transaction; `None` when nobody ever took the partition.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock(
    transaction: &mut PgConnection,
    partition: &PartitionKey,
) -> Result<Option<LockedPosition>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select owner_epoch, next_offset, now() as "recorded_at!"
         from stream_position where cluster_id = $1 and topic = $2 and partition = $3 for update"#,
        &*partition.cluster,
        &*partition.topic,
        partition.partition,
    )
    .fetch_optional(transaction)
    .await?;
    Ok(row.map(|row| LockedPosition {
        owner_epoch: OwnerEpoch(row.owner_epoch),
        next_offset: row.next_offset,
        recorded_at: row.recorded_at,
    }))
}

/// Moves the position and its counters, where epoch and offset are still those of `held`; returns whether they were.
///
/// # Errors
/// When the database fails, also when the counters would not add up to the offsets.
pub(crate) async fn advance(
    transaction: &mut PgConnection,
    partition: &PartitionKey,
    held: &LockedPosition,
    advance: &Advance,
) -> Result<bool, sqlx::Error> {
    let OutcomeCounts { violation, manual_check, no_offence, duplicate, dead_letter } = advance.counts;
    let done = sqlx::query_file!(
        "src/stream/queries/advance_position.sql",
        &*partition.cluster,
        &*partition.topic,
        partition.partition,
        held.owner_epoch.0,
        held.next_offset,
        advance.next_offset,
        violation,
        manual_check,
        no_offence,
        duplicate,
        dead_letter,
        advance.skipped,
    )
    .execute(transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_own_counter() {
        let mut counts = OutcomeCounts::default();
        Outcome::ALL.into_iter().for_each(|outcome| counts.add(outcome));
        assert!(Outcome::ALL.into_iter().all(|outcome| counts.of(outcome) == 1));
        assert_eq!(counts.total(), 5);
    }
}
