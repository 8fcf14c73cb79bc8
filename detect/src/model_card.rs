//! Both nets with their contracts, and the checksums of the files.

use crate::contract::{LocateContract, ReadContract};
use crate::model_error::{LOCK_FILE, ModelError, parse};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::Path;

const COMPILED_IN: [(&str, &[u8]); 5] = [
    (LOCK_FILE, include_bytes!("../models/models.lock")),
    ("locate.yaml", include_bytes!("../models/locate.yaml")),
    ("locate.onnx", include_bytes!("../models/locate.onnx")),
    ("read.yaml", include_bytes!("../models/read.yaml")),
    ("read.onnx", include_bytes!("../models/read.onnx")),
];

/// Both nets with their contracts, checked.
#[derive(Debug, Clone)]
pub struct Models {
    /// Contract of the net that finds plates.
    pub locate: LocateContract,
    /// Contract of the net that reads a row.
    pub read: ReadContract,
    /// ONNX bytes of the locator.
    pub locate_net: Cow<'static, [u8]>,
    /// ONNX bytes of the reader.
    pub read_net: Cow<'static, [u8]>,
    /// SHA-256 of both nets and both contracts together, hex: what a stored reading names as its model.
    pub digest: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    files: Vec<LockedFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockedFile {
    file: String,
    #[serde(rename = "version")]
    _version: String,
    sha256: String,
    #[serde(rename = "licence")]
    _licence: String,
}

impl Models {
    /// Reads the models of `folder`, or those compiled in, and checks every byte against `models.lock`.
    ///
    /// # Errors
    /// When a file is missing, changed, or its contract has an unknown, missing or impossible value.
    pub fn load(folder: Option<&Path>) -> Result<Self, ModelError> {
        let lock_bytes = bytes_of(folder, LOCK_FILE)?;
        let lock: Lock = parse(LOCK_FILE, &lock_bytes)?;
        let mut digest = Sha256::new();
        let mut checked = |file: &str| -> Result<Cow<'static, [u8]>, ModelError> {
            let bytes = bytes_of(folder, file)?;
            digest.update(check(&lock, file, &bytes)?.as_bytes());
            Ok(bytes)
        };
        let (locate_net, read_net) = (checked("locate.onnx")?, checked("read.onnx")?);
        let locate = LocateContract::from_yaml(&checked("locate.yaml")?)?;
        let read = ReadContract::from_yaml(&checked("read.yaml")?)?;
        Ok(Self { locate, read, locate_net, read_net, digest: hex::encode(digest.finalize()) })
    }
}

fn bytes_of(folder: Option<&Path>, file: &str) -> Result<Cow<'static, [u8]>, ModelError> {
    let Some(folder) = folder else {
        let found = COMPILED_IN.iter().find(|(name, _)| *name == file);
        return found
            .map(|(_, bytes)| Cow::Borrowed(*bytes))
            .ok_or_else(|| ModelError::NotLocked { file: file.to_owned() });
    };
    let path = folder.join(file);
    std::fs::read(&path).map(Cow::Owned).map_err(|source| ModelError::File { path, source })
}

/// Returns the checksum if it is the one of the lock.
fn check(lock: &Lock, file: &str, bytes: &[u8]) -> Result<String, ModelError> {
    let locked = lock.files.iter().find(|locked| locked.file == file);
    let locked = locked.ok_or_else(|| ModelError::NotLocked { file: file.to_owned() })?;
    let found = hex::encode(Sha256::digest(bytes));
    if locked.sha256 == found {
        Ok(found)
    } else {
        Err(ModelError::Checksum { file: file.to_owned(), expected: locked.sha256.clone(), found })
    }
}

#[cfg(test)]
#[path = "model_card_tests.rs"]
mod tests;
