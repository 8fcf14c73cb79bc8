//! Whether cases are still what was recorded, by public keys alone: rows against chains, manifests against their signatures,
//! chains against the signed checkpoints that their heads stand in.

use super::store::{self, CaseError};
use crate::foundation::chain::{self, StoredLink};
use crate::foundation::checkpoint::{self, Checkpoint, CheckpointFault, CheckpointLeaf};
use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Utc};
use schemas::evidence::Sha256Digest;
use schemas::ids::{ManualCheckId, ViolationId};
use schemas::seal::keys::{SealError, ServerKeys};
use schemas::seal::{Seal, SealedForm};
use thiserror::Error;
use uuid::Uuid;

/// Cases that were sealed and are gone, of which each is named.
const VANISHED_MAX: u32 = 100;

/// Something that is not as it was recorded.
#[derive(Debug, Error)]
pub enum CaseFault {
    /// The chain is broken, or the row is not what it was made over.
    #[error(transparent)]
    Changed(CaseError),
    /// The case has no manifest.
    #[error("its evidence manifest is missing")]
    NoManifest,
    /// The manifest is not the one that the case names.
    #[error("its evidence manifest is not the one that its row names")]
    OtherManifest,
    /// Nobody signed it.
    #[error("its evidence manifest is not signed")]
    Unsigned,
    /// The signature proves nothing.
    #[error("its evidence manifest: {0}")]
    Manifest(SealError),
    /// The chain is not the one that was sealed.
    #[error("its chain is not the one that checkpoint {number} was signed over")]
    Sealed {
        /// Of the checkpoint.
        number: i64,
    },
}

/// What was found about one case.
#[derive(Debug)]
pub struct CaseVerdict {
    /// What it is about, e.g. `violation`.
    pub kind: String,
    /// Everything that is wrong with it.
    pub faults: Vec<CaseFault>,
    /// Checkpoints that hold its head.
    pub checkpoints: Vec<i64>,
    /// Links that no checkpoint holds yet.
    pub unsealed_links: usize,
}

/// Checks the checkpoints one after the other.
#[derive(Debug, Default)]
pub struct CheckpointWalk {
    number: i64,
    sha256: Option<Sha256Digest>,
}

struct StoredManifest {
    sha256: Sha256Digest,
    is_whole: bool,
    seal: Option<Seal>,
    recorded_at: DateTime<Utc>,
    named_sha256: Option<Sha256Digest>,
}

/// Returns the ids of cases behind that one, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn cases_after(
    database: &Database,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>, StoreError> {
    let ids = sqlx::query_scalar!(
        "select case_id from case_head where $1::uuid is null or case_id > $1 order by case_id limit $2",
        after,
        i64::from(limit),
    )
    .fetch_all(database.pool())
    .await?;
    Ok(ids)
}

/// Checks one case.
///
/// # Errors
/// When the database fails, or there is no such case.
pub async fn case(database: &Database, keys: &ServerKeys, case_id: Uuid) -> Result<CaseVerdict, CaseError> {
    let kind = sqlx::query_scalar!("select kind from case_head where case_id = $1", case_id)
        .fetch_optional(database.pool())
        .await?;
    let kind = kind.ok_or(CaseError::NoCase(case_id))?;
    // Before the chain: what is added meanwhile only makes it longer.
    let sealed = checkpoint::of_case(database, case_id).await?;
    let mut faults = Vec::new();
    let links = match changed(database, &kind, case_id).await {
        Ok(links) => links,
        Err(error) if is_outage(&error) => return Err(error),
        Err(error) => {
            faults.push(CaseFault::Changed(error));
            Vec::new()
        }
    };
    // An objection seals no pictures.
    if kind != "objection" {
        faults.extend(manifest_fault(keys, manifest(database, case_id).await?));
    }
    let is_broken = links.is_empty();
    let other = sealed.iter().find(|(_, leaf)| !is_broken && !holds(&links, leaf));
    faults.extend(other.map(|(number, _)| CaseFault::Sealed { number: *number }));
    let length = sealed.iter().filter_map(|(_, leaf)| usize::try_from(leaf.chain_length).ok()).max();
    Ok(CaseVerdict {
        kind,
        faults,
        checkpoints: sealed.iter().map(|(number, _)| *number).collect(),
        unsealed_links: links.len().saturating_sub(length.unwrap_or_default()),
    })
}

