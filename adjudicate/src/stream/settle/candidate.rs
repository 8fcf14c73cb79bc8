//! An assessed event that leads to a case, before it is known whether its act was told before.

use super::act::ActKey;
use super::frames::Shown;
use super::run::AssessedEvent;
use super::stamp::Stamp;
use crate::case::draft::{DraftError, NewCase, Sighting, SightingOutcome};
use crate::case::origin::SignedRecord;
use crate::case::rows::to_microseconds;
use schemas::assessment::Assessment;
use schemas::camera_event::FrameRole;
use schemas::ids::{ManualCheckId, ViolationId};
use schemas::plate::PlateNumber;
use uuid::Uuid;

/// An event that leads to a case, with the case's new id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) offset: i64,
    assessed: &'a AssessedEvent,
    outcome: SightingOutcome<'a>,
}

impl<'a> Candidate<'a> {
    /// A candidate, unless the event was no offence.
    pub(super) fn of(offset: i64, assessed: &'a AssessedEvent) -> Option<Self> {
        let outcome = match &assessed.assessment {
            Assessment::NoOffence { .. } => return None,
            Assessment::ManualCheck(check) => SightingOutcome::ManualCheck(ManualCheckId::generate(), check),
            Assessment::Violation(draft) => SightingOutcome::Violation(ViolationId::generate(), draft),
        };
        Some(Self { offset, assessed, outcome })
    }

    pub(super) const fn case_id(&self) -> Uuid {
        self.outcome.case_id()
    }

    /// What its pictures show.
    pub(super) fn shown(&self) -> Shown {
        let event = &self.assessed.event;
        let (plate, kind) = match self.outcome {
            SightingOutcome::Violation(_, draft) => (Some(&draft.plate), draft.act_code),
            SightingOutcome::ManualCheck(_, check) => (check.plate.as_ref(), event.act.code()),
        };
        let frames = event.frames.iter().filter(|frame| frame.role != FrameRole::Context);
        Shown {
            plate_key: plate.map(PlateNumber::key).unwrap_or_default(),
            kind,
            frames: frames.map(|frame| frame.sha256).collect(),
        }
    }

    /// What makes its act one with another; `None` without a plate or an instant.
    pub(super) fn act(&self) -> Option<ActKey> {
        let event = &self.assessed.event;
        let (plate, kind, captured_at) = match self.outcome {
            SightingOutcome::Violation(_, draft) => (&draft.plate, draft.act_code, draft.captured_at),
            SightingOutcome::ManualCheck(_, check) => {
                (check.plate.as_ref()?, event.act.code(), event.captured_at.instant()?)
            }
        };
        let site = event.site.as_str().to_owned();
        Some(ActKey { plate_key: plate.key(), site, kind, captured_at: to_microseconds(captured_at) })
    }

    /// Makes its case.
    pub(super) fn draft(&self, stamp: &Stamp<'_>) -> Result<NewCase, DraftError> {
        let AssessedEvent {
            event,
            value_sha256,
            value_bytes,
            signature,
            assessment: _,
            record,
            evidence,
            model_sha256,
            received_at,
        } = self.assessed;
        let signed = SignedRecord {
            partition: stamp.partition.clone(),
            offset: self.offset,
            source: event.source.clone(),
            id: event.id.clone(),
            sha256: *value_sha256,
            size_bytes: *value_bytes,
            signature: signature.clone(),
        };
        let sighting = Sighting {
            outcome: self.outcome,
            event,
            record,
            evidence,
            model_sha256: *model_sha256,
            received_at: *received_at,
        };
        Ok(sighting.draft(signed, stamp.recorded_at)?.sealed_by(stamp.key))
    }
}
