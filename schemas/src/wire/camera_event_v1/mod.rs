//! `rasid.camera.v1.CameraEvent`: bytes to domain with every rule checked, and domain to bytes for senders.
//!
//! A field that breaks its rule is an error that names the field. What is only *not understood* (a time without
//! a zone, an act, unit or scale that is not known) becomes the variant that says so, never a guess: such an event
//! is whole, and a person looks at it.

mod encode;
mod parse;
mod rules;

pub use encode::encode;
pub use parse::parse;
pub use rules::{CameraEventError, MEDIA_TYPES, SPEED_UNIT, TEXT_CHARACTERS_MAX};

#[cfg(test)]
mod tests;
