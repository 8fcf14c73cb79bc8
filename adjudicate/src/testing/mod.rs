//! For tests and benches: a fresh schema for each test on a server that somebody else started, and sightings to record.

pub mod copy;
pub mod objections;
pub mod origins;
pub mod queue;
pub mod roles;
pub mod sightings;
pub mod transactions;

use crate::foundation::config::{AdjudicateConfig, DatabaseConfig, OutboxConfig};
use crate::foundation::db::{self, ConnectError, Database, MIGRATOR, PoolPurpose};
use crate::foundation::roles::{RoleName, RoleNameError};
use crate::foundation::store_error::{StoreError, from_driver};
use schemas::text::secret::Secret;
use sqlx::AssertSqlSafe;
use sqlx::migrate::Migrator;
use thiserror::Error;
use uuid::Uuid;

/// Key of the advisory lock under which the one extension and the roles are made.
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
    /// A role's name is none.
    #[error("the test's roles cannot be named")]
    Role(#[from] RoleNameError),
}

from_driver!(TestDatabaseError);

/// The roles of all tests on one server: what works, works without being the owner of the tables.
pub(crate) const WRITE_ROLE: &str = "rasid_test_write";
pub(crate) const READ_ROLE: &str = "rasid_test_read";

/// A schema of its own, migrated, in a server shared by many tests.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// Connections of the role that writes, whose search path begins with the schema.
    pub connections: Database,
    /// Connections of the owner, for what no program does.
    pub owner: Database,
    /// Settings whose addresses lead to the schema, for a child process too.
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
        db::apply(&this.owner, &migrator, &this.config.grantees()).await?;
        Ok(this)
    }

    /// Makes a schema on the server at `server_url` without any table, for who migrates by himself.
    ///
    /// # Errors
    /// When the server cannot be reached or a statement fails.
    pub async fn create_empty(server_url: &str) -> Result<Self, TestDatabaseError> {
        let schema = format!("test_{}", Uuid::new_v4().simple());
        prepare(server_url, &schema).await?;
        let url = with_search_path(server_url, &schema);
        let role = |name: &str| Some(name.parse::<RoleName>()).transpose();
        let config = DatabaseConfig {
            migrate_url: Some(Secret::new(url.as_str())),
            read_url: Some(Secret::new(with_user(&url, READ_ROLE))),
            write_role: role(WRITE_ROLE)?,
            read_role: role(READ_ROLE)?,
            ..database_config(&with_user(&url, WRITE_ROLE))
        };
        let owner = db::connect(&config.for_migrating(), PoolPurpose::Jobs).await?;
        let connections = db::connect(&config, PoolPurpose::Stream).await?;
        Ok(Self { connections, owner, config, schema })
    }

    /// Runs SQL of a test, as the owner, that does what no store function may: breaking a row, for instance.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn execute(&self, statements: &str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(self.owner.pool()).await.map(drop)
    }

    /// The one number that a query of a test returns, as `bigint`.
    ///
    /// # Errors
    /// When the query is refused or returns something else.
    pub async fn number(&self, query: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(self.owner.pool()).await
    }

    /// The one text that a query of a test returns.
    ///
    /// # Errors
    /// When the query is refused or returns something else.
    pub async fn text(&self, query: &str) -> Result<String, sqlx::Error> {
        sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(self.owner.pool()).await
    }

    /// Closes the connections and drops the schema.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn remove(self) -> Result<(), TestDatabaseError> {
        sqlx::raw_sql(AssertSqlSafe(format!("drop schema {} cascade", self.schema)))
            .execute(self.owner.pool())
            .await?;
        self.connections.close().await;
        self.owner.close().await;
        Ok(())
    }
}

/// Settings fit for a test against the server at `url`.
#[must_use]
pub fn database_config(url: &str) -> DatabaseConfig {
    DatabaseConfig {
        url: Secret::new(url),
        migrate_url: None,
        read_url: None,
        write_role: None,
        read_role: None,
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
    let password = password_of(server_url);
    for role in [WRITE_ROLE, READ_ROLE] {
        let made = format!(
            "do $$ begin if not exists (select from pg_roles where rolname = '{role}') then \
             create role {role} login password '{password}'; end if; end $$"
        );
        sqlx::raw_sql(AssertSqlSafe(made)).execute(&mut *transaction).await?;
    }
    sqlx::raw_sql(AssertSqlSafe(format!("create schema {schema}"))).execute(&mut *transaction).await?;
    transaction.commit().await?;
    database.close().await;
    Ok(())
}

/// The owner's, which is random and as long as the server lives.
pub(crate) fn password_of(server_url: &str) -> &str {
    let user = server_url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    user.and_then(|(user, _)| user.split_once(':')).map_or("", |(_, password)| password)
}

/// The same address for another role, whose password is the owner's.
pub(crate) fn with_user(url: &str, user: &str) -> String {
    match (url.split_once("://"), url.split_once('@')) {
        (Some((scheme, _)), Some((_, place))) => {
            format!("{scheme}://{user}:{}@{place}", password_of(url))
        }
        _ => url.to_owned(),
    }
}

fn with_search_path(server_url: &str, schema: &str) -> String {
    let joint = if server_url.contains('?') { '&' } else { '?' };
    format!("{server_url}{joint}options[search_path]={schema},public")
}
