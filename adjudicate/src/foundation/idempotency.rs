//! Rows of kept answers. A record is either at work (a lease runs) or kept (it has a status).

use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::postgres::types::PgInterval;
use std::time::Duration;

/// Which call a record is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallIdentity {
    /// Who called: an API key's id, or the hash of a citizen's session.
    pub caller: String,
    /// Method and route pattern.
    pub route: String,
    /// As the caller named it.
    pub idempotency_key: String,
    /// Of address and body.
    pub fingerprint: [u8; 32],
}

/// An answer to be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status, below 500.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// As it was sent.
    pub body: Vec<u8>,
}

/// Proof that a call is the one at work: the end of its lease, which differs from that of whoever takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease(DateTime<Utc>);

/// What became of a call that wants to begin.
#[derive(Debug, PartialEq, Eq)]
pub enum CallStart {
    /// It is the first, or the first one died: go on.
    Started(Lease),
    /// It was answered before.
    Replay(KeptAnswer),
    /// The first one is still at work.
    InFlight,
    /// The key was used for something else.
    Mismatch,
}

/// A call that is the one at work.
#[derive(Debug, Clone)]
pub struct CallAtWork {
    /// Which call.
    pub call: CallIdentity,
    /// The proof.
    pub lease: Lease,
}

impl CallAtWork {
    /// Keeps the answer in the transaction of the call's effect: then no crash can part the two.
    pub(crate) async fn keep(
        &self,
        transaction: &mut PgConnection,
        answer: &KeptAnswer,
    ) -> Result<(), sqlx::Error> {
        write_answer(transaction, self, answer).await
    }
}

/// Begins a call unless it was begun or answered before.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(
    database: &Database,
    call: &CallIdentity,
    lease: Duration,
) -> Result<CallStart, StoreError> {
    let taken = sqlx::query_scalar!(
        r#"insert into idempotency_record as kept (caller, route, idempotency_key, fingerprint, running_until)
           values ($1, $2, $3, $4, clock_timestamp() + $5)
           on conflict (caller, route, idempotency_key) do update set running_until = excluded.running_until
           where kept.status is null and kept.running_until < clock_timestamp()
             and kept.fingerprint = excluded.fingerprint
           returning running_until as "running_until!""#,
        call.caller,
        call.route,
        call.idempotency_key,
        &call.fingerprint[..],
        interval(lease),
    )
    .fetch_optional(database.pool())
    .await?;
    match taken {
        Some(until) => Ok(CallStart::Started(Lease(until))),
        None => Ok(find(database, call).await?),
    }
}

/// Keeps the answer of the call at work. Says `None` when another call has taken over or the answer is kept already.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(database: &Database, at_work: &CallAtWork, answer: &KeptAnswer) -> Result<(), StoreError> {
    let mut connection = database.acquire().await?;
    Ok(write_answer(&mut connection, at_work, answer).await?)
}

/// Forgets the call at work, so that it can be made again.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(database: &Database, at_work: &CallAtWork) -> Result<(), StoreError> {
    let CallAtWork { call, lease } = at_work;
    sqlx::query!(
        "delete from idempotency_record
         where caller = $1 and route = $2 and idempotency_key = $3 and running_until = $4",
        call.caller,
        call.route,
        call.idempotency_key,
        lease.0,
    )
    .execute(database.pool())
    .await?;
    Ok(())
}

/// Deletes answers older than `keep_hours`; gives their number. Safe to run at any time, by any number of processes.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep_answers(database: &Database, keep_hours: u32) -> Result<u64, StoreError> {
    let age = interval(Duration::from_secs(u64::from(keep_hours) * 3_600));
    let swept = sqlx::query!("delete from idempotency_record where created_at < now() - $1::interval", age)
        .execute(database.pool())
        .await?;
    Ok(swept.rows_affected())
}

async fn write_answer(
    connection: &mut PgConnection,
    at_work: &CallAtWork,
    answer: &KeptAnswer,
) -> Result<(), sqlx::Error> {
    let CallAtWork { call, lease } = at_work;
    let KeptAnswer { status, headers, body } = answer;
    sqlx::query!(
        "update idempotency_record set status = $5, headers = $6, body = $7, running_until = null
         where caller = $1 and route = $2 and idempotency_key = $3 and running_until = $4",
        call.caller,
        call.route,
        call.idempotency_key,
        lease.0,
        i16::try_from(*status).unwrap_or(i16::MAX),
        serde_json::json!(headers),
        body,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn find(database: &Database, call: &CallIdentity) -> Result<CallStart, sqlx::Error> {
    let row = sqlx::query!(
        "select fingerprint, status, headers, body from idempotency_record
         where caller = $1 and route = $2 and idempotency_key = $3",
        call.caller,
        call.route,
        call.idempotency_key,
    )
    .fetch_optional(database.pool())
    .await?;
    // The row can only be gone because its call failed or was swept this instant; the caller tries again.
    let Some(row) = row else { return Ok(CallStart::InFlight) };
    if row.fingerprint != call.fingerprint {
        return Ok(CallStart::Mismatch);
    }
    let Some(status) = row.status.and_then(|status| u16::try_from(status).ok()) else {
        return Ok(CallStart::InFlight);
    };
    let headers = row.headers.map(serde_json::from_value).transpose();
    let headers = headers.map_err(decode)?.unwrap_or_default();
    Ok(CallStart::Replay(KeptAnswer { status, headers, body: row.body.unwrap_or_default() }))
}

fn interval(duration: Duration) -> PgInterval {
    let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    PgInterval { months: 0, days: 0, microseconds }
}
