//! A case as reviewers and citizens see it: its row, the documents in it as types, its pictures, its place, and how a
//! violation stands now.

use super::assessment;
use super::documents::{CalculationDocument, FrameReadsDocument, PlateReadDocument, SightingDocument};
use super::rows::{CaseRow, ManualCheckRow, ViolationRow};
use super::store::{StoredFile, files, manual_check, violation};
use crate::foundation::columns;
use crate::foundation::db::Database;
use crate::foundation::store_error::{StoreError, from_driver};
use chrono::{DateTime, Utc};
use rules::plate::frames::FrameReading;
use rust_decimal::Decimal;
use schemas::assessment::ManualCheckReason;
use schemas::ids::{ManualCheckId, ViolationId};
use schemas::jurisdiction::{Jurisdiction, UnknownJurisdiction};
use schemas::money::{Money, MoneyError};
use schemas::plate::{PlateError, PlateNumber};
use schemas::reference::{ReferenceError, ViolationReference};
use schemas::text::BilingualText;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

/// Everything that is on file of one sighting.
#[derive(Debug, Clone)]
pub struct CaseEvidence {
    /// What came of it.
    pub outcome: CaseOutcome,
    /// The violation's or manual check's id.
    pub case_id: Uuid,
    /// The country whose clock and words apply: the plate's, else the site's.
    pub jurisdiction: Jurisdiction,
    /// The plate, as far as it was read.
    pub plate: Option<PlateNumber>,
    /// Code of the act.
    pub act_code: String,
    /// Name of the place.
    pub site: BilingualText,
    /// By which camera.
    pub camera_id: String,
    /// When; `None` when the zone of the vendor's text is unknown.
    pub captured_at: Option<DateTime<Utc>>,
    /// The vendor's own text of that time.
    pub captured_at_raw: String,
    /// Rule by rule.
    pub calculation: CalculationDocument,
    /// SHA-256 over the rule tables, hexadecimal.
    pub rule_table_sha256: String,
    /// What the reader saw in each frame.
    pub reads: Vec<FrameReadsDocument>,
    /// What the camera said.
    pub sighting: SightingDocument,
    /// The pictures, in order.
    pub files: Vec<StoredFile>,
}

/// What came of a sighting.
#[derive(Debug, Clone)]
pub enum CaseOutcome {
    /// It was issued.
    Violation(IssuedViolation),
    /// A person must look.
    ManualCheck(DoubtfulSighting),
}

