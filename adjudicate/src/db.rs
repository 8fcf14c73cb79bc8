//! Connections to PostgreSQL, migrations, and the one place that says what a database error means.

use crate::config::DatabaseConfig;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::str::FromStr;
use std::time::Duration;
use thiserror::Error;

/// A pool of connections; other crates name it so, since only this crate depends on the driver.
pub type Pool = PgPool;

/// The migrations of `adjudicate/migrations`, compiled in.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// How often a transaction that lost against another one (SQLSTATE 40001, 40P01) is tried again.
pub const CONFLICT_RETRIES_MAX: u32 = 5;

/// What a pool is for; sets its size and the name that the server's statistics show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolPurpose {
    /// The stream half.
    Stream,
    /// Requests of citizens and reviewers.
    Http,
    /// Jobs.
    Jobs,
}

impl PoolPurpose {
    const fn application_name(self) -> &'static str {
        match self {
            Self::Stream => "rasid stream",
            Self::Http => "rasid http",
            Self::Jobs => "rasid jobs",
        }
    }

    const fn connections_max(self, config: &DatabaseConfig) -> u32 {
        match self {
            Self::Stream => config.stream_connections_max,
            Self::Http => config.http_connections_max,
            Self::Jobs => config.jobs_connections_max,
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
}

/// A pool for `purpose`. Connects once, so that a wrong address is found at start.
///
/// # Errors
/// When the address is malformed or the server cannot be reached.
pub async fn connect(config: &DatabaseConfig, purpose: PoolPurpose) -> Result<PgPool, ConnectError> {
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
    Ok(pool_options(config, purpose).connect_lazy_with(options))
}

/// A pool for `purpose` that connects when it is first used; for processes that outlive outages of the database.
///
/// # Errors
/// When the address is malformed.
pub fn connect_later(config: &DatabaseConfig, purpose: PoolPurpose) -> Result<PgPool, ConnectError> {
    let options = connect_options(config, purpose)?;
    Ok(pool_options(config, purpose).connect_lazy_with(options))
}

/// Brings the tables up to date. Several processes may call it at once; one does the work.
///
/// # Errors
/// When a migration fails or the database holds others than this binary.
pub async fn migrate(pool: &PgPool) -> Result<(), ConnectError> {
    MIGRATOR.run(pool).await.map_err(ConnectError::Migrate)
}

/// Finds out at start that the tables are not there, instead of at every statement afterwards. A database that is
/// ahead of this binary is no fault: old and new ones run side by side during a deploy.
///
/// # Errors
/// When the tables are missing or older than this binary.
pub async fn require_tables(pool: &PgPool) -> Result<(), ConnectError> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max();
    let applied: Result<Option<i64>, sqlx::Error> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await;
    // Without the table of migrations nothing was ever applied.
    if applied.ok().flatten() < newest { Err(ConnectError::Behind) } else { Ok(()) }
}

/// What a database error means for whoever gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server is away, busy or out of room: the same call may succeed later.
    Unavailable,
    /// Another transaction won: the same transaction may succeed at once.
    Conflict,
    /// The values given cannot be stored; no retry will help.
    Data,
    /// Statement and tables do not fit each other, or a row cannot be read: a fault of ours.
    Defect,
}

/// Says what an error means: the only place that knows SQLSTATE classes and the names of our own guards.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an enum of the driver's; what is not named is a fault of ours"
)]
pub fn fault_of(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Database(database) => {
            fault_of_state(database.code().as_deref().unwrap_or_default(), database.constraint())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Fault::Unavailable,
        sqlx::Error::Encode(_) => Fault::Data,
        _ => Fault::Defect,
    }
}

/// SQLSTATE, table and constraint of an error, without any value: fit for logs and dead-letter headers.
#[must_use]
pub fn describe(error: &sqlx::Error) -> String {
    match error.as_database_error() {
        Some(database) => {
            let mut text = format!("sqlstate {}", database.code().unwrap_or_default());
            if let Some(table) = database.table() {
                text.push_str(&format!(", table {table}"));
            }
            if let Some(constraint) = database.constraint() {
                text.push_str(&format!(", constraint {constraint}"));
            }
            text
        }
        None => match fault_of(error) {
            Fault::Unavailable => "database unavailable".to_owned(),
            Fault::Conflict | Fault::Data | Fault::Defect => {
                "a value cannot be encoded or decoded".to_owned()
            }
        },
    }
}

/// What rows that somebody imports have against what is registered, for that person; values appear only where a row
/// names a register's key.
#[must_use]
pub fn explain_refusal(error: &sqlx::Error) -> String {
    let Some(database) = error.as_database_error() else { return describe(error) };
    let detail = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().and_then(|own| own.detail());
    match database.code().as_deref() {
        // foreign_key_violation
        Some("23503") => {
            let missing = detail.unwrap_or("a key is missing").trim_end_matches('.');
            format!("a row names something that is not registered, import that first ({missing})")
        }
        // unique_violation, exclusion_violation
        Some("23505" | "23P01") => {
            let constraint = database.constraint().unwrap_or("unnamed");
            format!(
                "two rows, or a row and one already there, are of the same thing at the same time ({constraint})"
            )
        }
        Some(_) | None => describe(error),
    }
}

/// Guards against our own mistakes, not against data.
const OWN_GUARDS: [&str; 2] = ["stream_position_adds_up", "append_only"];

fn fault_of_state(state: &str, constraint: Option<&str>) -> Fault {
    if constraint.is_some_and(|name| OWN_GUARDS.contains(&name)) {
        return Fault::Defect;
    }
    match state {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fault::Conflict,
        // lock_not_available, query_canceled, idle in transaction, read-only standby, I/O error, internal error
        "55P03" | "57014" | "25P03" | "25006" | "58030" | "XX000" => Fault::Unavailable,
        _ => match state.get(..2) {
            Some("22" | "23") => Fault::Data,
            Some("08" | "53" | "57") => Fault::Unavailable,
            Some(_) | None => Fault::Defect,
        },
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_of_error_has_its_meaning() {
        assert_eq!(fault_of_state("40P01", None), Fault::Conflict);
        assert_eq!(fault_of_state("22021", None), Fault::Data);
        assert_eq!(fault_of_state("23514", Some("violation_amount_check")), Fault::Data);
        assert_eq!(fault_of_state("57P01", None), Fault::Unavailable);
        assert_eq!(fault_of_state("53100", None), Fault::Unavailable);
        assert_eq!(fault_of_state("42P01", None), Fault::Defect);
        assert_eq!(fault_of_state("", None), Fault::Defect);
    }

    #[test]
    fn our_own_guards_are_never_taken_for_bad_data() {
        for guard in OWN_GUARDS {
            assert_eq!(fault_of_state("23514", Some(guard)), Fault::Defect);
        }
    }

    #[test]
    fn a_pool_that_is_exhausted_means_unavailable() {
        assert_eq!(fault_of(&sqlx::Error::PoolTimedOut), Fault::Unavailable);
    }
}
