//! For tests and benches: a fresh schema for each test on a server that somebody else started, and sightings to record.

pub mod copy;
pub mod objections;
pub mod origins;
pub mod queue;
pub mod sightings;
pub mod transactions;

use crate::foundation::config::{AdjudicateConfig, DatabaseConfig, OutboxConfig};
use crate::foundation::db::{self, ConnectError, Database, MIGRATOR, PoolPurpose};
use crate::foundation::store_error::{StoreError, from_driver};
use schemas::text::secret::Secret;
use sqlx::AssertSqlSafe;
use sqlx::migrate::Migrator;
use thiserror::Error;
use uuid::Uuid;

/// Key of the advisory lock under which the one extension is made.
const EXTENSION_LOCK: i64 = 0x5241_5349_4400;

/// Why a test has no database.
#[derive(Debug, Error)]
pub enum TestDatabaseError {
    /// The server cannot be reached, or a migration failed.
    #[error("the test's schema cannot be made")]
    Connect(#[from] ConnectError),
    /// A statement failed.
    #[error("the test's schema cannot be set up")]
    Database(#[from] StoreError),
}

from_driver!(TestDatabaseError);

/// A schema of its own, migrated, in a server shared by many tests.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// Connections whose search path begins with the schema.
    pub connections: Database,
    /// Settings whose address leads to the schema, for a child process too.
    pub config: DatabaseConfig,
    /// The schema's name.
    pub schema: String,
}

impl TestDatabase {
    /// Makes a schema on the server at `server_url` and applies every migration in it.
    ///
    /// # Errors
    /// When the server cannot be reached or a statement fails.
    pub async fn create(server_url: &str) -> Result<Self, TestDatabaseError> {
        let this = Self::create_empty(server_url).await?;
        // Schemas are migrated side by side: the migrator's own lock is one for the whole database.
        let mut migrator = Migrator { migrations: MIGRATOR.migrations.clone(), ..Migrator::DEFAULT };
        migrator.set_locking(false);
        db::apply(&this.connections, &migrator).await?;
        Ok(this)
    }

    /// Makes a schema on the server at `server_url` without any table, for who migrates by himself.
    ///
    /// # Errors
    /// When the server cannot be reached or a statement fails.
    pub async fn create_empty(server_url: &str) -> Result<Self, TestDatabaseError> {
        let schema = format!("test_{}", Uuid::new_v4().simple());
        prepare(server_url, &schema).await?;
        let config = database_config(&with_search_path(server_url, &schema));
        let database = db::connect(&config, PoolPurpose::Stream).await?;
        Ok(Self { connections: database, config, schema })
    }

    /// Runs SQL of a test that does what no store function may: breaking a row, for instance.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn execute(&self, statements: &str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(self.connections.pool()).await.map(drop)
    }

    /// The one number that a query of a test returns, as `bigint`.
    ///
    /// # Errors
    /// When the query is refused or returns something else.
    pub async fn number(&self, query: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(self.connections.pool()).await
    }

    /// The one text that a query of a test returns.
    ///
    /// # Errors
    /// When the query is refused or returns something else.
    pub async fn text(&self, query: &str) -> Result<String, sqlx::Error> {
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(self.connections.pool()).await
    }

    /// Closes the connections and drops the schema.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn remove(self) -> Result<(), TestDatabaseError> {
        sqlx::raw_sql(AssertSqlSafe(format!("drop schema {} cascade", self.schema)))
            .execute(self.connections.pool())
            .await?;
        self.connections.close().await;
        Ok(())
    }
}

/// Settings fit for a test against the server at `url`.
#[must_use]
pub fn database_config(url: &str) -> DatabaseConfig {
    DatabaseConfig {
        url: Secret::new(url),
        stream_connections_max: 6,
        http_connections_max: 4,
        jobs_connections_max: 4,
        acquire_timeout_milliseconds: 10_000,
        statement_timeout_milliseconds: 30_000,
        lock_timeout_milliseconds: 20_000,
        idle_in_transaction_timeout_milliseconds: 30_000,
        idle_connection_timeout_seconds: 60,
        connection_lifetime_seconds: 600,
    }
}

/// Settings of an outbox that tries again at once.
#[must_use]
pub const fn outbox_config() -> OutboxConfig {
    OutboxConfig {
        batch_messages_max: 100,
        poll_interval_milliseconds: 20,
        publish_timeout_milliseconds: 5_000,
        retry_delay_first_milliseconds: 1,
        retry_delay_max_milliseconds: 20,
        gauge_interval_seconds: 1,
    }
}

/// Settings of recording.
#[must_use]
pub const fn adjudicate_config() -> AdjudicateConfig {
    AdjudicateConfig {
        act_window_seconds: 60,
        month_partitions_ahead: 1,
        month_partitions_interval_seconds: 3_600,
    }
}

async fn prepare(server_url: &str, schema: &str) -> Result<(), TestDatabaseError> {
    let config = DatabaseConfig { stream_connections_max: 1, ..database_config(server_url) };
    let database = db::connect(&config, PoolPurpose::Stream).await?;
    let mut transaction = database.begin().await?;
    // `if not exists` does not help two tests that come at the same instant; the lock does.
    sqlx::query!("select pg_advisory_xact_lock($1)", EXTENSION_LOCK).execute(&mut *transaction).await?;
    sqlx::raw_sql("create extension if not exists btree_gist with schema public")
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(AssertSqlSafe(format!("create schema {schema}"))).execute(&mut *transaction).await?;
    transaction.commit().await?;
    database.close().await;
    Ok(())
}

fn with_search_path(server_url: &str, schema: &str) -> String {
    let joint = if server_url.contains('?') { '&' } else { '?' };
    format!("{server_url}{joint}options[search_path]={schema},public")
}
