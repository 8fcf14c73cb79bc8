//! Why an encrypted connection fails: librdkafka says only that a certificate was not taken. Another handshake, by
//! rustls, with the same authorities, tells what is wrong with it. No data goes over that connection.

use crate::config::KafkaConfig;
use crate::trouble::BrokerTrouble;
use chrono::DateTime;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, Error as TlsError, RootCertStore};
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
    let found = (trouble == BrokerTrouble::Encryption).then(|| certificate_fault(kafka)).flatten();
    found.unwrap_or_else(|| format!("{said}; {}", trouble.advice()))
}

/// What is wrong with the certificate of the first broker that shows a wrong one.
fn certificate_fault(kafka: &KafkaConfig) -> Option<String> {
    let authorities = kafka.security.encryption()?.authorities.as_deref();
    let Some(authorities) = authorities else {
        // rustls does not know those of the operating system.
        return None;
    };
    let config = Arc::new(handshake_config(authorities)?);
    kafka.brokers.split(',').find_map(|broker| {
        let fault = shake_hands(broker.trim(), &config)?;
        Some(told(broker.trim(), authorities, &fault))
    })
}

fn handshake_config(authorities: &Path) -> Option<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_file_iter(authorities).ok()?.flatten());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The fault of the handshake with a broker; nothing if there is none, or if it is no fault of the handshake.
fn shake_hands(broker: &str, config: &Arc<ClientConfig>) -> Option<TlsError> {
    let place = broker.split_once("://").map_or(broker, |(_, place)| place);
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host).trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let mut addresses = place.to_socket_addrs().ok()?;
    let mut socket = addresses.find_map(|address| TcpStream::connect_timeout(&address, STEP_TIMEOUT).ok())?;
    socket.set_read_timeout(Some(STEP_TIMEOUT)).ok()?;
    socket.set_write_timeout(Some(STEP_TIMEOUT)).ok()?;
    let mut connection = ClientConnection::new(Arc::clone(config), name).ok()?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut socket) {
            return error.into_inner()?.downcast::<TlsError>().ok().map(|error| *error);
        }
    }
    None
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
            presented.join(", ")
        );
    }
    format!("{certificate} cannot be believed: {reason}; {}", BrokerTrouble::Encryption.advice())
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |time| time.format("%Y-%m-%d").to_string())
}
