//! What is to be done about a dead letter.

use schemas::outcome::DeadLetterReason;

/// Returns what mends the cause of `reason`, and what becomes of the record then.
#[must_use]
pub const fn advice(reason: DeadLetterReason) -> &'static str {
    match reason {
        DeadLetterReason::UnknownKey => {
            "import the key by `rasid import camera-keys`, then `rasid dead-letters resend --reason unknown_key`; where \
             many unknown keys come at once, a key that was imported a moment before may be among them"
        }
        DeadLetterReason::UnknownCamera => {
            "import the camera by `rasid import cameras`, then `rasid dead-letters resend --reason unknown_camera`"
        }
        DeadLetterReason::KeyOfOtherCamera => {
            "find out which camera holds the key; if the register is wrong, import it anew and resend the record, else \
             the camera must sign with its own key and send anew"
        }
        DeadLetterReason::KeyNotValid => {
            "if the key's validity is wrong in the register, import it anew and resend the record; under a revoked or \
             expired key nothing is taken, whatever time the event claims"
        }
        DeadLetterReason::EvidenceMissing => {
            "bring the picture into the evidence store under its digest, then resend the record"
        }
        DeadLetterReason::EffectRefused => {
            "read why in the log of `rasid run`; resend the record after the update that mends it"
        }
        DeadLetterReason::UnknownVersion => {
            "update `rasid run` to a version that knows the event's, then resend the record; else correct the sender"
        }
        DeadLetterReason::TooLarge => {
            "let the camera send smaller pictures, or pictures as claim checks; if ingest.record_bytes_max was raised, \
             resend the record"
        }
        DeadLetterReason::BadImage => {
            "look at the camera: the picture is not whole or not of a kind that is taken; resend only after an update \
             that reads such pictures"
        }
        DeadLetterReason::BadSignatureHeader
        | DeadLetterReason::BadSignature
        | DeadLetterReason::Malformed
        | DeadLetterReason::HeaderMismatch
        | DeadLetterReason::FrameDigestMismatch => {
            "correct the sender, which must sign and send the event anew: these bytes are refused again"
        }
        DeadLetterReason::IdReused => {
            "let the camera give each event an id of its own and send the event anew under a new one: this id is taken"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_to_do_and_names_the_command_where_one_helps() {
        for reason in DeadLetterReason::ALL {
            assert!(advice(reason).len() > 40, "{reason}");
        }
        for (reason, command) in
            [(DeadLetterReason::UnknownKey, "camera-keys"), (DeadLetterReason::UnknownCamera, "cameras")]
        {
            let resend = format!("rasid dead-letters resend --reason {reason}");
            assert!(advice(reason).contains(&resend) && advice(reason).contains(command), "{reason}");
        }
    }
}
