//! The one place that says what a database error means.

use std::error::Error;
use std::fmt;

/// Why rows could not be read or written; the one error of the database that leaves this crate.
///
/// Its text names SQLSTATE, table and constraint, never a value.
#[derive(Debug)]
pub struct StoreError(sqlx::Error);

impl StoreError {
    /// What it means for whoever gets it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        fault_of(&self.0)
    }

    /// What rows that somebody imports have against what is registered, for that person; values appear only where a
    /// row names a register's key.
    pub(crate) fn explain_refusal(&self) -> String {
        let Some(database) = self.0.as_database_error() else { return self.to_string() };
        let own = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
        match database.code().as_deref() {
            // foreign_key_violation
            Some("23503") => {
                let detail = own.and_then(|own| own.detail());
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
            // not_null_violation: how put_camera_key.sql refuses to take a key over
            Some("23502") if database.table() == Some("camera_key") => {
                "a key that is registered already has another camera or other bytes here; give the new key a new id"
                    .to_owned()
            }
            Some(_) | None => self.to_string(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&describe(&self.0))
    }
}

impl Error for StoreError {
    /// What the driver says of a server that is away; of anything else it might repeat a value of a row.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let away = self.0.as_database_error().is_none() && self.fault() == Fault::Unavailable;
        away.then_some(&self.0 as &(dyn Error + 'static))
    }
}

/// Lets `?` turn an error of the driver into the variant `Database` of these errors.
macro_rules! from_driver {
    ($($error:ty),+ $(,)?) => {$(
        impl From<sqlx::Error> for $error {
            fn from(error: sqlx::Error) -> Self {
                Self::Database(error.into())
            }
        }
    )+};
}
pub(crate) use from_driver;

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

/// Returns what an error means: the only place that knows SQLSTATE classes and the names of our own guards.
#[must_use]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an enum of the driver's; what is not named is a fault of ours"
)]
pub(crate) fn fault_of(error: &sqlx::Error) -> Fault {
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
pub(crate) fn describe(error: &sqlx::Error) -> String {
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
