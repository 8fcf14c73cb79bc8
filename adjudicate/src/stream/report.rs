//! What the rows say: totals that demo, tests and benches compare with what was published.
//!
//! Everything here is counted from rows of the database, never from what a sender remembers. The questions read whole
//! tables; they are for a demo's or a test's amount of data.

use crate::foundation::db::Database;
use crate::foundation::outbox::OutboxTopic;
use crate::foundation::store_error::StoreError;
use crate::stream::position::OutcomeCounts;
use crate::stream::settle::EventIdentity;
use schemas::delivery::PartitionKey;

/// A partition's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionReport {
    /// The partition.
    pub partition: PartitionKey,
    /// Who may write.
    pub owner_epoch: i64,
    /// The first offset that was ever asked for.
    pub start_offset: i64,
    /// The first record that is not yet settled.
    pub next_offset: i64,
    /// How the records between the two ended.
    pub counts: OutcomeCounts,
    /// Offsets that hold no record.
    pub skipped: i64,
}

/// What exists because of one act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActReport {
    /// Violations.
    pub violations: i64,
    /// Manual checks.
    pub manual_checks: i64,
    /// Distinct messages to the outside that say a violation was issued.
    pub messages: i64,
}

impl ActReport {
    /// How many effects there are beyond the one that an act may have: one case, and one message of it.
    #[must_use]
    pub const fn doubled(&self) -> i64 {
        beyond_one(self.violations + self.manual_checks) + beyond_one(self.messages)
    }
}

/// All rows of `stream_position` of one topic, by partition.
///
/// # Errors
/// When the database fails.
pub async fn partitions(
    database: &Database,
    cluster: &str,
    topic: &str,
) -> Result<Vec<PartitionReport>, StoreError> {
    let rows = sqlx::query!(
        "select cluster_id, topic, partition, owner_epoch, start_offset, next_offset,
                violation, manual_check, no_offence, duplicate, dead_letter, skipped
         from stream_position where cluster_id = $1 and topic = $2 order by partition",
        cluster,
        topic,
    )
    .fetch_all(database.pool())
    .await?;
    let report = rows.into_iter().map(|row| PartitionReport {
        partition: PartitionKey {
            cluster: row.cluster_id.into(),
            topic: row.topic.into(),
            partition: row.partition,
        },
        owner_epoch: row.owner_epoch,
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
    });
    Ok(report.collect())
}

/// What exists because of each act, given the events that saw it, in the same order.
///
/// # Errors
/// When the database fails.
pub async fn acts(database: &Database, acts: &[Vec<EventIdentity>]) -> Result<Vec<ActReport>, StoreError> {
    let numbered =
        || (0_i64..).zip(acts).flat_map(|(number, events)| events.iter().map(move |event| (number, event)));
    let rows = sqlx::query_file!(
        "src/stream/queries/report_acts.sql",
        &numbered().map(|(number, _)| number).collect::<Vec<_>>(),
        &numbered().map(|(_, event)| event.source.as_str()).collect::<Vec<_>>() as _,
        &numbered().map(|(_, event)| event.id.as_str()).collect::<Vec<_>>() as _,
    )
    .fetch_all(database.pool())
    .await?;
    let mut reports = vec![ActReport::default(); acts.len()];
    for row in rows {
        let place = usize::try_from(row.number).ok().and_then(|place| reports.get_mut(place));
        if let Some(report) = place {
            *report = ActReport {
                violations: row.violations,
                manual_checks: row.manual_checks,
                messages: row.messages,
            };
        }
    }
    Ok(reports)
}

/// Number of violations.
///
/// # Errors
/// When the database fails.
pub async fn violations(database: &Database) -> Result<i64, StoreError> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from violation"#)
        .fetch_one(database.pool())
        .await
        .map_err(StoreError::from)
}

/// Number of manual checks.
///
/// # Errors
/// When the database fails.
pub async fn manual_checks(database: &Database) -> Result<i64, StoreError> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from manual_check"#)
        .fetch_one(database.pool())
        .await
        .map_err(StoreError::from)
}

/// Number of dead letters for each reason, most frequent first.
///
/// # Errors
/// When the database fails.
pub async fn dead_letters(database: &Database) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select reason, count(*) as "count!" from dead_letter group by reason order by count(*) desc, reason"#
    )
    .fetch_all(database.pool())
    .await?;
    Ok(rows.into_iter().map(|row| (row.reason, row.count)).collect())
}

/// Number of distinct messages on a topic, sent or not.
///
/// # Errors
/// When the database fails.
pub async fn messages(database: &Database, topic: OutboxTopic) -> Result<i64, StoreError> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from outbox where topic = $1"#, topic.label())
        .fetch_one(database.pool())
        .await
        .map_err(StoreError::from)
}

/// Number of messages that wait to be sent.
///
/// # Errors
/// When the database fails.
pub async fn unsent(database: &Database) -> Result<i64, StoreError> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from outbox where sent_at is null"#)
        .fetch_one(database.pool())
        .await
        .map_err(StoreError::from)
}

const fn beyond_one(count: i64) -> i64 {
    if count > 1 { count - 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exceeds_one_case_and_one_message_is_doubled() {
        let report = |violations, manual_checks, messages| ActReport { violations, manual_checks, messages };
        assert_eq!(report(0, 0, 0).doubled(), 0);
        assert_eq!(report(1, 0, 1).doubled(), 0);
        assert_eq!(report(1, 1, 1).doubled(), 1);
        assert_eq!(report(2, 0, 2).doubled(), 2);
    }
}
