//! What can be set about database, outbox and recording. Every key with its default and unit stands in
//! `deploy/config.default.toml`; root loads it and no other module reads a file or the environment.

use super::roles::{Grantees, RoleName};
use schemas::text::secret::Secret;
use serde::Deserialize;
use std::time::Duration;
use thiserror::Error;

/// A value that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// A key without which nothing works is empty.
    #[error("{key} is not set; give it in the configuration file or as {variable}")]
    Missing {
        /// `section.key`.
        key: &'static str,
        /// The environment variable that sets it.
        variable: &'static str,
    },
    /// A number that must be at least 1.
    #[error("{key} must be at least 1, got {got}")]
    TooSmall {
        /// `section.key`.
        key: &'static str,
        /// What was given.
        got: u64,
    },
    /// One key must not be above another.
    #[error("{key} must not be above {limit}")]
    Above {
        /// `section.key`.
        key: &'static str,
        /// The other key.
        limit: &'static str,
    },
    /// Not an address of a PostgreSQL server.
    #[error("{key} is not of the form postgres://user:password@host:port/database")]
    Address {
        /// `section.key`.
        key: &'static str,
    },
}

/// `[database]`: PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database`.
    pub url: Secret,
    /// The same as the owner of the tables, for `rasid migrate`; without it `url`.
    pub migrate_url: Option<Secret>,
    /// The same as a role that only reads, for commands that write nothing; without it `url`.
    pub read_url: Option<Secret>,
    /// The role of `url`, to which `rasid migrate` grants what is needed to write rows.
    pub write_role: Option<RoleName>,
    /// The role of `read_url`, to which `rasid migrate` grants what is needed to read.
    pub read_role: Option<RoleName>,
    /// Connections of the stream half.
    pub stream_connections_max: u32,
    /// Connections of the HTTP half, apart so that a flood of one cannot starve the other.
    pub http_connections_max: u32,
    /// Connections of the jobs.
    pub jobs_connections_max: u32,
    /// Wait for a free connection before the caller is told that the database is unavailable.
    pub acquire_timeout_milliseconds: u64,
    /// One statement.
    pub statement_timeout_milliseconds: u64,
    /// Wait for a row or table lock.
    pub lock_timeout_milliseconds: u64,
    /// A transaction in which nothing happens.
    pub idle_in_transaction_timeout_milliseconds: u64,
    /// A connection that nobody uses is closed after this.
    pub idle_connection_timeout_seconds: u64,
    /// A connection is replaced after this.
    pub connection_lifetime_seconds: u64,
}

/// `[outbox]`: how effects reach the outside.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxConfig {
    /// Messages of one turn, each of another key.
    pub batch_messages_max: u32,
    /// Wait before looking again when nothing was due.
    pub poll_interval_milliseconds: u64,
    /// Wait for the broker's acknowledgement of one turn.
    pub publish_timeout_milliseconds: u64,
    /// Wait after a first failure; doubled for each further one.
    pub retry_delay_first_milliseconds: u64,
    /// Longest wait between two attempts.
    pub retry_delay_max_milliseconds: u64,
    /// How often depth and age of what waits are measured.
    pub gauge_interval_seconds: u64,
}

/// `[adjudicate]`: recording of outcomes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjudicateConfig {
    /// Two sightings of one plate at one site for the same kind of act that lie closer together are one act.
    pub act_window_seconds: u32,
    /// Month partitions that are made ahead of time.
    pub month_partitions_ahead: u32,
    /// How often missing month partitions are looked for.
    pub month_partitions_interval_seconds: u64,
}

impl DatabaseConfig {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// The first key that breaks its rule.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.url.expose().is_empty() {
            return Err(ConfigError::Missing { key: "database.url", variable: "RASID_DATABASE__URL" });
        }
        let addresses = [
            ("database.url", Some(&self.url)),
            ("database.migrate_url", self.migrate_url.as_ref()),
            ("database.read_url", self.read_url.as_ref()),
        ];
        for (key, url) in addresses {
            let is_address = |url: &str| url.starts_with("postgres://") || url.starts_with("postgresql://");
            if url.is_some_and(|url| !is_address(url.expose())) {
                return Err(ConfigError::Address { key });
            }
        }
        at_least_one("database.stream_connections_max", self.stream_connections_max)?;
        at_least_one("database.http_connections_max", self.http_connections_max)?;
        at_least_one("database.jobs_connections_max", self.jobs_connections_max)?;
        at_least_one("database.acquire_timeout_milliseconds", self.acquire_timeout_milliseconds)?;
        at_least_one("database.statement_timeout_milliseconds", self.statement_timeout_milliseconds)?;
        at_least_one("database.lock_timeout_milliseconds", self.lock_timeout_milliseconds)?;
        at_least_one(
            "database.idle_in_transaction_timeout_milliseconds",
            self.idle_in_transaction_timeout_milliseconds,
        )?;
        at_least_one("database.idle_connection_timeout_seconds", self.idle_connection_timeout_seconds)?;
        at_least_one("database.connection_lifetime_seconds", self.connection_lifetime_seconds)?;
        if self.lock_timeout_milliseconds > self.statement_timeout_milliseconds {
            return Err(ConfigError::Above {
                key: "database.lock_timeout_milliseconds",
                limit: "database.statement_timeout_milliseconds",
            });
        }
        Ok(())
    }
}

