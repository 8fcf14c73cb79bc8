//! Transactions of other processes, as a test needs them: begun here, ended when the test says so.

use crate::foundation::chain::{self, ChainDomain, ChainError};
use crate::foundation::db::Database;
use crate::foundation::outbox::{self, OutboxMessage};
use crate::foundation::store_error::StoreError;
use crate::stream::position::{self, Advance, LockedPosition};
use schemas::delivery::PartitionKey;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

/// Writes messages as if their cause had been written with them.
///
/// # Errors
/// When the database fails.
pub async fn enqueue(database: &Database, messages: &[OutboxMessage]) -> Result<(), StoreError> {
    let mut transaction = database.begin().await?;
    outbox::enqueue(&mut transaction, messages).await?;
    Ok(transaction.commit().await?)
}

/// Adds a link to a case's chain.
///
/// # Errors
/// When there is no such case, or the database fails.
pub async fn extend_chain(
    database: &Database,
    case_id: Uuid,
    domain: ChainDomain,
    row_bytes: &[u8],
) -> Result<(), ChainError> {
    let failed = |source: sqlx::Error| ChainError::Database { case_id, source: source.into() };
    let mut transaction = database.begin().await.map_err(failed)?;
    chain::extend(&mut transaction, case_id, domain, row_bytes).await?;
    transaction.commit().await.map_err(failed)
}

/// A settling transaction that is under way and holds its partition's position.
#[derive(Debug)]
pub struct SettlingTransaction {
    transaction: Transaction<'static, Postgres>,
    partition: PartitionKey,
    held: LockedPosition,
}

impl SettlingTransaction {
    /// Begins one; `None` if nobody ever took the partition.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(database: &Database, partition: &PartitionKey) -> Result<Option<Self>, StoreError> {
        let mut transaction = database.begin().await?;
        let held = position::lock(&mut transaction, partition).await?;
        Ok(held.map(|held| Self { transaction, partition: partition.clone(), held }))
    }

    /// Moves the position and commits; whether the partition was still held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn advance(mut self, advance: &Advance) -> Result<bool, StoreError> {
        let moved = position::advance(&mut self.transaction, &self.partition, &self.held, advance).await?;
        self.transaction.commit().await?;
        Ok(moved)
    }
}
