//! For tests of who may do what: single statements as any role, and a database of a test's own, since event triggers and
//! owners belong to a whole database.

use super::{READ_ROLE, TestDatabaseError, WRITE_ROLE, database_config, password_of, with_user};
use crate::foundation::config::DatabaseConfig;
use crate::foundation::db::{self, PoolPurpose};
use schemas::text::secret::Secret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A database with an owner who is no superuser.
#[derive(Debug, Clone)]
pub struct OwnDatabase {
    /// Addresses of owner, writer and reader.
    pub config: DatabaseConfig,
    /// The address of a superuser.
    pub superuser_url: String,
    server_url: String,
    name: String,
}

/// Runs SQL on a connection of its own.
///
/// # Errors
/// When nobody answers at `url`, or the database refuses the statements.
pub async fn execute_at(url: &str, statements: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let result = sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await;
    connection.close().await?;
    result.map(drop)
}

impl OwnDatabase {
    /// Makes a database without any table on the server at `server_url`, where a [`super::TestDatabase`] was made before.
    ///
    /// # Errors
    /// When the server cannot be reached or a statement fails.
    pub async fn create(server_url: &str) -> Result<Self, TestDatabaseError> {
        let name = format!("own_{}", Uuid::new_v4().simple());
        let password = password_of(server_url);
        execute_at(server_url, &format!("create role {name} login password '{password}'")).await?;
        execute_at(server_url, &format!("create database {name} owner {name}")).await?;
        let superuser_url = match server_url.rsplit_once('/') {
            Some((place, _)) => format!("{place}/{name}"),
            None => server_url.to_owned(),
        };
        let url = |role: &str| Secret::new(with_user(&superuser_url, role));
        let config = DatabaseConfig {
            migrate_url: Some(url(&name)),
            read_url: Some(url(READ_ROLE)),
            write_role: Some(WRITE_ROLE.parse()?),
            read_role: Some(READ_ROLE.parse()?),
            ..database_config(url(WRITE_ROLE).expose())
        };
        Ok(Self { config, superuser_url, server_url: server_url.to_owned(), name })
    }

    /// Migrates as the role at `url` and grants to the others.
    ///
    /// # Errors
    /// When a migration or a grant fails.
    pub async fn migrate(&self, url: &str) -> Result<(), TestDatabaseError> {
        let database = db::connect(&database_config(url), PoolPurpose::Jobs).await?;
        let migrated = db::migrate(&database, &self.config.grantees()).await;
        database.close().await;
        Ok(migrated?)
    }

    /// Drops it with its owner.
    ///
    /// # Errors
    /// When the server cannot be reached or somebody is still connected.
    pub async fn remove(self) -> Result<(), TestDatabaseError> {
        execute_at(&self.server_url, &format!("drop database {} with (force)", self.name)).await?;
        Ok(execute_at(&self.server_url, &format!("drop role {}", self.name)).await?)
    }
}
