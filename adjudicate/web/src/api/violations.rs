//! A violation as a citizen sees it: found by its reference and its plate together, with its pictures and the
//! calculation step by step.

use super::pictures::{Crop, Margin, crop_copy};
use crate::error::{ApiError, Problem, ProblemCode};
use crate::extract::{PathPart, PlateHeader, parse_in_path};
use crate::session::auth::CitizenCaller;
use crate::state::{ServiceState, Viewer};
use adjudicate::case::documents::{CalculationDocument, StepDocument};
use adjudicate::case::read::{CaseEvidence, CaseReadError, IssuedViolation, ViolationStatus};
use adjudicate::desk::find;
use adjudicate::facts::held;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use rules::quote::{self, EarlyPayment, Payable};
use schemas::money::Money;
use schemas::reference::ViolationReference;
use schemas::text::BilingualText;
use serde::Serialize;
use utoipa::ToSchema;

/// One text in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextOut {
    /// Arabic.
    pub ar: String,
    /// English.
    pub en: String,
}

/// An amount of money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MoneyOut {
    /// Decimal text, never a number.
    #[schema(example = "400")]
    pub amount: String,
    /// ISO 4217.
    #[schema(example = "EGP")]
    pub currency: &'static str,
}

/// A plate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlateOut {
    /// ASCII key.
    #[schema(example = "EG-STN-7126")]
    pub key: String,
    /// ISO 3166-1 alpha-2.
    pub jurisdiction: &'static str,
    /// Letters in Arabic reading order.
    pub letters: String,
    /// ASCII digits as printed.
    pub digits: String,
}

/// One rule with what it did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepOut {
    /// Stable name.
    #[schema(example = "speed.deduction")]
    pub rule: String,
    /// One sentence.
    pub text: TextOut,
    /// The amount after the rule, where it sets one.
    pub amount: Option<StepMoneyOut>,
    /// The legal source, English.
    pub source: Option<String>,
    /// The legal source, Arabic.
    pub source_ar: Option<String>,
}

/// An amount as it stands in a stored calculation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepMoneyOut {
    /// Decimal text.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// The rules that were applied, in order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalculationOut {
    /// One step each.
    pub steps: Vec<StepOut>,
    /// SHA-256 over the rule tables, hexadecimal.
    pub rule_table_sha256: String,
}

/// One picture of a violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FrameOut {
    /// Place in the case, from 1.
    pub position: i16,
    /// What it shows.
    #[schema(example = "first")]
    pub role: String,
    /// When a copy can be shown that holds nobody else's plate or face: its address.
    pub address: Option<String>,
}

/// What early payment costs and until when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EarlyPaymentOut {
    /// What is due until then.
    pub amount: MoneyOut,
    /// The last local day for it; later by the days on which a document was awaited.
    #[schema(example = "2026-05-19")]
    pub last_day: String,
}

/// A violation as a citizen sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ViolationOut {
    /// What the citizen quotes.
    pub reference: String,
    /// Whose vehicle.
    pub plate: PlateOut,
    /// Code of the act.
    #[schema(example = "speed")]
    pub act: String,
    /// When.
    pub captured_at: Option<DateTime<Utc>>,
    /// Where.
    pub site: TextOut,
    /// By which camera.
    pub camera: String,
    /// `issued`, `reduced`, `cancelled` or `closed_as_paid`.
    pub status: &'static str,
    /// As issued.
    pub amount: MoneyOut,
    /// What is due now.
    pub amount_due: MoneyOut,
    /// Least the law allows.
    pub amount_min: MoneyOut,
    /// Most the law allows.
    pub amount_max: MoneyOut,
    /// What early payment costs, as long as it is granted.
    pub early_payment: Option<EarlyPaymentOut>,
    /// How the amount was reached.
    pub calculation: CalculationOut,
    /// The pictures.
    pub frames: Vec<FrameOut>,
}

/// A violation, by its reference and its plate.
///
/// # Errors
/// When nothing fits both.
#[utoipa::path(
    get,
    path = "/api/v1/violations/{reference}",
    tag = "citizen",
    params(
        ("reference" = String, Path, description = "Reference on the notice"),
        ("Rasid-Plate" = String, Header, description = "Key of the plate, e.g. EG-STN-7126"),
    ),
    responses(
        (status = 200, description = "The violation", body = ViolationOut),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a citizens' key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing fits both", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No plate", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn get_violation(
    _caller: CitizenCaller,
    State(state): State<ServiceState>,
    PathPart(reference): PathPart<String>,
    PlateHeader(plate): PlateHeader,
) -> Result<Json<ViolationOut>, ApiError> {
    let (evidence, issued) = violation_of_plate(&state, &reference, &plate.key()).await?;
    let early = early_payment(&state, &evidence, &issued).await?;
    Ok(Json(violation_out(&evidence, &issued, early)))
}

