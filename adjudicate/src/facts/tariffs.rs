//! Fines that came after the build: a whole `tariffs.toml` of a country, checked against the one in force.

use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use chrono::{DateTime, Utc};
use rules::policy::tariff_change::{Retroactive, check_change};
use rules::policy::{Policies, Policy, PolicyError, PolicySources, country_of};
use schemas::evidence::Sha256Digest;
use schemas::jurisdiction::Jurisdiction;
use serde_json::json;
use sqlx::PgConnection;
use thiserror::Error;

/// Characters of a source.
const SOURCE_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=200;

/// Why fines were not imported, or cannot be read.
#[derive(Debug, Error)]
pub enum TariffsError {
    /// The text names no country.
    #[error("the file must begin with jurisdiction = \"EG\" or \"SA\"")]
    NoCountry,
    /// No source, or too long a one.
    #[error("the source of the announcement must have 1 to 200 characters")]
    Source,
    /// The rows do not form a table.
    #[error("the fines cannot be used")]
    Policy(#[from] PolicyError),
    /// A row would cost more in the past.
    #[error("the fines were not imported")]
    Retroactive(#[from] Retroactive),
    /// The database failed.
    #[error("the fines cannot be stored or read")]
    Database(#[from] StoreError),
}

from_driver!(TariffsError);

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedTariffs {
    /// The country.
    pub jurisdiction: Jurisdiction,
    /// Of the text.
    pub sha256: Sha256Digest,
    /// Rows that may issue.
    pub active_rows: usize,
    /// Whether the same text was in force already, so that nothing changed.
    pub is_known: bool,
}

/// An imported text with its country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffText {
    /// The country.
    pub jurisdiction: Jurisdiction,
    /// In the form of `tariffs.toml`.
    pub body: String,
}

impl TariffText {
    /// Returns the texts of the country's rules with these fines in the place of the built-in ones.
    #[must_use]
    pub const fn sources(&self) -> PolicySources<'_> {
        let PolicySources { tariffs: _, policy, deadlines, texts } =
            PolicySources::compiled_in(self.jurisdiction);
        PolicySources { tariffs: self.body.as_str(), policy, deadlines, texts }
    }
}

/// Stores the fines of a country, all of them, unless they break a rule, contradict each other, or would ask more than
/// before for any day up to and including today, by the country's own calendar.
///
/// # Errors
/// See [`TariffsError`]; nothing was stored then.
pub async fn import_tariffs(
    database: &Database,
    base: &Policies,
    body: &str,
    source: &str,
    now: DateTime<Utc>,
) -> Result<ImportedTariffs, TariffsError> {
    if !SOURCE_CHARACTERS.contains(&source.trim().chars().count()) {
        return Err(TariffsError::Source);
    }
    let text =
        TariffText { jurisdiction: country_of(body).ok_or(TariffsError::NoCountry)?, body: body.to_owned() };
    let jurisdiction = text.jurisdiction;
    let after = Policy::load(jurisdiction, &text.sources())?;
    let mut transaction = database.begin().await?;
    // One import after the other: each is compared with the one before.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('tariff_text'))").execute(&mut *transaction).await?;
    let in_force = in_force(&mut transaction, base).await?;
    let before = in_force.of(jurisdiction);
    let sha256 = Sha256Digest::of(body.as_bytes());
    let active_rows = after.tariffs().active().len();
    let is_known = before.rule_table_sha256() == after.rule_table_sha256();
    if !is_known {
        let today = now.with_timezone(&jurisdiction.time_zone()).date_naive();
        check_change(before.tariffs(), after.tariffs(), today)?;
        sqlx::query!(
            "insert into tariff_text (jurisdiction, body, sha256, source) values ($1, $2, $3, $4)",
            jurisdiction.code(),
            body,
            sha256.as_bytes().as_slice(),
            source.trim(),
        )
        .execute(&mut *transaction)
        .await?;
        let entry = AuditEntry {
            actor: Actor::Operator,
            action: AuditAction::FactsImport,
            entity: Entity::Facts("tariffs"),
            detail: json!({ "jurisdiction": jurisdiction.code(), "sha256": sha256.to_string(), "source": source.trim() }),
        };
        audit::write(&mut transaction, &entry).await?;
    }
    transaction.commit().await?;
    Ok(ImportedTariffs { jurisdiction, sha256, active_rows, is_known })
}

/// Returns the last imported fines of each country that has any.
///
/// # Errors
/// When the database fails or names a country that is not known.
pub(crate) async fn latest(connection: &mut PgConnection) -> Result<Vec<TariffText>, TariffsError> {
    let rows = sqlx::query!(
        "select distinct on (jurisdiction) jurisdiction, body from tariff_text order by jurisdiction, sequence desc"
    )
    .fetch_all(connection)
    .await?;
    let read = rows.into_iter().map(|row| {
        let jurisdiction = row.jurisdiction.parse().map_err(|_| TariffsError::NoCountry)?;
        Ok(TariffText { jurisdiction, body: row.body })
    });
    read.collect()
}

/// Returns `base` with the fines that were imported since.
///
/// # Errors
/// When the database fails, or imported fines no longer load.
pub(crate) async fn in_force(
    connection: &mut PgConnection,
    base: &Policies,
) -> Result<Policies, TariffsError> {
    let mut policies = base.clone();
    for text in latest(connection).await? {
        policies = policies.with(Policy::load(text.jurisdiction, &text.sources())?);
    }
    Ok(policies)
}

/// The same, with the texts that differ from the built-in ones.
///
/// # Errors
/// When the database fails, or imported fines no longer load.
pub async fn load(database: &Database, base: &Policies) -> Result<(Policies, Vec<TariffText>), TariffsError> {
    let mut connection = database.pool().acquire().await?;
    let policies = in_force(&mut connection, base).await?;
    Ok((policies, latest(&mut connection).await?))
}
