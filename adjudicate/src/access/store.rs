//! Rows of API keys: issue, look up.

use super::key::{ApiKey, ApiKeyError, same_hash};
use super::{Identity, Principal, Role, UnknownRole};
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use schemas::ids::{ApiKeyId, IdError, ReviewerId, SubjectId};
use serde_json::{Value, json};
use thiserror::Error;

/// Whom a new key is for.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for, in the issuer's words; 1 to 200 characters.
    pub label: String,
    /// Whom it stands for.
    pub identity: Identity,
    /// Days for which it is good; `None` for a key of a demo or test, which lasts as long as its database.
    pub days: Option<u32>,
    /// Whether it is refused where the server listens on anything but loopback; demo keys are.
    pub loopback_only: bool,
}

/// Why a key cannot be issued or looked up.
#[derive(Debug, Error)]
pub enum AccessError {
    /// The database did not answer or refused.
    #[error("the table of API keys or sessions cannot be used")]
    Database(#[from] StoreError),
    /// A stored role is none.
    #[error("a stored API key has an unknown role")]
    Role(#[from] UnknownRole),
    /// A stored reviewer's id is none.
    #[error("a stored API key names a reviewer by something that is no id")]
    Reviewer(#[from] IdError),
    /// A stored reviewer names nobody.
    #[error("the subject {0} is a reviewer and names none")]
    Nameless(SubjectId),
    /// No random bytes for a new key or session.
    #[error("a new API key or session cannot be made")]
    Key(#[from] ApiKeyError),
}

from_driver!(AccessError);

/// Makes a subject with a key, keeps the hash of its secret, and gives the key: the only moment at which it can be shown.
///
/// # Errors
/// When the database does not answer or the system gives no random bytes.
pub async fn issue_key(database: &Database, new: &NewApiKey) -> Result<ApiKey, AccessError> {
    let key = ApiKey::generate()?;
    let mut transaction = database.begin().await?;
    let NewApiKey { label, identity, days, loopback_only } = new;
    let reviewer = match identity {
        Identity::Reviewer(reviewer) => Some(reviewer.as_str()),
        Identity::Citizen | Identity::Auditor | Identity::Administrator => None,
    };
    sqlx::query!(
        "with made as (
             insert into subject (id, label, role, reviewer_id, loopback_only) values ($1, $2, $3, $4, $5)
             returning id
         )
         insert into api_key (id, subject_id, secret_sha256, expires_at)
         select $6, id, $7, now() + make_interval(days => $8) from made",
        SubjectId::generate().uuid(),
        label,
        identity.role().label(),
        reviewer,
        loopback_only,
        key.id().uuid(),
        &key.secret_sha256()[..],
        days.map(whole),
    )
    .execute(&mut *transaction)
    .await?;
    let detail = json!({ "role": identity.role().label(), "label": label });
    audit::write(&mut transaction, &entry(AuditAction::KeyIssue, key.id(), detail)).await?;
    transaction.commit().await?;
    Ok(key)
}

/// Whom a key stands for, if it exists, its secret fits, and it is neither revoked nor expired.
///
/// # Errors
/// When the database does not answer or holds a row that breaks its own rules.
pub async fn principal_of_key(database: &Database, key: &ApiKey) -> Result<Option<Principal>, AccessError> {
    let row = sqlx::query!(
        r#"select secret_sha256, subject.id as subject_id, role, reviewer_id, loopback_only,
                  (last_used_at is null or last_used_at < now() - interval '1 minute') as "stale!"
           from api_key join subject on subject.id = api_key.subject_id
           where api_key.id = $1 and revoked_at is null and (expires_at is null or expires_at > now())"#,
        key.id().uuid(),
    )
    .fetch_optional(database.pool())
    .await?;
    let Some(row) = row.filter(|row| same_hash(&row.secret_sha256, key.secret_sha256())) else {
        return Ok(None);
    };
    if row.stale {
        note_use(database, key.id()).await?;
    }
    principal(SubjectId::from_uuid(row.subject_id), &row.role, row.reviewer_id, row.loopback_only).map(Some)
}

async fn note_use(database: &Database, key: ApiKeyId) -> Result<(), AccessError> {
    sqlx::query!("update api_key set last_used_at = now() where id = $1", key.uuid())
        .execute(database.pool())
        .await?;
    Ok(())
}

/// What an operator did to a key.
pub(super) fn entry(action: AuditAction, key: ApiKeyId, detail: Value) -> AuditEntry {
    AuditEntry { actor: Actor::Operator, action, entity: Entity::ApiKey(key), detail }
}

/// Days and hours as the database counts them; the limits of the command line keep them far below.
pub(super) fn whole(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Row to domain.
pub(super) fn principal(
    subject: SubjectId,
    role: &str,
    reviewer: Option<String>,
    loopback_only: bool,
) -> Result<Principal, AccessError> {
    let identity = match role.parse::<Role>()? {
        Role::Citizen => Identity::Citizen,
        Role::Reviewer => {
            Identity::Reviewer(ReviewerId::parse(reviewer.ok_or(AccessError::Nameless(subject))?)?)
        }
        Role::Auditor => Identity::Auditor,
        Role::Administrator => Identity::Administrator,
    };
    Ok(Principal { subject, identity, loopback_only })
}
