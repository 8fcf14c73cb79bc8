//! The statements of a settling transaction: one for each table, whatever the number of records.

use super::identity;
use super::prepare::{Candidate, PrepareError, PreparedCase, PreparedRow, Stamp};
use super::{AssessedEvent, Effect, EventIdentity, Settlement, act};
use crate::case::rows::{CaseRow, ManualCheckRow, ViolationRow};
use crate::foundation::audit;
use crate::foundation::chain::NewCase;
use crate::foundation::outbox;
use crate::foundation::store_error::{StoreError, from_driver};
use schemas::evidence::EvidenceFile;
use schemas::outcome::{DeadLetterReason, Outcome};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashSet;
use std::error::Error;
use thiserror::Error;
use uuid::Uuid;

/// What was written, and what is still to be: the chains, which come last.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// One for each settlement, in their order.
    pub(super) outcomes: Vec<(i64, Outcome)>,
    /// First links of new cases.
    pub(super) cases: Vec<NewCase>,
}

impl Written {
    pub(super) fn append(&mut self, mut later: Self) {
        self.outcomes.append(&mut later.outcomes);
        self.cases.append(&mut later.cases);
    }
}

/// Why effects were not written.
#[derive(Debug, Error)]
pub(super) enum WriteError {
    /// An id came before with other content.
    #[error("an event id came before with other content")]
    IdReused,
    /// An event has no rows.
    #[error("an event cannot be stored: {0}")]
    Unstorable(String),
    /// The database refused or failed.
    #[error("the database refused the effects")]
    Database(#[from] StoreError),
}

from_driver!(WriteError);

impl From<PrepareError> for WriteError {
    fn from(error: PrepareError) -> Self {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        Self::Unstorable(format!("{error}{cause}"))
    }
}

/// Writes everything that the settlements come to, but for position and chains.
pub(super) async fn write_effects(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    settlements: &[Settlement],
) -> Result<Written, WriteError> {
    let (dead, assessed) = split(settlements);
    let fresh = identity::claim(transaction, stamp, &assessed).await?;
    let candidates: Vec<Candidate<'_>> = assessed
        .iter()
        .filter(|(offset, _)| fresh.contains(offset))
        .filter_map(|(offset, one)| Candidate::of(*offset, one))
        .collect();
    let candidates = drop_repeated_acts(transaction, stamp, candidates).await?;
    let prepared: Vec<PreparedCase<'_>> =
        candidates.iter().map(|candidate| candidate.prepare(stamp)).collect::<Result<_, _>>()?;

    insert_violations(transaction, &prepared).await?;
    insert_manual_checks(transaction, &prepared).await?;
    insert_evidence(transaction, stamp, &prepared).await?;
    insert_dead_letters(transaction, stamp, &dead).await?;
    let cases = write_audit_and_messages(transaction, stamp, prepared).await?;

    let recorded: HashSet<i64> = candidates.iter().map(|candidate| candidate.offset).collect();
    let outcome = |settlement: &Settlement| (settlement.offset, outcome_of(settlement, &fresh, &recorded));
    Ok(Written { outcomes: settlements.iter().map(outcome).collect(), cases })
}

type DeadLetter<'a> = (i64, DeadLetterReason, Option<&'a EventIdentity>);

fn split(settlements: &[Settlement]) -> (Vec<DeadLetter<'_>>, Vec<(i64, &AssessedEvent)>) {
    let (mut dead, mut assessed) = (Vec::new(), Vec::new());
    for Settlement { offset, effect } in settlements {
        match effect {
            Effect::DeadLetter { reason, identity } => dead.push((*offset, *reason, identity.as_ref())),
            Effect::Assessed(one) => assessed.push((*offset, &**one)),
        }
    }
    (dead, assessed)
}

fn outcome_of(settlement: &Settlement, fresh: &HashSet<i64>, recorded: &HashSet<i64>) -> Outcome {
    use schemas::assessment::Assessment;
    match &settlement.effect {
        Effect::DeadLetter { .. } => Outcome::DeadLetter,
        Effect::Assessed(_) if !fresh.contains(&settlement.offset) => Outcome::Duplicate,
        Effect::Assessed(assessed) => match &assessed.assessment {
            Assessment::NoOffence { .. } => Outcome::NoOffence,
            Assessment::ManualCheck(_) if recorded.contains(&settlement.offset) => Outcome::ManualCheck,
            Assessment::Violation(_) if recorded.contains(&settlement.offset) => Outcome::Violation,
            Assessment::ManualCheck(_) | Assessment::Violation(_) => Outcome::Duplicate,
        },
    }
}

