//! The server's own signature: over evidence manifests, checkpoints of chains, and whatever else the installation vouches
//! for later.
//!
//! Signed is form ‖ 0x00 ‖ SHA-256 of the document (32 bytes) by Ed25519 (RFC 8032), so that no signature over one form
//! passes for another. Keys travel as PEM of RFC 8410, which openssl reads and writes. No I/O.

pub mod keys;
pub mod merkle;
mod pem;

use crate::camera::public_key::{PublicKey, PublicKeyError};
use crate::evidence::Sha256Digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What every id begins with.
const ID_PREFIX: &str = "server-";
/// Hexadecimal digits of an id: 64 bits of the key's digest.
const ID_DIGITS: usize = 16;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedForm {
    /// The files of a case.
    EvidenceManifest,
    /// Heads of chains at one time.
    ChainCheckpoint,
}

impl SealedForm {
    /// Returns the name that is signed; a new form of a document gets a new one.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::EvidenceManifest => "rasid.evidence-manifest.v1",
            Self::ChainCheckpoint => "rasid.chain-checkpoint.v1",
        }
    }

    /// Returns the bytes that are signed for a document of that digest.
    #[must_use]
    pub fn signed_bytes(self, document: Sha256Digest) -> Vec<u8> {
        [self.label().as_bytes(), &[0], document.as_bytes()].concat()
    }
}

/// The name of a server's key, made of the key itself: `server-` and 16 hexadecimal digits of SHA-256 over its 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKeyId(String);

/// The text is no such name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{0}' is no id of a server's key: {ID_PREFIX} and {ID_DIGITS} hexadecimal digits")]
pub struct ServerKeyIdError(String);

/// The private key of an installation.
#[derive(Clone)]
pub struct ServerKey {
    private: SigningKey,
    public: ServerPublicKey,
}

/// The public part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPublicKey {
    key: PublicKey,
    id: ServerKeyId,
}

/// A signature with the name of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The key that signed.
    pub key: ServerKeyId,
    /// Ed25519.
    pub signature: [u8; 64],
}

/// A text is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServerKeyError {
    /// No PEM of that kind.
    #[error(
        "is no Ed25519 {kind} in PEM (RFC 8410), as `rasid server-key` and `openssl genpkey -algorithm ed25519` write it"
    )]
    Pem {
        /// `PRIVATE KEY` or `PUBLIC KEY`.
        kind: &'static str,
    },
    /// The bytes are no key to trust.
    #[error("the key {0}")]
    Key(#[from] PublicKeyError),
}

impl Seal {
    /// Returns the signature as it is copied and exported: base64 of 64 bytes.
    #[must_use]
    pub fn signature_base64(&self) -> String {
        STANDARD.encode(self.signature)
    }
}

impl ServerKeyId {
    fn of(key: PublicKey) -> Self {
        let digest = Sha256Digest::of(&key.bytes()).to_string();
        Self(format!("{ID_PREFIX}{}", digest.chars().take(ID_DIGITS).collect::<String>()))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServerKeyId {
    type Err = ServerKeyIdError;

    fn from_str(text: &str) -> Result<Self, ServerKeyIdError> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        match text.strip_prefix(ID_PREFIX) {
            Some(digits) if digits.len() == ID_DIGITS && digits.bytes().all(is_digit) => {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => Err(ServerKeyIdError(text.chars().take(64).collect())),
        }
    }
}

impl fmt::Display for ServerKeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServerKey({})", self.public.id)
    }
}

impl ServerKey {
    /// Makes the key of 32 random bytes.
    ///
    /// # Errors
    /// Never for random bytes: when the public key were one that anybody can sign for.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, ServerKeyError> {
        let private = SigningKey::from_bytes(seed);
        let public = ServerPublicKey::from_bytes(private.verifying_key().to_bytes())?;
        Ok(Self { private, public })
    }

    /// Reads a private key.
    ///
    /// # Errors
    /// When the text is no Ed25519 private key in PEM.
    pub fn from_pem(text: &str) -> Result<Self, ServerKeyError> {
        let seed = pem::PRIVATE.read(text).ok_or(ServerKeyError::Pem { kind: pem::PRIVATE.label })?;
        Self::from_seed(&seed)
    }

    /// Returns the private key in PEM; for the one file that holds it.
    #[must_use]
    pub fn to_private_pem(&self) -> String {
        pem::PRIVATE.write(&self.private.to_bytes())
    }

    /// Returns the public part.
    #[must_use]
    pub const fn public(&self) -> &ServerPublicKey {
        &self.public
    }

    /// Signs a document of that form and digest.
    #[must_use]
    pub fn seal(&self, form: SealedForm, document: Sha256Digest) -> Seal {
        let signature = self.private.sign(&form.signed_bytes(document)).to_bytes();
        Seal { key: self.public.id.clone(), signature }
    }
}

