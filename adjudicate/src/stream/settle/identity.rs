//! Which events were seen before, by source, event id and the camera that signed.

use super::run::AssessedEvent;
use super::stamp::Stamp;
use super::write_error::WriteError;
use sqlx::PgConnection;
use std::collections::HashSet;

/// Claims the identities of assessed events; returns the offsets of those that were never seen before, in this run or
/// any earlier one. The others are repetitions with the same content.
///
/// # Errors
/// When an id came before with other content, or the database fails.
pub(super) async fn claim(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    assessed: &[(i64, &AssessedEvent)],
) -> Result<HashSet<i64>, WriteError> {
    let fresh: HashSet<i64> = insert(transaction, stamp, assessed).await?.into_iter().collect();
    let known: Vec<_> = assessed.iter().filter(|(offset, _)| !fresh.contains(offset)).copied().collect();
    if !known.is_empty() {
        refuse_other_content(transaction, &known).await?;
    }
    Ok(fresh)
}

async fn insert(
    transaction: &mut PgConnection,
    stamp: &Stamp<'_>,
    assessed: &[(i64, &AssessedEvent)],
) -> Result<Vec<i64>, sqlx::Error> {
    if assessed.is_empty() {
        return Ok(Vec::new());
    }
    let columns = Columns::of(assessed);
    sqlx::query_file_scalar!(
        "src/stream/settle/queries/claim_identities.sql",
        &columns.sources as _,
        &columns.ids as _,
        &columns.digests as _,
        &columns.offsets,
        &*stamp.partition.cluster,
        &*stamp.partition.topic,
        stamp.partition.partition,
        stamp.recorded_at,
        &columns.cameras as _,
    )
    .fetch_all(transaction)
    .await
}

/// A statement of its own, so that it sees what another process committed while the insert waited for it.
async fn refuse_other_content(
    transaction: &mut PgConnection,
    known: &[(i64, &AssessedEvent)],
) -> Result<(), WriteError> {
    let columns = Columns::of(known);
    let reused = sqlx::query_file_scalar!(
        "src/stream/settle/queries/reused_identities.sql",
        &columns.sources as _,
        &columns.ids as _,
        &columns.digests as _,
        &columns.offsets,
        &columns.cameras as _,
    )
    .fetch_all(transaction)
    .await?;
    if reused.is_empty() { Ok(()) } else { Err(WriteError::IdReused) }
}

struct Columns<'a> {
    sources: Vec<&'a str>,
    ids: Vec<&'a str>,
    cameras: Vec<&'a str>,
    digests: Vec<&'a [u8]>,
    offsets: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(assessed: &[(i64, &'a AssessedEvent)]) -> Self {
        Self {
            sources: assessed.iter().map(|(_, one)| one.event.source.as_str()).collect(),
            ids: assessed.iter().map(|(_, one)| one.event.id.as_str()).collect(),
            cameras: assessed.iter().map(|(_, one)| one.event.camera.as_str()).collect(),
            digests: assessed.iter().map(|(_, one)| one.value_sha256.as_bytes().as_slice()).collect(),
            offsets: assessed.iter().map(|(offset, _)| *offset).collect(),
        }
    }
}