async fn drop_repeated_acts<'a>(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    candidates: Vec<Candidate<'a>>,
) -> Result<Vec<Candidate<'a>>, sqlx::Error> {
    let acts: Vec<_> =
        candidates.iter().filter_map(|candidate| Some((candidate.case_id(), candidate.act()?))).collect();
    let claimed = act::claim(transaction, stamp, &acts).await?;
    let asked: HashSet<Uuid> = acts.into_iter().map(|(case_id, _)| case_id).collect();
    let keep = |candidate: &Candidate<'_>| {
        let case_id = candidate.case_id();
        !asked.contains(&case_id) || claimed.contains(&case_id)
    };
    Ok(candidates.into_iter().filter(keep).collect())
}

async fn write_audit_and_messages(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    prepared: Vec<PreparedCase<'_>>,
) -> Result<Vec<NewCase>, sqlx::Error> {
    let (mut entries, mut messages, mut cases) = (Vec::new(), Vec::new(), Vec::new());
    for PreparedCase { row: _, manifest: _, files: _, audit, message, link } in prepared {
        entries.push(audit);
        messages.extend(message);
        cases.push(link);
    }
    audit::write_at(transaction, &entries, stamp.recorded_at).await?;
    outbox::enqueue(transaction, &messages).await?;
    Ok(cases)
}

