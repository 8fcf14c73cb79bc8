//! From an assessed event to the rows of its case. No I/O; only ids and the reference are drawn at random.

use super::AssessedEvent;
use super::act::ActKey;
use crate::case::documents::{CalculationDocument, FrameReadsDocument, SightingDocument};
use crate::case::manifest::{Manifest, ManifestParts};
use crate::case::rows::{CaseRow, ManualCheckRow, ViolationRow, to_microseconds};
use crate::foundation::audit::{Actor, AuditEntry, Entity};
use crate::foundation::chain::{CaseKind, NewCase};
use crate::foundation::outbox::{OutboxMessage, OutboxTopic};
use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::CanonicalError;
use schemas::assessment::{Assessment, Calculation, ManualCheck, ViolationDraft};
use schemas::camera_event::CapturedAt;
use schemas::delivery::PartitionKey;
use schemas::evidence::EvidenceFile;
use schemas::ids::{EffectId, ManualCheckId, ViolationId};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::wire::violation_v1::{self, ViolationIssued};
use schemas::wire::{CONTENT_TYPE, VIOLATION_TYPE, cloud_event};
use serde_json::json;
use thiserror::Error;
use uuid::Uuid;

/// CloudEvents source of what the outbox publishes.
const MESSAGE_SOURCE: &str = "rasid";

/// What every row of a transaction has in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp<'a> {
    pub(super) partition: &'a PartitionKey,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) act_window_seconds: u32,
}

/// An event that leads to a case, with the case's new id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) offset: i64,
    pub(super) assessed: &'a AssessedEvent,
    pub(super) case: CandidateCase<'a>,
}

/// What the case would be.
#[derive(Debug, Clone, Copy)]
pub(super) enum CandidateCase<'a> {
    Violation(ViolationId, &'a ViolationDraft),
    ManualCheck(ManualCheckId, &'a ManualCheck),
}

/// Everything that is written for one case.
#[derive(Debug)]
pub(super) struct PreparedCase<'a> {
    pub(super) row: PreparedRow,
    pub(super) manifest: Manifest,
    pub(super) files: &'a [EvidenceFile],
    pub(super) audit: AuditEntry,
    pub(super) message: Option<OutboxMessage>,
    pub(super) link: NewCase,
}

/// The case's own row.
#[derive(Debug)]
pub(super) enum PreparedRow {
    Violation(Box<ViolationRow>),
    ManualCheck(Box<ManualCheckRow>),
}

