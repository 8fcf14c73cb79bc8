//! API keys as text: `rasid_<id>_<secret>_<checksum>`, all hexadecimal.
//!
//! The secret has 256 random bits, so a fast hash of it is kept, not a slow one. The prefix and the checksum let leak
//! scanners find keys and let a mistyped key be told from a wrong one without asking the database.

use schemas::ids::ApiKeyId;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use uuid::Uuid;

/// What every key begins with.
pub const KEY_PREFIX: &str = "rasid_";
/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;
/// Bytes of the checksum at the end of a key.
const CHECKSUM_BYTES: usize = 4;

/// A key with its secret, as its holder has it. Neither printed nor kept by Rasid.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    id: ApiKeyId,
    secret: [u8; SECRET_BYTES],
}

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// It does not have the four parts.
    #[error("an API key has the form rasid_<id>_<secret>_<checksum>; copy it whole")]
    Form,
    /// The checksum does not fit: a character was lost or changed.
    #[error("the API key was mistyped or cut off; copy it again")]
    Checksum,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for a new API key")]
    Random,
}

impl ApiKey {
    /// A new key with a random secret.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, ApiKeyError> {
        let mut secret = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(|_| ApiKeyError::Random)?;
        Ok(Self { id: ApiKeyId::generate(), secret })
    }

    /// Which key it is.
    #[must_use]
    pub const fn id(&self) -> ApiKeyId {
        self.id
    }

    /// What Rasid keeps of the secret.
    #[must_use]
    pub fn secret_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// The text for its holder: shown once, never logged.
    #[must_use]
    pub fn reveal(&self) -> String {
        let body = format!("{KEY_PREFIX}{}_{}", self.id.uuid().as_simple(), hex::encode(self.secret));
        let checksum = checksum(&body);
        format!("{body}_{checksum}")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKey({}, secret hidden)", self.id)
    }
}

impl FromStr for ApiKey {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        let (body, given) = text.rsplit_once('_').ok_or(ApiKeyError::Form)?;
        let parts = body.strip_prefix(KEY_PREFIX).ok_or(ApiKeyError::Form)?;
        let (id, secret) = parts.split_once('_').ok_or(ApiKeyError::Form)?;
        if checksum(body) != given {
            return Err(ApiKeyError::Checksum);
        }
        let id = Uuid::try_parse(id).map_err(|_| ApiKeyError::Form)?;
        let secret = hex::decode(secret).map_err(|_| ApiKeyError::Form)?;
        let secret = secret.try_into().map_err(|_| ApiKeyError::Form)?;
        Ok(Self { id: ApiKeyId::from_uuid(id), secret })
    }
}

/// Whether two hashes are the same, in a time that does not depend on where they differ.
#[must_use]
pub(crate) fn same_hash(kept: &[u8], given: [u8; 32]) -> bool {
    <[u8; 32]>::try_from(kept)
        .is_ok_and(|kept| blake3::Hash::from_bytes(kept) == blake3::Hash::from_bytes(given))
}

fn checksum(body: &str) -> String {
    hex::encode(&Sha256::digest(body)[..CHECKSUM_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_what_its_holder_was_shown() {
        let key = ApiKey::generate().unwrap();
        assert_eq!(key.reveal().parse(), Ok(key));
    }

    #[test]
    fn a_key_with_one_character_changed_is_called_mistyped() {
        let text = ApiKey::generate().unwrap().reveal();
        let last_of_secret = text.rfind('_').unwrap() - 1;
        let other = if text.as_bytes()[last_of_secret] == b'0' { "1" } else { "0" };
        let mut changed = text;
        changed.replace_range(last_of_secret..=last_of_secret, other);
        assert_eq!(changed.parse::<ApiKey>(), Err(ApiKeyError::Checksum));
        assert_eq!("rasid_x".parse::<ApiKey>(), Err(ApiKeyError::Form));
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let key = ApiKey::generate().unwrap();
        assert!(!format!("{key:?}").contains(&hex::encode(key.secret)));
    }

    #[test]
    fn hashes_compare_equal_only_when_they_are() {
        let key = ApiKey::generate().unwrap();
        assert!(same_hash(&key.secret_sha256(), key.secret_sha256()));
        assert!(!same_hash(&key.secret_sha256()[..31], key.secret_sha256()));
        assert!(!same_hash(&[0; 32], key.secret_sha256()));
    }
}
