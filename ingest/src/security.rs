//! How a connection to Kafka is encrypted and who we say we are. Keys that contradict each other have no value here.

use schemas::text::secret::Secret;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::{fs, io};
use thiserror::Error;

/// What every text file with certificates or keys has (RFC 7468).
const PEM_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const PEM_PRIVATE_KEY: &str = "PRIVATE KEY-----";
/// In the label of an encrypted key, in PKCS #8 and in the older form.
const PEM_ENCRYPTED: &str = "ENCRYPTED";

/// How a connection is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Security {
    /// Not at all: whoever is on the way reads and changes everything.
    #[default]
    Plaintext,
    /// Encrypted.
    Ssl(Encryption),
    /// With an account, in the open.
    SaslPlaintext(Account),
    /// Encrypted, with an account.
    SaslSsl(Encryption, Account),
}

/// Whom we believe to be the broker, and what we show it. The broker's name is always checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encryption {
    /// Certificates of the authorities that we believe; without it those of the operating system.
    pub authorities: Option<PathBuf>,
    /// Our own certificate, where the broker asks for one.
    pub own: Option<OwnCertificate>,
}

/// A certificate with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// What the key is encrypted by.
    pub key_password: Option<Secret>,
}

/// An account of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// How the password is proven.
    pub mechanism: Mechanism,
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

schemas::closed_list! {
    /// `kafka.security_protocol`.
    pub enum Protocol {
        /// No encryption, no account.
        Plaintext = "plaintext",
        /// Encrypted.
        Ssl = "ssl",
        /// An account, no encryption.
        SaslPlaintext = "sasl_plaintext",
        /// Both.
        SaslSsl = "sasl_ssl",
    }
}

schemas::closed_list! {
    /// `kafka.sasl_mechanism`: how the password is proven.
    pub enum Mechanism {
        /// SCRAM with SHA-512; the password is not sent.
        ScramSha512 = "SCRAM-SHA-512",
        /// SCRAM with SHA-256; the password is not sent.
        ScramSha256 = "SCRAM-SHA-256",
        /// The password is sent as it is.
        Plain = "PLAIN",
    }
}

/// The keys of `[kafka]` about it, as they are written. An empty text is as good as none: templates of deployments leave
/// such.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SecurityKeys {
    /// One of [`Protocol::ALL`].
    pub security_protocol: String,
    /// PEM file.
    pub ca_file: Option<PathBuf>,
    /// PEM file.
    pub certificate_file: Option<PathBuf>,
    /// PEM file.
    pub key_file: Option<PathBuf>,
    /// What the key is encrypted by.
    pub key_password: Option<Secret>,
    /// File with that.
    pub key_password_file: Option<PathBuf>,
    /// One of [`Mechanism::ALL`].
    pub sasl_mechanism: Option<String>,
    /// Account.
    pub sasl_username: Option<String>,
    /// Its password.
    pub sasl_password: Option<Secret>,
    /// File with that.
    pub sasl_password_file: Option<PathBuf>,
}