impl ServerPublicKey {
    /// Takes the bytes of a key.
    ///
    /// # Errors
    /// When they are no key to trust.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, ServerKeyError> {
        let key = PublicKey::from_bytes(bytes)?;
        Ok(Self { key, id: ServerKeyId::of(key) })
    }

    /// Reads every public key of a text.
    ///
    /// # Errors
    /// When it holds none, or one that is no Ed25519 public key.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, ServerKeyError> {
        let kind = pem::PUBLIC.label;
        let blocks = pem::PUBLIC.blocks(text);
        if blocks.is_empty() {
            return Err(ServerKeyError::Pem { kind });
        }
        let read = |block: &str| pem::PUBLIC.decode(block).ok_or(ServerKeyError::Pem { kind });
        blocks.into_iter().map(|block| Self::from_bytes(read(block)?)).collect()
    }

    /// Returns it in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::PUBLIC.write(&self.key.bytes())
    }

    /// Returns its bytes as they are handed over: base64 of 32 bytes.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        self.key
    }

    /// Returns its name.
    #[must_use]
    pub const fn id(&self) -> &ServerKeyId {
        &self.id
    }

    /// Whether the seal is this key's over a document of that form and digest.
    #[must_use]
    pub fn fits(&self, form: SealedForm, document: Sha256Digest, seal: &Seal) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.key.bytes()) else { return false };
        let signature = Signature::from_bytes(&seal.signature);
        self.id == seal.key && key.verify_strict(&form.signed_bytes(document), &signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> ServerKey {
        ServerKey::from_seed(&[seed; 32]).unwrap()
    }

    #[test]
    fn a_seal_fits_its_form_document_and_key_and_nothing_else() {
        let document = Sha256Digest::of(b"manifest");
        let seal = key(1).seal(SealedForm::EvidenceManifest, document);
        let public = key(1).public().clone();
        assert!(public.fits(SealedForm::EvidenceManifest, document, &seal));
        assert!(!public.fits(SealedForm::ChainCheckpoint, document, &seal));
        assert!(!public.fits(SealedForm::EvidenceManifest, Sha256Digest::of(b"other"), &seal));
        assert!(!key(2).public().fits(SealedForm::EvidenceManifest, document, &seal));
        let renamed = Seal { key: key(2).public().id().clone(), ..seal };
        assert!(!key(2).public().fits(SealedForm::EvidenceManifest, document, &renamed));
    }

    #[test]
    fn keys_read_back_from_their_pem_and_no_private_one_shows() {
        let one = key(1);
        let read = ServerKey::from_pem(&one.to_private_pem()).unwrap();
        assert_eq!(read.public(), one.public());
        let both = format!("about this key\n{}{}", one.public().to_pem(), key(2).public().to_pem());
        let ids: Vec<_> =
            ServerPublicKey::all_from_pem(&both).unwrap().iter().map(|key| key.id().clone()).collect();
        assert_eq!(ids, [one.public().id().clone(), key(2).public().id().clone()]);
        assert!(ServerKey::from_pem(&one.public().to_pem()).is_err());
        assert!(ServerPublicKey::all_from_pem(&one.to_private_pem()).is_err());
        assert_eq!(format!("{one:?}"), format!("ServerKey({})", one.public().id()));
    }

    /// Made by `openssl genpkey -algorithm ed25519` from the seed of RFC 8032, 7.1, test 1.
    #[test]
    fn the_pem_is_that_of_others() {
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = ServerKey::from_seed(&seed.try_into().unwrap()).unwrap();
        assert_eq!(
            key.to_private_pem(),
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"
        );
        assert_eq!(
            key.public().to_pem(),
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n"
        );
    }

    #[test]
    fn an_id_reads_back_and_other_texts_are_none() {
        let id = key(1).public().id().clone();
        assert_eq!(id.as_str().parse(), Ok(id));
        for text in ["", "server-", "server-0123456789abcdeF", "server-0123456789abcde", "0123456789abcdef"] {
            assert!(text.parse::<ServerKeyId>().is_err(), "{text}");
        }
    }
}
