//! The last stage of the stream half: a run of settled records of one partition becomes one transaction.
//!
//! Effects, audit, outbox and the position with its counters are written together or not at all. A transaction that
//! comes from a process which lost the partition changes nothing. What cannot be stored is found row by row under
//! savepoints and named, so that it can become a dead letter while the rest goes on. Rows are inserted in the order
//! of their keys, so that two partitions never wait for each other in a circle.

mod act;
mod candidate;
mod frames;
mod identity;
mod run;
mod stamp;
mod write;
mod write_error;

use crate::foundation::config::AdjudicateConfig;
use crate::foundation::db::{CONFLICT_RETRIES_MAX, Database};
use crate::foundation::store_error::{Fault, StoreError};
use crate::stream::metrics::{RecordMetrics, RunResult};
use crate::stream::position::{self, Advance, LockedPosition, OutcomeCounts};
use schemas::assessment::Assessment;
use schemas::clock::Clock;
use schemas::delivery::{PartitionKey, Run};
use schemas::kill_point::kill_point;
use schemas::outcome::{DeadLetterReason, Outcome};
use schemas::seal::ServerKey;
use sqlx::{Acquire, PgConnection};
use std::sync::Arc;
use thiserror::Error;

pub use self::run::{AssessedEvent, Effect, EventIdentity, Settlement};

use self::run::is_well_formed;
use self::stamp::Stamp;
use self::write::write_effects;
use self::write_error::WriteError;

/// How the records of a run ended, as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Recorded {
    /// Written now; one outcome for each settlement, in their order.
    Now(Vec<(i64, Outcome)>),
    /// An earlier attempt, whose answer was lost, had written this very run; the counters hold its outcomes.
    Before,
}

/// A record that cannot be stored as what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Its offset.
    pub offset: i64,
    /// What to write on its dead letter.
    pub reason: DeadLetterReason,
    /// What the database minds: names of columns and constraints, no values.
    pub detail: String,
}

/// Why a run was not written. Nothing of it was.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Another process has taken the partition: stop working on it.
    #[error("partition {partition} was taken by another process: epoch {held} is over, {current} holds")]
    Fenced {
        /// The partition.
        partition: PartitionKey,
        /// The run's epoch.
        held: i64,
        /// The epoch in force; 0 when nobody ever took the partition.
        current: i64,
    },
    /// The run does not follow the position: a fault of the caller.
    #[error("the run on {partition} begins at {first_offset}, but the position is {next_offset}")]
    OutOfOrder {
        /// The partition.
        partition: PartitionKey,
        /// Where the run begins.
        first_offset: i64,
        /// Where the position is.
        next_offset: i64,
    },
    /// The run's offsets do not ascend, or do not fit its bounds: a fault of the caller.
    #[error("the run on {partition} from {first_offset} has offsets that do not ascend within its bounds")]
    Malformed {
        /// The partition.
        partition: PartitionKey,
        /// Where the run begins.
        first_offset: i64,
    },
    /// These records must become dead letters; submit the run again with them as such.
    #[error("{} records cannot be stored", .0.len())]
    RejectedRecords(Vec<RejectedRecord>),
    /// The database is away: submit the same run again later.
    #[error("the database is unavailable")]
    Unavailable(#[source] StoreError),
    /// A fault of ours; no retry helps.
    #[error("the run could not be written: {0}")]
    Defect(#[source] StoreError),
}

/// Writes runs.
#[derive(Debug, Clone)]
pub struct Recorder {
    database: Database,
    act_window_seconds: u32,
    clock: Arc<dyn Clock>,
    metrics: RecordMetrics,
    key: Option<Arc<ServerKey>>,
}

/// How a run is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// All rows of a table in one statement.
    Bulk,
    /// Each record under a savepoint of its own.
    RowByRow,
}

impl Recorder {
    /// Writes through `database`, which is the stream half's own.
    #[must_use]
    pub fn new(
        database: Database,
        config: &AdjudicateConfig,
        clock: Arc<dyn Clock>,
        metrics: RecordMetrics,
    ) -> Self {
        Self { database, act_window_seconds: config.act_window_seconds, clock, metrics, key: None }
    }

    /// The same, signing the manifests of the cases that it makes.
    #[must_use]
    pub fn signing_with(self, key: Option<Arc<ServerKey>>) -> Self {
        Self { key, ..self }
    }

    /// Writes the run in one transaction and says how each record ended.
    ///
    /// # Errors
    /// See [`RecordError`]: in every case nothing was written, or the same run may be submitted again safely.
    pub async fn record_run(&self, run: &Run<Settlement>) -> Result<Recorded, RecordError> {
        let started = self.clock.monotonic();
        let result = self.record(run).await;
        let duration = self.clock.monotonic().saturating_sub(started);
        self.metrics.count_run(run_result(&result), duration);
        if let Ok(Recorded::Now(outcomes)) = &result {
            self.metrics.count_outcomes(outcomes.iter().map(|(_, outcome)| *outcome));
            self.count_assessed(&run.records, outcomes);
        }
        result
    }

