//! Every way an event can leave the stream half. There are exactly five.

use std::fmt;

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A violation was issued.
    Violation,
    /// A person must look; nothing was issued.
    ManualCheck,
    /// No rule was broken.
    NoOffence,
    /// The same event, or the same act, was seen before.
    Duplicate,
    /// The record cannot be used; it was kept with its reason.
    DeadLetter,
}

impl Outcome {
    /// All of them, in the order of the counters.
    pub const ALL: [Self; 5] =
        [Self::Violation, Self::ManualCheck, Self::NoOffence, Self::Duplicate, Self::DeadLetter];

    /// Name in metrics, JSON and column names.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::ManualCheck => "manual_check",
            Self::NoOffence => "no_offence",
            Self::Duplicate => "duplicate",
            Self::DeadLetter => "dead_letter",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

/// Why a record became a dead letter. The closed list of `rasid-reason` header values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadLetterReason {
    /// No or a malformed `rasid-signature` header.
    BadSignatureHeader,
    /// The key named in the signature is not registered.
    UnknownKey,
    /// The key is registered for another camera.
    KeyOfOtherCamera,
    /// The key was revoked before receipt, or not valid at the time of receipt.
    KeyNotValid,
    /// The signature does not fit the bytes.
    BadSignature,
    /// The bytes are not a camera event, or a field breaks its rule.
    Malformed,
    /// The type or version in the headers is not one we know.
    UnknownVersion,
    /// Larger than the limit.
    TooLarge,
    /// The record's key or a CloudEvents header differs from the signed bytes.
    HeaderMismatch,
    /// The camera is not registered.
    UnknownCamera,
    /// A frame's bytes do not have the digest or length the event states.
    FrameDigestMismatch,
    /// A frame is not a whole picture within the limits.
    BadImage,
    /// A claim check's bytes are not in the evidence store.
    EvidenceMissing,
    /// The same id came before with other content.
    IdReused,
    /// The effects could not be written for a reason that lies in the data.
    EffectRefused,
}

impl DeadLetterReason {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::BadSignatureHeader,
        Self::UnknownKey,
        Self::KeyOfOtherCamera,
        Self::KeyNotValid,
        Self::BadSignature,
        Self::Malformed,
        Self::UnknownVersion,
        Self::TooLarge,
        Self::HeaderMismatch,
        Self::UnknownCamera,
        Self::FrameDigestMismatch,
        Self::BadImage,
        Self::EvidenceMissing,
        Self::IdReused,
        Self::EffectRefused,
    ];

    /// Name in headers, metrics and JSON.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BadSignatureHeader => "bad_signature_header",
            Self::UnknownKey => "unknown_key",
            Self::KeyOfOtherCamera => "key_of_other_camera",
            Self::KeyNotValid => "key_not_valid",
            Self::BadSignature => "bad_signature",
            Self::Malformed => "malformed",
            Self::UnknownVersion => "unknown_version",
            Self::TooLarge => "too_large",
            Self::HeaderMismatch => "header_mismatch",
            Self::UnknownCamera => "unknown_camera",
            Self::FrameDigestMismatch => "frame_digest_mismatch",
            Self::BadImage => "bad_image",
            Self::EvidenceMissing => "evidence_missing",
            Self::IdReused => "id_reused",
            Self::EffectRefused => "effect_refused",
        }
    }
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}
