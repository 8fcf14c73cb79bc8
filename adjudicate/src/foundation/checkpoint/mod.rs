//! Signed checkpoints over the heads of all chains: whoever changes row, chain and head of a case together, as an owner of
//! the database can, no longer fits the one that its head was sealed in. Each names the one before, and each is copied to
//! where the database's owner does not write.

pub mod job;

use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::{CanonicalError, canonical_bytes};
use schemas::evidence::Sha256Digest;
use schemas::seal::keys::{SealError, ServerKeys};
use schemas::seal::{Seal, SealedForm, ServerKey, merkle};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

/// The head of one chain when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointLeaf {
    /// The case.
    pub case_id: Uuid,
    /// Links up to then.
    pub chain_length: i32,
    /// The last of them.
    pub chain_sha256: Sha256Digest,
}

/// One checkpoint as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// From 1, without a gap.
    pub number: i64,
    /// When it was made, by the database's clock.
    pub made_at: DateTime<Utc>,
    /// What is signed: canonical JSON.
    pub document: Vec<u8>,
    /// By whom.
    pub seal: Seal,
    /// What it was made over, in the order of the cases.
    pub leaves: Vec<CheckpointLeaf>,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    form: String,
    number: i64,
    made_at: String,
    previous_sha256: String,
    heads: usize,
    root_sha256: String,
}

