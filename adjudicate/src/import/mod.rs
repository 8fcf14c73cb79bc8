//! `rasid import FACT FILE.csv`: facts from the registers of others.
//!
//! All or nothing: a file with a bad row changes nothing and every bad row is reported with its line, so that a
//! register is never half new. A file that contradicts itself (one key twice, two stretches of one thing at one time)
//! is refused with both lines. Importing the same file twice changes nothing.

mod registers;

use self::csv::{BadRow, CsvError, FactRow, Rows};
use crate::facts::holidays::{self, HolidayRow};
use crate::facts::import::{self as facts, NoticeRow, OutageRow, OwnershipRow, PaymentRow, SignalLogRow};
use crate::foundation::audit::{self, Actor, AuditAction, AuditEntry, Entity};
use crate::foundation::csv;
use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;
use crate::registry::store::{self, RegistryStoreError};
use rules::registry::{CalibrationCertificate, Camera, SignState, Site};
use schemas::camera_key::CameraKey;
use serde_json::json;
use sqlx::PgConnection;
use std::io::Read;
use std::str::FromStr;
use thiserror::Error;

schemas::closed_list! {
    /// A kind of fact. A closed list: what is not in it cannot be imported. The names stand on the command line.
    pub enum Fact {
        /// Places that are watched.
        Sites = "sites",
        /// Cameras and where they may stand.
        Cameras = "cameras",
        /// Keys that cameras sign with.
        CameraKeys = "camera-keys",
        /// Verifications of instruments.
        Certificates = "certificates",
        /// What speed signs showed.
        SignStates = "sign-states",
        /// Who held which vehicle when.
        Ownership = "ownership",
        /// What the controllers of traffic lights logged.
        SignalLog = "signal-log",
        /// What was paid.
        Payments = "payments",
        /// Which notices were delivered.
        Notices = "notices",
        /// When objections could not be filed.
        Outages = "outages",
        /// Days of rest as announced.
        Holidays = "holidays",
    }
    impl Display;
}

/// The text names no kind of fact.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown kind of fact '{text}'; known are: {known}")]
pub struct UnknownFact {
    text: String,
    known: String,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportReport {
    /// Which facts.
    pub fact: Fact,
    /// Rows that were read and stored.
    pub rows: usize,
}

/// Why nothing was imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file is no CSV with the columns of the fact.
    #[error("the file cannot be read as {fact}")]
    File {
        /// Which facts.
        fact: Fact,
        /// What is wrong with it.
        source: CsvError,
    },
    /// Rows break their rules.
    #[error("{} rows of {fact} are bad; nothing was imported", bad.len())]
    BadRows {
        /// Which facts.
        fact: Fact,
        /// Each bad row with its line.
        bad: Vec<BadRow>,
    },
    /// The rows contradict each other or what is there: a camera of a site that is not registered, say.
    #[error("the {fact} do not fit what is registered: {}; nothing was imported", source.explain_refusal())]
    Refused {
        /// Which facts.
        fact: Fact,
        /// What the database minds.
        source: StoreError,
    },
    /// Together with the rows the registers could not be used any more: a camera in two countries, say.
    #[error("the {fact} would leave registers that nobody can use; nothing was imported")]
    Unusable {
        /// Which facts.
        fact: Fact,
        /// What is wrong with them.
        source: RegistryStoreError,
    },
}

impl Fact {
    /// Whether it is part of the snapshot that every event is judged by.
    const fn is_of_a_snapshot(self) -> bool {
        match self {
            Self::Sites | Self::Cameras | Self::Certificates | Self::SignStates => true,
            Self::CameraKeys
            | Self::Ownership
            | Self::SignalLog
            | Self::Payments
            | Self::Notices
            | Self::Outages
            | Self::Holidays => false,
        }
    }

    /// The columns that a file of it must have, in any order.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Sites => Site::COLUMNS,
            Self::Cameras => Camera::COLUMNS,
            Self::CameraKeys => CameraKey::COLUMNS,
            Self::Certificates => CalibrationCertificate::COLUMNS,
            Self::SignStates => SignState::COLUMNS,
            Self::Ownership => OwnershipRow::COLUMNS,
            Self::SignalLog => SignalLogRow::COLUMNS,
            Self::Payments => PaymentRow::COLUMNS,
            Self::Notices => NoticeRow::COLUMNS,
            Self::Outages => OutageRow::COLUMNS,
            Self::Holidays => HolidayRow::COLUMNS,
        }
    }
}

impl FromStr for Fact {
    type Err = UnknownFact;

    fn from_str(text: &str) -> Result<Self, UnknownFact> {
        Self::from_label(text).ok_or_else(|| UnknownFact {
            text: text.chars().take(40).collect(),
            known: Self::ALL.map(Self::label).join(", "),
        })
    }
}

