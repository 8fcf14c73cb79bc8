//! From a sighting with what the rules made of it to the rows of its case. No I/O; only ids and the reference are drawn
//! at random.

use super::documents::{CalculationDocument, SightingDocument};
use super::manifest::{Manifest, ManifestParts};
use super::origin::{CaseOrigin, SignedRecord};
use super::rows::{CaseRow, ManualCheckRow, ViolationRow, to_microseconds};
use crate::foundation::audit::{Actor, AuditAction, Entity};
use crate::foundation::chain::{CaseKind, ChainDomain};
use crate::foundation::outbox::{OutboxMessage, OutboxTopic};
use chrono::{DateTime, Utc};
use rules::canonical::CanonicalError;
use rules::replay::AssessmentRecord;
use schemas::assessment::{Calculation, ManualCheck, ViolationDraft};
use schemas::camera_event::{CameraEvent, CapturedAt};
use schemas::evidence::{EvidenceFile, Sha256Digest};
use schemas::ids::{EffectId, ManualCheckId, ViolationId};
use schemas::money::{Money, MoneyError};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::seal::ServerKey;
use schemas::wire::VIOLATION_TYPE;
use schemas::wire::violation_v1::{self, ViolationIssued};
use serde_json::{Value, json};
use thiserror::Error;
use uuid::Uuid;

/// A sighting that becomes a case, with the case's new id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting<'a> {
    pub(crate) outcome: SightingOutcome<'a>,
    pub(crate) event: &'a CameraEvent,
    pub(crate) record: &'a AssessmentRecord,
    pub(crate) evidence: &'a [EvidenceFile],
    pub(crate) model_sha256: Sha256Digest,
    pub(crate) received_at: DateTime<Utc>,
}