/// Why none was made or read.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// No canonical form.
    #[error("the checkpoint has no canonical form")]
    Canonical(#[from] CanonicalError),
    /// The database failed.
    #[error("the checkpoint cannot be read or written")]
    Database(#[from] StoreError),
}

from_driver!(CheckpointError);

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointFault {
    /// The signature proves nothing.
    #[error("{0}")]
    Seal(#[from] SealError),
    /// The bytes are no such document.
    #[error("its document does not read as one, or names another number or time")]
    Document,
    /// It does not follow the one before.
    #[error("it does not follow the one before it: one was removed, added or changed")]
    Order,
    /// The leaves are not those that were signed.
    #[error("its heads are not those that were signed")]
    Leaves,
}

impl CheckpointLeaf {
    fn bytes(&self) -> Vec<u8> {
        [self.case_id.as_bytes().as_slice(), &self.chain_length.to_be_bytes(), self.chain_sha256.as_bytes()]
            .concat()
    }
}

impl Checkpoint {
    /// Returns the digest of the document, which the next one names.
    #[must_use]
    pub fn sha256(&self) -> Sha256Digest {
        Sha256Digest::of(&self.document)
    }

    /// Signs the heads that stand in the order of their cases.
    fn make(
        key: &ServerKey,
        (number, made_at): (i64, DateTime<Utc>),
        previous: Option<Sha256Digest>,
        leaves: Vec<CheckpointLeaf>,
    ) -> Result<Self, CanonicalError> {
        let document = canonical_bytes(&Document {
            form: SealedForm::ChainCheckpoint.label().to_owned(),
            number,
            made_at: made_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            previous_sha256: previous.map(|digest| digest.to_string()).unwrap_or_default(),
            heads: leaves.len(),
            root_sha256: root(&leaves).to_string(),
        })?;
        let seal = key.seal(SealedForm::ChainCheckpoint, Sha256Digest::of(&document));
        Ok(Self { number, made_at, document, seal, leaves })
    }

    /// Checks it by public keys alone, against the one before it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, keys: &ServerKeys, previous: Option<Sha256Digest>) -> Result<(), CheckpointFault> {
        keys.check(SealedForm::ChainCheckpoint, self.sha256(), &self.seal, self.made_at)?;
        let document: Document =
            serde_json::from_slice(&self.document).map_err(|_| CheckpointFault::Document)?;
        let made_at = self.made_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        if document.form != SealedForm::ChainCheckpoint.label()
            || document.number != self.number
            || document.made_at != made_at
        {
            return Err(CheckpointFault::Document);
        }
        if document.previous_sha256 != previous.map(|digest| digest.to_string()).unwrap_or_default() {
            return Err(CheckpointFault::Order);
        }
        if document.heads != self.leaves.len() || document.root_sha256 != root(&self.leaves).to_string() {
            return Err(CheckpointFault::Leaves);
        }
        Ok(())
    }
}

fn root(leaves: &[CheckpointLeaf]) -> Sha256Digest {
    merkle::root(&leaves.iter().map(CheckpointLeaf::bytes).collect::<Vec<_>>())
}

/// Seals at most `heads_max` heads that changed since they were last sealed; `None` if there are none, or another process
/// was faster.
///
/// # Errors
/// When the database fails.
pub async fn make(
    database: &Database,
    key: &ServerKey,
    heads_max: u32,
) -> Result<Option<Checkpoint>, CheckpointError> {
    let mut transaction = database.begin().await?;
    let leaves = unsealed(&mut transaction, heads_max).await?;
    if leaves.is_empty() {
        return Ok(None);
    }
    let last = sqlx::query!(
        r#"select now() as "now!", last.number as "number?", last.sha256 as "sha256?"
           from (select 1) as one
           left join (select number, sha256 from chain_checkpoint order by number desc limit 1) as last on true"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    let previous = last.sha256.map(|bytes| Sha256Digest::from_bytes(&bytes)).transpose().map_err(decode)?;
    let number = last.number.unwrap_or_default() + 1;
    let checkpoint = Checkpoint::make(key, (number, last.now), previous, leaves)?;
    // Rolled back where another process has made that number meanwhile; its heads are looked for again.
    if !insert(&mut transaction, &checkpoint).await? {
        return Ok(None);
    }
    transaction.commit().await?;
    Ok(Some(checkpoint))
}

/// Heads that another process seals are passed over; one that a case's writer holds waits for the next time.
async fn unsealed(connection: &mut PgConnection, heads_max: u32) -> Result<Vec<CheckpointLeaf>, sqlx::Error> {
    let rows = sqlx::query!(
        "select case_id, chain_length, chain_sha256 from case_head where sealed_length < chain_length
         order by case_id limit $1 for no key update skip locked",
        i64::from(heads_max)
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| leaf(row.case_id, row.chain_length, &row.chain_sha256)).collect()
}

async fn insert(connection: &mut PgConnection, checkpoint: &Checkpoint) -> Result<bool, sqlx::Error> {
    let Checkpoint { number, made_at, document, seal, leaves } = checkpoint;
    let inserted = sqlx::query!(
        "insert into chain_checkpoint (number, made_at, document, sha256, signing_key_id, signature)
         values ($1, $2, $3, sha256($3), $4, $5) on conflict do nothing",
        number,
        made_at,
        document,
        seal.key.as_str(),
        &seal.signature[..],
    )
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    let cases: Vec<Uuid> = leaves.iter().map(|leaf| leaf.case_id).collect();
    sqlx::query!(
        "insert into chain_checkpoint_leaf (number, case_id, chain_length, chain_sha256)
         select $1, * from unnest($2::uuid[], $3::integer[], $4::bytea[])",
        number,
        &cases,
        &leaves.iter().map(|leaf| leaf.chain_length).collect::<Vec<_>>(),
        &leaves.iter().map(|leaf| leaf.chain_sha256.as_bytes().as_slice()).collect::<Vec<_>>() as _,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("update case_head set sealed_length = chain_length where case_id = any($1)", &cases)
        .execute(connection)
        .await?;
    Ok(true)
}

/// Returns the first checkpoint after that number, with its leaves; `None` if there is none.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn next_after(database: &Database, number: i64) -> Result<Option<Checkpoint>, StoreError> {
    let row = sqlx::query!(
        "select number, made_at, document, signing_key_id, signature from chain_checkpoint
         where number > $1 order by number limit 1",
        number
    )
    .fetch_optional(database.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let leaves = sqlx::query!(
        "select case_id, chain_length, chain_sha256 from chain_checkpoint_leaf where number = $1 order by case_id",
        row.number
    )
    .fetch_all(database.pool())
    .await?;
    let leaves = leaves.into_iter().map(|one| leaf(one.case_id, one.chain_length, &one.chain_sha256));
    Ok(Some(Checkpoint {
        number: row.number,
        made_at: row.made_at,
        document: row.document,
        seal: seal(&row.signing_key_id, &row.signature)?,
        leaves: leaves.collect::<Result<_, _>>()?,
    }))
}

/// Returns the numbers and leaves that a case was sealed with, in order.
///
/// # Errors
/// When the database fails or a row does not read.
pub async fn of_case(database: &Database, case_id: Uuid) -> Result<Vec<(i64, CheckpointLeaf)>, StoreError> {
    let rows = sqlx::query!(
        "select number, chain_length, chain_sha256 from chain_checkpoint_leaf where case_id = $1 order by number",
        case_id
    )
    .fetch_all(database.pool())
    .await?;
    let found =
        rows.into_iter().map(|row| Ok((row.number, leaf(case_id, row.chain_length, &row.chain_sha256)?)));
    found.collect::<Result<_, sqlx::Error>>().map_err(StoreError::from)
}

/// Returns cases that were sealed once and are gone, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn vanished(database: &Database, limit: u32) -> Result<Vec<Uuid>, StoreError> {
    let cases = sqlx::query_scalar!(
        "select distinct leaf.case_id from chain_checkpoint_leaf as leaf
         where not exists (select from case_head where case_head.case_id = leaf.case_id)
         order by leaf.case_id limit $1",
        i64::from(limit)
    )
    .fetch_all(database.pool())
    .await?;
    Ok(cases)
}

/// Reads a key's name and a signature as stored.
pub(crate) fn seal(key: &str, signature: &[u8]) -> Result<Seal, sqlx::Error> {
    let broken = || decode("a signature or the name of its key is not one");
    Ok(Seal {
        key: key.parse().map_err(|_| broken())?,
        signature: signature.try_into().map_err(|_| broken())?,
    })
}

fn leaf(case_id: Uuid, chain_length: i32, chain_sha256: &[u8]) -> Result<CheckpointLeaf, sqlx::Error> {
    let chain_sha256 = Sha256Digest::from_bytes(chain_sha256).map_err(decode)?;
    Ok(CheckpointLeaf { case_id, chain_length, chain_sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::seal::keys::KeyPeriod;

    fn leaf_of(number: u128) -> CheckpointLeaf {
        let chain_sha256 = Sha256Digest::of(&number.to_be_bytes());
        CheckpointLeaf { case_id: Uuid::from_u128(number), chain_length: 1, chain_sha256 }
    }

    #[test]
    fn a_checkpoint_is_believed_as_it_was_made_and_in_its_place_alone() {
        let key = ServerKey::from_seed(&[1; 32]).unwrap();
        let keys: ServerKeys = [(key.public().clone(), KeyPeriod::default())].into_iter().collect();
        let made = |number, previous| {
            Checkpoint::make(&key, (number, DateTime::UNIX_EPOCH), previous, vec![leaf_of(1), leaf_of(2)])
        };
        let first = made(1, None).unwrap();
        let second = made(2, Some(first.sha256())).unwrap();
        assert_eq!(first.check(&keys, None), Ok(()));
        assert_eq!(second.check(&keys, Some(first.sha256())), Ok(()));
        assert_eq!(second.check(&keys, None), Err(CheckpointFault::Order));
        let mut other = second.clone();
        other.leaves[1].chain_length = 2;
        assert_eq!(other.check(&keys, Some(first.sha256())), Err(CheckpointFault::Leaves));
        let renumbered = Checkpoint { number: 3, ..second.clone() };
        assert_eq!(renumbered.check(&keys, Some(first.sha256())), Err(CheckpointFault::Document));
        let forged = Checkpoint { document: first.document.clone(), ..second };
        assert_eq!(forged.check(&keys, None), Err(CheckpointFault::Seal(SealError::Mismatch)));
    }
}
