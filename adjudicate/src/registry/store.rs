//! Rows of the registers: read as a snapshot, written by imports and the demo.
//!
//! A snapshot is read in one transaction, so that a camera and its site cannot be of two instants. Writing the same
//! rows twice changes nothing.

use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use chrono::{DateTime, Utc};
use rules::registry::{
    CalibrationCertificate, Camera, CameraKind, Registry, RegistryError, RegistryRows, SignCondition,
    SignState, Site,
};
use rust_decimal::Decimal;
use schemas::camera_event::SpeedKmh;
use schemas::camera_key::{CameraKey, KeyRegistry};
use schemas::ids::{CameraId, CertificateId, SiteId};
use schemas::jurisdiction::Jurisdiction;
use schemas::text::BilingualText;
use sqlx::PgConnection;
use std::str::FromStr;
use thiserror::Error;

/// Why the registers could not be read.
#[derive(Debug, Error)]
pub enum RegistryStoreError {
    /// The database failed.
    #[error("the registers cannot be read")]
    Database(#[from] StoreError),
    /// A row breaks a rule that the tables do not know.
    #[error("{table} '{id}' holds a value that is not allowed: {problem}")]
    Row {
        /// Which register.
        table: &'static str,
        /// Which row.
        id: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The rows do not fit each other.
    #[error("the registers contradict themselves")]
    Registry(#[from] RegistryError),
}

from_driver!(RegistryStoreError);

/// A checked snapshot of sites, cameras, certificates and sign states.
///
/// # Errors
/// When the database fails, or the rows break a rule.
pub async fn load(database: &Database) -> Result<Registry, RegistryStoreError> {
    Ok(Registry::new(load_rows(database).await?)?)
}

/// The rows of a snapshot.
///
/// # Errors
/// When the database fails, or a row breaks a rule.
pub async fn load_rows(database: &Database) -> Result<RegistryRows, RegistryStoreError> {
    let mut transaction = database.begin_with("begin isolation level repeatable read read only").await?;
    let rows = rows_in(&mut transaction).await?;
    transaction.rollback().await?;
    Ok(rows)
}

/// Refuses what `transaction` has written so far if no snapshot could be made of it.
///
/// # Errors
/// When the database fails, or the registers contradict themselves.
pub(crate) async fn check(transaction: &mut PgConnection) -> Result<(), RegistryStoreError> {
    Registry::new(rows_in(transaction).await?)?;
    Ok(())
}

async fn rows_in(transaction: &mut PgConnection) -> Result<RegistryRows, RegistryStoreError> {
    Ok(RegistryRows {
        sites: sites(&mut *transaction).await?,
        cameras: cameras(&mut *transaction).await?,
        certificates: certificates(&mut *transaction).await?,
        sign_states: sign_states(transaction).await?,
    })
}

/// A snapshot of registered cameras and their keys.
///
/// # Errors
/// When the database fails, or a row breaks a rule.
pub async fn load_keys(database: &Database) -> Result<KeyRegistry, RegistryStoreError> {
    let mut transaction = database.begin_with("begin isolation level repeatable read read only").await?;
    let cameras = sqlx::query_scalar!("select id from camera").fetch_all(&mut *transaction).await?;
    let rows =
        sqlx::query!("select id, camera_id, public_key, valid_from, valid_until, revoked_at from camera_key")
            .fetch_all(&mut *transaction)
            .await?;
    transaction.rollback().await?;
    let cameras: Vec<CameraId> =
        cameras.into_iter().map(|id| parsed("camera", &id, &id)).collect::<Result<_, _>>()?;
    let keys = rows.into_iter().map(|row| {
        let problem = |problem: String| broken("camera_key", &row.id, problem);
        Ok(CameraKey {
            id: parsed("camera_key", &row.id, &row.id)?,
            camera: parsed("camera_key", &row.id, &row.camera_id)?,
            public_key: row.public_key.as_slice().try_into().map_err(|_| problem("public_key".to_owned()))?,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            revoked_at: row.revoked_at,
        })
    });
    Ok(KeyRegistry::new(cameras, keys.collect::<Result<Vec<_>, RegistryStoreError>>()?))
}

/// Adds everything of a snapshot with the keys of its cameras, or brings what is there up to date, in one transaction.
///
/// # Errors
/// When a row names something that is not there, or the database fails.
pub async fn register(
    database: &Database,
    rows: &RegistryRows,
    keys: &[CameraKey],
) -> Result<(), StoreError> {
    let RegistryRows { sites, cameras, certificates, sign_states } = rows;
    let mut transaction = database.begin().await?;
    put_sites(&mut transaction, sites).await?;
    put_cameras(&mut transaction, cameras).await?;
    put_certificates(&mut transaction, certificates).await?;
    put_sign_states(&mut transaction, sign_states).await?;
    put_camera_keys(&mut transaction, keys).await?;
    Ok(transaction.commit().await?)
}

/// Adds sites, or brings those that are there up to date.
///
/// # Errors
/// When the database fails.
pub(crate) async fn put_sites(transaction: &mut PgConnection, sites: &[Site]) -> Result<(), sqlx::Error> {
    for Site { id, jurisdiction, name, limit } in sites {
        sqlx::query_file!(
            "src/registry/queries/put_site.sql",
            id.as_str(),
            jurisdiction.code(),
            name.arabic,
            name.english,
            limit.map(SpeedKmh::value),
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Adds cameras, or brings those that are there up to date; their sites become exactly those given.
///
/// # Errors
/// When a site is not there, or the database fails.
pub(crate) async fn put_cameras(
    transaction: &mut PgConnection,
    cameras: &[Camera],
) -> Result<(), sqlx::Error> {
    for Camera { id, sites, kind, instrument } in cameras {
        sqlx::query_file!("src/registry/queries/put_camera.sql", id.as_str(), kind.label(), instrument)
            .execute(&mut *transaction)
            .await?;
        let sites: Vec<String> = sites.iter().map(|site| site.as_str().to_owned()).collect();
        sqlx::query!(
            "delete from camera_site where camera_id = $1 and site_id <> all($2)",
            id.as_str(),
            &sites
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "insert into camera_site (camera_id, site_id)
             select $1, site_id from unnest($2::text[]) as site (site_id) on conflict do nothing",
            id.as_str(),
            &sites,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Adds keys, or brings those that are there up to date. A revocation is never taken back.
///
/// # Errors
/// When a camera is not there, or the database fails.
pub(crate) async fn put_camera_keys(
    transaction: &mut PgConnection,
    keys: &[CameraKey],
) -> Result<(), sqlx::Error> {
    for CameraKey { id, camera, public_key, valid_from, valid_until, revoked_at } in keys {
        sqlx::query_file!(
            "src/registry/queries/put_camera_key.sql",
            id.as_str(),
            camera.as_str(),
            public_key,
            valid_from,
            *valid_until,
            *revoked_at,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Adds certificates, or brings those that are there up to date.
///
/// # Errors
/// When a camera is not there, or the database fails.
pub(crate) async fn put_certificates(
    transaction: &mut PgConnection,
    certificates: &[CalibrationCertificate],
) -> Result<(), sqlx::Error> {
    for CalibrationCertificate { id, camera, type_approval, valid_from, valid_to } in certificates {
        sqlx::query_file!(
            "src/registry/queries/put_certificate.sql",
            id.as_str(),
            camera.as_str(),
            type_approval,
            valid_from,
            valid_to,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// Adds sign states, or brings those that begin at the same instant up to date.
///
/// # Errors
/// When a site is not there, two states overlap, or the database fails.
pub(crate) async fn put_sign_states(
    transaction: &mut PgConnection,
    states: &[SignState],
) -> Result<(), sqlx::Error> {
    // In the order of time, so that a state which ended now makes room for the one that follows it.
    let mut sorted: Vec<&SignState> = states.iter().collect();
    sorted.sort_by(|one, other| (&one.site, one.from).cmp(&(&other.site, other.from)));
    for SignState { site, from, to, condition } in sorted {
        sqlx::query_file!(
            "src/registry/queries/put_sign_state.sql",
            site.as_str(),
            from,
            *to,
            condition.label(),
            condition.limit().map(SpeedKmh::value),
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

async fn sites(transaction: &mut PgConnection) -> Result<Vec<Site>, RegistryStoreError> {
    let rows =
        sqlx::query!("select id, jurisdiction, name_arabic, name_english, limit_kmh from site order by id")
            .fetch_all(transaction)
            .await?;
    let site = rows.into_iter().map(|row| {
        Ok(Site {
            id: parsed("site", &row.id, &row.id)?,
            jurisdiction: parsed::<Jurisdiction>("site", &row.id, &row.jurisdiction)?,
            name: BilingualText::new(row.name_arabic, row.name_english),
            limit: speed("site", &row.id, row.limit_kmh)?,
        })
    });
    site.collect()
}

async fn cameras(transaction: &mut PgConnection) -> Result<Vec<Camera>, RegistryStoreError> {
    let rows = sqlx::query!(
        r#"select id, kind, instrument,
                  array(select site_id from camera_site where camera_id = camera.id order by site_id) as "sites!"
           from camera order by id"#
    )
    .fetch_all(transaction)
    .await?;
    let camera = rows.into_iter().map(|row| {
        let kind = CameraKind::from_label(&row.kind);
        Ok(Camera {
            id: parsed("camera", &row.id, &row.id)?,
            sites: row
                .sites
                .iter()
                .map(|site| parsed::<SiteId>("camera", &row.id, site))
                .collect::<Result<_, _>>()?,
            kind: kind.ok_or_else(|| broken("camera", &row.id, format!("kind '{}'", row.kind)))?,
            instrument: row.instrument,
        })
    });
    camera.collect()
}

async fn certificates(
    transaction: &mut PgConnection,
) -> Result<Vec<CalibrationCertificate>, RegistryStoreError> {
    let rows = sqlx::query!(
        "select id, camera_id, type_approval, valid_from, valid_to from calibration_certificate order by id"
    )
    .fetch_all(transaction)
    .await?;
    let certificate = rows.into_iter().map(|row| {
        Ok(CalibrationCertificate {
            id: parsed::<CertificateId>("calibration_certificate", &row.id, &row.id)?,
            camera: parsed("calibration_certificate", &row.id, &row.camera_id)?,
            type_approval: row.type_approval,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        })
    });
    certificate.collect()
}

async fn sign_states(transaction: &mut PgConnection) -> Result<Vec<SignState>, RegistryStoreError> {
    let rows = sqlx::query!(
        "select site_id, valid_from, valid_to, condition, limit_kmh from sign_state order by site_id, valid_from"
    )
    .fetch_all(transaction)
    .await?;
    let state = rows.into_iter().map(|row| {
        let limit = speed("sign_state", &row.site_id, row.limit_kmh)?;
        let condition = SignCondition::from_parts(&row.condition, limit);
        Ok(SignState {
            site: parsed("sign_state", &row.site_id, &row.site_id)?,
            from: row.valid_from,
            to: row.valid_to,
            condition: condition
                .ok_or_else(|| broken("sign_state", &row.site_id, at(&row.condition, row.valid_from)))?,
        })
    });
    state.collect()
}

fn at(condition: &str, instant: DateTime<Utc>) -> String {
    format!("condition '{condition}' at {instant}")
}

fn speed(
    table: &'static str,
    id: &str,
    limit_kmh: Option<Decimal>,
) -> Result<Option<SpeedKmh>, RegistryStoreError> {
    limit_kmh.map(SpeedKmh::new).transpose().map_err(|error| broken(table, id, error.to_string()))
}

fn parsed<T>(table: &'static str, id: &str, text: &str) -> Result<T, RegistryStoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| broken(table, id, error.to_string()))
}

fn broken(table: &'static str, id: &str, problem: String) -> RegistryStoreError {
    RegistryStoreError::Row { table, id: id.to_owned(), problem }
}