/// What the rules made of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SightingOutcome<'a> {
    Violation(ViolationId, &'a ViolationDraft),
    ManualCheck(ManualCheckId, &'a ManualCheck),
}

/// Everything that is written for one case; [`super::issue::issue`] takes it, whatever the origin.
#[derive(Debug)]
pub(crate) struct NewCase {
    pub(crate) row: NewCaseRow,
    pub(crate) manifest: Manifest,
    pub(crate) files: Vec<EvidenceFile>,
    /// `None` for a case that no rule made.
    pub(crate) record: Option<AssessmentRecord>,
    pub(crate) actor: Actor,
    pub(crate) audit_detail: Value,
}

/// The case's own row.
#[derive(Debug)]
pub(crate) enum NewCaseRow {
    Violation(ViolationId, Box<ViolationRow>),
    ManualCheck(ManualCheckId, Box<ManualCheckRow>),
}

/// Why a sighting has no rows.
#[derive(Debug, Error)]
pub(crate) enum DraftError {
    #[error("lane {0} is out of range")]
    Lane(u32),
    #[error("rule_table_sha256 is not 64 hexadecimal digits")]
    RuleTable,
    #[error("a document has no canonical form")]
    Canonical(#[from] CanonicalError),
    #[error("a document is not JSON")]
    Json(#[from] serde_json::Error),
}

impl NewCase {
    /// The same with a signed manifest, where there is a key.
    pub(crate) fn sealed_by(self, key: Option<&ServerKey>) -> Self {
        match key {
            Some(key) => Self { manifest: self.manifest.sealed(key), ..self },
            None => self,
        }
    }
}

impl SightingOutcome<'_> {
    pub(crate) const fn case_id(&self) -> Uuid {
        match self {
            Self::Violation(id, _) => id.uuid(),
            Self::ManualCheck(id, _) => id.uuid(),
        }
    }

    const fn kind(&self) -> CaseKind {
        match self {
            Self::Violation(..) => CaseKind::Violation,
            Self::ManualCheck(..) => CaseKind::ManualCheck,
        }
    }
}

impl Sighting<'_> {
    /// Makes the case of a sighting that one signed record told.
    pub(crate) fn draft(
        &self,
        signed: SignedRecord,
        recorded_at: DateTime<Utc>,
    ) -> Result<NewCase, DraftError> {
        let manifest = self.manifest(&signed, recorded_at)?;
        let detail = json!({
            "topic": &*signed.partition.topic,
            "partition": signed.partition.partition,
            "offset": signed.offset,
        });
        let origin = CaseOrigin::Stream(signed);
        let row = match self.outcome {
            SightingOutcome::Violation(id, draft) => {
                let case =
                    self.case_row(origin, recorded_at, &manifest, draft.act_code, &draft.calculation)?;
                NewCaseRow::Violation(id, Box::new(violation_row(case, draft)))
            }
            SightingOutcome::ManualCheck(id, check) => {
                let act_code = self.event.act.code();
                let case = self.case_row(origin, recorded_at, &manifest, act_code, &check.calculation)?;
                let row = manual_check_row(case, check, &self.event.captured_at);
                NewCaseRow::ManualCheck(id, Box::new(row))
            }
        };
        Ok(NewCase {
            row,
            manifest,
            files: self.evidence.to_vec(),
            record: Some(self.record.clone()),
            actor: Actor::Stream,
            audit_detail: detail,
        })
    }

    fn manifest(
        &self,
        signed: &SignedRecord,
        recorded_at: DateTime<Utc>,
    ) -> Result<Manifest, CanonicalError> {
        let event = self.event;
        Manifest::of(&ManifestParts {
            case_id: self.outcome.case_id(),
            kind: self.outcome.kind(),
            recorded_at,
            event_source: event.source.as_str(),
            event_id: event.id.as_str(),
            event_sha256: signed.sha256,
            camera_id: event.camera.as_str(),
            site_id: event.site.as_str(),
            captured_at_raw: raw_text(&event.captured_at),
            model_sha256: self.model_sha256,
            files: self.evidence,
        })
    }

    fn case_row(
        &self,
        origin: CaseOrigin,
        recorded_at: DateTime<Utc>,
        manifest: &Manifest,
        act_code: &str,
        calculation: &Calculation,
    ) -> Result<CaseRow, DraftError> {
        let Self { outcome, event, record, evidence: _, model_sha256, received_at } = self;
        let lane =
            event.lane.map(|lane| i32::try_from(lane).map_err(|_| DraftError::Lane(lane))).transpose()?;
        Ok(CaseRow {
            id: outcome.case_id(),
            recorded_at,
            act_code: act_code.to_owned(),
            site_id: event.site.as_str().to_owned(),
            camera_id: event.camera.as_str().to_owned(),
            lane,
            captured_at_raw: raw_text(&event.captured_at).to_owned(),
            received_at: to_microseconds(*received_at),
            rule_table_sha256: hex::decode(&calculation.rule_table_sha256)
                .map_err(|_| DraftError::RuleTable)?,
            calculation: serde_json::to_value(CalculationDocument::from(calculation))?,
            sighting: serde_json::to_value(SightingDocument::from(*event))?,
            model_sha256: model_sha256.as_bytes().to_vec(),
            manifest_sha256: manifest.sha256.as_bytes().to_vec(),
            input_sha256: Some(Sha256Digest::of(&record.input).as_bytes().to_vec()),
            origin,
        })
    }
}

impl NewCaseRow {
    pub(crate) fn case(&self) -> &CaseRow {
        match self {
            Self::Violation(_, row) => &row.case,
            Self::ManualCheck(_, row) => &row.case,
        }
    }

    pub(crate) const fn kind(&self) -> CaseKind {
        match self {
            Self::Violation(..) => CaseKind::Violation,
            Self::ManualCheck(..) => CaseKind::ManualCheck,
        }
    }

    pub(crate) const fn entity(&self) -> Entity {
        match self {
            Self::Violation(id, _) => Entity::Violation(*id),
            Self::ManualCheck(id, _) => Entity::ManualCheck(*id),
        }
    }

    pub(crate) const fn action(&self) -> AuditAction {
        match self {
            Self::Violation(..) => AuditAction::ViolationRecord,
            Self::ManualCheck(..) => AuditAction::ManualCheckRecord,
        }
    }

    pub(crate) fn first_link(&self) -> Result<(ChainDomain, Vec<u8>), CanonicalError> {
        match self {
            Self::Violation(_, row) => Ok((ViolationRow::DOMAIN, row.canonical()?)),
            Self::ManualCheck(_, row) => Ok((ManualCheckRow::DOMAIN, row.canonical()?)),
        }
    }
}

/// What the outside hears of an issued violation.
pub(crate) fn issued_message(
    id: ViolationId,
    row: &ViolationRow,
    manifest: &Manifest,
) -> Result<OutboxMessage, MoneyError> {
    let currency = row.currency.parse()?;
    let effect = EffectId::generate();
    let payload = violation_v1::encode(&ViolationIssued {
        effect,
        violation: id,
        reference: &row.reference,
        jurisdiction: &row.jurisdiction,
        plate_key: &row.plate_key,
        act_code: &row.case.act_code,
        amount: Money::new(row.amount, currency)?,
        captured_at: row.captured_at,
        recorded_at: row.case.recorded_at,
        evidence_manifest: manifest.sha256,
    });
    let (topic, at) = (OutboxTopic::Violations, row.case.recorded_at);
    Ok(OutboxMessage::new(effect, topic, VIOLATION_TYPE, id.uuid(), at, payload))
}

fn violation_row(case: CaseRow, draft: &ViolationDraft) -> ViolationRow {
    let ViolationDraft {
        plate,
        act_code: _,
        captured_at,
        tariff_row,
        amount,
        amount_min,
        amount_max,
        calculation: _,
    } = draft;
    ViolationRow {
        case,
        reference: ViolationReference::generate().as_str().to_owned(),
        jurisdiction: plate.jurisdiction().code().to_owned(),
        plate_letters: plate.letters().to_owned(),
        plate_digits: plate.digits().to_owned(),
        plate_key: plate.key(),
        captured_at: to_microseconds(*captured_at),
        amount: amount.amount(),
        amount_min: amount_min.amount(),
        amount_max: amount_max.amount(),
        currency: amount.currency().code().to_owned(),
        tariff_row: tariff_row.clone(),
    }
}

fn manual_check_row(case: CaseRow, check: &ManualCheck, captured_at: &CapturedAt) -> ManualCheckRow {
    let ManualCheck { reasons, plate, amount, calculation: _ } = check;
    let of_plate = |part: fn(&PlateNumber) -> String| plate.as_ref().map(part);
    ManualCheckRow {
        case,
        reasons: reasons.iter().map(|reason| reason.label().to_owned()).collect(),
        jurisdiction: of_plate(|plate| plate.jurisdiction().code().to_owned()),
        plate_letters: of_plate(|plate| plate.letters().to_owned()),
        plate_digits: of_plate(|plate| plate.digits().to_owned()),
        plate_key: of_plate(PlateNumber::key),
        captured_at: captured_at.instant().map(to_microseconds),
        suggested_amount: amount.map(|amount| amount.amount()),
        currency: amount.map(|amount| amount.currency().code().to_owned()),
    }
}

fn raw_text(captured_at: &CapturedAt) -> &str {
    match captured_at {
        CapturedAt::Known { instant: _, raw, basis: _ } | CapturedAt::ZoneUnknown { raw } => raw,
    }
}
