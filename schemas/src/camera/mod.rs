//! Cameras: what they send, and the keys that they sign with.

pub mod event;
pub mod key;
pub mod public_key;