impl DatabaseConfig {
    /// Returns the settings of who owns the tables.
    #[must_use]
    pub fn for_migrating(&self) -> Self {
        Self { url: self.migrate_url.clone().unwrap_or_else(|| self.url.clone()), ..self.clone() }
    }

    /// Returns the settings of who only reads.
    #[must_use]
    pub fn for_reading(&self) -> Self {
        Self { url: self.read_url.clone().unwrap_or_else(|| self.url.clone()), ..self.clone() }
    }

    /// Returns the roles that `rasid migrate` grants to.
    #[must_use]
    pub fn grantees(&self) -> Grantees {
        Grantees { write: self.write_role.clone(), read: self.read_role.clone() }
    }
}

impl OutboxConfig {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// The first key that breaks its rule.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("outbox.batch_messages_max", self.batch_messages_max)?;
        at_least_one("outbox.poll_interval_milliseconds", self.poll_interval_milliseconds)?;
        at_least_one("outbox.publish_timeout_milliseconds", self.publish_timeout_milliseconds)?;
        at_least_one("outbox.retry_delay_first_milliseconds", self.retry_delay_first_milliseconds)?;
        at_least_one("outbox.gauge_interval_seconds", self.gauge_interval_seconds)?;
        if self.retry_delay_first_milliseconds > self.retry_delay_max_milliseconds {
            return Err(ConfigError::Above {
                key: "outbox.retry_delay_first_milliseconds",
                limit: "outbox.retry_delay_max_milliseconds",
            });
        }
        Ok(())
    }

    /// Wait for the broker's acknowledgement of one turn.
    #[must_use]
    pub const fn publish_timeout(&self) -> Duration {
        Duration::from_millis(self.publish_timeout_milliseconds)
    }
}

impl AdjudicateConfig {
    /// Checks what types cannot.
    ///
    /// # Errors
    /// The first key that breaks its rule.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("adjudicate.act_window_seconds", self.act_window_seconds)?;
        at_least_one("adjudicate.month_partitions_ahead", self.month_partitions_ahead)?;
        at_least_one("adjudicate.month_partitions_interval_seconds", self.month_partitions_interval_seconds)
    }
}

fn at_least_one(key: &'static str, value: impl Into<u64>) -> Result<(), ConfigError> {
    match value.into() {
        0 => Err(ConfigError::TooSmall { key, got: 0 }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(url: &str) -> DatabaseConfig {
        DatabaseConfig {
            url: Secret::new(url),
            migrate_url: None,
            read_url: None,
            write_role: None,
            read_role: None,
            stream_connections_max: 1,
            http_connections_max: 1,
            jobs_connections_max: 1,
            acquire_timeout_milliseconds: 1,
            statement_timeout_milliseconds: 1,
            lock_timeout_milliseconds: 1,
            idle_in_transaction_timeout_milliseconds: 1,
            idle_connection_timeout_seconds: 1,
            connection_lifetime_seconds: 1,
        }
    }

    #[test]
    fn a_database_without_an_address_is_refused_with_the_variable_that_sets_it() {
        let error = database("").validate().unwrap_err();
        assert!(error.to_string().contains("RASID_DATABASE__URL"));
        assert!(matches!(database("mysql://h/d").validate(), Err(ConfigError::Address { .. })));
        assert_eq!(database("postgres://h/d").validate(), Ok(()));
    }

    #[test]
    fn each_role_has_its_own_address_and_else_the_one_of_all() {
        let all = database("postgres://w@h/d");
        assert_eq!((all.for_migrating().url, all.for_reading().url), (all.url.clone(), all.url.clone()));
        let read_url = Some(Secret::new("postgres://r@h/d"));
        let own = DatabaseConfig { migrate_url: Some(Secret::new("mysql://m@h/d")), read_url, ..all };
        assert_eq!(own.for_reading().url.expose(), "postgres://r@h/d");
        assert_eq!(own.validate(), Err(ConfigError::Address { key: "database.migrate_url" }));
    }

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        let shown = format!("{:?}", database("postgres://u:hidden-word@h/d"));
        assert!(!shown.contains("hidden-word"), "{shown}");
    }

    #[test]
    fn a_lock_wait_beyond_the_statement_is_refused() {
        let config = DatabaseConfig { lock_timeout_milliseconds: 2, ..database("postgres://h/d") };
        assert!(matches!(config.validate(), Err(ConfigError::Above { .. })));
    }
}
