//! The texts of the rules that cases are judged by, kept under the digest that the cases name.

use crate::foundation::columns::decode;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use rules::policy::PolicySources;
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use serde_json::{Value, json};

/// Texts of one country's rules, as they were when a case was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRules {
    /// The country.
    pub jurisdiction: Jurisdiction,
    /// `tariffs.toml`.
    pub tariffs: String,
    /// `policy.toml`.
    pub policy: String,
    /// `deadlines.toml`.
    pub deadlines: String,
    /// `texts.toml`.
    pub texts: String,
}

/// Keeps texts of rules before anything is judged by them; keeping them twice changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    database: &Database,
    sha256: Sha256Digest,
    jurisdiction: Jurisdiction,
    sources: &PolicySources<'_>,
) -> Result<(), StoreError> {
    let PolicySources { tariffs, policy, deadlines, texts } = sources;
    let texts = json!({ "tariffs": tariffs, "policy": policy, "deadlines": deadlines, "texts": texts });
    sqlx::query!(
        "insert into rule_table (sha256, jurisdiction, sources) values ($1, $2, $3) on conflict do nothing",
        sha256.as_bytes().as_slice(),
        jurisdiction.code(),
        texts,
    )
    .execute(database.pool())
    .await?;
    Ok(())
}

/// Returns the texts with that digest; `None` if they were never kept.
///
/// # Errors
/// When the database fails or the row does not read.
pub async fn find(database: &Database, sha256: Sha256Digest) -> Result<Option<StoredRules>, StoreError> {
    let row = sqlx::query!(
        "select jurisdiction, sources from rule_table where sha256 = $1",
        sha256.as_bytes().as_slice()
    )
    .fetch_optional(database.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let broken = || decode("rule_table: a text is missing");
    let text =
        |name: &str| row.sources.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(broken);
    Ok(Some(StoredRules {
        jurisdiction: row.jurisdiction.parse().map_err(|_| broken())?,
        tariffs: text("tariffs")?,
        policy: text("policy")?,
        deadlines: text("deadlines")?,
        texts: text("texts")?,
    }))
}

impl StoredRules {
    /// Returns the texts as rules are loaded from.
    #[must_use]
    pub fn sources(&self) -> PolicySources<'_> {
        let Self { jurisdiction: _, tariffs, policy, deadlines, texts } = self;
        PolicySources { tariffs, policy, deadlines, texts }
    }
}
