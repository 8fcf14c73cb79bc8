//! A camera's public key as it is handed over: written and read in one form, and only one that can hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Hexadecimal digits of 32 bytes.
const HEX_DIGITS: usize = 64;

/// An Ed25519 public key (RFC 8032) that nobody but its holder can sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// Why a text or bytes are no key to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PublicKeyError {
    /// Another length, another alphabet.
    #[error("must be an Ed25519 public key, 32 bytes in base64 (44 characters, the last one '=')")]
    Form,
    /// 64 hexadecimal digits.
    #[error("is written in hexadecimal: write the 32 bytes in base64, as `rasid send --make-keys` does")]
    Hexadecimal,
    /// A key in another wrapping.
    #[error("is a key in its OpenSSH, PEM or DER wrapping: write its last 32 bytes alone, in base64")]
    Wrapped,
    /// The bytes are no point of the curve, or are not how that point is written.
    #[error(
        "is no Ed25519 public key: its bytes name no point of the curve; copy it again from where it was made"
    )]
    NoPoint,
    /// A point that signatures of others may fit.
    #[error("is an Ed25519 key that anybody can sign for (of small or mixed order); make a new one")]
    Weak,
}

impl PublicKey {
    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// When they are no point of the curve in its one encoding, or one outside the group of prime order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| PublicKeyError::NoPoint)?;
        let point = key.to_edwards();
        if point.compress().to_bytes() != bytes {
            return Err(PublicKeyError::NoPoint);
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(PublicKeyError::Weak);
        }
        Ok(Self(bytes))
    }

    /// Returns its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if digits.len() == HEX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(PublicKeyError::Hexadecimal);
        }
        if text.starts_with("ssh-") || text.starts_with("-----BEGIN") || text.starts_with(DER_START) {
            return Err(PublicKeyError::Wrapped);
        }
        let bytes = STANDARD.decode(text).map_err(|_| PublicKeyError::Form)?;
        Self::from_bytes(bytes.try_into().map_err(|_| PublicKeyError::Form)?)
    }
}

/// What every Ed25519 key of RFC 8410 begins with, in base64.
const DER_START: &str = "MCowBQYDK2Vw";

impl fmt::Display for PublicKey {
    /// Writes the form that `FromStr` reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&STANDARD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::signature::public_key;

    fn refused(bytes: [u8; 32]) -> PublicKeyError {
        PublicKey::from_bytes(bytes).unwrap_err()
    }

    fn beginning_with(first: u8, middle: u8, last: u8) -> [u8; 32] {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    }

    #[test]
    fn a_key_reads_back_from_its_own_text_and_from_no_other_form() {
        let key = PublicKey::from_bytes(public_key(&[7; 32])).unwrap();
        assert_eq!(key.to_string().parse(), Ok(key));
        let parse = |text: &str| text.parse::<PublicKey>().unwrap_err();
        assert_eq!(parse(&hex::encode(key.bytes())), PublicKeyError::Hexadecimal);
        assert_eq!(parse(&hex::encode_upper(key.bytes())), PublicKeyError::Hexadecimal);
        assert_eq!(parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"), PublicKeyError::Wrapped);
        assert_eq!(parse(&format!("MCowBQYDK2VwAyEA{key}")), PublicKeyError::Wrapped);
        for text in ["", "AAAA", key.to_string().trim_end_matches('='), &format!("{key}=")] {
            assert_eq!(parse(text), PublicKeyError::Form, "{text}");
        }
    }

    #[test]
    fn a_key_that_is_no_point_is_refused() {
        // y = 2 has no x on the curve.
        assert_eq!(refused(beginning_with(2, 0, 0)), PublicKeyError::NoPoint);
    }

    #[test]
    fn a_point_in_another_encoding_is_refused() {
        // p + 1 and p are y = 1 and y = 0 again; 2^255 - 19 = p.
        assert_eq!(refused(beginning_with(0xee, 0xff, 0x7f)), PublicKeyError::NoPoint);
        assert_eq!(refused(beginning_with(0xed, 0xff, 0x7f)), PublicKeyError::NoPoint);
        // y = 1 with the sign of an x that is 0.
        assert_eq!(refused(beginning_with(1, 0, 0x80)), PublicKeyError::NoPoint);
    }

    #[test]
    fn a_key_of_small_or_mixed_order_is_refused() {
        for point in curve25519_small_order() {
            assert_eq!(refused(point), PublicKeyError::Weak);
        }
        let good = VerifyingKey::from_bytes(&public_key(&[7; 32])).unwrap().to_edwards();
        let small = VerifyingKey::from_bytes(&beginning_with(0xec, 0xff, 0x7f)).unwrap().to_edwards();
        assert_eq!(refused((good + small).compress().to_bytes()), PublicKeyError::Weak);
    }

    /// Orders 1, 2, 4 and 4.
    fn curve25519_small_order() -> [[u8; 32]; 4] {
        [
            beginning_with(1, 0, 0),
            beginning_with(0xec, 0xff, 0x7f),
            beginning_with(0, 0, 0),
            beginning_with(0, 0, 0x80),
        ]
    }
}
