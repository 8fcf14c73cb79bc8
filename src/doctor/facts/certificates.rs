//! Certificates and keys in files that the configuration names.

use crate::config::Config;
use crate::doctor::told::Told;
use chrono::{DateTime, Utc};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use x509_cert::Certificate;

/// What a file must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Authorities that we believe; one of them is enough.
    Authorities,
    /// Our own certificate, and those between it and its authority.
    Own,
    /// A private key or a password.
    Secret,
}

/// A file as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileFacts {
    /// The key that names it.
    pub key: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// What it is for.
    pub kind: FileKind,
    /// Permission bits.
    pub mode: Told<u32>,
    /// Its certificates, in their order; of a secret none.
    pub certificates: Told<Vec<Validity>>,
}

/// When a certificate holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Validity {
    /// Whose it is.
    pub subject: String,
    /// First instant.
    pub from: DateTime<Utc>,
    /// Last instant.
    pub until: DateTime<Utc>,
}

/// Looks at every such file.
pub(crate) async fn gather(config: &Config) -> Vec<FileFacts> {
    let files = named(config);
    let looked = tokio::task::spawn_blocking(move || {
        files.into_iter().map(|(key, path, kind)| look(key, path, kind)).collect()
    });
    looked.await.unwrap_or_default()
}

fn named(config: &Config) -> Vec<(&'static str, PathBuf, FileKind)> {
    let mut files = Vec::new();
    if let Some(encryption) = config.kafka.security.encryption() {
        files.extend(
            encryption.authorities.clone().map(|path| ("kafka.ca_file", path, FileKind::Authorities)),
        );
        if let Some(own) = &encryption.own {
            files.push(("kafka.certificate_file", own.certificate.clone(), FileKind::Own));
            files.push(("kafka.key_file", own.key.clone(), FileKind::Secret));
        }
    }
    let url = config.database.url.expose();
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    for (name, value) in parameters.split('&').filter_map(|parameter| parameter.split_once('=')) {
        let kind = match name {
            "sslrootcert" => FileKind::Authorities,
            "sslcert" => FileKind::Own,
            "sslkey" => FileKind::Secret,
            _ => continue,
        };
        files.push(("database.url", PathBuf::from(value), kind));
    }
    files
}

fn look(key: &'static str, path: PathBuf, kind: FileKind) -> FileFacts {
    let mode = fs::metadata(&path).map(|metadata| metadata.permissions().mode() & 0o7777);
    let certificates = match kind {
        FileKind::Secret => Ok(Vec::new()),
        FileKind::Authorities | FileKind::Own => certificates(&path),
    };
    FileFacts { key, path, kind, mode: mode.map_err(|error| error.to_string()), certificates }
}

fn certificates(path: &Path) -> Told<Vec<Validity>> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let read = Certificate::load_pem_chain(&bytes).map_err(|error| error.to_string())?;
    Ok(read.iter().filter_map(validity).collect())
}

fn validity(certificate: &Certificate) -> Option<Validity> {
    let held = &certificate.tbs_certificate;
    let instant = |time: x509_cert::time::Time| {
        DateTime::from_timestamp(i64::try_from(time.to_unix_duration().as_secs()).ok()?, 0)
    };
    Some(Validity {
        subject: held.subject.to_string(),
        from: instant(held.validity.not_before)?,
        until: instant(held.validity.not_after)?,
    })
}