/// Keys that cannot be used.
#[derive(Debug, Error)]
pub enum SecurityError {
    /// A name that is not in its list.
    #[error("{key} must be one of {}, got '{got}'", .known.join(", "))]
    Unknown {
        /// The key.
        key: &'static str,
        /// What it may be.
        known: Vec<&'static str>,
        /// What it is.
        got: String,
    },
    /// A key that the protocol has no use for.
    #[error(
        "{key} is set, but kafka.security_protocol = \"{}\" makes no use of it; take the key out, or set \
         kafka.security_protocol to {instead}",
        .protocol.label()
    )]
    Unused {
        /// The key.
        key: &'static str,
        /// The protocol.
        protocol: Protocol,
        /// What would use it.
        instead: &'static str,
    },
    /// A key that another one needs.
    #[error("{key} is not set, which {needed_by} needs; give it in the configuration file or as {}", variable(.key))]
    Missing {
        /// The key.
        key: &'static str,
        /// What needs it.
        needed_by: String,
    },
    /// Two keys for one thing.
    #[error("{one} and {other} are both set; keep one of them")]
    Both {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A file that cannot be read.
    #[error("{key} names {}, which cannot be read: {source}; correct the path, or let this user read it", .path.display())]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that holds something else.
    #[error("{key} names {}, which holds no {wanted}; give a PEM file", .path.display())]
    NotPem {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// A file that should hold a password and holds nothing, or more than a line.
    #[error("{key} names {}, which must hold the password on its only line", .path.display())]
    NotAPassword {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
    },
}

/// The variable that sets `key`, which is `section.name`.
fn variable(key: &str) -> String {
    format!("RASID_{}", key.replace('.', "__").to_uppercase())
}

impl Security {
    /// The protocol's name.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Plaintext => Protocol::Plaintext,
            Self::Ssl(_) => Protocol::Ssl,
            Self::SaslPlaintext(_) => Protocol::SaslPlaintext,
            Self::SaslSsl(..) => Protocol::SaslSsl,
        }
    }

    /// How connections are encrypted; `None` if they are not.
    #[must_use]
    pub const fn encryption(&self) -> Option<&Encryption> {
        match self {
            Self::Ssl(encryption) | Self::SaslSsl(encryption, _) => Some(encryption),
            Self::Plaintext | Self::SaslPlaintext(_) => None,
        }
    }

    /// The account; `None` if there is none.
    #[must_use]
    pub const fn account(&self) -> Option<&Account> {
        match self {
            Self::SaslPlaintext(account) | Self::SaslSsl(_, account) => Some(account),
            Self::Plaintext | Self::Ssl(_) => None,
        }
    }
}

impl TryFrom<SecurityKeys> for Security {
    type Error = SecurityError;

    fn try_from(keys: SecurityKeys) -> Result<Self, SecurityError> {
        let keys = keys.without_empty();
        let got = &keys.security_protocol;
        let protocol = Protocol::from_label(&got.to_lowercase()).ok_or_else(|| SecurityError::Unknown {
            key: "kafka.security_protocol",
            known: Protocol::ALL.map(Protocol::label).to_vec(),
            got: got.clone(),
        })?;
        match protocol {
            Protocol::Plaintext => {
                keys.refuse_files(protocol, "ssl or sasl_ssl")?;
                keys.refuse_account(protocol, "sasl_ssl")?;
                Ok(Self::Plaintext)
            }
            Protocol::Ssl => {
                keys.refuse_account(protocol, "sasl_ssl")?;
                Ok(Self::Ssl(keys.encryption()?))
            }
            Protocol::SaslPlaintext => {
                keys.refuse_files(protocol, "sasl_ssl")?;
                Ok(Self::SaslPlaintext(keys.account(protocol)?))
            }
            Protocol::SaslSsl => Ok(Self::SaslSsl(keys.encryption()?, keys.account(protocol)?)),
        }
    }
}