async fn insert_violations(
    transaction: &mut PgConnection,
    prepared: &[PreparedCase<'_>],
) -> Result<(), sqlx::Error> {
    let rows: Vec<&ViolationRow> = prepared
        .iter()
        .filter_map(|case| match &case.row {
            PreparedRow::Violation(row) => Some(&**row),
            PreparedRow::ManualCheck(_) => None,
        })
        .collect();
    let Some(first) = rows.first() else { return Ok(()) };
    let CaseRow { recorded_at, cluster_id, topic, partition, .. } = &first.case;
    sqlx::query_file!(
        "src/stream/settle/queries/insert_violations.sql",
        recorded_at,
        cluster_id,
        topic,
        partition,
        &column(&rows, |row| row.case.id),
        &column(&rows, |row| row.reference.as_str()) as _,
        &column(&rows, |row| row.jurisdiction.as_str()) as _,
        &column(&rows, |row| row.plate_letters.as_str()) as _,
        &column(&rows, |row| row.plate_digits.as_str()) as _,
        &column(&rows, |row| row.plate_key.as_str()) as _,
        &column(&rows, |row| row.case.act_code.as_str()) as _,
        &column(&rows, |row| row.case.site_id.as_str()) as _,
        &column(&rows, |row| row.case.camera_id.as_str()) as _,
        &column(&rows, |row| row.case.lane) as _,
        &column(&rows, |row| row.captured_at),
        &column(&rows, |row| row.case.captured_at_raw.as_str()) as _,
        &column(&rows, |row| row.case.received_at),
        &column(&rows, |row| row.amount),
        &column(&rows, |row| row.amount_min),
        &column(&rows, |row| row.amount_max),
        &column(&rows, |row| row.currency.as_str()) as _,
        &column(&rows, |row| row.tariff_row.as_str()) as _,
        &column(&rows, |row| row.case.rule_table_sha256.as_slice()) as _,
        &column(&rows, |row| Json(&row.case.calculation)) as _,
        &column(&rows, |row| Json(&row.case.reads)) as _,
        &column(&rows, |row| Json(&row.case.sighting)) as _,
        &column(&rows, |row| row.case.model_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.manifest_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.event_source.as_str()) as _,
        &column(&rows, |row| row.case.event_id.as_str()) as _,
        &column(&rows, |row| row.case.event_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.record_offset),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_manual_checks(
    transaction: &mut PgConnection,
    prepared: &[PreparedCase<'_>],
) -> Result<(), sqlx::Error> {
    let rows: Vec<&ManualCheckRow> = prepared
        .iter()
        .filter_map(|case| match &case.row {
            PreparedRow::Violation(_) => None,
            PreparedRow::ManualCheck(row) => Some(&**row),
        })
        .collect();
    let Some(first) = rows.first() else { return Ok(()) };
    let CaseRow { recorded_at, cluster_id, topic, partition, .. } = &first.case;
    sqlx::query_file!(
        "src/stream/settle/queries/insert_manual_checks.sql",
        recorded_at,
        cluster_id,
        topic,
        partition,
        &column(&rows, |row| row.case.id),
        &column(&rows, |row| row.reasons.join(",")),
        &column(&rows, |row| row.jurisdiction.as_deref()) as _,
        &column(&rows, |row| row.plate_letters.as_deref()) as _,
        &column(&rows, |row| row.plate_digits.as_deref()) as _,
        &column(&rows, |row| row.plate_key.as_deref()) as _,
        &column(&rows, |row| row.case.act_code.as_str()) as _,
        &column(&rows, |row| row.case.site_id.as_str()) as _,
        &column(&rows, |row| row.case.camera_id.as_str()) as _,
        &column(&rows, |row| row.case.lane) as _,
        &column(&rows, |row| row.captured_at) as _,
        &column(&rows, |row| row.case.captured_at_raw.as_str()) as _,
        &column(&rows, |row| row.case.received_at),
        &column(&rows, |row| row.suggested_amount) as _,
        &column(&rows, |row| row.currency.as_deref()) as _,
        &column(&rows, |row| row.case.rule_table_sha256.as_slice()) as _,
        &column(&rows, |row| Json(&row.case.calculation)) as _,
        &column(&rows, |row| Json(&row.case.reads)) as _,
        &column(&rows, |row| Json(&row.case.sighting)) as _,
        &column(&rows, |row| row.case.model_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.manifest_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.event_source.as_str()) as _,
        &column(&rows, |row| row.case.event_id.as_str()) as _,
        &column(&rows, |row| row.case.event_sha256.as_slice()) as _,
        &column(&rows, |row| row.case.record_offset),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

struct FileRow<'a> {
    case_id: Uuid,
    ordinal: i16,
    file: &'a EvidenceFile,
}

async fn insert_evidence(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    prepared: &[PreparedCase<'_>],
) -> Result<(), sqlx::Error> {
    if prepared.is_empty() {
        return Ok(());
    }
    let files: Vec<FileRow<'_>> = prepared
        .iter()
        .flat_map(|case| (1_i16..).zip(case.files).map(|(ordinal, file)| (case.link.case_id, ordinal, file)))
        .map(|(case_id, ordinal, file)| FileRow { case_id, ordinal, file })
        .collect();
    sqlx::query_file!(
        "src/stream/settle/queries/insert_evidence.sql",
        stamp.recorded_at,
        &column(prepared, |case| case.link.case_id),
        &column(prepared, |case| case.manifest.sha256.as_bytes().as_slice()) as _,
        &column(prepared, |case| case.manifest.document.as_slice()) as _,
        &column(&files, |row| row.case_id),
        &column(&files, |row| row.ordinal),
        &column(&files, |row| row.file.role.label()) as _,
        &column(&files, |row| row.file.sha256.as_bytes().as_slice()) as _,
        &column(&files, |row| row.file.media_type.as_str()) as _,
        // Beyond i64 or i32 nothing is a picture; the saturated number breaks no rule and is in the manifest exactly.
        &column(&files, |row| i64::try_from(row.file.size_bytes).unwrap_or(i64::MAX)),
        &column(&files, |row| i32::try_from(row.file.size_pixels.0).unwrap_or(i32::MAX)),
        &column(&files, |row| i32::try_from(row.file.size_pixels.1).unwrap_or(i32::MAX)),
    )
    .execute(transaction)
    .await?;
    Ok(())
}

async fn insert_dead_letters(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    dead: &[DeadLetter<'_>],
) -> Result<(), sqlx::Error> {
    if dead.is_empty() {
        return Ok(());
    }
    sqlx::query_file!(
        "src/stream/settle/queries/insert_dead_letters.sql",
        &*stamp.partition.cluster,
        &*stamp.partition.topic,
        stamp.partition.partition,
        stamp.recorded_at,
        &column(dead, |(offset, ..)| *offset),
        &column(dead, |(_, reason, _)| reason.label()) as _,
        &column(dead, |(.., identity)| identity.map(|identity| identity.source.as_str())) as _,
        &column(dead, |(.., identity)| identity.map(|identity| identity.id.as_str())) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

fn column<'r, R, T>(rows: &'r [R], field: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}