    /// Counts the doubts of what was recorded, and how long each event waited.
    fn count_assessed(&self, settlements: &[Settlement], outcomes: &[(i64, Outcome)]) {
        let now = self.clock.now();
        for (settlement, (_, outcome)) in settlements.iter().zip(outcomes) {
            let Effect::Assessed(assessed) = &settlement.effect else { continue };
            self.metrics.count_settled((now - assessed.received_at).to_std().unwrap_or_default());
            if let (Assessment::ManualCheck(check), Outcome::ManualCheck) = (&assessed.assessment, outcome) {
                self.metrics.count_manual_check(check.reasons.iter().copied());
            }
        }
    }

    async fn record(&self, run: &Run<Settlement>) -> Result<Recorded, RecordError> {
        if !is_well_formed(run) {
            return Err(RecordError::Malformed {
                partition: run.partition.clone(),
                first_offset: run.first_offset,
            });
        }
        let mut mode = Mode::Bulk;
        let mut conflicts = 0;
        loop {
            let error = match self.attempt(run, mode).await {
                Ok(recorded) => return Ok(recorded),
                Err(error) => error,
            };
            match error {
                AttemptError::Refused(refused) => return Err(refused),
                AttemptError::Data if mode == Mode::Bulk => {
                    self.metrics.count_row_by_row();
                    mode = Mode::RowByRow;
                }
                AttemptError::Data => {
                    let text = "bad data was found, but no record that holds it";
                    return Err(RecordError::Defect(sqlx::Error::Protocol(text.to_owned()).into()));
                }
                AttemptError::Database(source) => match source.fault() {
                    Fault::Conflict if conflicts < CONFLICT_RETRIES_MAX => {
                        self.metrics.count_conflict();
                        conflicts += 1;
                    }
                    Fault::Conflict | Fault::Unavailable => return Err(RecordError::Unavailable(source)),
                    Fault::Data | Fault::Defect => return Err(RecordError::Defect(source)),
                },
            }
        }
    }

    async fn attempt(&self, run: &Run<Settlement>, mode: Mode) -> Result<Recorded, AttemptError> {
        let mut transaction = self.database.begin().await?;
        let held = match admit(run, position::lock(&mut transaction, &run.partition).await?)? {
            Admission::Write(held) => held,
            Admission::WrittenBefore => return Ok(Recorded::Before),
        };
        let stamp = Stamp {
            partition: &run.partition,
            recorded_at: held.recorded_at,
            act_window_seconds: self.act_window_seconds,
            key: self.key.as_deref(),
        };
        let outcomes = match mode {
            Mode::Bulk => write_effects(&mut transaction, &stamp, &run.records).await?,
            Mode::RowByRow => write_row_by_row(&mut transaction, &stamp, &run.records).await?,
        };
        let mut counts = OutcomeCounts::default();
        outcomes.iter().for_each(|(_, outcome)| counts.add(*outcome));
        let advance = Advance { next_offset: run.next_offset, counts, skipped: run.skipped() };
        if !position::advance(&mut transaction, &run.partition, &held, &advance).await? {
            return Err(AttemptError::Refused(fenced(run, held.owner_epoch.0)));
        }
        kill_point("before_commit");
        transaction.commit().await?;
        kill_point("after_commit");
        Ok(Recorded::Now(outcomes))
    }
}

/// How an attempt failed, before it is decided what follows.
enum AttemptError {
    Refused(RecordError),
    /// Something in the data of some record.
    Data,
    Database(StoreError),
}

impl From<sqlx::Error> for AttemptError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<WriteError> for AttemptError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::IdReused | WriteError::Unstorable(_) => Self::Data,
            WriteError::Database(source) => match source.fault() {
                Fault::Data => Self::Data,
                Fault::Unavailable | Fault::Conflict | Fault::Defect => Self::Database(source),
            },
        }
    }
}

enum Admission {
    Write(LockedPosition),
    WrittenBefore,
}

/// The fence: only the epoch that holds the partition may write, and only what follows the position.
fn admit(run: &Run<Settlement>, found: Option<LockedPosition>) -> Result<Admission, AttemptError> {
    let Some(found) = found else {
        return Err(AttemptError::Refused(fenced(run, 0)));
    };
    if found.owner_epoch != run.owner_epoch {
        return Err(AttemptError::Refused(fenced(run, found.owner_epoch.0)));
    }
    if found.next_offset == run.first_offset {
        return Ok(Admission::Write(found));
    }
    // Nobody else writes under this epoch: if the position stands at the run's end, this run brought it there.
    if found.next_offset == run.next_offset {
        return Ok(Admission::WrittenBefore);
    }
    Err(AttemptError::Refused(RecordError::OutOfOrder {
        partition: run.partition.clone(),
        first_offset: run.first_offset,
        next_offset: found.next_offset,
    }))
}

