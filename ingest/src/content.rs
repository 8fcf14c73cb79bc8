//! Bytes under their SHA-256, on disk before anything names them: what the stores of pictures and of documents share.

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use schemas::evidence::Sha256Digest;
use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Of folders: nothing for others.
const FOLDER_MODE: u32 = 0o700;
/// Of files: the same.
const FILE_MODE: u32 = 0o600;

/// A folder of files, each under its digest. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct ContentStore {
    files: Arc<LocalFileSystem>,
    /// Folder inside, which no other store uses.
    name: &'static str,
}

/// Whether bytes were there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    New,
    Known,
}

/// Why bytes could not be put or read.
#[derive(Debug, Error)]
pub enum ContentError {
    /// The folder cannot be used.
    #[error("the folder {directory} cannot be used as a store; create it and let this process write there")]
    Directory {
        /// The folder of the configuration.
        directory: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes are not there.
    #[error("the file {0} is not in the store")]
    Missing(Sha256Digest),
    /// The stored bytes are not those that were put: disk fault, or somebody changed them.
    #[error("the stored bytes of the file {0} have another digest; restore it from the backup")]
    Damaged(Sha256Digest),
    /// The store failed; trying again may help.
    #[error("the store failed on the file {digest}")]
    Store {
        /// What was to be put or read.
        digest: Sha256Digest,
        /// Why.
        source: StoreError,
    },
}

impl ContentStore {
    /// Opens `name` inside `directory`, making both if need be. A folder that was there keeps its mode.
    pub(crate) fn open(directory: &FilePath, name: &'static str) -> Result<Self, ContentError> {
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| ContentError::Directory {
            directory: directory.to_owned(),
            source,
        };
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(directory.join(name));
        made.map_err(|error| unusable(error.into()))?;
        let files = LocalFileSystem::new_with_prefix(directory).map_err(|error| unusable(error.into()))?;
        // Without it a power loss takes what was called stored.
        Ok(Self { files: Arc::new(files.with_fsync(true)), name })
    }

    /// When this returns, file and folder are on disk. Bytes that are there already are left as they are.
    pub(crate) async fn put(&self, digest: Sha256Digest, bytes: Bytes) -> Result<Put, ContentError> {
        let failed = |source| ContentError::Store { digest, source };
        let (path, length) = (self.path(digest), bytes.len() as u64);
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.files.put_opts(&path, PutPayload::from_bytes(bytes), options).await {
            Ok(_) => {
                let file = self.files.path_to_filesystem(&path).map_err(failed)?;
                let private = tokio::fs::set_permissions(file, Permissions::from_mode(FILE_MODE)).await;
                let store =
                    |error: std::io::Error| StoreError::Generic { store: "file", source: error.into() };
                private.map_err(|error| failed(store(error)))?;
                Ok(Put::New)
            }
            // A file of the right length was linked whole; a shorter one tells of a damaged disk.
            Err(StoreError::AlreadyExists { .. }) => {
                let found = self.files.head(&path).await.map_err(failed)?;
                if found.size == length { Ok(Put::Known) } else { Err(ContentError::Damaged(digest)) }
            }
            Err(source) => Err(failed(source)),
        }
    }

    /// Whether a file of that digest is there.
    pub(crate) async fn has(&self, digest: Sha256Digest) -> Result<bool, ContentError> {
        match self.files.head(&self.path(digest)).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(source) => Err(ContentError::Store { digest, source }),
        }
    }

    /// Reads bytes and checks their digest.
    pub(crate) async fn get(&self, digest: Sha256Digest) -> Result<Bytes, ContentError> {
        let failed = |source| {
            if matches!(source, StoreError::NotFound { .. }) {
                ContentError::Missing(digest)
            } else {
                ContentError::Store { digest, source }
            }
        };
        let found = self.files.get(&self.path(digest)).await.map_err(failed)?;
        let bytes = found.bytes().await.map_err(failed)?;
        if Sha256Digest::of(&bytes) == digest { Ok(bytes) } else { Err(ContentError::Damaged(digest)) }
    }

    fn path(&self, digest: Sha256Digest) -> Path {
        Path::from(digest.path_in(self.name))
    }
}
