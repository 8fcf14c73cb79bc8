//! Every way an event can leave the stream half. There are exactly five.

crate::closed_list! {
    /// How an event ended, in the order of the counters.
    pub enum Outcome {
        /// A violation was issued.
        Violation = "violation",
        /// A person must look; nothing was issued.
        ManualCheck = "manual_check",
        /// No rule was broken.
        NoOffence = "no_offence",
        /// The same event, or the same act, was seen before.
        Duplicate = "duplicate",
        /// The record cannot be used; it was kept with its reason.
        DeadLetter = "dead_letter",
    }
    impl Display;
}

crate::closed_list! {
    /// Why a record became a dead letter. The closed list of `rasid-reason` header values.
    pub enum DeadLetterReason {
        /// No or a malformed `rasid-signature` header.
        BadSignatureHeader = "bad_signature_header",
        /// The key named in the signature is not registered.
        UnknownKey = "unknown_key",
        /// The key is registered for another camera.
        KeyOfOtherCamera = "key_of_other_camera",
        /// The key was revoked before receipt, or not valid at the time of receipt.
        KeyNotValid = "key_not_valid",
        /// The signature does not fit the bytes.
        BadSignature = "bad_signature",
        /// The bytes are not a camera event, or a field breaks its rule.
        Malformed = "malformed",
        /// The type or version in the headers is not one we know.
        UnknownVersion = "unknown_version",
        /// Larger than the limit.
        TooLarge = "too_large",
        /// The record's key or a CloudEvents header differs from the signed bytes.
        HeaderMismatch = "header_mismatch",
        /// The camera is not registered.
        UnknownCamera = "unknown_camera",
        /// A frame's bytes do not have the digest or length the event states.
        FrameDigestMismatch = "frame_digest_mismatch",
        /// A frame is not a whole picture within the limits.
        BadImage = "bad_image",
        /// A claim check's bytes are not in the evidence store.
        EvidenceMissing = "evidence_missing",
        /// The same id came before with other content.
        IdReused = "id_reused",
        /// The effects could not be written for a reason that lies in the data.
        EffectRefused = "effect_refused",
    }
    impl Display;
}