impl SecurityKeys {
    fn without_empty(self) -> Self {
        let path = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let secret = |secret: Option<Secret>| secret.filter(|secret| !secret.is_empty());
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            security_protocol: self.security_protocol,
            ca_file: path(self.ca_file),
            certificate_file: path(self.certificate_file),
            key_file: path(self.key_file),
            key_password: secret(self.key_password),
            key_password_file: path(self.key_password_file),
            sasl_mechanism: text(self.sasl_mechanism),
            sasl_username: text(self.sasl_username),
            sasl_password: secret(self.sasl_password),
            sasl_password_file: path(self.sasl_password_file),
        }
    }

    fn refuse_files(&self, protocol: Protocol, instead: &'static str) -> Result<(), SecurityError> {
        let set = [
            ("kafka.ca_file", self.ca_file.is_some()),
            ("kafka.certificate_file", self.certificate_file.is_some()),
            ("kafka.key_file", self.key_file.is_some()),
            ("kafka.key_password", self.key_password.is_some()),
            ("kafka.key_password_file", self.key_password_file.is_some()),
        ];
        refuse(&set, protocol, instead)
    }

    fn refuse_account(&self, protocol: Protocol, instead: &'static str) -> Result<(), SecurityError> {
        let set = [
            ("kafka.sasl_mechanism", self.sasl_mechanism.is_some()),
            ("kafka.sasl_username", self.sasl_username.is_some()),
            ("kafka.sasl_password", self.sasl_password.is_some()),
            ("kafka.sasl_password_file", self.sasl_password_file.is_some()),
        ];
        refuse(&set, protocol, instead)
    }

    fn encryption(&self) -> Result<Encryption, SecurityError> {
        if let Some(path) = &self.ca_file {
            pem("kafka.ca_file", path, PEM_CERTIFICATE, "certificate")?;
        }
        Ok(Encryption { authorities: self.ca_file.clone(), own: self.own_certificate()? })
    }

    fn own_certificate(&self) -> Result<Option<OwnCertificate>, SecurityError> {
        let key_password = password(
            ("kafka.key_password", &self.key_password),
            ("kafka.key_password_file", &self.key_password_file),
        )?;
        let missing = |key, needed_by: &str| SecurityError::Missing { key, needed_by: needed_by.to_owned() };
        match (&self.certificate_file, &self.key_file) {
            (None, None) if key_password.is_some() => Err(missing("kafka.key_file", "the password of a key")),
            (None, None) => Ok(None),
            (Some(_), None) => Err(missing("kafka.key_file", "kafka.certificate_file")),
            (None, Some(_)) => Err(missing("kafka.certificate_file", "kafka.key_file")),
            (Some(certificate), Some(key)) => {
                pem("kafka.certificate_file", certificate, PEM_CERTIFICATE, "certificate")?;
                let text = pem("kafka.key_file", key, PEM_PRIVATE_KEY, "private key")?;
                if text.contains(PEM_ENCRYPTED) && key_password.is_none() {
                    return Err(missing("kafka.key_password", "the encrypted key of kafka.key_file"));
                }
                Ok(Some(OwnCertificate { certificate: certificate.clone(), key: key.clone(), key_password }))
            }
        }
    }

    fn account(&self, protocol: Protocol) -> Result<Account, SecurityError> {
        let needed_by = || format!("kafka.security_protocol = \"{}\"", protocol.label());
        let missing = |key| SecurityError::Missing { key, needed_by: needed_by() };
        let got = self.sasl_mechanism.as_ref().ok_or_else(|| missing("kafka.sasl_mechanism"))?;
        let mechanism = Mechanism::from_label(&got.to_uppercase()).ok_or_else(|| SecurityError::Unknown {
            key: "kafka.sasl_mechanism",
            known: Mechanism::ALL.map(Mechanism::label).to_vec(),
            got: got.clone(),
        })?;
        let username = self.sasl_username.clone().ok_or_else(|| missing("kafka.sasl_username"))?;
        let password = password(
            ("kafka.sasl_password", &self.sasl_password),
            ("kafka.sasl_password_file", &self.sasl_password_file),
        )?;
        let password = password.ok_or_else(|| missing("kafka.sasl_password"))?;
        Ok(Account { mechanism, username, password })
    }
}

fn refuse(
    set: &[(&'static str, bool)],
    protocol: Protocol,
    instead: &'static str,
) -> Result<(), SecurityError> {
    match set.iter().find(|(_, is_set)| *is_set) {
        Some((key, _)) => Err(SecurityError::Unused { key, protocol, instead }),
        None => Ok(()),
    }
}

/// The password that is given, or that stands in the file that is given.
fn password(
    (one, given): (&'static str, &Option<Secret>),
    (other, file): (&'static str, &Option<PathBuf>),
) -> Result<Option<Secret>, SecurityError> {
    match (given, file) {
        (Some(_), Some(_)) => Err(SecurityError::Both { one, other }),
        (Some(secret), None) => Ok(Some(secret.clone())),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let text = read(other, path)?;
            // Editors end the last line; a blank may belong to the password.
            let line = text.strip_suffix('\n').unwrap_or(&text);
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() || line.contains(['\n', '\r', '\0', char::REPLACEMENT_CHARACTER]) {
                return Err(SecurityError::NotAPassword { key: other, path: path.clone() });
            }
            Ok(Some(Secret::new(line)))
        }
    }
}

fn pem(key: &'static str, path: &Path, mark: &str, wanted: &'static str) -> Result<String, SecurityError> {
    let text = read(key, path)?;
    if text.contains(mark) {
        Ok(text)
    } else {
        Err(SecurityError::NotPem { key, path: path.to_owned(), wanted })
    }
}

fn read(key: &'static str, path: &Path) -> Result<String, SecurityError> {
    let bytes = fs::read(path);
    let bytes = bytes.map_err(|source| SecurityError::File { key, path: path.to_owned(), source })?;
    // A certificate in DER is no text; it is refused as what it is not.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
#[path = "security_tests.rs"]
mod tests;
