//! Files that a citizen adds to an objection.

use crate::evidence::Sha256Digest;
use crate::ids::AttachmentId;
use std::str::FromStr;
use thiserror::Error;

/// Attachments of one objection.
pub const ATTACHMENTS_MAX: usize = 10;
/// Bytes of one attachment.
pub const ATTACHMENT_BYTES_MAX: u64 = 10_000_000;

/// A file that the citizen adds; its bytes are in the evidence store under their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Of the bytes.
    pub sha256: Sha256Digest,
    /// What it is.
    pub media_type: AttachmentMediaType,
    /// Length of the bytes.
    pub size_bytes: u64,
}

/// The kinds of file that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentMediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `application/pdf`
    Pdf,
}

/// Not a kind of file that is taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an attachment must be image/jpeg, image/png or application/pdf, got '{0}'")]
pub struct UnknownMediaType(pub String);

impl AttachmentMediaType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::Pdf];

    /// As in a `content-type` header.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// Whether the bytes begin as a file of this kind does; what they claim to be is not believed.
    #[must_use]
    pub fn fits(self, bytes: &[u8]) -> bool {
        let magic: &[u8] = match self {
            Self::Jpeg => &[0xFF, 0xD8, 0xFF],
            Self::Png => b"\x89PNG\r\n\x1a\n",
            Self::Pdf => b"%PDF-",
        };
        bytes.starts_with(magic)
    }
}

impl FromStr for AttachmentMediaType {
    type Err = UnknownMediaType;

    fn from_str(text: &str) -> Result<Self, UnknownMediaType> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.label() == text)
            .ok_or_else(|| UnknownMediaType(text.chars().take(60).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_what_its_bytes_say() {
        assert!(AttachmentMediaType::Pdf.fits(b"%PDF-1.7"));
        assert!(!AttachmentMediaType::Jpeg.fits(b"%PDF-1.7"));
    }
}
