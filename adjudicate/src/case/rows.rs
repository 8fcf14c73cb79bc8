//! The recorded facts of a case, as written and as read, with the canonical bytes that its chain is made over.

use super::origin::CaseOrigin;
use crate::foundation::chain::ChainDomain;
use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::{CanonicalError, canonical_bytes, canonical_digest};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

/// What violations and manual checks have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// The violation or manual check.
    pub id: Uuid,
    /// The database's time when it was recorded, microseconds.
    pub recorded_at: DateTime<Utc>,
    /// Code of the act.
    pub act_code: String,
    /// Where.
    pub site_id: String,
    /// By which camera.
    pub camera_id: String,
    /// Lane as the camera counts it.
    pub lane: Option<i32>,
    /// The vendor's own text of the capture time.
    pub captured_at_raw: String,
    /// When the event reached Rasid, microseconds.
    pub received_at: DateTime<Utc>,
    /// Over the rule tables.
    pub rule_table_sha256: Vec<u8>,
    /// A `CalculationDocument`.
    pub calculation: Value,
    /// A `SightingDocument`.
    pub sighting: Value,
    /// Over the models that read the plate.
    pub model_sha256: Vec<u8>,
    /// Over the evidence manifest.
    pub manifest_sha256: Vec<u8>,
    /// Over everything that the rules looked at; `None` for a case that no rule made.
    pub input_sha256: Option<Vec<u8>>,
    /// How it came to be.
    pub origin: CaseOrigin,
}

/// A row of `violation`.
#[derive(Debug, Clone, PartialEq)]
pub struct ViolationRow {
    /// What manual checks have too.
    pub case: CaseRow,
    /// What the citizen quotes.
    pub reference: String,
    /// ISO 3166-1 alpha-2.
    pub jurisdiction: String,
    /// Arabic reading order.
    pub plate_letters: String,
    /// ASCII, as printed.
    pub plate_digits: String,
    /// ASCII key.
    pub plate_key: String,
    /// When it was done, microseconds.
    pub captured_at: DateTime<Utc>,
    /// What is due.
    pub amount: Decimal,
    /// Least the law allows.
    pub amount_min: Decimal,
    /// Most the law allows.
    pub amount_max: Decimal,
    /// ISO 4217.
    pub currency: String,
    /// The tariff row that set the amount.
    pub tariff_row: String,
}

/// A row of `manual_check`.
#[derive(Debug, Clone, PartialEq)]
pub struct ManualCheckRow {
    /// What violations have too.
    pub case: CaseRow,
    /// Labels of the reasons, sorted.
    pub reasons: Vec<String>,
    /// Country of the plate, as far as it was read.
    pub jurisdiction: Option<String>,
    /// Arabic reading order.
    pub plate_letters: Option<String>,
    /// ASCII, as printed.
    pub plate_digits: Option<String>,
    /// ASCII key.
    pub plate_key: Option<String>,
    /// When it was done, microseconds; `None` when the zone is unknown.
    pub captured_at: Option<DateTime<Utc>>,
    /// What would be asked if the doubts are dispelled.
    pub suggested_amount: Option<Decimal>,
    /// ISO 4217.
    pub currency: Option<String>,
}

impl ViolationRow {
    /// Name of the form of [`ViolationRow::canonical`]; a change of that form needs another name.
    pub const DOMAIN: ChainDomain = ChainDomain::VIOLATION;

    /// The bytes that the case's chain is made over.
    ///
    /// # Errors
    /// When a document holds a number that is not whole.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalError> {
        let Self {
            case,
            reference,
            jurisdiction,
            plate_letters,
            plate_digits,
            plate_key,
            captured_at,
            amount,
            amount_min,
            amount_max,
            currency,
            tariff_row,
        } = self;
        canonical_bytes(&json!({
            "case": case.canonical_value()?,
            "reference": reference,
            "jurisdiction": jurisdiction,
            "plate_letters": plate_letters,
            "plate_digits": plate_digits,
            "plate_key": plate_key,
            "captured_at": time(*captured_at),
            "amount": number(*amount),
            "amount_min": number(*amount_min),
            "amount_max": number(*amount_max),
            "currency": currency,
            "tariff_row": tariff_row,
        }))
    }
}

impl ManualCheckRow {
    /// Name of the form of [`ManualCheckRow::canonical`]; a change of that form needs another name.
    pub const DOMAIN: ChainDomain = ChainDomain::MANUAL_CHECK;

    /// The bytes that the case's chain is made over.
    ///
    /// # Errors
    /// When a document holds a number that is not whole.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalError> {
        let Self {
            case,
            reasons,
            jurisdiction,
            plate_letters,
            plate_digits,
            plate_key,
            captured_at,
            suggested_amount,
            currency,
        } = self;
        canonical_bytes(&json!({
            "case": case.canonical_value()?,
            "reasons": reasons,
            "jurisdiction": jurisdiction,
            "plate_letters": plate_letters,
            "plate_digits": plate_digits,
            "plate_key": plate_key,
            "captured_at": captured_at.map(time),
            "suggested_amount": suggested_amount.map(number),
            "currency": currency,
        }))
    }
}

impl CaseRow {
    /// Documents stand in it by their digests, so that the bytes stay short; a case file carries them beside it.
    fn canonical_value(&self) -> Result<Value, CanonicalError> {
        let Self {
            id,
            recorded_at,
            act_code,
            site_id,
            camera_id,
            lane,
            captured_at_raw,
            received_at,
            rule_table_sha256,
            calculation,
            sighting,
            model_sha256,
            manifest_sha256,
            input_sha256,
            origin,
        } = self;
        Ok(json!({
            "id": id,
            "recorded_at": time(*recorded_at),
            "act_code": act_code,
            "site_id": site_id,
            "camera_id": camera_id,
            "lane": lane,
            "captured_at_raw": captured_at_raw,
            "received_at": time(*received_at),
            "rule_table_sha256": hex::encode(rule_table_sha256),
            "calculation_sha256": canonical_digest(calculation)?.to_string(),
            "sighting_sha256": canonical_digest(sighting)?.to_string(),
            "model_sha256": hex::encode(model_sha256),
            "manifest_sha256": hex::encode(manifest_sha256),
            "input_sha256": input_sha256.as_ref().map(hex::encode),
            "origin": origin.canonical_value(),
        }))
    }
}

/// Cuts what a `timestamptz` cannot hold, so that a row reads back as it was hashed.
#[must_use]
pub fn to_microseconds(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

fn time(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The database pads decimals to the column's scale; the canonical form has none to spare.
fn number(amount: Decimal) -> String {
    amount.normalize().to_string()
}
