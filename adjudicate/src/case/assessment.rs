//! What assessments and answers can be repeated from, read back for `rasid replay`.

use super::store::{self, CaseError};
use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use rules::plate::frames::FrameReading;
use schemas::evidence::Sha256Digest;
use schemas::ids::ViolationId;
use uuid::Uuid;

/// A stored assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAssessment {
    /// The case.
    pub case_id: Uuid,
    /// `violation` or `manual_check`.
    pub kind: String,
    /// Everything that the rules looked at.
    pub input: Vec<u8>,
    /// Digest of that, as the case's own row and its chain hold it; `None` for a case that no rule made.
    pub input_sha256: Option<Sha256Digest>,
    /// What they found.
    pub finding: Vec<u8>,
    /// Of the signed event behind it, the later one where there are two.
    pub event_sha256: Sha256Digest,
}

/// Cases in the order of their ids that have an assessment, at most `limit`, behind `after`.
///
/// # Errors
/// When the database fails.
pub async fn cases_after(
    database: &Database,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select case_id from case_head
         where origin in ('stream', 'section') and ($1::uuid is null or case_id > $1)
         order by case_id limit $2",
        after,
        i64::from(limit),
    )
    .fetch_all(database.pool())
    .await?;
    Ok(ids)
}

/// The assessment of a case; `None` if it has none.
///
/// # Errors
/// When the database fails or the row does not read.
pub async fn find(database: &Database, case_id: Uuid) -> Result<Option<StoredAssessment>, StoreError> {
    let row = sqlx::query!(
        r#"select head.kind, record.input, record.finding, origin.event_sha256,
                  coalesce(violation.input_sha256, manual.input_sha256) as input_sha256
           from case_head as head
           join assessment_record as record on record.case_id = head.case_id and record.recorded_at = head.opened_at
           join case_origin_record as origin on origin.case_id = head.case_id and origin.opened_at = head.opened_at
               and origin.part in ('whole', 'exit')
           left join violation on violation.id = head.case_id and violation.recorded_at = head.opened_at
           left join manual_check as manual on manual.id = head.case_id and manual.recorded_at = head.opened_at
           where head.case_id = $1"#,
        case_id
    )
    .fetch_optional(database.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let digest = |bytes: &[u8]| Sha256Digest::from_bytes(bytes).map_err(decode);
    Ok(Some(StoredAssessment {
        case_id,
        kind: row.kind,
        input: row.input,
        input_sha256: row.input_sha256.as_deref().map(digest).transpose()?,
        finding: row.finding,
        event_sha256: digest(&row.event_sha256)?,
    }))
}

/// What the reader saw in each picture of a case, in their order; nothing for a case that no rule made.
///
/// # Errors
/// When the database fails or the record does not read.
pub async fn readings(database: &Database, case_id: Uuid) -> Result<Vec<FrameReading>, StoreError> {
    let input = sqlx::query_scalar!(
        "select record.input
         from case_head as head
         join assessment_record as record on record.case_id = head.case_id and record.recorded_at = head.opened_at
         where head.case_id = $1",
        case_id
    )
    .fetch_optional(database.pool())
    .await?;
    let readings = input.map(|input| rules::replay::readings(&input)).transpose();
    Ok(readings.map_err(decode)?.unwrap_or_default())
}

/// The id of the violation or manual check that a person calls so: a reference, or the id as text.
///
/// # Errors
/// When the database fails.
pub async fn named(database: &Database, name: &str) -> Result<Option<Uuid>, CaseError> {
    if let Ok(reference) = name.parse() {
        return Ok(store::violation_id(database, &reference).await?.map(ViolationId::uuid));
    }
    let bare = name.rsplit('_').next().unwrap_or(name);
    let Ok(id) = bare.parse::<Uuid>() else { return Ok(None) };
    let known = sqlx::query_scalar!("select case_id from case_head where case_id = $1", id)
        .fetch_optional(database.pool())
        .await?;
    Ok(known)
}
