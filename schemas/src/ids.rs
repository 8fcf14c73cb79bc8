//! The one list of ids. Append only: a prefix, once in a log or an address, means the same for ever.

use crate::checked_text::checked_text;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use uuid::Uuid;

/// Largest length of an id that somebody else made, in characters.
pub const FOREIGN_ID_CHARACTERS_MAX: usize = 128;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text lacks the prefix of its kind.
    #[error("{kind} must begin with '{prefix}', got '{text}'")]
    Prefix {
        /// Name of the id type.
        kind: &'static str,
        /// The prefix that was expected.
        prefix: &'static str,
        /// What was given, shortened.
        text: String,
    },
    /// What follows the prefix is not a UUID.
    #[error("{kind} '{text}' does not hold a UUID after its prefix")]
    NotUuid {
        /// Name of the id type.
        kind: &'static str,
        /// What was given, shortened.
        text: String,
    },
    /// A foreign id is empty, too long or holds a character outside the allowed ones.
    #[error(
        "{kind} must be 1 to {FOREIGN_ID_CHARACTERS_MAX} ASCII letters, digits or any of . _ - : / @, got '{text}'"
    )]
    Foreign {
        /// Name of the id type.
        kind: &'static str,
        /// What was given, shortened.
        text: String,
    },
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Ids that Rasid makes: a UUID, shown with a text prefix.
macro_rules! own_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What every text form of this id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, unique; ids of one process ascend in time.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that a row holds.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// What a row holds.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!($prefix, "{}"), self.0.as_simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let kind = stringify!($name);
                let rest = text
                    .strip_prefix($prefix)
                    .ok_or_else(|| IdError::Prefix { kind, prefix: $prefix, text: shortened(text) })?;
                Uuid::try_parse(rest).map(Self).map_err(|_| IdError::NotUuid { kind, text: shortened(text) })
            }
        }
    )*};
}

/// Keeps a text as given if it is an id that came from outside: short, ASCII, without blanks.
fn foreign_id(text: impl Into<String>, kind: &'static str) -> Result<String, IdError> {
    let text = text.into();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:/@".contains(&byte);
    if text.is_empty() || text.len() > FOREIGN_ID_CHARACTERS_MAX || !text.bytes().all(allowed) {
        return Err(IdError::Foreign { kind, text: shortened(&text) });
    }
    Ok(text)
}

checked_text! {
    shown, foreign_id(impl Into<String>) -> IdError;

    /// A roadside camera, as its network names it; the key of its Kafka records.
    CameraId("CameraId");
    /// A place that is watched: a stretch of road, a junction.
    SiteId("SiteId");
    /// A camera's event, unique together with its [`EventSource`].
    EventId("EventId");
    /// Who made an event's id (CloudEvents `source`).
    EventSource("EventSource");
    /// A camera's signing key, as named in the `rasid-signature` header.
    KeyId("KeyId");
    /// A person who reviews cases, as the authority names them.
    ReviewerId("ReviewerId");
    /// A calibration or distance certificate's number.
    CertificateId("CertificateId");
}

own_ids! {
    /// A violation: one act of one vehicle, issued with its amount.
    ViolationId = "vio_";
    /// A sighting that a person must look at before anything is issued.
    ManualCheckId = "man_";
    /// A citizen's objection to one or several violations.
    ObjectionId = "obj_";
    /// A machine's suggestion or answer on an objection.
    TriageId = "tri_";
    /// A case waiting for a reviewer, or claimed by one.
    ReviewTaskId = "rev_";
    /// A decision on an objection.
    DecisionId = "dec_";
    /// An effect on the outside, its dedupe key.
    EffectId = "eff_";
    /// A citizen's attachment to an objection.
    AttachmentId = "att_";
    /// Whoever acts: a person or a program.
    SubjectId = "sub_";
    /// A caller's API key (not its secret).
    ApiKeyId = "key_";
    /// One reviewer's hold on a task, new at every claim.
    LeaseId = "lea_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_own_text() {
        let id = ViolationId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().starts_with("vio_"));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = ObjectionId::generate().to_string();
        assert!(matches!(text.parse::<ViolationId>(), Err(IdError::Prefix { prefix: "vio_", .. })));
    }

    #[test]
    fn a_foreign_id_with_a_blank_or_of_no_length_is_refused() {
        assert!(CameraId::parse("EG-CAI-1").is_ok());
        assert!(CameraId::parse("").is_err());
        assert!(CameraId::parse("a b").is_err());
        assert!(CameraId::parse("x".repeat(FOREIGN_ID_CHARACTERS_MAX + 1)).is_err());
    }
}
