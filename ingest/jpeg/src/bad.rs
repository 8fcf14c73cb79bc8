//! What says why a picture is refused.

use thiserror::Error;

/// Why a JPEG is not decoded, in words for the one who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadJpeg(pub(crate) &'static str);
