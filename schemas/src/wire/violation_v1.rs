//! The message that is published when a violation was issued (topic `violations`).

use super::{timestamp, violations_v1};
use crate::evidence::Sha256Digest;
use crate::ids::{EffectId, ViolationId};
use crate::money::Money;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use prost::Message;

/// What is said of an issued violation.
#[derive(Debug, Clone)]
pub struct ViolationIssued<'a> {
    /// Dedupe key of the effect.
    pub effect: EffectId,
    /// The violation.
    pub violation: ViolationId,
    /// What the citizen quotes.
    pub reference: &'a str,
    /// ISO 3166-1 alpha-2.
    pub jurisdiction: &'a str,
    /// ASCII key of the plate.
    pub plate_key: &'a str,
    /// Code of the act.
    pub act_code: &'a str,
    /// The fine.
    pub amount: Money,
    /// When the act was captured.
    pub captured_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Digest of the evidence manifest.
    pub evidence_manifest: Sha256Digest,
}

/// The bytes to publish.
#[must_use]
pub fn encode(violation: &ViolationIssued<'_>) -> Vec<u8> {
    let ViolationIssued {
        effect,
        violation,
        reference,
        jurisdiction,
        plate_key,
        act_code,
        amount,
        captured_at,
        recorded_at,
        evidence_manifest,
    } = violation;
    violations_v1::ViolationIssued {
        effect_id: effect.uuid().to_string(),
        violation_id: violation.to_string(),
        reference: (*reference).to_owned(),
        jurisdiction: (*jurisdiction).to_owned(),
        plate_key: (*plate_key).to_owned(),
        act_code: (*act_code).to_owned(),
        amount: amount.amount().to_string(),
        currency: amount.currency().code().to_owned(),
        captured_at: Some(timestamp(*captured_at)),
        recorded_at: Some(timestamp(*recorded_at)),
        evidence_manifest_sha256: Bytes::copy_from_slice(evidence_manifest.as_bytes()),
    }
    .encode_to_vec()
}
