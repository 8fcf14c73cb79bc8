//! Browser sessions: a random token in a cookie, its hash in a row. Two kinds, apart from each other: staff who signed
//! in with a key, and citizens who proved knowledge of a reference and its plate.
//!
//! Database time rules both ends of a session: the idle one, which activity moves, and the absolute one.

use super::Principal;
use super::key::ApiKeyError;
use super::store::{AccessError, principal};
use crate::foundation::db::Database;
use schemas::ids::{ApiKeyId, SubjectId};
use sha2::{Digest, Sha256};
use sqlx::postgres::types::PgInterval;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const TOKEN_BYTES: usize = 32;

/// What a session's cookie holds: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; TOKEN_BYTES]);

/// How long sessions last.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without a request.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

impl SessionToken {
    fn generate() -> Result<Self, AccessError> {
        let mut token = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut token).map_err(|_| ApiKeyError::Random)?;
        Ok(Self(token))
    }

    /// The text in the cookie.
    #[must_use]
    pub fn reveal(&self) -> String {
        hex::encode(self.0)
    }

    /// Seals a text for this session: nobody without the token makes the same seal.
    #[must_use]
    pub fn seal(&self, purpose: &'static str, text: &str) -> String {
        blake3::keyed_hash(&blake3::derive_key(purpose, &self.0), text.as_bytes()).to_hex().to_string()
    }

    fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(hidden)")
    }
}

impl FromStr for SessionToken {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut token = [0_u8; TOKEN_BYTES];
        hex::decode_to_slice(text, &mut token)?;
        Ok(Self(token))
    }
}

/// Opens a session for the holder of a key. A sign-in always makes a new token, so one planted before it is of no use.
///
/// # Errors
/// When the database does not answer or the system gives no random bytes.
pub async fn open_staff_session(
    database: &Database,
    principal: &Principal,
    opened_with: ApiKeyId,
    limits: SessionLimits,
) -> Result<SessionToken, AccessError> {
    let token = SessionToken::generate()?;
    sqlx::query!(
        "insert into web_session (token_sha256, subject_id, api_key_id, expires_at) values ($1, $2, $3, now() + $4)",
        &token.sha256()[..],
        principal.subject.uuid(),
        opened_with.uuid(),
        interval(limits.absolute),
    )
    .execute(database.pool())
    .await?;
    Ok(token)
}

/// Whom a session stands for, if it has not ended and the key that it was opened with still holds; moves the idle end.
///
/// # Errors
/// When the database does not answer or holds a row that breaks its own rules.
pub async fn principal_of_session(
    database: &Database,
    token: &SessionToken,
    limits: SessionLimits,
) -> Result<Option<Principal>, AccessError> {
    let row = sqlx::query!(
        "update web_session as session set last_seen_at = now()
         from subject
         where session.token_sha256 = $1 and subject.id = session.subject_id
           and session.expires_at > now() and session.last_seen_at > now() - $2::interval
           and not exists (select from api_key
                           where api_key.id = session.api_key_id
                             and (revoked_at is not null or api_key.expires_at <= now()))
         returning subject.id, role, reviewer_id, loopback_only",
        &token.sha256()[..],
        interval(limits.idle),
    )
    .fetch_optional(database.pool())
    .await?;
    row.map(|row| principal(SubjectId::from_uuid(row.id), &row.role, row.reviewer_id, row.loopback_only))
        .transpose()
}

/// Ends a session of staff.
///
/// # Errors
/// When the database does not answer.
pub async fn close_staff_session(database: &Database, token: &SessionToken) -> Result<(), AccessError> {
    sqlx::query!("delete from web_session where token_sha256 = $1", &token.sha256()[..])
        .execute(database.pool())
        .await?;
    Ok(())
}

/// Opens a session for a citizen who gave a reference and its plate; it shows cases of that plate.
///
/// # Errors
/// When the database does not answer or the system gives no random bytes.
pub async fn open_citizen_session(
    database: &Database,
    plate_key: &str,
    limits: SessionLimits,
) -> Result<SessionToken, AccessError> {
    let token = SessionToken::generate()?;
    sqlx::query!(
        "insert into citizen_session (token_sha256, plate_key, expires_at) values ($1, $2, now() + $3)",
        &token.sha256()[..],
        plate_key,
        interval(limits.absolute),
    )
    .execute(database.pool())
    .await?;
    Ok(token)
}

/// Ends a session of a citizen.
///
/// # Errors
/// When the database does not answer.
pub async fn close_citizen_session(database: &Database, token: &SessionToken) -> Result<(), AccessError> {
    sqlx::query!("delete from citizen_session where token_sha256 = $1", &token.sha256()[..])
        .execute(database.pool())
        .await?;
    Ok(())
}

/// The key of the plate whose cases a citizen's session shows, if it has not ended; moves the idle end.
///
/// # Errors
/// When the database does not answer.
pub async fn plate_of_session(
    database: &Database,
    token: &SessionToken,
    limits: SessionLimits,
) -> Result<Option<String>, AccessError> {
    let plate_key = sqlx::query_scalar!(
        "update citizen_session set last_seen_at = now()
         where token_sha256 = $1 and expires_at > now() and last_seen_at > now() - $2::interval
         returning plate_key",
        &token.sha256()[..],
        interval(limits.idle),
    )
    .fetch_optional(database.pool())
    .await?;
    Ok(plate_key)
}

/// Deletes sessions that have ended; gives their number. Safe to run at any time, by any number of processes.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep_sessions(database: &Database) -> Result<u64, AccessError> {
    let staff =
        sqlx::query!("delete from web_session where expires_at < now()").execute(database.pool()).await?;
    let citizens =
        sqlx::query!("delete from citizen_session where expires_at < now()").execute(database.pool()).await?;
    Ok(staff.rows_affected() + citizens.rows_affected())
}

fn interval(duration: Duration) -> PgInterval {
    let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    PgInterval { months: 0, days: 0, microseconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_its_session_its_purpose_and_its_text() {
        let (one, other) = (SessionToken::generate().unwrap(), SessionToken::generate().unwrap());
        assert_eq!(one.seal("said", "decided"), one.seal("said", "decided"));
        for seal in [other.seal("said", "decided"), one.seal("other", "decided"), one.seal("said", "filed")] {
            assert_ne!(one.seal("said", "decided"), seal);
        }
    }

    #[test]
    fn a_token_reads_back_from_its_cookie_and_hides_itself() {
        let token = SessionToken::generate().unwrap();
        assert_eq!(token.reveal().parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains(&token.reveal()));
        assert!("zz".parse::<SessionToken>().is_err());
    }
}
