//! Limits of the fields, and what breaks them.

use crate::ids::IdError;
use thiserror::Error;

/// Characters that a free text of an event may have.
pub const TEXT_CHARACTERS_MAX: usize = 256;
/// Media types of frames.
pub const MEDIA_TYPES: [&str; 2] = ["image/jpeg", "image/png"];
/// The one unit of speed that is known.
pub const SPEED_UNIT: &str = "km/h";

/// Why bytes are no camera event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CameraEventError {
    /// Not a Protobuf message of this type.
    #[error("the value is not a camera event message")]
    Protobuf(#[from] prost::DecodeError),
    /// A required field is absent.
    #[error("{field} is missing")]
    Missing {
        /// Name of the field in the `.proto` file.
        field: &'static str,
    },
    /// An id is not one.
    #[error("{field} is not an id")]
    Id {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        source: IdError,
    },
    /// A field breaks its rule.
    #[error("{field} {rule}")]
    Rule {
        /// Name of the field.
        field: &'static str,
        /// The rule, to be read after the name.
        rule: &'static str,
    },
}