/// Reads a CSV file of `fact` and stores all of its rows in one transaction, with an audit row.
///
/// # Errors
/// When the file cannot be read, a row is bad, or the rows do not fit what is registered; nothing was stored then.
pub async fn import(database: &Database, fact: Fact, file: impl Read) -> Result<ImportReport, ImportError> {
    let refused = |source: sqlx::Error| ImportError::Refused { fact, source: source.into() };
    // Read whole before the first connection is taken: a slow disk holds no transaction.
    let parsed = parse(fact, file)?;
    let mut transaction = database.begin().await.map_err(refused)?;
    let rows = parsed.store(&mut transaction).await.map_err(refused)?;
    if fact.is_of_a_snapshot() {
        let unusable = |source| ImportError::Unusable { fact, source };
        store::check(&mut transaction).await.map_err(unusable)?;
    }
    let entry = AuditEntry {
        actor: Actor::Operator,
        action: AuditAction::FactsImport,
        entity: Entity::Facts(fact.label()),
        detail: json!({ "rows": rows }),
    };
    audit::write(&mut transaction, &entry).await.map_err(refused)?;
    transaction.commit().await.map_err(refused)?;
    Ok(ImportReport { fact, rows })
}

enum Parsed {
    Sites(Vec<Site>),
    Cameras(Vec<Camera>),
    CameraKeys(Vec<CameraKey>),
    Certificates(Vec<CalibrationCertificate>),
    SignStates(Vec<SignState>),
    Ownership(Vec<OwnershipRow>),
    SignalLog(Vec<SignalLogRow>),
    Payments(Vec<PaymentRow>),
    Notices(Vec<NoticeRow>),
    Outages(Vec<OutageRow>),
    Holidays(Vec<HolidayRow>),
}

impl Parsed {
    async fn store(&self, transaction: &mut PgConnection) -> Result<usize, sqlx::Error> {
        match self {
            Self::Sites(rows) => store::put_sites(transaction, rows).await.map(|()| rows.len()),
            Self::Cameras(rows) => store::put_cameras(transaction, rows).await.map(|()| rows.len()),
            Self::CameraKeys(rows) => store::put_camera_keys(transaction, rows).await.map(|()| rows.len()),
            Self::Certificates(rows) => store::put_certificates(transaction, rows).await.map(|()| rows.len()),
            Self::SignStates(rows) => store::put_sign_states(transaction, rows).await.map(|()| rows.len()),
            Self::Ownership(rows) => facts::put_ownership(transaction, rows).await.map(|()| rows.len()),
            Self::SignalLog(rows) => facts::put_signal_log(transaction, rows).await.map(|()| rows.len()),
            Self::Payments(rows) => facts::put_payments(transaction, rows).await.map(|()| rows.len()),
            Self::Notices(rows) => facts::put_notices(transaction, rows).await.map(|()| rows.len()),
            Self::Outages(rows) => facts::put_outages(transaction, rows).await.map(|()| rows.len()),
            Self::Holidays(rows) => holidays::put(transaction, rows).await.map(|()| rows.len()),
        }
    }
}

fn parse(fact: Fact, file: impl Read) -> Result<Parsed, ImportError> {
    Ok(match fact {
        Fact::Sites => Parsed::Sites(good_rows(fact, file)?),
        Fact::Cameras => Parsed::Cameras(good_rows(fact, file)?),
        Fact::CameraKeys => Parsed::CameraKeys(good_rows(fact, file)?),
        Fact::Certificates => Parsed::Certificates(good_rows(fact, file)?),
        Fact::SignStates => Parsed::SignStates(good_rows(fact, file)?),
        Fact::Ownership => Parsed::Ownership(good_rows(fact, file)?),
        Fact::SignalLog => Parsed::SignalLog(good_rows(fact, file)?),
        Fact::Payments => Parsed::Payments(good_rows(fact, file)?),
        Fact::Notices => Parsed::Notices(good_rows(fact, file)?),
        Fact::Outages => Parsed::Outages(good_rows(fact, file)?),
        Fact::Holidays => Parsed::Holidays(good_rows(fact, file)?),
    })
}

fn good_rows<R: FactRow>(fact: Fact, file: impl Read) -> Result<Vec<R>, ImportError> {
    let Rows { good, bad } = csv::read_rows(file).map_err(|source| ImportError::File { fact, source })?;
    if bad.is_empty() { Ok(good) } else { Err(ImportError::BadRows { fact, bad }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_reads_back_from_its_name_and_an_unknown_one_names_them_all() {
        for fact in Fact::ALL {
            assert_eq!(fact.label().parse(), Ok(fact));
            assert!(!fact.columns().is_empty());
        }
        let error = "vehicles".parse::<Fact>().unwrap_err().to_string();
        assert!(error.contains("sign-states"), "{error}");
    }
}
