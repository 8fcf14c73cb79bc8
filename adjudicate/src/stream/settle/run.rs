//! A run of settled records, and what each comes to.

use crate::case::documents::FrameReads;
use chrono::{DateTime, Utc};
use rules::replay::AssessmentRecord;
use schemas::assessment::Assessment;
use schemas::camera_event::CameraEvent;
use schemas::delivery::{OwnerEpoch, PartitionKey};
use schemas::evidence::{EvidenceFile, Sha256Digest};
use schemas::ids::{EventId, EventSource};
use schemas::outcome::DeadLetterReason;
use std::sync::Arc;

/// Records of one partition that are settled together, in the order of their offsets, without a missing record.
#[derive(Debug, Clone)]
pub struct Run {
    /// The partition.
    pub partition: PartitionKey,
    /// The epoch under which it was taken.
    pub owner_epoch: OwnerEpoch,
    /// The position that the run follows: the end of the run before it, or what taking the partition returned.
    pub first_offset: i64,
    /// Offsets among the run's that hold no record: transaction markers, compaction.
    pub skipped: u32,
    /// The records.
    pub settlements: Vec<Settlement>,
}

/// One record and what it comes to.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Its offset.
    pub offset: i64,
    /// What it comes to.
    pub effect: Effect,
}

/// What a record comes to, before it is known whether it was seen before.
#[derive(Debug, Clone)]
pub enum Effect {
    /// It cannot be used, and its dead letter is acknowledged.
    DeadLetter {
        /// Why.
        reason: DeadLetterReason,
        /// Which event it was, as far as that could be read.
        identity: Option<EventIdentity>,
    },
    /// The rules were applied to it.
    Assessed(Box<AssessedEvent>),
}

/// What names an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventIdentity {
    /// Who made the id.
    pub source: EventSource,
    /// The id.
    pub id: EventId,
}

/// An event with what the rules made of it.
#[derive(Debug, Clone)]
pub struct AssessedEvent {
    /// The event; its pictures are not looked at.
    pub event: Arc<CameraEvent>,
    /// Over the record's value as signed: tells a repetition from an id that was used again.
    pub value_sha256: Sha256Digest,
    /// Length of the value, bytes.
    pub value_bytes: u64,
    /// Header `rasid-signature`: key id and signature over the value.
    pub signature: String,
    /// What the rules made of it.
    pub assessment: Assessment,
    /// What the assessment can be repeated from.
    pub record: AssessmentRecord,
    /// The pictures, stored durably before this like the value itself, in the order of the event. Not needed for no
    /// offence.
    pub evidence: Vec<EvidenceFile>,
    /// What the reader saw.
    pub reads: Vec<FrameReads>,
    /// Over the models that read the plate.
    pub model_sha256: Sha256Digest,
    /// When the event reached Rasid.
    pub received_at: DateTime<Utc>,
}

impl Run {
    /// The position after the run.
    #[must_use]
    pub fn end_offset(&self) -> i64 {
        let settled = i64::try_from(self.settlements.len()).unwrap_or(i64::MAX);
        self.first_offset.saturating_add(settled).saturating_add(i64::from(self.skipped))
    }

    pub(super) fn is_well_formed(&self) -> bool {
        let ascending = self.settlements.windows(2).all(|pair| pair[0].offset < pair[1].offset);
        let within =
            |settlement: &Settlement| (self.first_offset..self.end_offset()).contains(&settlement.offset);
        ascending && self.settlements.iter().all(within)
    }
}
