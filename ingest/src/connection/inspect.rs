//! Why an encrypted connection fails: librdkafka says only that a certificate was not taken. Another handshake, by
//! rustls, with the same authorities, tells what is wrong with it. No data goes over that connection.

use crate::config::KafkaConfig;
use crate::trouble::BrokerTrouble;
use chrono::DateTime;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, Error as TlsError, RootCertStore};
use std::io::ErrorKind;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Wait for a connection, and for each step of the handshake.
const STEP_TIMEOUT: Duration = Duration::from_secs(3);

/// Returns what happened and what to do about it, as exactly as can be found out. Waits for the brokers, some seconds at
/// most.
#[must_use]
pub fn explained(kafka: &KafkaConfig, trouble: BrokerTrouble, said: &str) -> String {
    let look = || certificate_fault(kafka).or_else(|| other_protocol(kafka));
    let found = (trouble == BrokerTrouble::Encryption).then(look).flatten();
    found.unwrap_or_else(|| format!("{said}; {}", trouble.advice()))
}

/// Whether a broker that gives no answer speaks another protocol than `kafka.security_protocol` says; returns what to do.
#[must_use]
pub fn other_protocol(kafka: &KafkaConfig) -> Option<String> {
    let encrypted = kafka.security.encryption().is_some();
    let config = Arc::new(handshake_config(RootCertStore::empty())?);
    kafka.brokers.split(',').map(str::trim).find_map(|broker| {
        // Without any authority a certificate that is shown is refused, and one that is refused was shown.
        match (encrypted, shake_hands(broker, &config)) {
            (false, Handshake::Fault(TlsError::InvalidCertificate(_))) => Some(format!(
                "{broker} encrypts; set kafka.security_protocol to ssl or sasl_ssl, or name a port that does not"
            )),
            (true, Handshake::Cut) => Some(format!(
                "{broker} does not encrypt; name its encrypted port in kafka.brokers, or set kafka.security_protocol to \
                 plaintext or sasl_plaintext"
            )),
            (_, Handshake::Fault(_) | Handshake::Cut | Handshake::Done | Handshake::Unknown) => None,
        }
    })
}

/// Whether a broker that gives no answer encrypts as we do and still ends the connection; returns what to do.
#[must_use]
pub fn wants_account(kafka: &KafkaConfig) -> Option<String> {
    let without_account = kafka.security.encryption().is_some() && kafka.security.account().is_none();
    let config = Arc::new(handshake_config(RootCertStore::empty())?);
    let encrypts = |broker: &&str| {
        matches!(shake_hands(broker, &config), Handshake::Fault(TlsError::InvalidCertificate(_)))
    };
    let broker =
        kafka.brokers.split(',').map(str::trim).find(|broker| without_account && encrypts(broker))?;
    Some(format!(
        "{broker} encrypts and then ends the connection, as brokers do that want an account; set kafka.security_protocol to \
         sasl_ssl, kafka.sasl_mechanism, kafka.sasl_username and kafka.sasl_password"
    ))
}

/// What came of a handshake.
enum Handshake {
    Done,
    Fault(TlsError),
    /// The other side ended the connection.
    Cut,
    /// Nobody answers there, or not in time.
    Unknown,
}

/// What is wrong with the certificate of the first broker that shows a wrong one.
fn certificate_fault(kafka: &KafkaConfig) -> Option<String> {
    let authorities = kafka.security.encryption()?.authorities.as_deref();
    let Some(authorities) = authorities else {
        // rustls does not know those of the operating system.
        return None;
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_file_iter(authorities).ok()?.flatten());
    let config = Arc::new(handshake_config(roots)?);
    kafka.brokers.split(',').map(str::trim).find_map(|broker| match shake_hands(broker, &config) {
        Handshake::Fault(fault) => Some(told(broker, authorities, &fault)),
        Handshake::Done | Handshake::Cut | Handshake::Unknown => None,
    })
}

fn handshake_config(roots: RootCertStore) -> Option<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(builder.with_root_certificates(roots).with_no_client_auth())
}

fn shake_hands(broker: &str, config: &Arc<ClientConfig>) -> Handshake {
    let Some((mut connection, mut socket)) = begun(broker, config) else { return Handshake::Unknown };
    while connection.is_handshaking() {
        let Err(error) = connection.complete_io(&mut socket) else { continue };
        let cut = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        if cut.contains(&error.kind()) {
            return Handshake::Cut;
        }
        // A refused certificate comes inside another error.
        return match error.into_inner().map(|inner| inner.downcast::<TlsError>()) {
            Some(Ok(fault)) => Handshake::Fault(*fault),
            Some(Err(_)) | None => Handshake::Unknown,
        };
    }
    Handshake::Done
}

/// A connection on which no handshake was made yet.
fn begun(broker: &str, config: &Arc<ClientConfig>) -> Option<(ClientConnection, TcpStream)> {
    let place = broker.split_once("://").map_or(broker, |(_, place)| place);
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host).trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let mut addresses = place.to_socket_addrs().ok()?;
    let socket = addresses.find_map(|address| TcpStream::connect_timeout(&address, STEP_TIMEOUT).ok())?;
    socket.set_read_timeout(Some(STEP_TIMEOUT)).ok()?;
    socket.set_write_timeout(Some(STEP_TIMEOUT)).ok()?;
    Some((ClientConnection::new(Arc::clone(config), name).ok()?, socket))
}

fn told(broker: &str, authorities: &Path, fault: &TlsError) -> String {
    let certificate = format!("the certificate of {broker}");
    let TlsError::InvalidCertificate(reason) = fault else {
        return format!(
            "{broker} answers no TLS handshake: {fault}; check kafka.security_protocol and the port"
        );
    };
    if let CertificateError::ExpiredContext { not_after, .. } = reason {
        return format!("{certificate} expired on {}; renew it on the broker", day(*not_after));
    }
    if let CertificateError::NotValidYetContext { not_before, .. } = reason {
        return format!(
            "{certificate} is valid from {} on; check the clock here and there",
            day(*not_before)
        );
    }
    // An authority of the same name with another key gives a bad signature.
    if matches!(reason, CertificateError::UnknownIssuer | CertificateError::BadSignature) {
        return format!(
            "{certificate} is signed by no authority of {}; put the one that signed it into kafka.ca_file",
            authorities.display()
        );
    }
    if let CertificateError::NotValidForNameContext { presented, .. } = reason {
        return format!(
            "{certificate} is made for {}; name the broker so in kafka.brokers and in its advertised.listeners, or renew \
             the certificate with that name",
            presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", ")
        );
    }
    format!("{certificate} cannot be believed: {reason}; {}", BrokerTrouble::Encryption.advice())
}

/// A name without what rustls puts around it: `DnsName("…")`.
fn bare(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |time| time.format("%Y-%m-%d").to_string())
}
