//! Connections to PostgreSQL and migrations.

use super::closed_lists;
use super::config::DatabaseConfig;
use super::roles::{self, GrantError, Grantees, Standing};
use super::store_error::{Fault, StoreError, fault_of};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction};
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;

/// A pool of connections. Only this crate sees the driver behind it; others hand it on.
#[derive(Debug, Clone)]
pub struct Database(PgPool);

/// The migrations of `adjudicate/migrations`, compiled in.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// How often a transaction that lost against another one (SQLSTATE 40001, 40P01) is tried again.
pub const CONFLICT_RETRIES_MAX: u32 = 5;

/// Connections of a process that only answers operators.
const ADMIN_CONNECTIONS_MAX: u32 = 1;

/// What a pool is for; sets its size and the name that the server's statistics show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolPurpose {
    /// The stream half.
    Stream,
    /// Requests of citizens and reviewers.
    Http,
    /// Jobs.
    Jobs,
    /// Questions of operators: whether the database answers.
    Admin,
}

impl PoolPurpose {
    const fn application_name(self) -> &'static str {
        match self {
            Self::Stream => "rasid stream",
            Self::Http => "rasid http",
            Self::Jobs => "rasid jobs",
            Self::Admin => "rasid admin",
        }
    }

    const fn connections_max(self, config: &DatabaseConfig) -> u32 {
        match self {
            Self::Stream => config.stream_connections_max,
            Self::Http => config.http_connections_max,
            Self::Jobs => config.jobs_connections_max,
            Self::Admin => ADMIN_CONNECTIONS_MAX,
        }
    }
}

/// Why the database cannot be used.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The address cannot be read. It is not shown, since it holds a password.
    #[error("database.url is not of the form postgres://user:password@host:port/database")]
    Address,
    /// Nobody answers there.
    #[error("PostgreSQL at {place} cannot be reached; check database.url, and that the server runs: {cause}")]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// What the driver says; not a source, since the driver repeats itself along the chain.
        cause: String,
    },
    /// The server answers and refuses us.
    #[error("PostgreSQL at {place} refuses; check user, password and database name in database.url: {cause}")]
    Refused {
        /// Host, port and database.
        place: String,
        /// What the server says.
        cause: String,
    },
    /// The tables are missing, or older than this binary.
    #[error("the database has no tables of this version; run `rasid migrate` with the same database.url")]
    Behind,
    /// The migrations do not fit what the database has.
    #[error("the tables cannot be brought up to date; see adjudicate/migrations/README.md")]
    Migrate(#[source] MigrateError),
    /// The tables are as they must be, but nobody else may use them.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

impl Database {
    /// Whether the server answers; for readiness.
    ///
    /// # Errors
    /// When it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.0).await?;
        Ok(())
    }

    /// Returns what the role of these connections is to the tables, for warnings and `rasid doctor`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        roles::standing(&self.0).await
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.0.close().await;
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.0
    }

    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.0.begin().await
    }

    pub(crate) async fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.0.begin_with(statement).await
    }

    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.0.acquire().await
    }
}

/// A pool for `purpose`. Connects once, so that a wrong address is found at start.
///
/// # Errors
/// When the address is malformed or the server cannot be reached.
pub async fn connect(config: &DatabaseConfig, purpose: PoolPurpose) -> Result<Database, ConnectError> {
    let options = connect_options(config, purpose)?;
    let place = format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_else(|| options.get_username())
    );
    let limit = Duration::from_millis(config.acquire_timeout_milliseconds);
    // Not through the pool: it tries until its time is up, and then says only that it was.
    match tokio::time::timeout(limit, PgConnection::connect_with(&options)).await {
        // A connection that does not close in good order is gone all the same.
        Ok(Ok(first)) => drop(first.close().await),
        Ok(Err(error)) => return Err(connect_error(place, &error)),
        Err(_) => {
            let cause = format!("no answer within {} ms", limit.as_millis());
            return Err(ConnectError::Unreachable { place, cause });
        }
    }
    Ok(Database(pool_options(config, purpose).connect_lazy_with(options)))
}

/// A pool for `purpose` that connects when it is first used; for processes that outlive outages of the database.
///
/// # Errors
/// When the address is malformed.
pub fn connect_later(config: &DatabaseConfig, purpose: PoolPurpose) -> Result<Database, ConnectError> {
    let options = connect_options(config, purpose)?;
    Ok(Database(pool_options(config, purpose).connect_lazy_with(options)))
}

/// Brings the tables up to date, fills those of closed lists and grants to the roles what they need, in one transaction.
/// Several processes may call it at once; one does the work.
///
/// # Errors
/// When a migration fails, the database holds others than this binary, or a role is missing.
pub async fn migrate(database: &Database, grantees: &Grantees) -> Result<(), ConnectError> {
    apply(database, &MIGRATOR, grantees).await
}

/// The same by another migrator over the same files.
pub(crate) async fn apply(
    database: &Database,
    migrator: &Migrator,
    grantees: &Grantees,
) -> Result<(), ConnectError> {
    let failed = |error: sqlx::Error| ConnectError::Migrate(MigrateError::Execute(error));
    let mut transaction = database.begin().await.map_err(failed)?;
    roles::lift_guard(&mut transaction).await.map_err(failed)?;
    migrator.run(&mut *transaction).await.map_err(ConnectError::Migrate)?;
    closed_lists::fill(&mut transaction).await.map_err(failed)?;
    roles::grant(&mut transaction, grantees).await?;
    roles::guard(&mut transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// Finds out at start that the tables are not there, instead of at every statement afterwards. A database that is
/// ahead of this binary is no fault: old and new ones run side by side during a deploy.
///
/// # Errors
/// When the tables are missing or older than this binary.
pub async fn require_tables(database: &Database) -> Result<(), ConnectError> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max();
    let applied: Result<Option<i64>, sqlx::Error> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(database.pool())
            .await;
    // Without the table of migrations nothing was ever applied.
    if applied.ok().flatten() < newest { Err(ConnectError::Behind) } else { Ok(()) }
}

fn connect_error(place: String, error: &sqlx::Error) -> ConnectError {
    let is_starting = fault_of(error) == Fault::Unavailable;
    match error.as_database_error() {
        Some(database) if !is_starting => {
            ConnectError::Refused { place, cause: database.message().to_owned() }
        }
        Some(_) | None => ConnectError::Unreachable { place, cause: error.to_string() },
    }
}

fn pool_options(config: &DatabaseConfig, purpose: PoolPurpose) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(purpose.connections_max(config))
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_milliseconds))
        .idle_timeout(Duration::from_secs(config.idle_connection_timeout_seconds))
        .max_lifetime(Duration::from_secs(config.connection_lifetime_seconds))
}

fn connect_options(config: &DatabaseConfig, purpose: PoolPurpose) -> Result<PgConnectOptions, ConnectError> {
    let options = PgConnectOptions::from_str(config.url.expose()).map_err(|_| ConnectError::Address)?;
    Ok(options.application_name(purpose.application_name()).options([
        ("statement_timeout", config.statement_timeout_milliseconds.to_string()),
        ("lock_timeout", config.lock_timeout_milliseconds.to_string()),
        ("idle_in_transaction_session_timeout", config.idle_in_transaction_timeout_milliseconds.to_string()),
    ]))
}
