//! The rows of recorded violations through `COPY`: the fastest that PostgreSQL takes them, to compare recording with.

use crate::foundation::db::Database;
use sqlx::postgres::PgPoolCopyExt;

/// Every table that recording a violation writes to, in an order that could be loaded.
const TABLES: [&str; 13] = [
    "case_head",
    "case_origin_record",
    "case_chain",
    "event_identity",
    "frame_use",
    "act",
    "violation_reference",
    "violation",
    "assessment_record",
    "evidence_manifest",
    "evidence_file",
    "audit_event",
    "outbox",
];

/// The rows of some recorded runs, in the text form of `COPY`.
#[derive(Debug, Clone)]
pub struct CopiedRows(Vec<(&'static str, Vec<u8>)>);

impl CopiedRows {
    /// Reads all rows that recording wrote.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(database: &Database) -> Result<Self, sqlx::Error> {
        let mut tables = Vec::new();
        for table in TABLES {
            let statement = format!("copy (select * from {table}) to stdout");
            let mut stream = database.pool().copy_out_raw(&statement).await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = futures::TryStreamExt::try_next(&mut stream).await? {
                bytes.extend_from_slice(&chunk);
            }
            tables.push((table, bytes));
        }
        Ok(Self(tables))
    }

    /// Writes them into empty tables, in one transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self, database: &Database) -> Result<(), sqlx::Error> {
        let mut transaction = database.begin().await?;
        for (table, bytes) in &self.0 {
            let mut copy = transaction.copy_in_raw(&format!("copy {table} from stdin")).await?;
            copy.send(bytes.as_slice()).await?;
            copy.finish().await?;
        }
        transaction.commit().await
    }

    /// Bytes of all rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Whether there are no rows at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
