//! A run of settled records, and what each comes to.

use chrono::{DateTime, Utc};
use rules::replay::AssessmentRecord;
use schemas::assessment::Assessment;
use schemas::camera_event::CameraEvent;
use schemas::delivery::Run;
use schemas::evidence::{EvidenceFile, Sha256Digest};
use schemas::ids::{EventId, EventSource};
use schemas::outcome::DeadLetterReason;
use std::sync::Arc;

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
    Assessed(Arc<AssessedEvent>),
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
    /// Over the models that read the plate.
    pub model_sha256: Sha256Digest,
    /// When the event reached Rasid.
    pub received_at: DateTime<Utc>,
}

/// Whether every record stands within the run, behind the one before it.
pub(super) fn is_well_formed(run: &Run<Settlement>) -> bool {
    let ascending = run.records.windows(2).all(|pair| pair[0].offset < pair[1].offset);
    let within = |record: &Settlement| (run.first_offset..run.next_offset).contains(&record.offset);
    ascending && run.records.iter().all(within)
}
