//! The record by which an assessment can be repeated: everything that the rules looked at, and what they found.
//!
//! Canonical JSON ([`crate::canonical`]): probabilities by their bits, decimals as text. Two runs over the same inputs
//! give the same bytes, and any other input gives other bytes. The event stands in it by its digest; its signed bytes
//! are kept beside it.

mod finding;
mod input;
mod reading;
mod unreadable;
mod value;
mod violation_facts;

pub mod triage;

use crate::assess::{AssessmentInput, assess};
use crate::canonical::{CanonicalError, canonical_bytes};
use crate::plate::frames::FrameReading;
use crate::policy::Policies;
use crate::registry::CaptureContext;
use input::InputRecord;

pub use input::{Provenance, RECORD_FORM, RecordHead};
pub use unreadable::UnreadableRecord;

use schemas::assessment::Assessment;
use schemas::camera_event::CameraEvent;
use schemas::evidence::Sha256Digest;
use thiserror::Error;

/// Canonical bytes of an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentRecord {
    /// Everything that the rules looked at.
    pub input: Vec<u8>,
    /// What they found.
    pub finding: Vec<u8>,
}

/// Why an assessment was not repeated.
#[derive(Debug, Error)]
pub enum RepeatError {
    /// The record cannot be read.
    #[error(transparent)]
    Unreadable(#[from] UnreadableRecord),
    /// The rules that are given are not those that the record names.
    #[error("the record was made with rules {recorded}, not with {given}")]
    OtherRules {
        /// Named in the record.
        recorded: Sha256Digest,
        /// Given.
        given: Sha256Digest,
    },
    /// The finding has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// Returns the canonical bytes of an assessment and of everything it rests on.
///
/// # Errors
/// When a text cannot be written as JSON.
pub fn record(
    input: &AssessmentInput<'_>,
    provenance: &Provenance,
    assessment: &Assessment,
) -> Result<AssessmentRecord, CanonicalError> {
    Ok(AssessmentRecord {
        input: canonical_bytes(&InputRecord::of(input, provenance))?,
        finding: canonical_bytes(&finding::finding_record(assessment))?,
    })
}

/// Returns what a stored input says of itself.
///
/// # Errors
/// When it is of another form or cannot be read.
pub fn head(input: &[u8]) -> Result<RecordHead, UnreadableRecord> {
    InputRecord::read(input)?.head()
}

/// Returns what the reader saw in each picture of the event, in their order, from a stored input.
///
/// # Errors
/// When it is of another form or cannot be read.
pub fn readings(input: &[u8]) -> Result<Vec<FrameReading>, UnreadableRecord> {
    InputRecord::read(input)?.readings()
}

/// Applies the rules once more to a stored input and returns the canonical bytes of the finding.
///
/// # Errors
/// When the input cannot be read, or `policies` are not the rules that it names.
pub fn repeat(input: &[u8], event: &CameraEvent, policies: &Policies) -> Result<Vec<u8>, RepeatError> {
    let record = InputRecord::read(input)?;
    let RecordHead { jurisdiction, rule_table_sha256: recorded, .. } = record.head()?;
    let given = policies.of(jurisdiction).rule_table_sha256();
    if given != recorded {
        return Err(RepeatError::OtherRules { recorded, given });
    }
    let readings: Vec<FrameReading> = record.readings()?;
    let context: CaptureContext = record.context()?;
    let received_at = record.received_at;
    let input = AssessmentInput { event, readings: &readings, context: &context, policies, received_at };
    Ok(canonical_bytes(&finding::finding_record(&assess(&input)))?)
}
