//! What is filed: an objection on its way in, and what is known of it once it is there.

use chrono::{DateTime, Utc};
use schemas::attachment::AttachmentMediaType;
use schemas::evidence::Sha256Digest;
use schemas::ids::{ObjectionId, ViolationId};
use schemas::objection::{ContactReference, Ground, LatenessReason, PartyReference, Story};
use schemas::plate::PlateNumber;
use schemas::reference::{ObjectionReference, ViolationReference};
use schemas::text::Language;

/// What a citizen sends. Texts, references and grounds were checked when they were made.
#[derive(Debug, Clone)]
pub struct NewObjection {
    /// The violations, all of one plate.
    pub violations: Vec<ViolationReference>,
    /// The plate, as proof that the citizen knows whose they are.
    pub plate: PlateNumber,
    /// Why; the first is the main ground.
    pub grounds: Vec<Ground>,
    /// One story for all.
    pub story: Story,
    /// Files whose bytes are in the evidence store already.
    pub attachments: Vec<NewAttachment>,
    /// Language of the answer.
    pub language: Language,
    /// Who objects, where known.
    pub party: Option<PartyReference>,
    /// Where to send notices, where known.
    pub contact: Option<ContactReference>,
    /// Why it comes late, where the citizen says so.
    pub lateness_reason: Option<LatenessReason>,
}

/// An objection that was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledObjection {
    /// Its id.
    pub id: ObjectionId,
    /// What the citizen quotes.
    pub reference: ObjectionReference,
    /// When.
    pub filed_at: DateTime<Utc>,
}

/// An attachment whose bytes are in the evidence store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Of the bytes.
    pub sha256: Sha256Digest,
    /// What it is; checked against the bytes by whoever took them.
    pub media_type: AttachmentMediaType,
    /// Length of the bytes.
    pub size_bytes: u64,
}

/// A violation that was found.
#[derive(Debug, Clone)]
pub(super) struct FoundViolation {
    pub(super) id: ViolationId,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) reference: ViolationReference,
}
