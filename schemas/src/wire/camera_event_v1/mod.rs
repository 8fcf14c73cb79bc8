//! `rasid.camera.v1.CameraEvent`: bytes to domain with every rule checked, and domain to bytes for senders.
//!
//! A field that breaks its rule is an error that names the field. What is only *not understood* (a time without
//! a zone, an act, unit or scale that is not known) becomes the variant that says so, never a guess: such an event
//! is whole, and a person looks at it.

mod encode;
mod parse;

pub use encode::encode;
pub use parse::parse;

use crate::ids::IdError;
use thiserror::Error;

/// Characters that a free text of an event may have.
pub const TEXT_CHARACTERS_MAX: usize = 256;
/// Media types of frames.
pub const MEDIA_TYPES: [&str; 2] = ["image/jpeg", "image/png"];

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

#[cfg(test)]
mod tests;