fn fenced(run: &Run<Settlement>, current: i64) -> RecordError {
    RecordError::Fenced { partition: run.partition.clone(), held: run.owner_epoch.0, current }
}

/// Writes each record under a savepoint; when some cannot be stored, all of those are named and nothing stays.
async fn write_row_by_row(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    settlements: &[Settlement],
) -> Result<Vec<(i64, Outcome)>, AttemptError> {
    let mut written = Vec::with_capacity(settlements.len());
    let mut rejected = Vec::new();
    for settlement in settlements {
        let mut savepoint = transaction.begin().await?;
        match write_effects(&mut savepoint, stamp, std::slice::from_ref(settlement)).await {
            Ok(one) => {
                savepoint.commit().await?;
                written.extend(one);
            }
            Err(error) => {
                savepoint.rollback().await?;
                rejected.push(rejected_record(settlement.offset, error)?);
            }
        }
    }
    if rejected.is_empty() {
        return Ok(written);
    }
    Err(AttemptError::Refused(RecordError::RejectedRecords(rejected)))
}

fn rejected_record(offset: i64, error: WriteError) -> Result<RejectedRecord, AttemptError> {
    match error {
        WriteError::IdReused => Ok(RejectedRecord {
            offset,
            reason: DeadLetterReason::IdReused,
            detail: "the id came before with other content".to_owned(),
        }),
        WriteError::Unstorable(detail) => {
            Ok(RejectedRecord { offset, reason: DeadLetterReason::EffectRefused, detail })
        }
        WriteError::Database(source) => match source.fault() {
            Fault::Data => Ok(RejectedRecord {
                offset,
                reason: DeadLetterReason::EffectRefused,
                detail: source.to_string(),
            }),
            Fault::Unavailable | Fault::Conflict | Fault::Defect => Err(AttemptError::Database(source)),
        },
    }
}

fn run_result(result: &Result<Recorded, RecordError>) -> RunResult {
    match result {
        Ok(Recorded::Now(_)) => RunResult::Recorded,
        Ok(Recorded::Before) => RunResult::RecordedBefore,
        Err(RecordError::Fenced { .. }) => RunResult::Fenced,
        Err(RecordError::RejectedRecords(_)) => RunResult::RejectedRecords,
        Err(RecordError::Unavailable(_)) => RunResult::Unavailable,
        Err(RecordError::OutOfOrder { .. } | RecordError::Malformed { .. } | RecordError::Defect(_)) => {
            RunResult::Defect
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use schemas::delivery::OwnerEpoch;

    fn run(first_offset: i64, next_offset: i64, offsets: &[i64]) -> Run<Settlement> {
        let dead = |offset| Settlement {
            offset,
            effect: Effect::DeadLetter { reason: DeadLetterReason::Malformed, identity: None },
        };
        Run {
            partition: PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 0 },
            owner_epoch: OwnerEpoch(3),
            first_offset,
            next_offset,
            records: offsets.iter().copied().map(dead).collect(),
        }
    }

    fn held(epoch: i64, next_offset: i64) -> Option<LockedPosition> {
        let owner_epoch = OwnerEpoch(epoch);
        Some(LockedPosition { owner_epoch, next_offset, recorded_at: DateTime::UNIX_EPOCH })
    }

    #[test]
    fn offsets_must_ascend_within_the_run() {
        assert!(is_well_formed(&run(5, 8, &[5, 6, 7])));
        assert!(is_well_formed(&run(5, 9, &[5, 8])));
        assert!(is_well_formed(&run(5, 8, &[])));
        assert!(!is_well_formed(&run(5, 7, &[5, 7])));
        assert!(!is_well_formed(&run(5, 7, &[4, 5])));
        assert!(!is_well_formed(&run(5, 7, &[6, 5])));
    }

    #[test]
    fn only_the_holder_may_write_and_only_what_follows() {
        let one = run(5, 7, &[5, 6]);
        assert!(matches!(admit(&one, held(3, 5)), Ok(Admission::Write(_))));
        assert!(matches!(admit(&one, held(3, 7)), Ok(Admission::WrittenBefore)));
        assert!(matches!(
            admit(&one, held(4, 5)),
            Err(AttemptError::Refused(RecordError::Fenced { held: 3, current: 4, .. }))
        ));
        assert!(matches!(admit(&one, held(4, 7)), Err(AttemptError::Refused(RecordError::Fenced { .. }))));
        assert!(matches!(
            admit(&one, held(3, 6)),
            Err(AttemptError::Refused(RecordError::OutOfOrder { .. }))
        ));
        assert!(matches!(
            admit(&one, None),
            Err(AttemptError::Refused(RecordError::Fenced { current: 0, .. }))
        ));
    }
}
