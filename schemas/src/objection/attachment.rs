//! Files that a citizen adds to an objection.

use crate::evidence::Sha256Digest;
use crate::ids::AttachmentId;
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

crate::closed_list! {
    /// The kinds of file that are taken, named as in a `content-type` header.
    pub enum AttachmentMediaType {
        /// `image/jpeg`
        Jpeg = "image/jpeg",
        /// `image/png`
        Png = "image/png",
        /// `application/pdf`
        Pdf = "application/pdf",
    }
    impl FromStr<UnknownMediaType> = UnknownMediaType;
}

/// Not a kind of file that is taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an attachment must be image/jpeg, image/png or application/pdf, got '{0}'")]
pub struct UnknownMediaType(pub String);

impl AttachmentMediaType {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_what_its_bytes_say() {
        assert!(AttachmentMediaType::Pdf.fits(b"%PDF-1.7"));
        assert!(!AttachmentMediaType::Jpeg.fits(b"%PDF-1.7"));
    }
}
