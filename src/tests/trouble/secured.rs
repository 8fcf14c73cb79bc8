//! Kafka and PostgreSQL that encrypt, with an account.

use super::certificates::Authority;
use crate::services;
use ingest::config::KafkaConfig;
use rasid::config::Config;
use runtime::{BrokerAccount, SecureListener, ServerCertificate, ServiceOptions, Services};
use std::fs;
use tempfile::TempDir;

/// Listeners by their numbers.
pub(crate) const ENCRYPTED: usize = 0;
pub(crate) const MUTUAL: usize = 1;
pub(crate) const WITH_ACCOUNT: usize = 2;
pub(crate) const EXPIRED: usize = 3;

pub(crate) const ACCOUNT: &str = "rasid";
pub(crate) const PASSWORD: &str = "onlyInThisTest";

/// Services with certificates of an authority of their own.
pub(crate) struct Secured {
    pub(crate) services: Services,
    pub(crate) authority: Authority,
    /// The client's own certificate, where one is asked for.
    pub(crate) client: ServerCertificate,
    /// What Kafka shows, read anew at each of its starts.
    pub(crate) server: ServerCertificate,
    pub(crate) folder: TempDir,
}

impl Secured {
    /// Blocks the thread.
    pub(crate) fn start(kafka: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::create(&folder.path().join("authority"));
        let (server, client) = (authority.certificate("server"), authority.certificate("client"));
        let listener = |certificate: &ServerCertificate| SecureListener {
            certificate: certificate.clone(),
            client_authorities: None,
            with_account: false,
        };
        let options = ServiceOptions {
            kafka,
            durable: false,
            secure_listeners: vec![
                listener(&server),
                SecureListener { client_authorities: Some(authority.file()), ..listener(&server) },
                SecureListener { with_account: true, ..listener(&server) },
                listener(&authority.expired("old")),
            ],
            broker_account: Some(BrokerAccount { name: ACCOUNT.to_owned(), password: PASSWORD.to_owned() }),
            postgres_certificate: Some(server.clone()),
            ..ServiceOptions::default()
        };
        let services = services::with(options);
        Self { services, authority, client, server, folder }
    }

    /// Where a listener is.
    pub(crate) fn brokers(&self, listener: usize) -> String {
        self.services.secure_brokers(listener).unwrap()
    }

    /// The address of PostgreSQL that proves whose it is.
    pub(crate) fn database_url(&self) -> String {
        let plain = self.services.database_url().replace("@127.0.0.1:", "@localhost:");
        format!("{plain}?sslmode=verify-full&sslrootcert={}", self.authority.file().display())
    }

    /// Keys that encrypt and believe our authority.
    pub(crate) fn encrypted(&self) -> String {
        format!("security_protocol = \"ssl\"\nca_file = {:?}\n", self.authority.file())
    }

    /// Keys that do so and give the account.
    pub(crate) fn with_account(&self, mechanism: &str, password: &str) -> String {
        let file = self.folder.path().join(format!("password-{password}"));
        fs::write(&file, format!("{password}\n")).unwrap();
        format!(
            "security_protocol = \"sasl_ssl\"\nca_file = {:?}\nsasl_mechanism = \"{mechanism}\"\n\
             sasl_username = \"{ACCOUNT}\"\nsasl_password_file = {file:?}\n",
            self.authority.file()
        )
    }

    /// Keys that do so and show a certificate of our own.
    pub(crate) fn mutual(&self) -> String {
        let ServerCertificate { certificate, key } = &self.client;
        format!("{}certificate_file = {certificate:?}\nkey_file = {key:?}\n", self.encrypted())
    }
}

/// A configuration over `brokers` with these keys of `[kafka]`, and topics of its own.
pub(crate) fn config(brokers: &str, keys: &str) -> Config {
    Config::from_defaults_and(&text(brokers, keys)).unwrap()
}

/// The same as a file holds it.
pub(crate) fn text(brokers: &str, keys: &str) -> String {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let topics = ["events", "dead_letter", "violations", "decisions"]
        .map(|kind| format!("{kind}_topic = \"{kind}-{name}\"\n"))
        .concat();
    format!(
        "[database]\nurl = \"postgres://unused/unused\"\n[kafka]\nbrokers = {brokers:?}\ngroup = \"group-{name}\"\n\
         startup_timeout_seconds = 20\ncreated_partitions = 1\n{topics}{keys}"
    )
}

/// Its section alone.
pub(crate) fn kafka(brokers: &str, keys: &str) -> KafkaConfig {
    config(brokers, keys).kafka
}