/// Checks row and chain, as far as the case has rows that its chain was made over.
async fn changed(database: &Database, kind: &str, case_id: Uuid) -> Result<Vec<StoredLink>, CaseError> {
    match kind {
        "violation" => store::verify_violation(database, ViolationId::from_uuid(case_id)).await?,
        "manual_check" => store::verify_manual_check(database, ManualCheckId::from_uuid(case_id)).await?,
        _ => {}
    }
    Ok(chain::verify(database, case_id).await?)
}

/// The database does not answer; all else is what somebody did to the case.
const fn is_outage(error: &CaseError) -> bool {
    matches!(error, CaseError::Database(_) | CaseError::Chain(chain::ChainError::Database { .. }))
}

fn holds(links: &[StoredLink], leaf: &CheckpointLeaf) -> bool {
    links
        .iter()
        .find(|link| link.sequence == leaf.chain_length)
        .is_some_and(|link| link.sha256 == leaf.chain_sha256.as_bytes())
}

async fn manifest(database: &Database, case_id: Uuid) -> Result<Option<StoredManifest>, CaseError> {
    let row = sqlx::query!(
        r#"select manifest.sha256, manifest.sha256 = sha256(manifest.document) as "is_whole!",
                  manifest.signing_key_id, manifest.signature, manifest.recorded_at,
                  coalesce(violation.manifest_sha256, manual.manifest_sha256) as named_sha256
           from case_head as head
           join evidence_manifest as manifest
             on manifest.case_id = head.case_id and manifest.recorded_at = head.opened_at
           left join violation on violation.id = head.case_id and violation.recorded_at = head.opened_at
           left join manual_check as manual on manual.id = head.case_id and manual.recorded_at = head.opened_at
           where head.case_id = $1"#,
        case_id
    )
    .fetch_optional(database.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let digest = |bytes: &[u8]| Sha256Digest::from_bytes(bytes).map_err(decode);
    let seal = match (&row.signing_key_id, &row.signature) {
        (Some(key), Some(signature)) => Some(checkpoint::seal(key, signature)?),
        (None | Some(_), None | Some(_)) => None,
    };
    Ok(Some(StoredManifest {
        sha256: digest(&row.sha256)?,
        is_whole: row.is_whole,
        seal,
        recorded_at: row.recorded_at,
        named_sha256: row.named_sha256.as_deref().map(digest).transpose()?,
    }))
}

fn manifest_fault(keys: &ServerKeys, manifest: Option<StoredManifest>) -> Option<CaseFault> {
    let Some(StoredManifest { sha256, is_whole, seal, recorded_at, named_sha256 }) = manifest else {
        return Some(CaseFault::NoManifest);
    };
    if !is_whole || named_sha256 != Some(sha256) {
        return Some(CaseFault::OtherManifest);
    }
    let Some(seal) = seal else { return Some(CaseFault::Unsigned) };
    let checked = keys.check(SealedForm::EvidenceManifest, sha256, &seal, recorded_at);
    checked.err().map(CaseFault::Manifest)
}

impl CheckpointWalk {
    /// Returns the next checkpoint with what is wrong with it; `None` behind the last one.
    ///
    /// # Errors
    /// When the database fails or a row does not read.
    pub async fn next(
        &mut self,
        database: &Database,
        keys: &ServerKeys,
    ) -> Result<Option<(Checkpoint, Option<CheckpointFault>)>, StoreError> {
        let Some(found) = checkpoint::next_after(database, self.number).await? else { return Ok(None) };
        let follows = found.number == self.number + 1;
        let fault = found.check(keys, self.sha256).err().or((!follows).then_some(CheckpointFault::Order));
        self.number = found.number;
        self.sha256 = Some(found.sha256());
        Ok(Some((found, fault)))
    }

    /// Returns the number of the last one that was looked at.
    #[must_use]
    pub const fn number(&self) -> i64 {
        self.number
    }
}

/// Returns cases that were sealed once and are gone; a hundred at most.
///
/// # Errors
/// When the database fails.
pub async fn vanished(database: &Database) -> Result<Vec<Uuid>, StoreError> {
    checkpoint::vanished(database, VANISHED_MAX).await
}
