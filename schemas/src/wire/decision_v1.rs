//! The message that is published when an objection was answered (topic `decisions`).

use super::{decisions_v1, timestamp};
use crate::ids::{EffectId, ObjectionId, ReviewerId, ViolationId};
use chrono::{DateTime, Utc};
use prost::Message;

/// Who made a decision. Only a human may decide on the merits, and a human has a name.
#[derive(Debug, Clone, Copy)]
pub enum MadeBy<'a> {
    /// In the citizen's favour, or a closed list of form defects.
    Machine,
    /// A reviewer who opened the evidence.
    Human(&'a ReviewerId),
}

/// What is said of a decision.
#[derive(Debug, Clone)]
pub struct DecisionMade<'a> {
    /// Dedupe key of the effect.
    pub effect: EffectId,
    /// The objection that was answered.
    pub objection: ObjectionId,
    /// The violations it speaks about.
    pub violations: &'a [ViolationId],
    /// `cancelled`, `reduced`, `closed_as_paid`, `upheld`, `refused_on_form`, `document_requested`, `waiting` or
    /// `sent_to_review`.
    pub verdict: &'a str,
    /// Machine, or the reviewer.
    pub made_by: MadeBy<'a>,
    /// Reason codes, e.g. `G14`.
    pub reasons: &'a [String],
    /// When.
    pub made_at: DateTime<Utc>,
}

/// The bytes to publish.
#[must_use]
pub fn encode(decision: &DecisionMade<'_>) -> Vec<u8> {
    let DecisionMade { effect, objection, violations, verdict, made_by, reasons, made_at } = decision;
    let (made_by, reviewer_id) = match made_by {
        MadeBy::Machine => ("machine", String::new()),
        MadeBy::Human(reviewer) => ("human", reviewer.to_string()),
    };
    decisions_v1::DecisionMade {
        effect_id: effect.uuid().to_string(),
        objection_id: objection.to_string(),
        violation_ids: violations.iter().map(ToString::to_string).collect(),
        verdict: (*verdict).to_owned(),
        made_by: made_by.to_owned(),
        reviewer_id,
        reasons: reasons.to_vec(),
        made_at: Some(timestamp(*made_at)),
    }
    .encode_to_vec()
}
