//! The public keys that an installation has signed with, each with its time.

use super::{Seal, SealedForm, ServerKeyId, ServerPublicKey};
use crate::evidence::Sha256Digest;
use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

/// How far the clocks of the machine that made a key and of the database may lie apart.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// When a key signs; without ends, at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyPeriod {
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Until then.
    pub until: Option<DateTime<Utc>>,
}

/// Public keys with their periods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerKeys(Vec<(ServerPublicKey, KeyPeriod)>);

/// Why a seal proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// None of the keys.
    #[error("signed by {0}, which is none of the keys that are trusted")]
    UnknownKey(ServerKeyId),
    /// The key did not sign at that time.
    #[error("signed by {0} outside its time")]
    OutsidePeriod(ServerKeyId),
    /// The bytes are not those that were signed.
    #[error("the signature does not fit")]
    Mismatch,
}

impl KeyPeriod {
    fn holds(self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from - CLOCK_TOLERANCE <= at)
            && self.until.is_none_or(|until| at <= until + CLOCK_TOLERANCE)
    }
}

impl FromIterator<(ServerPublicKey, KeyPeriod)> for ServerKeys {
    fn from_iter<I: IntoIterator<Item = (ServerPublicKey, KeyPeriod)>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl ServerKeys {
    /// Returns all of them, as they were added.
    pub fn iter(&self) -> impl Iterator<Item = &(ServerPublicKey, KeyPeriod)> {
        self.0.iter()
    }

    /// Checks that a document of that form and digest was signed at `at` by one of them.
    ///
    /// # Errors
    /// When the key is none of these, did not sign then, or the signature does not fit.
    pub fn check(
        &self,
        form: SealedForm,
        document: Sha256Digest,
        seal: &Seal,
        at: DateTime<Utc>,
    ) -> Result<(), SealError> {
        let found = self.0.iter().find(|(key, _)| *key.id() == seal.key);
        let (key, period) = found.ok_or_else(|| SealError::UnknownKey(seal.key.clone()))?;
        if !key.fits(form, document, seal) {
            return Err(SealError::Mismatch);
        }
        if period.holds(at) { Ok(()) } else { Err(SealError::OutsidePeriod(seal.key.clone())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::ServerKey;

    #[test]
    fn a_seal_is_believed_of_a_known_key_in_its_time_alone() {
        let (old, other) = (ServerKey::from_seed(&[1; 32]).unwrap(), ServerKey::from_seed(&[2; 32]).unwrap());
        let until: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
        let period = KeyPeriod { from: None, until: Some(until) };
        let keys: ServerKeys = [(old.public().clone(), period)].into_iter().collect();
        let (form, document) = (SealedForm::ChainCheckpoint, Sha256Digest::of(b"x"));
        let seal = old.seal(form, document);
        assert_eq!(keys.check(form, document, &seal, until), Ok(()));
        let late = keys.check(form, document, &seal, until + TimeDelta::hours(1));
        assert_eq!(late, Err(SealError::OutsidePeriod(old.public().id().clone())));
        let unknown = keys.check(form, document, &other.seal(form, document), until);
        assert_eq!(unknown, Err(SealError::UnknownKey(other.public().id().clone())));
        let changed = keys.check(form, Sha256Digest::of(b"y"), &seal, until);
        assert_eq!(changed, Err(SealError::Mismatch));
    }
}
