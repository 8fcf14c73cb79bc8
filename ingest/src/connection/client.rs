//! What all clients have in common: where the brokers are, how connections are protected, who we are.

use crate::config::KafkaConfig;
use crate::security::{Account, Encryption, Security};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use std::path::Path;

/// Longest wait between two attempts to reach a broker that is away; librdkafka's own default is 10 s, which a
/// partition would stand still after the broker is back.
const RECONNECT_MILLISECONDS_MAX: &str = "1000";

/// Returns the settings that every client has.
#[must_use]
pub fn client_config(kafka: &KafkaConfig) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &kafka.brokers)
        .set("client.id", &kafka.instance)
        .set("reconnect.backoff.max.ms", RECONNECT_MILLISECONDS_MAX)
        .set_log_level(RDKafkaLogLevel::Info);
    protect(&mut config, &kafka.security);
    config
}

fn protect(config: &mut ClientConfig, security: &Security) {
    // Our names of the protocols are the client's.
    config.set("security.protocol", security.protocol().label());
    if let Some(encryption) = security.encryption() {
        encrypt(config, encryption);
    }
    if let Some(Account { mechanism, username, password }) = security.account() {
        config
            .set("sasl.mechanism", mechanism.label())
            .set("sasl.username", username)
            .set("sasl.password", password.expose());
    }
}

fn encrypt(config: &mut ClientConfig, Encryption { authorities, own }: &Encryption) {
    config
        .set("enable.ssl.certificate.verification", "true")
        // A certificate of the right authority for another host is no proof.
        .set("ssl.endpoint.identification.algorithm", "https");
    if let Some(path) = authorities {
        config.set("ssl.ca.location", shown(path));
    }
    if let Some(own) = own {
        config
            .set("ssl.certificate.location", shown(&own.certificate))
            .set("ssl.key.location", shown(&own.key));
        if let Some(password) = &own.key_password {
            config.set("ssl.key.password", password.expose());
        }
    }
}

/// The client takes paths as texts.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::Mechanism;
    use schemas::text::secret::Secret;

    #[test]
    fn an_encrypted_client_checks_certificate_and_name_and_shows_no_password() {
        let account = Account {
            mechanism: Mechanism::ScramSha512,
            username: "rasid".to_owned(),
            password: Secret::new("hidden-word"),
        };
        let encryption = Encryption { authorities: Some("/ca.pem".into()), own: None };
        let mut config = ClientConfig::new();
        protect(&mut config, &Security::SaslSsl(encryption, account));
        for (key, value) in [
            ("security.protocol", "sasl_ssl"),
            ("enable.ssl.certificate.verification", "true"),
            ("ssl.endpoint.identification.algorithm", "https"),
            ("ssl.ca.location", "/ca.pem"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.password", "hidden-word"),
        ] {
            assert_eq!(config.get(key), Some(value), "{key}");
        }
        assert!(!format!("{config:?}").contains("hidden-word"));
    }
}
