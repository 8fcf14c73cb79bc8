//! Reads cases and checks that their rows are still those that their chains were made over.

use super::origin::{CaseOrigin, SignedRecord};
use super::rows::{CaseRow, ManualCheckRow, ViolationRow};
use crate::foundation::chain::{self, ChainError};
use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use rules::canonical::CanonicalError;
use schemas::delivery::PartitionKey;
use schemas::evidence::Sha256Digest;
use schemas::ids::{DecisionId, EventId, EventSource, ManualCheckId, ObjectionId, ViolationId};
use schemas::reference::ViolationReference;
use thiserror::Error;
use uuid::Uuid;

/// One picture of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Place in the case, from 1.
    pub ordinal: i16,
    /// What it shows: a label of `FrameRole`.
    pub role: String,
    /// Where its bytes are.
    pub sha256: Sha256Digest,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// Length of the original bytes.
    pub size_bytes: i64,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
}

/// Why a case could not be read or is not what it was.
#[derive(Debug, Error)]
pub enum CaseError {
    /// There is no such case.
    #[error("no case with id {0}")]
    NoCase(Uuid),
    /// Its chain is broken or cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Its chain holds, but the row is not what the chain was made over.
    #[error("the row of case {0} was changed after it was recorded")]
    RowChanged(Uuid),
    /// A document in the row has no canonical form: it was changed by hand.
    #[error("a document of case {case_id} has no canonical form")]
    Document {
        /// The case.
        case_id: Uuid,
        /// What is wrong with it.
        source: CanonicalError,
    },
    /// The database failed.
    #[error("the case cannot be read")]
    Database(#[from] StoreError),
}

from_driver!(CaseError);

/// The violation with that id.
///
/// # Errors
/// When the database fails.
pub async fn violation(database: &Database, id: ViolationId) -> Result<Option<ViolationRow>, StoreError> {
    let row = sqlx::query_file!("src/case/queries/violation.sql", id.uuid())
        .fetch_optional(database.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let origin = origin(database, id.uuid()).await?;
    Ok(Some(ViolationRow {
        case: CaseRow {
            id: row.id,
            recorded_at: row.recorded_at,
            act_code: row.act_code,
            site_id: row.site_id,
            camera_id: row.camera_id,
            lane: row.lane,
            captured_at_raw: row.captured_at_raw,
            received_at: row.received_at,
            rule_table_sha256: row.rule_table_sha256,
            calculation: row.calculation,
            sighting: row.sighting,
            model_sha256: row.model_sha256,
            manifest_sha256: row.manifest_sha256,
            input_sha256: row.input_sha256,
            origin,
        },
        reference: row.reference,
        jurisdiction: row.jurisdiction,
        plate_letters: row.plate_letters,
        plate_digits: row.plate_digits,
        plate_key: row.plate_key,
        captured_at: row.captured_at,
        amount: row.amount,
        amount_min: row.amount_min,
        amount_max: row.amount_max,
        currency: row.currency,
        tariff_row: row.tariff_row,
    }))
}

/// The manual check with that id.
///
/// # Errors
/// When the database fails.
pub async fn manual_check(
    database: &Database,
    id: ManualCheckId,
) -> Result<Option<ManualCheckRow>, StoreError> {
    let row = sqlx::query_file!("src/case/queries/manual_check.sql", id.uuid())
        .fetch_optional(database.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let origin = origin(database, id.uuid()).await?;
    Ok(Some(ManualCheckRow {
        case: CaseRow {
            id: row.id,
            recorded_at: row.recorded_at,
            act_code: row.act_code,
            site_id: row.site_id,
            camera_id: row.camera_id,
            lane: row.lane,
            captured_at_raw: row.captured_at_raw,
            received_at: row.received_at,
            rule_table_sha256: row.rule_table_sha256,
            calculation: row.calculation,
            sighting: row.sighting,
            model_sha256: row.model_sha256,
            manifest_sha256: row.manifest_sha256,
            input_sha256: row.input_sha256,
            origin,
        },
        reasons: row.reasons,
        jurisdiction: row.jurisdiction,
        plate_letters: row.plate_letters,
        plate_digits: row.plate_digits,
        plate_key: row.plate_key,
        captured_at: row.captured_at,
        suggested_amount: row.suggested_amount,
        currency: row.currency,
    }))
}

/// How a case came to be.
async fn origin(database: &Database, case_id: Uuid) -> Result<CaseOrigin, StoreError> {
    let row = sqlx::query_file!("src/case/queries/origin.sql", case_id).fetch_one(database.pool()).await?;
    let broken = || StoreError::from(decode("case_head: the origin has no row of its kind"));
    let parent = row.parent_id.zip(row.cause_id);
    Ok(match (row.origin.as_str(), parent, row.operator.zip(row.form)) {
        ("stream", ..) => CaseOrigin::Stream(signed_record(database, case_id, "whole").await?),
        ("section", ..) => CaseOrigin::Section {
            entry: signed_record(database, case_id, "entry").await?,
            exit: signed_record(database, case_id, "exit").await?,
        },
        ("correction", Some((parent, cause)), _) => CaseOrigin::Correction {
            manual_check: ManualCheckId::from_uuid(parent),
            decision: DecisionId::from_uuid(cause),
        },
        ("reissue", Some((parent, cause)), _) => CaseOrigin::Reissue {
            violation: ViolationId::from_uuid(parent),
            objection: ObjectionId::from_uuid(cause),
        },
        ("unit", _, Some((operator, form))) => CaseOrigin::Unit { operator, form },
        _ => return Err(broken()),
    })
}

async fn signed_record(database: &Database, case_id: Uuid, part: &str) -> Result<SignedRecord, StoreError> {
    let row = sqlx::query!(
        "select cluster_id, topic, partition, record_offset, event_source, event_id, event_sha256, event_size_bytes,
                signature
         from case_origin_record
         where case_id = $1 and part = $2 and opened_at = (select opened_at from case_head where case_id = $1)",
        case_id,
        part
    )
    .fetch_one(database.pool())
    .await?;
    let broken = || decode("case_origin_record: a value is not of its kind");
    Ok(SignedRecord {
        partition: PartitionKey {
            cluster: row.cluster_id.into(),
            topic: row.topic.into(),
            partition: row.partition,
        },
        offset: row.record_offset,
        source: EventSource::parse(row.event_source).map_err(|_| broken())?,
        id: EventId::parse(row.event_id).map_err(|_| broken())?,
        sha256: Sha256Digest::from_bytes(&row.event_sha256).map_err(|_| broken())?,
        size_bytes: u64::try_from(row.event_size_bytes).map_err(|_| broken())?,
        signature: row.signature,
    })
}

/// The violation that a citizen calls so.
///
/// # Errors
/// When the database fails.
pub async fn violation_id(
    database: &Database,
    reference: &ViolationReference,
) -> Result<Option<ViolationId>, StoreError> {
    let id = sqlx::query_scalar!(
        "select violation_id from violation_reference where reference = $1",
        reference.as_str()
    )
    .fetch_optional(database.pool())
    .await?;
    Ok(id.map(ViolationId::from_uuid))
}

/// The violation of that reference if it is of that plate, by one question: that a reference exists is not told by how
/// much is asked.
///
/// # Errors
/// When the database fails.
pub async fn violation_of_plate(
    database: &Database,
    reference: &ViolationReference,
    plate_key: &str,
) -> Result<Option<ViolationId>, StoreError> {
    let id = sqlx::query_scalar!(
        "select named.violation_id
         from violation_reference as named
         join violation on violation.id = named.violation_id and violation.recorded_at = named.recorded_at
         where named.reference = $1 and violation.plate_key = $2",
        reference.as_str(),
        plate_key,
    )
    .fetch_optional(database.pool())
    .await?;
    Ok(id.map(ViolationId::from_uuid))
}

/// The pictures of a case, in order.
///
/// # Errors
/// When the database fails.
pub async fn files(database: &Database, case_id: Uuid) -> Result<Vec<StoredFile>, StoreError> {
    let rows = sqlx::query!(
        "select ordinal, role, sha256, media_type, size_bytes, width, height
         from evidence_file
         where case_id = $1 and recorded_at = (select opened_at from case_head where case_id = $1)
         order by ordinal",
        case_id,
    )
    .fetch_all(database.pool())
    .await?;
    let file = rows.into_iter().map(|row| {
        let sha256 = Sha256Digest::from_bytes(&row.sha256).map_err(decode)?;
        Ok(StoredFile {
            ordinal: row.ordinal,
            role: row.role,
            sha256,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            width: row.width,
            height: row.height,
        })
    });
    file.collect()
}

/// Checks a violation's chain, and that its row is still what the first link was made over.
///
/// # Errors
/// When either does not hold, there is no such violation, or the database fails.
pub async fn verify_violation(database: &Database, id: ViolationId) -> Result<(), CaseError> {
    let row = violation(database, id).await?.ok_or(CaseError::NoCase(id.uuid()))?;
    verify_row(database, id.uuid(), row.canonical()).await
}

/// Checks a manual check's chain, and that its row is still what the first link was made over.
///
/// # Errors
/// When either does not hold, there is no such manual check, or the database fails.
pub async fn verify_manual_check(database: &Database, id: ManualCheckId) -> Result<(), CaseError> {
    let row = manual_check(database, id).await?.ok_or(CaseError::NoCase(id.uuid()))?;
    verify_row(database, id.uuid(), row.canonical()).await
}

async fn verify_row(
    database: &Database,
    case_id: Uuid,
    canonical: Result<Vec<u8>, CanonicalError>,
) -> Result<(), CaseError> {
    let canonical = canonical.map_err(|source| CaseError::Document { case_id, source })?;
    let links = chain::verify(database, case_id).await?;
    match links.first() {
        Some(first) if first.row_bytes == canonical => Ok(()),
        Some(_) | None => Err(CaseError::RowChanged(case_id)),
    }
}