/// Why an event has no rows.
#[derive(Debug, Error)]
pub(super) enum PrepareError {
    #[error("lane {0} is out of range")]
    Lane(u32),
    #[error("rule_table_sha256 is not 64 hexadecimal digits")]
    RuleTable,
    #[error("a document has no canonical form")]
    Canonical(#[from] CanonicalError),
    #[error("a document is not JSON")]
    Json(#[from] serde_json::Error),
}

impl<'a> Candidate<'a> {
    /// A candidate, unless the event was no offence.
    pub(super) fn of(offset: i64, assessed: &'a AssessedEvent) -> Option<Self> {
        let case = match &assessed.assessment {
            Assessment::NoOffence { .. } => return None,
            Assessment::ManualCheck(check) => CandidateCase::ManualCheck(ManualCheckId::generate(), check),
            Assessment::Violation(draft) => CandidateCase::Violation(ViolationId::generate(), draft),
        };
        Some(Self { offset, assessed, case })
    }

    pub(super) const fn case_id(&self) -> Uuid {
        match self.case {
            CandidateCase::Violation(id, _) => id.uuid(),
            CandidateCase::ManualCheck(id, _) => id.uuid(),
        }
    }

    /// What makes its act one with another; nothing without a plate or an instant.
    pub(super) fn act(&self) -> Option<ActKey> {
        let event = &self.assessed.event;
        let (plate, kind, captured_at) = match self.case {
            CandidateCase::Violation(_, draft) => (&draft.plate, draft.act_code, draft.captured_at),
            CandidateCase::ManualCheck(_, check) => {
                (check.plate.as_ref()?, event.act.code(), event.captured_at.instant()?)
            }
        };
        let site = event.site.as_str().to_owned();
        Some(ActKey { plate_key: plate.key(), site, kind, captured_at: to_microseconds(captured_at) })
    }

    /// Makes the rows.
    pub(super) fn prepare(&self, stamp: &Stamp<'_>) -> Result<PreparedCase<'a>, PrepareError> {
        let manifest = self.manifest(stamp)?;
        let files = self.assessed.evidence.as_slice();
        let (row, row_bytes, domain, message) = match self.case {
            CandidateCase::Violation(id, draft) => {
                let case = self.case_row(stamp, &manifest, draft.act_code, &draft.calculation)?;
                let row = violation_row(case, draft);
                let (bytes, message) = (row.canonical()?, issued(id, draft, &row, &manifest));
                (PreparedRow::Violation(Box::new(row)), bytes, ViolationRow::DOMAIN, Some(message))
            }
            CandidateCase::ManualCheck(_, check) => {
                let case =
                    self.case_row(stamp, &manifest, self.assessed.event.act.code(), &check.calculation)?;
                let row = manual_check_row(case, check, &self.assessed.event.captured_at);
                let bytes = row.canonical()?;
                (PreparedRow::ManualCheck(Box::new(row)), bytes, ManualCheckRow::DOMAIN, None)
            }
        };
        let (kind, opened_at) = (self.kind(), stamp.recorded_at);
        let link = NewCase { case_id: self.case_id(), kind, opened_at, domain, row_bytes };
        Ok(PreparedCase { row, manifest, files, audit: self.audit(stamp), message, link })
    }

    const fn kind(&self) -> CaseKind {
        match self.case {
            CandidateCase::Violation(..) => CaseKind::Violation,
            CandidateCase::ManualCheck(..) => CaseKind::ManualCheck,
        }
    }

    fn manifest(&self, stamp: &Stamp<'_>) -> Result<Manifest, CanonicalError> {
        let event = &self.assessed.event;
        Manifest::of(&ManifestParts {
            case_id: self.case_id(),
            kind: self.kind(),
            recorded_at: stamp.recorded_at,
            event_source: event.source.as_str(),
            event_id: event.id.as_str(),
            event_sha256: self.assessed.value_sha256,
            camera_id: event.camera.as_str(),
            site_id: event.site.as_str(),
            captured_at_raw: raw_text(&event.captured_at),
            model_sha256: self.assessed.model_sha256,
            files: &self.assessed.evidence,
        })
    }

    fn case_row(
        &self,
        stamp: &Stamp<'_>,
        manifest: &Manifest,
        act_code: &str,
        calculation: &Calculation,
    ) -> Result<CaseRow, PrepareError> {
        let AssessedEvent {
            event,
            value_sha256,
            assessment: _,
            evidence: _,
            reads,
            model_sha256,
            received_at,
        } = self.assessed;
        let reads: Vec<FrameReadsDocument> = reads.iter().map(FrameReadsDocument::from).collect();
        let lane =
            event.lane.map(|lane| i32::try_from(lane).map_err(|_| PrepareError::Lane(lane))).transpose()?;
        Ok(CaseRow {
            id: self.case_id(),
            recorded_at: stamp.recorded_at,
            act_code: act_code.to_owned(),
            site_id: event.site.as_str().to_owned(),
            camera_id: event.camera.as_str().to_owned(),
            lane,
            captured_at_raw: raw_text(&event.captured_at).to_owned(),
            received_at: to_microseconds(*received_at),
            rule_table_sha256: hex::decode(&calculation.rule_table_sha256)
                .map_err(|_| PrepareError::RuleTable)?,
            calculation: serde_json::to_value(CalculationDocument::from(calculation))?,
            reads: serde_json::to_value(reads)?,
            sighting: serde_json::to_value(SightingDocument::from(&**event))?,
            model_sha256: model_sha256.as_bytes().to_vec(),
            manifest_sha256: manifest.sha256.as_bytes().to_vec(),
            event_source: event.source.as_str().to_owned(),
            event_id: event.id.as_str().to_owned(),
            event_sha256: value_sha256.as_bytes().to_vec(),
            cluster_id: stamp.partition.cluster.to_string(),
            topic: stamp.partition.topic.to_string(),
            partition: stamp.partition.partition,
            record_offset: self.offset,
        })
    }

    fn audit(&self, stamp: &Stamp<'_>) -> AuditEntry {
        let (action, entity) = match self.case {
            CandidateCase::Violation(id, _) => ("violation.record", Entity::Violation(id)),
            CandidateCase::ManualCheck(id, _) => ("manual_check.record", Entity::ManualCheck(id)),
        };
        let PartitionKey { cluster: _, topic, partition } = stamp.partition;
        let detail = json!({ "topic": &**topic, "partition": partition, "offset": self.offset });
        AuditEntry { actor: Actor::Stream, action, entity, detail }
    }
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

fn issued(id: ViolationId, draft: &ViolationDraft, row: &ViolationRow, manifest: &Manifest) -> OutboxMessage {
    let effect = EffectId::generate();
    let payload = violation_v1::encode(&ViolationIssued {
        effect,
        violation: id,
        reference: &row.reference,
        jurisdiction: &row.jurisdiction,
        plate_key: &row.plate_key,
        act_code: draft.act_code,
        amount: draft.amount,
        captured_at: row.captured_at,
        recorded_at: row.case.recorded_at,
        evidence_manifest: manifest.sha256,
    });
    let headers = [
        (cloud_event::ID_HEADER, effect.uuid().to_string()),
        (cloud_event::SOURCE_HEADER, MESSAGE_SOURCE.to_owned()),
        (cloud_event::TYPE_HEADER, VIOLATION_TYPE.to_owned()),
        (cloud_event::SPEC_VERSION_HEADER, cloud_event::SPEC_VERSION.to_owned()),
        (cloud_event::TIME_HEADER, row.case.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        (cloud_event::CONTENT_TYPE_HEADER, CONTENT_TYPE.to_owned()),
    ];
    OutboxMessage {
        effect,
        topic: OutboxTopic::Violations,
        key: id.to_string(),
        subject: id.uuid(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        payload,
    }
}

fn raw_text(captured_at: &CapturedAt) -> &str {
    match captured_at {
        CapturedAt::Known { instant: _, raw, basis: _ } | CapturedAt::ZoneUnknown { raw } => raw,
    }
}