/// What only a violation has.
#[derive(Debug, Clone)]
pub struct IssuedViolation {
    /// Its id.
    pub id: ViolationId,
    /// What the citizen quotes.
    pub reference: ViolationReference,
    /// As issued.
    pub amount: Money,
    /// Least the law allows.
    pub amount_min: Money,
    /// Most the law allows.
    pub amount_max: Money,
    /// How it stands now.
    pub status: ViolationStatus,
    /// What is due now.
    pub amount_due: Money,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// What only a manual check has.
#[derive(Debug, Clone)]
pub struct DoubtfulSighting {
    /// Its id.
    pub id: ManualCheckId,
    /// Everything that is doubtful.
    pub reasons: Vec<ManualCheckReason>,
    /// What would be due if the doubts are dispelled.
    pub suggested_amount: Option<Money>,
}

schemas::closed_list! {
    /// How a violation stands, over everything that was decided on it; the names stand in the view and in JSON.
    pub enum ViolationStatus {
        /// As issued.
        Issued = "issued",
        /// Less is due.
        Reduced = "reduced",
        /// Nothing is due.
        Cancelled = "cancelled",
        /// Paid; nothing more is due.
        ClosedAsPaid = "closed_as_paid",
    }
}

/// Why a case cannot be shown.
#[derive(Debug, Error)]
pub enum CaseReadError {
    /// The database failed.
    #[error("the case cannot be read")]
    Database(#[from] StoreError),
    /// A column holds something that is not of its kind.
    #[error("column {column} of case {case_id} cannot be read")]
    Column {
        /// The case.
        case_id: Uuid,
        /// Which column.
        column: &'static str,
        /// What is wrong with it.
        source: ColumnError,
    },
}

from_driver!(CaseReadError);

/// What is wrong with a stored value.
#[derive(Debug, Error)]
pub enum ColumnError {
    /// Not a document of that form.
    #[error("the document has another form")]
    Document(#[from] serde_json::Error),
    /// Not a country.
    #[error(transparent)]
    Jurisdiction(#[from] UnknownJurisdiction),
    /// Not a plate.
    #[error(transparent)]
    Plate(#[from] PlateError),
    /// Not an amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Not a reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Not a member of a closed list.
    #[error("'{0}' is not in the list")]
    Label(String),
    /// Nothing where something must be.
    #[error("the value is missing")]
    Missing,
}

impl CaseEvidence {
    /// The read of the case's own plate in one frame: the surest one that says the same, `None` if none does.
    #[must_use]
    pub fn own_read(&self, file: &StoredFile) -> Option<&PlateReadDocument> {
        let key = self.plate.as_ref()?.key();
        self.reads_in(file).filter(|read| read.key.as_deref() == Some(&key)).max_by(by_confidence)
    }

    /// Every plate that was read in one frame.
    pub fn reads_in(&self, file: &StoredFile) -> impl Iterator<Item = &PlateReadDocument> {
        let digest = file.sha256.to_string();
        let frames = self.reads.iter().filter(move |reads| reads.frame == digest);
        frames.flat_map(|reads| &reads.plates)
    }

    /// The picture at a place, from 1.
    #[must_use]
    pub fn file(&self, ordinal: i16) -> Option<&StoredFile> {
        self.files.iter().find(|file| file.ordinal == ordinal)
    }
}

/// Everything on file of a violation.
///
/// # Errors
/// When the database fails or a row breaks its own rules.
pub async fn violation_evidence(
    database: &Database,
    id: ViolationId,
) -> Result<Option<CaseEvidence>, CaseReadError> {
    let Some(row) = violation(database, id).await? else { return Ok(None) };
    let ViolationRow {
        case,
        reference,
        jurisdiction,
        plate_letters,
        plate_digits,
        plate_key: _,
        captured_at,
        amount,
        amount_min,
        amount_max,
        currency,
        tariff_row: _,
    } = row;
    let column = Columns { case_id: case.id };
    let jurisdiction: Jurisdiction = column.read("jurisdiction", jurisdiction.parse())?;
    let plate =
        column.read("plate_letters", PlateNumber::parse(jurisdiction, &plate_letters, &plate_digits))?;
    let (status, due) = status(database, &case).await?;
    let money = |amount| column.money("amount", amount, &currency);
    let issued = IssuedViolation {
        id,
        reference: column.read("reference", ViolationReference::parse(&reference))?,
        amount: money(amount)?,
        amount_min: money(amount_min)?,
        amount_max: money(amount_max)?,
        status,
        amount_due: money(due.unwrap_or(amount))?,
        recorded_at: case.recorded_at,
    };
    let outcome = CaseOutcome::Violation(issued);
    evidence(database, outcome, case, Some(jurisdiction), Some(plate), Some(captured_at)).await.map(Some)
}

/// Everything on file of a manual check.
///
/// # Errors
/// When the database fails or a row breaks its own rules.
pub async fn manual_check_evidence(
    database: &Database,
    id: ManualCheckId,
) -> Result<Option<CaseEvidence>, CaseReadError> {
    let Some(row) = manual_check(database, id).await? else { return Ok(None) };
    let ManualCheckRow {
        case,
        reasons,
        jurisdiction,
        plate_letters,
        plate_digits,
        plate_key: _,
        captured_at,
        suggested_amount,
        currency,
    } = row;
    let column = Columns { case_id: case.id };
    let jurisdiction =
        jurisdiction.map(|code| column.read("jurisdiction", code.parse::<Jurisdiction>())).transpose()?;
    let plate = match (jurisdiction, plate_letters, plate_digits) {
        (Some(country), Some(letters), Some(digits)) => {
            Some(column.read("plate_letters", PlateNumber::parse(country, &letters, &digits))?)
        }
        _ => None,
    };
    let suggested_amount = match (suggested_amount, currency) {
        (Some(amount), Some(currency)) => Some(column.money("suggested_amount", amount, &currency)?),
        _ => None,
    };
    let reasons: Result<Vec<_>, _> = reasons.iter().map(|label| column.reason(label)).collect();
    let doubtful = DoubtfulSighting { id, reasons: reasons?, suggested_amount };
    let outcome = CaseOutcome::ManualCheck(doubtful);
    evidence(database, outcome, case, jurisdiction, plate, captured_at).await.map(Some)
}

async fn evidence(
    database: &Database,
    outcome: CaseOutcome,
    case: CaseRow,
    jurisdiction: Option<Jurisdiction>,
    plate: Option<PlateNumber>,
    captured_at: Option<DateTime<Utc>>,
) -> Result<CaseEvidence, CaseReadError> {
    let column = Columns { case_id: case.id };
    let (site_jurisdiction, site) = site(database, &case).await?;
    let files = files(database, case.id).await?;
    Ok(CaseEvidence {
        outcome,
        case_id: case.id,
        jurisdiction: jurisdiction.unwrap_or(site_jurisdiction),
        plate,
        act_code: case.act_code,
        site,
        camera_id: case.camera_id,
        captured_at,
        captured_at_raw: case.captured_at_raw,
        calculation: column.document("calculation", case.calculation)?,
        rule_table_sha256: hex::encode(case.rule_table_sha256),
        reads: frame_reads(&files, &assessment::readings(database, case.id).await?),
        sighting: column.document("sighting", case.sighting)?,
        files,
    })
}

/// The reader's views stand in the order of the pictures.
fn frame_reads(files: &[StoredFile], readings: &[FrameReading]) -> Vec<FrameReadsDocument> {
    files.iter().zip(readings).map(|(file, reading)| FrameReadsDocument::of(file.sha256, reading)).collect()
}

async fn site(database: &Database, case: &CaseRow) -> Result<(Jurisdiction, BilingualText), CaseReadError> {
    let row =
        sqlx::query!("select jurisdiction, name_arabic, name_english from site where id = $1", case.site_id)
            .fetch_optional(database.pool())
            .await?;
    let column = Columns { case_id: case.id };
    let row = column.read("site_id", row.ok_or(ColumnError::Missing))?;
    let jurisdiction = column.read("site_id", row.jurisdiction.parse::<Jurisdiction>())?;
    Ok((jurisdiction, BilingualText::new(row.name_arabic, row.name_english)))
}

async fn status(
    database: &Database,
    case: &CaseRow,
) -> Result<(ViolationStatus, Option<Decimal>), CaseReadError> {
    let row = sqlx::query!(
        r#"select status as "status!", amount_due from violation_status
           where violation_id = $1 and recorded_at = $2"#,
        case.id,
        case.recorded_at,
    )
    .fetch_one(database.pool())
    .await?;
    let found = ViolationStatus::ALL.into_iter().find(|one| one.label() == row.status);
    let found = found.ok_or(ColumnError::Label(row.status));
    Ok((Columns { case_id: case.id }.read("status", found)?, row.amount_due))
}

/// Says in which column of which case something is wrong.
#[derive(Clone, Copy)]
struct Columns {
    case_id: Uuid,
}

impl Columns {
    fn read<T, E: Into<ColumnError>>(
        self,
        column: &'static str,
        result: Result<T, E>,
    ) -> Result<T, CaseReadError> {
        result.map_err(|error| CaseReadError::Column { case_id: self.case_id, column, source: error.into() })
    }

    fn document<T: DeserializeOwned>(self, column: &'static str, value: Value) -> Result<T, CaseReadError> {
        self.read(column, serde_json::from_value(value))
    }

    fn money(self, column: &'static str, amount: Decimal, currency: &str) -> Result<Money, CaseReadError> {
        self.read(column, columns::money(amount, currency))
    }

    fn reason(self, label: &str) -> Result<ManualCheckReason, CaseReadError> {
        let found = ManualCheckReason::from_label(label);
        self.read("reasons", found.ok_or_else(|| ColumnError::Label(label.to_owned())))
    }
}

/// Six decimals each, so that the order of the texts is that of the numbers.
fn by_confidence(one: &&PlateReadDocument, other: &&PlateReadDocument) -> std::cmp::Ordering {
    one.confidence.cmp(&other.confidence)
}
