//! The signature contract: header `rasid-signature: v1;<key id>;<base64>`.
//!
//! The signature is Ed25519 (RFC 8032) over `rasid.camera.v1` ‖ 0x00 ‖ length of the value as u64 big-endian ‖
//! value. Bytes are signed, not structure: a Protobuf message re-encoded need not be the same bytes. Test vectors
//! made by another implementation stand in `tests/fixtures/signature_vectors.json`.

use crate::ids::KeyId;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use thiserror::Error;

/// Name of the header.
pub const SIGNATURE_HEADER: &str = "rasid-signature";
/// Version of the contract, first in the header's value.
pub const SIGNATURE_VERSION: &str = "v1";
/// What every signed text begins with, so that no other use of the key can be mistaken for an event.
pub const SIGNING_CONTEXT: &[u8] = b"rasid.camera.v1";

/// A parsed `rasid-signature` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSignature {
    /// The key that is said to have signed.
    pub key: KeyId,
    signature: [u8; 64],
}

/// The header's value is not `v1;<key id>;<base64 of 64 bytes>`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureHeaderError {
    /// Not three parts, or not text.
    #[error("header '{SIGNATURE_HEADER}' must be 'v1;<key id>;<base64>'")]
    Shape,
    /// Another version of the contract.
    #[error("header '{SIGNATURE_HEADER}' has version '{0}', only '{SIGNATURE_VERSION}' is known")]
    Version(String),
    /// The key id is not an id.
    #[error("header '{SIGNATURE_HEADER}' names no usable key id")]
    KeyId(#[source] crate::ids::IdError),
    /// The signature is not base64 of 64 bytes.
    #[error("header '{SIGNATURE_HEADER}' does not hold 64 bytes in base64")]
    Bytes,
}

/// The signature does not fit the bytes and the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// The registered key is no point on the curve, or a weak one.
    #[error("the registered public key is not a usable Ed25519 key")]
    PublicKey,
    /// The signature is not this key's signature of these bytes.
    #[error("the signature does not fit the bytes")]
    Mismatch,
}

impl EventSignature {
    /// Reads the header's value.
    ///
    /// # Errors
    /// When it is not of the one shape of version 1.
    pub fn parse(header: &[u8]) -> Result<Self, SignatureHeaderError> {
        let text = std::str::from_utf8(header).map_err(|_| SignatureHeaderError::Shape)?;
        let mut parts = text.split(';');
        let (Some(version), Some(key), Some(encoded), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SignatureHeaderError::Shape);
        };
        if version != SIGNATURE_VERSION {
            return Err(SignatureHeaderError::Version(version.chars().take(16).collect()));
        }
        let key = KeyId::parse(key).map_err(SignatureHeaderError::KeyId)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SignatureHeaderError::Bytes)?;
        let signature = bytes.try_into().map_err(|_| SignatureHeaderError::Bytes)?;
        Ok(Self { key, signature })
    }

    /// Signs a value as a camera does; for cameras in tests, the demo and `rasid send`.
    #[must_use]
    pub fn sign(key: KeyId, private_key: &[u8; 32], value: &[u8]) -> Self {
        let signature = SigningKey::from_bytes(private_key).sign(&signing_input(value)).to_bytes();
        Self { key, signature }
    }

    /// The header's value.
    #[must_use]
    pub fn to_header(&self) -> String {
        format!("{SIGNATURE_VERSION};{};{}", self.key, STANDARD.encode(self.signature))
    }

    /// Checks the signature of `value`, refusing weak keys and malleable signatures.
    ///
    /// # Errors
    /// When the public key is unusable or the signature does not fit.
    pub fn verify_strict(&self, public_key: &[u8; 32], value: &[u8]) -> Result<(), VerifyError> {
        let key = VerifyingKey::from_bytes(public_key).map_err(|_| VerifyError::PublicKey)?;
        key.verify_strict(&signing_input(value), &Signature::from_bytes(&self.signature))
            .map_err(|_| VerifyError::Mismatch)
    }
}

/// The public key of a private one.
#[must_use]
pub fn public_key(private_key: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(private_key).verifying_key().to_bytes()
}

/// What is signed for a value.
#[must_use]
pub fn signing_input(value: &[u8]) -> Vec<u8> {
    let mut input = Vec::with_capacity(SIGNING_CONTEXT.len() + 1 + 8 + value.len());
    input.extend_from_slice(SIGNING_CONTEXT);
    input.push(0);
    input.extend_from_slice(&(value.len() as u64).to_be_bytes());
    input.extend_from_slice(value);
    input
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key_id() -> KeyId {
        let Ok(id) = KeyId::parse("key-1") else { panic!("id") };
        id
    }

    proptest! {
        #[test]
        fn one_changed_bit_of_value_or_signature_is_found(
            value in proptest::collection::vec(any::<u8>(), 1..200), at in any::<usize>(), bit in 0..8_u32,
        ) {
            let signature = EventSignature::sign(key_id(), &[7; 32], &value);
            prop_assert_eq!(signature.verify_strict(&public_key(&[7; 32]), &value), Ok(()));

            let mut changed = value.clone();
            changed[at % value.len()] ^= 1 << bit;
            prop_assert!(signature.verify_strict(&public_key(&[7; 32]), &changed).is_err());

            let mut forged = signature.clone();
            forged.signature[at % 64] ^= 1 << bit;
            prop_assert!(forged.verify_strict(&public_key(&[7; 32]), &value).is_err());
        }

        #[test]
        fn a_header_reads_back_and_any_other_text_is_refused_without_a_panic(text in ".{0,120}") {
            let signature = EventSignature::sign(key_id(), &[7; 32], text.as_bytes());
            prop_assert_eq!(EventSignature::parse(signature.to_header().as_bytes()), Ok(signature));
            prop_assert!(EventSignature::parse(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn each_malformed_header_says_what_is_wrong() {
        let good = EventSignature::sign(key_id(), &[7; 32], b"x").to_header();
        let encoded = good.rsplit(';').next().unwrap_or_default();
        let refused = |text: String| EventSignature::parse(text.as_bytes());
        assert_eq!(refused("v1".into()), Err(SignatureHeaderError::Shape));
        assert_eq!(refused(format!("{good};more")), Err(SignatureHeaderError::Shape));
        assert_eq!(refused(format!("v2;key-1;{encoded}")), Err(SignatureHeaderError::Version("v2".into())));
        assert!(matches!(refused(format!("v1;a b;{encoded}")), Err(SignatureHeaderError::KeyId(_))));
        assert_eq!(refused("v1;key-1;AAAA".into()), Err(SignatureHeaderError::Bytes));
    }

    #[test]
    fn the_signed_text_names_its_context_and_length() {
        assert_eq!(signing_input(b"ab"), b"rasid.camera.v1\0\0\0\0\0\0\0\0\x02ab");
    }
}
