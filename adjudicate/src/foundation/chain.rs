//! The hash chain of each case: whoever changes a row of a case afterwards breaks it.
//!
//! Each link is SHA-256 over the link before it, the name of the form of its bytes, a zero byte, and the canonical
//! bytes of what was recorded. A case's first link follows 32 zero bytes. Chains are apart: no transaction waits for
//! another case. The last statement of a transaction extends the chain, so that the lock on the case's head is short.

use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Utc};
use schemas::evidence::Sha256Digest;
use sqlx::PgConnection;
use std::fmt;
use thiserror::Error;
use uuid::Uuid;

/// What the first link of a case follows.
pub const GENESIS: [u8; 32] = [0; 32];

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// An issued violation.
    Violation,
    /// A sighting that a person must look at.
    ManualCheck,
    /// A citizen's objection.
    Objection,
}

impl CaseKind {
    /// Name in rows.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::ManualCheck => "manual_check",
            Self::Objection => "objection",
        }
    }
}

/// The form of a link's bytes. A new form gets a new name; old links keep theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainDomain(&'static str);

impl ChainDomain {
    /// A row of `violation`.
    pub const VIOLATION: Self = Self("rasid.violation.v1");
    /// A row of `manual_check`.
    pub const MANUAL_CHECK: Self = Self("rasid.manual-check.v1");

    /// A form of another feature: lower-case letters, digits, `.`, `_` and `-`, at most 80.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name that is hashed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ChainDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// The row of a case in the hub, with its first link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHead {
    /// The case.
    pub case_id: Uuid,
    /// What it is about.
    pub kind: CaseKind,
    /// Name of how it came to be.
    pub origin: &'static str,
    /// When it was opened; equal to `recorded_at` of its first row.
    pub opened_at: DateTime<Utc>,
    /// Form of the bytes.
    pub domain: ChainDomain,
    /// What was recorded, canonical.
    pub row_bytes: Vec<u8>,
}

/// One link as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLink {
    /// From 1.
    pub sequence: i32,
    /// Form of the bytes.
    pub domain: String,
    /// What was recorded, canonical.
    pub row_bytes: Vec<u8>,
    /// The link before it.
    pub previous_sha256: Vec<u8>,
    /// Its own hash.
    pub sha256: Vec<u8>,
}

/// How a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainBreak {
    /// A link is missing or there is one too many.
    #[error("link {expected} is missing; found {found}")]
    Gap {
        /// The number that should stand here.
        expected: i32,
        /// The number that stands here.
        found: i32,
    },
    /// A link does not follow the one before it.
    #[error("link {sequence} does not follow the link before it")]
    Detached {
        /// Its number.
        sequence: i32,
    },
    /// A link's bytes are not those that were hashed.
    #[error("the bytes of link {sequence} were changed")]
    Changed {
        /// Its number.
        sequence: i32,
    },
    /// The chain ends elsewhere than its head says.
    #[error("the chain does not end where its head says: links were added or removed")]
    Head,
}

/// Why a case could not be verified, or what is wrong with it.
#[derive(Debug, Error)]
pub enum ChainError {
    /// There is no such case.
    #[error("no case with id {0}")]
    NoCase(Uuid),
    /// The chain is broken.
    #[error("the chain of case {case_id} is broken")]
    Broken {
        /// The case.
        case_id: Uuid,
        /// How.
        #[source]
        at: ChainBreak,
    },
    /// The database failed.
    #[error("the chain of case {case_id} cannot be read or extended")]
    Database {
        /// The case.
        case_id: Uuid,
        /// What the driver says.
        source: StoreError,
    },
}

/// The hash of a link.
#[must_use]
pub fn link(previous: &[u8], domain: &str, row_bytes: &[u8]) -> Sha256Digest {
    Sha256Digest::of(&[previous, domain.as_bytes(), &[0], row_bytes].concat())
}

/// Checks links that were read in order against the head of their case. Pure; `rasid verify` uses it offline.
///
/// # Errors
/// The first place at which the chain is broken.
pub fn verify_links(links: &[StoredLink], head_length: i32, head_sha256: &[u8]) -> Result<(), ChainBreak> {
    let mut previous = GENESIS.to_vec();
    let mut expected = 1;
    for stored in links {
        let StoredLink { sequence, domain, row_bytes, previous_sha256, sha256 } = stored;
        if *sequence != expected {
            return Err(ChainBreak::Gap { expected, found: *sequence });
        }
        if *previous_sha256 != previous {
            return Err(ChainBreak::Detached { sequence: *sequence });
        }
        if link(&previous, domain, row_bytes).as_bytes().as_slice() != sha256.as_slice() {
            return Err(ChainBreak::Changed { sequence: *sequence });
        }
        previous.clone_from(sha256);
        expected += 1;
    }
    if head_length == expected - 1 && head_sha256 == previous { Ok(()) } else { Err(ChainBreak::Head) }
}

