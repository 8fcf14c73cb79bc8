//! Which pictures were seen before with the same plate and kind of act: they show the same sighting, under whatever id and
//! time they come.

use schemas::evidence::Sha256Digest;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// What a case shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// Empty where no plate was read.
    pub(super) plate_key: String,
    /// Code of the act.
    pub(super) kind: &'static str,
    /// Its pictures, without those of the surroundings.
    pub(super) frames: BTreeSet<Sha256Digest>,
}

/// Claims pictures for cases; returns the cases that show one which an earlier case, of this run or any before, showed
/// already. They leave nothing behind.
///
/// # Errors
/// When the database fails.
pub(super) async fn claim(
    transaction: &mut PgConnection,
    cases: &[(Uuid, Shown)],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let rows: Vec<(Uuid, &Shown, &Sha256Digest)> = cases
        .iter()
        .flat_map(|(case_id, shown)| shown.frames.iter().map(move |frame| (*case_id, shown, frame)))
        .collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let claimed = sqlx::query_file!(
        "src/stream/settle/queries/claim_frames.sql",
        &rows.iter().map(|(_, _, frame)| frame.as_bytes().as_slice()).collect::<Vec<_>>() as _,
        &rows.iter().map(|(_, shown, _)| shown.plate_key.as_str()).collect::<Vec<_>>() as _,
        &rows.iter().map(|(_, shown, _)| shown.kind).collect::<Vec<_>>() as _,
        &rows.iter().map(|(case_id, ..)| *case_id).collect::<Vec<_>>(),
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut counts: HashMap<Uuid, usize> = HashMap::new();
    claimed.iter().for_each(|row| *counts.entry(row.case_id).or_default() += 1);
    let is_repeated = |(case_id, shown): &&(Uuid, Shown)| {
        counts.get(case_id).copied().unwrap_or_default() < shown.frames.len()
    };
    let repeated: HashSet<Uuid> = cases.iter().filter(is_repeated).map(|(case_id, _)| *case_id).collect();
    release(transaction, &repeated).await?;
    Ok(repeated)
}

/// What a case that is dropped has claimed so far.
async fn release(transaction: &mut PgConnection, dropped: &HashSet<Uuid>) -> Result<(), sqlx::Error> {
    if dropped.is_empty() {
        return Ok(());
    }
    let dropped: Vec<Uuid> = dropped.iter().copied().collect();
    sqlx::query!("delete from frame_use where case_id = any($1)", &dropped).execute(transaction).await?;
    Ok(())
}
