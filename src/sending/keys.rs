//! The private keys of sending cameras. They are never stored by Rasid itself; a file of them belongs to who sends.

use adjudicate::foundation::csv::FactRow;
use anyhow::{Context, anyhow, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use ingest::camera::CameraSender;
use schemas::camera::public_key::PublicKey;
use schemas::camera_key::CameraKey;
use schemas::ids::{CameraId, KeyId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// A sender for each camera.
#[derive(Debug, Default)]
pub struct CameraKeys(BTreeMap<CameraId, CameraSender>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    key: Vec<KeyLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyLine {
    camera: String,
    id: String,
    /// Ed25519, 64 hexadecimal digits.
    private_key: String,
}

impl CameraKeys {
    /// A new random key for each camera.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn random(cameras: impl IntoIterator<Item = CameraId>) -> anyhow::Result<Self> {
        let mut keys = BTreeMap::new();
        for camera in cameras {
            let mut private_key = [0; 32];
            getrandom::fill(&mut private_key).map_err(|error| anyhow!("no random bytes: {error}"))?;
            let id = KeyId::parse(format!("{camera}-{}", hex::encode(private_key_name()?)))?;
            keys.insert(camera, CameraSender::new(id, private_key));
        }
        Ok(Self(keys))
    }

    /// Reads a file of `[[key]]` entries with `camera`, `id` and `private_key`.
    ///
    /// # Errors
    /// When the file is missing or an entry is broken.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("the key file {} cannot be read; `rasid send --make-keys` makes one", path.display())
        })?;
        let file: KeyFile = toml::from_str(&text)
            .with_context(|| format!("the key file {} cannot be used", path.display()))?;
        let mut keys = BTreeMap::new();
        for KeyLine { camera, id, private_key } in file.key {
            let bytes = hex::decode(&private_key).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            let bytes = bytes.with_context(|| {
                format!(
                    "{}: the private key of camera '{camera}' must be 64 hexadecimal digits",
                    path.display()
                )
            })?;
            let camera = CameraId::parse(camera)?;
            let again = keys.insert(camera.clone(), CameraSender::new(KeyId::parse(id)?, bytes)).is_some();
            ensure!(!again, "{}: camera '{camera}' has two keys", path.display());
        }
        Ok(Self(keys))
    }

    /// The sender of a camera.
    #[must_use]
    pub fn of(&self, camera: &CameraId) -> Option<&CameraSender> {
        self.0.get(camera)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&CameraId, &CameraSender)> {
        self.0.iter()
    }

    /// The rows that `rasid import camera-keys` takes.
    ///
    /// # Errors
    /// When a private key has no public one to trust, which no random key comes to.
    pub fn to_csv(&self, valid_from: DateTime<Utc>) -> anyhow::Result<String> {
        let valid_from = valid_from.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut text = format!("{}\n", CameraKey::COLUMNS.join(","));
        for (camera, sender) in self.iter() {
            let public_key = PublicKey::from_bytes(sender.public_key())
                .with_context(|| format!("the key of camera '{camera}'"))?;
            writeln!(text, "{},{camera},{public_key},{valid_from},,", sender.key())?;
        }
        Ok(text)
    }
}

/// Random, so that a camera's next key has another name.
fn private_key_name() -> anyhow::Result<[u8; 4]> {
    let mut name = [0; 4];
    getrandom::fill(&mut name).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use adjudicate::foundation::csv::read_rows;

    #[test]
    fn a_key_file_with_a_short_key_names_the_camera() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[[key]]\ncamera = \"C1\"\nid = \"k\"\nprivate_key = \"00\"\n").unwrap();
        assert!(CameraKeys::load(file.path()).unwrap_err().to_string().contains("camera 'C1'"));
    }

    #[test]
    fn random_keys_differ_by_camera() {
        let cameras = ["A", "B"].map(|camera| CameraId::parse(camera).unwrap());
        let keys = CameraKeys::random(cameras.clone()).unwrap();
        let public: Vec<_> = cameras.iter().map(|camera| keys.of(camera).unwrap().public_key()).collect();
        assert_ne!(public[0], public[1]);
    }

    #[test]
    fn the_public_keys_that_are_written_are_imported_as_they_are() {
        let cameras = ["A", "B"].map(|camera| CameraId::parse(camera).unwrap());
        let keys = CameraKeys::random(cameras).unwrap();
        let now: DateTime<Utc> = "2026-10-31T06:00:00.123Z".parse().unwrap();
        let rows = read_rows::<CameraKey>(keys.to_csv(now).unwrap().as_bytes()).unwrap();
        assert_eq!(rows.bad, []);
        let written: Vec<_> = keys
            .iter()
            .map(|(camera, sender)| (camera.clone(), sender.key().clone(), sender.public_key()))
            .collect();
        let imported: Vec<_> =
            rows.good.into_iter().map(|row| (row.camera, row.id, row.public_key)).collect();
        assert_eq!(imported, written);
    }
}
