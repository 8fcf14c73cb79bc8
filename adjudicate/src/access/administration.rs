//! What an operator does with API keys: lists them, replaces one, ends one.

use super::Principal;
use super::key::ApiKey;
use super::store::{AccessError, entry, principal, whole};
use crate::foundation::audit::{self, AuditAction};
use crate::foundation::db::Database;
use chrono::{DateTime, Utc};
use schemas::ids::{ApiKeyId, SubjectId};
use serde_json::json;

/// A key as an operator sees it; its secret is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// Which key.
    pub id: ApiKeyId,
    /// What it is for, in the issuer's words.
    pub label: String,
    /// Whom it stands for.
    pub principal: Principal,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself; `None` if never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was ended.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// How a key is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Days for which the new one is good.
    pub days: u32,
    /// Hours for which the old one goes on.
    pub overlap_hours: u32,
}

impl ListedKey {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_good_at(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

/// Returns all keys, the newest first.
///
/// # Errors
/// When the database fails or holds a row that breaks its own rules.
pub async fn list_keys(database: &Database) -> Result<Vec<ListedKey>, AccessError> {
    let rows = sqlx::query!(
        "select api_key.id, subject_id, label, role, reviewer_id, loopback_only, api_key.created_at, expires_at,
                revoked_at, last_used_at
         from api_key join subject on subject.id = api_key.subject_id
         order by api_key.created_at desc, api_key.id"
    )
    .fetch_all(database.pool())
    .await?;
    let listed = rows.into_iter().map(|row| {
        let subject = SubjectId::from_uuid(row.subject_id);
        Ok(ListedKey {
            id: ApiKeyId::from_uuid(row.id),
            label: row.label,
            principal: principal(subject, &row.role, row.reviewer_id, row.loopback_only)?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        })
    });
    listed.collect()
}

/// Makes another key for whomever `old` stands for, and lets `old` end soon; `None` if `old` is not good any more.
///
/// # Errors
/// When the database fails or the system gives no random bytes.
pub async fn rotate_key(
    database: &Database,
    old: ApiKeyId,
    rotation: Rotation,
) -> Result<Option<ApiKey>, AccessError> {
    let Rotation { days, overlap_hours } = rotation;
    let key = ApiKey::generate()?;
    let mut transaction = database.begin().await?;
    let subject = sqlx::query_scalar!(
        "update api_key
         set expires_at = least(expires_at, now() + make_interval(hours => $2))
         where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())
         returning subject_id",
        old.uuid(),
        whole(overlap_hours),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(subject) = subject else { return Ok(None) };
    sqlx::query!(
        "insert into api_key (id, subject_id, secret_sha256, expires_at)
         values ($1, $2, $3, now() + make_interval(days => $4))",
        key.id().uuid(),
        subject,
        &key.secret_sha256()[..],
        whole(days),
    )
    .execute(&mut *transaction)
    .await?;
    let detail = json!({ "replaced_by": key.id().to_string(), "overlap_hours": overlap_hours });
    audit::write(&mut transaction, &entry(AuditAction::KeyRotate, old, detail)).await?;
    transaction.commit().await?;
    Ok(Some(key))
}

/// Ends a key and every session that it opened; returns whether it was good until now.
///
/// # Errors
/// When the database fails.
pub async fn revoke_key(database: &Database, key: ApiKeyId) -> Result<bool, AccessError> {
    let mut transaction = database.begin().await?;
    let ended = sqlx::query!(
        "update api_key set revoked_at = now() where id = $1 and revoked_at is null",
        key.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    audit::write(&mut transaction, &entry(AuditAction::KeyRevoke, key, json!({}))).await?;
    transaction.commit().await?;
    Ok(true)
}
