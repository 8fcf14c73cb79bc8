//! The keys that cameras sign with, as a snapshot that the stream half holds.

use crate::ids::{CameraId, KeyId};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// One camera's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraKey {
    /// Name in the `rasid-signature` header.
    pub id: KeyId,
    /// The only camera that may sign with it.
    pub camera: CameraId,
    /// Ed25519 public key.
    pub public_key: [u8; 32],
    /// First instant of receipt at which it counts.
    pub valid_from: DateTime<Utc>,
    /// First instant of receipt at which it no longer counts.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was revoked; refused by the time of receipt, whatever time an event claims.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl CameraKey {
    /// Whether an event received at `receipt` may be signed with it.
    #[must_use]
    pub fn is_valid_at(&self, receipt: DateTime<Utc>) -> bool {
        receipt >= self.valid_from
            && self.valid_until.is_none_or(|end| receipt < end)
            && self.revoked_at.is_none_or(|revoked| receipt < revoked)
    }
}

/// All registered cameras and keys at one instant.
#[derive(Debug, Clone, Default)]
pub struct KeyRegistry {
    keys: HashMap<KeyId, CameraKey>,
    cameras: HashSet<CameraId>,
}

impl KeyRegistry {
    /// Builds the snapshot.
    pub fn new(
        cameras: impl IntoIterator<Item = CameraId>,
        keys: impl IntoIterator<Item = CameraKey>,
    ) -> Self {
        Self {
            cameras: cameras.into_iter().collect(),
            keys: keys.into_iter().map(|key| (key.id.clone(), key)).collect(),
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&CameraKey> {
        self.keys.get(id)
    }

    /// Returns all keys, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &CameraKey> {
        self.keys.values()
    }

    /// Whether the camera is registered.
    #[must_use]
    pub fn knows_camera(&self, camera: &CameraId) -> bool {
        self.cameras.contains(camera)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_revoked_key_is_refused_from_the_instant_of_its_revocation() {
        let revoked = DateTime::UNIX_EPOCH + TimeDelta::days(10);
        let (Ok(id), Ok(camera)) = (KeyId::parse("k"), CameraId::parse("c")) else { panic!("ids") };
        let key = CameraKey {
            id,
            camera,
            public_key: [0; 32],
            valid_from: DateTime::UNIX_EPOCH,
            valid_until: None,
            revoked_at: Some(revoked),
        };
        assert!(key.is_valid_at(revoked - TimeDelta::nanoseconds(1)));
        assert!(!key.is_valid_at(revoked));
        assert!(!key.is_valid_at(DateTime::UNIX_EPOCH - TimeDelta::nanoseconds(1)));
    }
}