/// Opens cases with their first links, in one statement.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open(transaction: &mut PgConnection, cases: &[NewHead]) -> Result<(), sqlx::Error> {
    if cases.is_empty() {
        return Ok(());
    }
    let hash = |case: &NewHead| link(&GENESIS, case.domain.name(), &case.row_bytes).as_bytes().to_vec();
    sqlx::query_file!(
        "src/foundation/queries/open_cases.sql",
        &cases.iter().map(|case| case.case_id).collect::<Vec<_>>(),
        &cases.iter().map(|case| case.kind.label()).collect::<Vec<_>>() as _,
        &cases.iter().map(|case| case.opened_at).collect::<Vec<_>>(),
        &cases.iter().map(|case| case.domain.name()).collect::<Vec<_>>() as _,
        &cases.iter().map(|case| case.row_bytes.as_slice()).collect::<Vec<_>>() as _,
        &cases.iter().map(hash).collect::<Vec<_>>(),
        &GENESIS,
        &cases.iter().map(|case| case.origin).collect::<Vec<_>>() as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Adds a link to a case and returns its hash. Call it as the last statement of the transaction.
///
/// # Errors
/// When there is no such case, or the database fails.
pub(crate) async fn extend(
    transaction: &mut PgConnection,
    case_id: Uuid,
    domain: ChainDomain,
    row_bytes: &[u8],
) -> Result<Sha256Digest, ChainError> {
    let hash = sqlx::query_file_scalar!(
        "src/foundation/queries/extend_chain.sql",
        case_id,
        domain.name(),
        row_bytes
    )
    .fetch_optional(transaction)
    .await
    .map_err(|source| ChainError::Database { case_id, source: source.into() })?
    .ok_or(ChainError::NoCase(case_id))?;
    Sha256Digest::from_bytes(&hash)
        .map_err(|source| ChainError::Database { case_id, source: decode(source).into() })
}

/// Reads a case's links in order and checks them; returns them for whoever compares rows or exports the case.
///
/// # Errors
/// When the chain is broken, there is no such case, or the database fails.
pub async fn verify(database: &Database, case_id: Uuid) -> Result<Vec<StoredLink>, ChainError> {
    let failed = |source: sqlx::Error| ChainError::Database { case_id, source: source.into() };
    // One snapshot for head and links: a case that is extended in between is not broken.
    let mut transaction =
        database.begin_with("begin isolation level repeatable read read only").await.map_err(failed)?;
    let head = sqlx::query!("select chain_length, chain_sha256 from case_head where case_id = $1", case_id)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?
        .ok_or(ChainError::NoCase(case_id))?;
    let links = sqlx::query_as!(
        StoredLink,
        "select sequence, domain, row_bytes, previous_sha256, sha256
         from case_chain where case_id = $1 order by sequence",
        case_id,
    )
    .fetch_all(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.rollback().await.map_err(failed)?;
    verify_links(&links, head.chain_length, &head.chain_sha256)
        .map_err(|at| ChainError::Broken { case_id, at })?;
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chain(rows: &[Vec<u8>]) -> Vec<StoredLink> {
        let mut previous = GENESIS.to_vec();
        let mut links = Vec::new();
        for (sequence, row) in (1..).zip(rows) {
            let sha256 = link(&previous, "test.v1", row).as_bytes().to_vec();
            links.push(StoredLink {
                sequence,
                domain: "test.v1".to_owned(),
                row_bytes: row.clone(),
                previous_sha256: previous,
                sha256: sha256.clone(),
            });
            previous = sha256;
        }
        links
    }

    fn verified(links: &[StoredLink], length: usize, head: &[u8]) -> Result<(), ChainBreak> {
        verify_links(links, i32::try_from(length).unwrap(), head)
    }

    proptest! {
        #[test]
        fn a_chain_verifies_and_any_changed_byte_breaks_it(
            rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..6),
            which: prop::sample::Index,
            place: prop::sample::Index,
        ) {
            let mut links = chain(&rows);
            let head = links.last().unwrap().sha256.clone();
            prop_assert_eq!(verified(&links, rows.len(), &head), Ok(()));
            let index = which.index(links.len());
            let byte = place.index(links[index].row_bytes.len());
            links[index].row_bytes[byte] ^= 1;
            let sequence = i32::try_from(index).unwrap() + 1;
            prop_assert_eq!(verified(&links, rows.len(), &head), Err(ChainBreak::Changed { sequence }));
        }

        #[test]
        fn a_chain_without_its_last_links_is_found(rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..4), 2..6)) {
            let links = chain(&rows);
            let head = links.last().unwrap().sha256.clone();
            prop_assert_eq!(verified(&links[..links.len() - 1], rows.len(), &head), Err(ChainBreak::Head));
            prop_assert_eq!(verified(&links[1..], rows.len(), &head), Err(ChainBreak::Gap { expected: 1, found: 2 }));
        }
    }

    #[test]
    fn the_form_of_the_bytes_is_part_of_the_hash() {
        assert_ne!(link(&GENESIS, "a", b"bc"), link(&GENESIS, "ab", b"c"));
    }
}
