//! A picture or document of a case that a reviewer holds, by one query each.

use crate::case::documents::{FrameReadsDocument, PlateReadDocument};
use crate::foundation::db::Database;
use crate::review::ReviewError;
use schemas::attachment::AttachmentMediaType;
use schemas::evidence::Sha256Digest;
use schemas::ids::{AttachmentId, ReviewTaskId};

/// A sealed picture of a task's case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFrame {
    /// Where its bytes are.
    pub sha256: Sha256Digest,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// Every plate that was read in it.
    pub plates: Vec<PlateReadDocument>,
}

/// A citizen's document on a task's case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseDocument {
    /// Where its bytes are.
    pub sha256: Sha256Digest,
    /// What it is.
    pub media_type: AttachmentMediaType,
}

/// The picture of that digest, of the sighting or of any violation of the objection; `None` if the case has none such.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn frame(
    database: &Database,
    task: ReviewTaskId,
    sha256: Sha256Digest,
) -> Result<Option<CaseFrame>, ReviewError> {
    let row = sqlx::query_file!("src/desk/queries/frame.sql", task.uuid(), sha256.as_bytes().as_slice())
        .fetch_optional(database.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let unreadable = |what| ReviewError::Unreadable { task, what };
    let readings = row.input.map(|input| rules::replay::readings(&input)).transpose();
    let readings = readings.map_err(|_| unreadable("assessment"))?.unwrap_or_default();
    let place = usize::try_from(row.ordinal - 1).map_err(|_| unreadable("evidence_file"))?;
    let reading = readings.get(place).map(|reading| FrameReadsDocument::of(sha256, reading));
    let plates = reading.map_or_else(Vec::new, |reading| reading.plates);
    Ok(Some(CaseFrame { sha256, media_type: row.media_type, plates }))
}

/// The document of that id; `None` if the case has none such.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn document(
    database: &Database,
    task: ReviewTaskId,
    attachment: AttachmentId,
) -> Result<Option<CaseDocument>, ReviewError> {
    let row = sqlx::query!(
        "select attachment.sha256, attachment.media_type
         from review_task as task join attachment on attachment.case_id = task.case_id
         where task.id = $1 and attachment.id = $2",
        task.uuid(),
        attachment.uuid(),
    )
    .fetch_optional(database.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let unreadable = || ReviewError::Unreadable { task, what: "attachment" };
    Ok(Some(CaseDocument {
        sha256: Sha256Digest::from_bytes(&row.sha256).map_err(|_| unreadable())?,
        media_type: row.media_type.parse().map_err(|_| unreadable())?,
    }))
}
