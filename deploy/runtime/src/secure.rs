//! Encrypted ports beside the plain ones, for tests of how a client protects itself. Certificates are the caller's.

use crate::error::RuntimeError;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A server's certificate and its private key, two PEM files.
#[derive(Debug, Clone)]
pub struct ServerCertificate {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key (PKCS #8), not encrypted.
    pub key: PathBuf,
}

/// One more listener of Kafka. It is advertised as `localhost`.
#[derive(Debug, Clone)]
pub struct SecureListener {
    /// What it shows.
    pub certificate: ServerCertificate,
    /// PEM file with the authority of the certificates that clients must show; without it none is asked for.
    pub client_authorities: Option<PathBuf>,
    /// Whether clients need the broker's account.
    pub with_account: bool,
}

/// An account of the broker, for SCRAM with both digests and for PLAIN.
#[derive(Clone)]
pub struct BrokerAccount {
    /// Its name.
    pub name: String,
    /// Its password: letters and digits.
    pub password: String,
}

impl std::fmt::Debug for BrokerAccount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BrokerAccount({})", self.name)
    }
}

impl BrokerAccount {
    /// What Kafka's `format` is told, so that the account is there at the first start.
    pub(crate) fn format_arguments(&self) -> Vec<String> {
        let Self { name, password } = self;
        let of = |mechanism| format!("{mechanism}=[name={name},password={password}]");
        ["SCRAM-SHA-512", "SCRAM-SHA-256"]
            .into_iter()
            .flat_map(|mechanism| ["--add-scram".to_owned(), of(mechanism)])
            .collect()
    }
}

/// What is listened on besides the plain port.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secured {
    /// Each with its port.
    pub(crate) listeners: Vec<(u16, SecureListener)>,
    pub(crate) account: Option<BrokerAccount>,
}

impl Secured {
    /// The additions to three settings of the broker: what it listens on, what it advertises, and by which protocol.
    pub(crate) fn names(&self) -> (String, String, String) {
        let (mut listened, mut advertised, mut protocols) = (String::new(), String::new(), String::new());
        for (number, (port, listener)) in self.listeners.iter().enumerate() {
            let protocol = if listener.with_account { "SASL_SSL" } else { "SSL" };
            // Writing to a text cannot fail.
            let _ = write!(listened, ",SECURE{number}://127.0.0.1:{port}");
            let _ = write!(advertised, ",SECURE{number}://localhost:{port}");
            let _ = write!(protocols, ",SECURE{number}:{protocol}");
        }
        (listened, advertised, protocols)
    }

    /// The settings of each listener. Key and certificate go into one file each in `scratch`, as Kafka wants them.
    pub(crate) fn settings(&self, scratch: &Path) -> Result<String, RuntimeError> {
        let mut settings = String::new();
        for (number, (_, listener)) in self.listeners.iter().enumerate() {
            let prefix = format!("listener.name.secure{number}");
            let store = scratch.join(format!("keystore-{number}.pem"));
            let read = |path: &Path| fs::read_to_string(path).map_err(RuntimeError::io("read", path));
            let (key, chain) = (read(&listener.certificate.key)?, read(&listener.certificate.certificate)?);
            fs::write(&store, format!("{key}{chain}")).map_err(RuntimeError::io("write", &store))?;
            let _ = writeln!(settings, "{prefix}.ssl.keystore.type=PEM");
            let _ = writeln!(settings, "{prefix}.ssl.keystore.location={}", store.display());
            if let Some(authorities) = &listener.client_authorities {
                let _ = writeln!(settings, "{prefix}.ssl.client.auth=required");
                let _ = writeln!(settings, "{prefix}.ssl.truststore.type=PEM");
                let _ = writeln!(settings, "{prefix}.ssl.truststore.location={}", authorities.display());
            }
            if let (true, Some(BrokerAccount { name, password })) = (listener.with_account, &self.account) {
                let security = "org.apache.kafka.common.security";
                let scram = format!("{security}.scram.ScramLoginModule required;");
                let plain = format!("{security}.plain.PlainLoginModule required user_{name}=\"{password}\";");
                let _ =
                    writeln!(settings, "{prefix}.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN");
                let _ = writeln!(settings, "{prefix}.scram-sha-512.sasl.jaas.config={scram}");
                let _ = writeln!(settings, "{prefix}.scram-sha-256.sasl.jaas.config={scram}");
                let _ = writeln!(settings, "{prefix}.plain.sasl.jaas.config={plain}");
            }
        }
        Ok(settings)
    }
}
