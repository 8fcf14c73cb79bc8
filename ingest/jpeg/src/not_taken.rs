//! What says that a picture is for another decoder.

use thiserror::Error;

/// Why a picture is not decoded in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a picture that is decoded in parts: {0}")]
pub struct NotTaken(pub(crate) &'static str);