/// A citizen's copy of one picture: the plate with the part of the vehicle around it, other plates filled in.
///
/// # Errors
/// When nothing fits reference and plate, or no such copy can be shown.
#[utoipa::path(
    get,
    path = "/api/v1/violations/{reference}/frames/{position}",
    tag = "citizen",
    params(
        ("reference" = String, Path, description = "Reference on the notice"),
        ("position" = i16, Path, description = "Place in the case, from 1"),
        ("Rasid-Plate" = String, Header, description = "Key of the plate, e.g. EG-STN-7126"),
    ),
    responses(
        (status = 200, description = "The copy", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a citizens' key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such picture", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No plate", body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub async fn get_violation_frame(
    _caller: CitizenCaller,
    State(state): State<ServiceState>,
    PathPart((reference, position)): PathPart<(String, i16)>,
    PlateHeader(plate): PlateHeader,
) -> Result<Response, ApiError> {
    let (evidence, _) = violation_of_plate(&state, &reference, &plate.key()).await?;
    citizen_copy(&state, &evidence, position).await
}

/// The violation that fits both; that a reference exists is not told to who does not know its plate.
///
/// # Errors
/// When nothing fits both.
pub async fn violation_of_plate(
    state: &ServiceState,
    reference: &str,
    plate_key: &str,
) -> Result<(CaseEvidence, IssuedViolation), ApiError> {
    state.budgets.ask_plate(plate_key)?;
    state.budgets.ask_reference(reference)?;
    let reference: ViolationReference = parse_in_path(reference, ProblemCode::ViolationNotFound)?;
    let found = find::violation_of_plate(&state.database, &reference, plate_key).await?;
    found.ok_or_else(|| ProblemCode::ViolationNotFound.into())
}

/// The copy of a picture that a citizen may see.
///
/// # Errors
/// When there is no such picture, the plate was not read in it, or the file cannot be had.
pub async fn citizen_copy(
    state: &ServiceState,
    evidence: &CaseEvidence,
    position: i16,
) -> Result<Response, ApiError> {
    let file = evidence.file(position).ok_or(ProblemCode::FrameNotFound)?;
    let own = evidence.own_read(file).ok_or(ProblemCode::FrameNotFound)?;
    let others = evidence.reads_in(file).filter(|read| read.position != own.position);
    let covered = others.map(|read| read.position).collect();
    crop_copy(
        state,
        Viewer::Citizen,
        file.sha256,
        Crop { plate: own.position, margin: Margin::VEHICLE, covered },
    )
    .await
}

/// What early payment of a violation costs, as long as it is granted.
///
/// # Errors
/// When the database does not answer.
pub async fn early_payment(
    state: &ServiceState,
    evidence: &CaseEvidence,
    issued: &IssuedViolation,
) -> Result<Option<EarlyPayment>, ApiError> {
    let is_due = match issued.status {
        ViolationStatus::Issued | ViolationStatus::Reduced => true,
        ViolationStatus::Cancelled | ViolationStatus::ClosedAsPaid => false,
    };
    let Some(captured_at) = evidence.captured_at.filter(|_| is_due) else { return Ok(None) };
    let now = state.clock.now();
    let payable = Payable {
        due: issued.amount_due,
        min: issued.amount_min,
        max: issued.amount_max,
        captured_at,
        recorded_at: issued.recorded_at,
        clock_held_seconds: held::seconds_until(&state.database, issued.id, now).await?,
    };
    let today = now.with_timezone(&evidence.jurisdiction.time_zone()).date_naive();
    let quoted = quote::early_payment(state.policies.of(evidence.jurisdiction), &payable);
    Ok(quoted.filter(|early| today <= early.last_day))
}

fn violation_out(
    evidence: &CaseEvidence,
    issued: &IssuedViolation,
    early: Option<EarlyPayment>,
) -> ViolationOut {
    let plate = evidence.plate.as_ref();
    let frames = evidence.files.iter().map(|file| FrameOut {
        position: file.ordinal,
        role: file.role.clone(),
        address: evidence
            .own_read(file)
            .map(|_| format!("/api/v1/violations/{}/frames/{}", issued.reference, file.ordinal)),
    });
    ViolationOut {
        reference: issued.reference.to_string(),
        plate: PlateOut {
            key: plate.map(ToString::to_string).unwrap_or_default(),
            jurisdiction: evidence.jurisdiction.code(),
            letters: plate.map(|plate| plate.letters().to_owned()).unwrap_or_default(),
            digits: plate.map(|plate| plate.digits().to_owned()).unwrap_or_default(),
        },
        act: evidence.act_code.clone(),
        captured_at: evidence.captured_at,
        site: TextOut::from(&evidence.site),
        camera: evidence.camera_id.clone(),
        status: issued.status.label(),
        amount: issued.amount.into(),
        amount_due: issued.amount_due.into(),
        amount_min: issued.amount_min.into(),
        amount_max: issued.amount_max.into(),
        early_payment: early.map(|early| EarlyPaymentOut {
            amount: early.amount.into(),
            last_day: early.last_day.to_string(),
        }),
        calculation: calculation_out(&evidence.calculation, &evidence.rule_table_sha256),
        frames: frames.collect(),
    }
}

/// A stored calculation for JSON.
#[must_use]
pub fn calculation_out(calculation: &CalculationDocument, rule_table_sha256: &str) -> CalculationOut {
    let step = |step: &StepDocument| {
        let StepDocument { rule, arabic, english, amount, source, source_arabic } = step;
        StepOut {
            rule: rule.clone(),
            text: TextOut { ar: arabic.clone(), en: english.clone() },
            amount: amount
                .as_ref()
                .map(|money| StepMoneyOut { amount: money.amount.clone(), currency: money.currency.clone() }),
            source: source.clone(),
            source_ar: source_arabic.clone(),
        }
    };
    CalculationOut {
        steps: calculation.steps.iter().map(step).collect(),
        rule_table_sha256: rule_table_sha256.to_owned(),
    }
}

impl From<&BilingualText> for TextOut {
    fn from(text: &BilingualText) -> Self {
        let BilingualText { arabic, english } = text;
        Self { ar: arabic.clone(), en: english.clone() }
    }
}

impl From<Money> for MoneyOut {
    fn from(money: Money) -> Self {
        Self { amount: money.amount().normalize().to_string(), currency: money.currency().code() }
    }
}

impl From<CaseReadError> for ApiError {
    fn from(error: CaseReadError) -> Self {
        match error {
            CaseReadError::Database(source) => source.into(),
            CaseReadError::Column { .. } => Self::new(ProblemCode::Internal).caused_by(error),
        }
    }
}
