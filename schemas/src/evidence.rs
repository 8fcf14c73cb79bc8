//! Names of sealed files: what was seen is named by its digest and never rewritten.

use crate::picture::frame_role::FrameRole;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

/// The text is not 64 hexadecimal digits, or the bytes are not 32.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a SHA-256 digest is 32 bytes or 64 lower-case hexadecimal digits")]
pub struct DigestError;

impl Sha256Digest {
    /// Digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest that was stored.
    ///
    /// # Errors
    /// When there are not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DigestError> {
        bytes.try_into().map(Self).map_err(|_| DigestError)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Where the bytes stand in the evidence store: `evidence/sha256/ab/cd/<hex>`.
    #[must_use]
    pub fn evidence_path(&self) -> String {
        self.path_in("evidence")
    }

    /// Where the bytes stand in a store of that name: `<store>/sha256/ab/cd/<hex>`.
    #[must_use]
    pub fn path_in(&self, store: &str) -> String {
        let hex = self.to_string();
        format!("{store}/sha256/{}/{}/{hex}", &hex[..2], &hex[2..4])
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Sha256Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(DigestError);
        }
        Self::from_bytes(&hex::decode(text).map_err(|_| DigestError)?)
    }
}

/// One picture of a case, durably stored before anything names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// What it shows.
    pub role: FrameRole,
    /// Of the original bytes.
    pub sha256: Sha256Digest,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
    /// Length of the original bytes.
    pub size_bytes: u64,
    /// Pixels across and down, upright.
    pub size_pixels: (u32, u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_and_gives_its_path() {
        let digest = Sha256Digest::of(b"");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!(digest.evidence_path().starts_with("evidence/sha256/e3/b0/e3b0c442"));
        assert!("E3".repeat(32).parse::<Sha256Digest>().is_err());
    }
}
