//! The file itself, and what it alone shows to be unsafe.

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::exposure::{ListenKey, Reach, exposures};
use crate::salvage::Salvaged;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Lines of a file that begin so hold a password.
const SECRET_KEYS: [&str; 3] = ["url", "sasl_password", "key_password"];
/// Ways of `sslmode` in which nobody in between reads along.
const ENCRYPTED_MODES: [&str; 3] = ["require", "verify-ca", "verify-full"];

pub(super) fn judge(file: &Path, salvaged: &Salvaged) -> Vec<Finding> {
    let mut findings = keys(file, salvaged);
    findings.push(readers(file));
    if let Some(config) = &salvaged.config {
        findings.extend(ports(config));
        findings.push(proxies(config));
        findings.push(kafka_in_the_open(config));
        findings.push(if salvaged.is_put_aside("database.url") {
            Finding::not_checked(Check::DatabasePlaintext, "database.url cannot be used")
        } else {
            database_in_the_open(config.database.url.expose())
        });
    }
    findings
}

fn keys(file: &Path, salvaged: &Salvaged) -> Vec<Finding> {
    let place = file.display().to_string();
    if salvaged.problems.is_empty() {
        return vec![Finding::good(Check::ConfigKeys, place, "every key is known and in its range")];
    }
    let remedy = match &salvaged.config {
        Some(_) => "correct it; meanwhile the default stands in its place for the other checks",
        None => "correct it; without it nothing else can be checked",
    };
    let faults = salvaged.problems.iter();
    faults.map(|problem| Finding::fault(Check::ConfigKeys, place.clone(), problem.clone(), remedy)).collect()
}

fn readers(file: &Path) -> Finding {
    let place = file.display().to_string();
    let Ok(metadata) = fs::metadata(file) else {
        return Finding::not_checked(Check::ConfigFile, format!("{place} cannot be looked at"));
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let text = fs::read_to_string(file).unwrap_or_default();
    let is_secret = |line: &str| SECRET_KEYS.iter().any(|key| line.trim_start().starts_with(key));
    if mode & 0o007 != 0 && text.lines().any(is_secret) {
        let found =
            format!("every user of this machine may read it (mode {mode:04o}), and it holds passwords");
        let remedy = format!("chmod 640 {place}, with the service's group");
        return Finding::warning(Check::ConfigFile, place, found, remedy);
    }
    Finding::good(Check::ConfigFile, place, format!("mode {mode:04o}"))
}

fn ports(config: &Config) -> Vec<Finding> {
    let open = exposures(&config.http, &config.admin);
    let mut findings: Vec<Finding> = open
        .iter()
        .map(|one| Finding::fault(check_of(one.key), one.key.label(), one.to_string(), one.remedy()))
        .collect();
    for (check, place, found) in [
        (Check::HttpExposed, ListenKey::Http.label(), config.http.listen.to_string()),
        (
            Check::AdminExposed,
            "admin.listen, admin.stream_listen",
            format!("{}, {}", config.admin.listen, config.admin.stream_listen),
        ),
    ] {
        if findings.iter().all(|finding| finding.check != check) {
            findings.push(Finding::good(check, place, found));
        }
    }
    findings
}

const fn check_of(key: ListenKey) -> Check {
    match key {
        ListenKey::Http => Check::HttpExposed,
        ListenKey::Admin | ListenKey::Stream => Check::AdminExposed,
    }
}

fn proxies(config: &Config) -> Finding {
    let (check, place) = (Check::TrustedProxies, "http.trusted_proxies");
    let proxies = &config.http.trusted_proxies;
    if let Some(all) = proxies.iter().find(|address| address.is_unspecified()) {
        let found = format!("{all} is the address of no proxy");
        return Finding::fault(check, place, found, "name each proxy by its own address");
    }
    if config.http.behind_https && proxies.is_empty() {
        let found = "empty while http.behind_https is true: all that comes through the proxy is one peer, and shares \
                     one budget of requests";
        return Finding::fault(check, place, found, "name the addresses of the proxies in front");
    }
    if !config.http.behind_https && Reach::of(config.http.listen.ip()) == Reach::Loopback {
        return Finding::good(check, place, "no proxy is said to be in front");
    }
    Finding::good(check, place, format!("{} named", proxies.len()))
}

fn kafka_in_the_open(config: &Config) -> Finding {
    let (check, place) = (Check::KafkaPlaintext, "kafka.security_protocol");
    let security = &config.kafka.security;
    let far: Vec<&str> = config.kafka.brokers.split(',').map(str::trim).filter(|one| !is_near(one)).collect();
    if security.encryption().is_some() {
        return Finding::good(
            check,
            place,
            format!("{}: connections are encrypted", security.protocol().label()),
        );
    }
    if far.is_empty() {
        return Finding::good(check, place, "not encrypted, and the brokers are on this machine");
    }
    let found = format!(
        "{}: nothing is encrypted on the way to {}; whoever is in between reads pictures and plates{}",
        security.protocol().label(),
        far.join(", "),
        if security.account().is_some() { ", and may learn the account's password" } else { "" }
    );
    Finding::warning(check, place, found, "set it to ssl or sasl_ssl, with kafka.ca_file")
}

fn database_in_the_open(url: &str) -> Finding {
    let (check, place) = (Check::DatabasePlaintext, "database.url");
    let after = url
        .rsplit_once('@')
        .map_or_else(|| url.split_once("://").map_or(url, |(_, rest)| rest), |(_, rest)| rest);
    let (address, parameters) = after.split_once('?').unwrap_or((after, ""));
    let host = address.split('/').next().unwrap_or_default();
    let mode = parameters.split('&').find_map(|parameter| parameter.strip_prefix("sslmode="));
    if mode.is_some_and(|mode| ENCRYPTED_MODES.contains(&mode)) {
        return Finding::good(check, place, "connections are encrypted");
    }
    // Without a host, or with a folder in its place, it is a socket of this machine.
    if host.is_empty() || host.to_lowercase().starts_with("%2f") || is_near(host) {
        return Finding::good(check, place, "not necessarily encrypted, and PostgreSQL is on this machine");
    }
    let found =
        format!("nothing asks for encryption on the way to {host}: whoever is in between may read along");
    Finding::warning(check, place, found, "add ?sslmode=verify-full&sslrootcert=FILE to it")
}

/// Whether `host:port`, with or without a scheme in front, is on this machine.
fn is_near(address: &str) -> bool {
    let address = address.rsplit_once("://").map_or(address, |(_, address)| address);
    let host = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => address.rsplit_once(':').map_or(address, |(host, _)| host),
    };
    let is_loopback = |ip: IpAddr| ip.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    fn verdicts(text: &str) -> Vec<(Check, Verdict)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("[database]\nurl = \"postgres://u:p@h/d\"\n{text}")).unwrap();
        let findings = judge(file.path(), &Salvaged::load(Some(file.path())));
        findings.into_iter().map(|one| (one.check, one.verdict)).collect()
    }

    #[test]
    fn kafka_in_the_open_is_no_matter_on_this_machine_and_is_told_of_any_other() {
        for (brokers, verdict) in [
            ("localhost:9092", Verdict::Good),
            ("127.0.0.1:9092, [::1]:9092", Verdict::Good),
            ("PLAINTEXT://LOCALHOST:9092", Verdict::Good),
            ("localhost:9092,kafka-2:9092", Verdict::Warning),
            ("10.0.0.4:9092", Verdict::Warning),
            ("localhost.example:9092", Verdict::Warning),
        ] {
            let found = verdicts(&format!("[kafka]\nbrokers = \"{brokers}\"\n"));
            assert!(found.contains(&(Check::KafkaPlaintext, verdict)), "{brokers}: {found:?}");
        }
        let ssl = verdicts("[kafka]\nbrokers = \"kafka-2:9092\"\nsecurity_protocol = \"ssl\"\n");
        assert!(ssl.contains(&(Check::KafkaPlaintext, Verdict::Good)), "{ssl:?}");
    }

    #[test]
    fn postgresql_in_the_open_is_told_unless_its_address_asks_for_encryption() {
        for (url, verdict) in [
            ("postgres://u:p@h/d", Verdict::Warning),
            ("postgres://u:p@10.1.1.1:5432/d?sslmode=prefer", Verdict::Warning),
            ("postgres://u:p@h/d?sslmode=verify-full&sslrootcert=/ca.pem", Verdict::Good),
            ("postgres://u:p@127.0.0.1:5432/d", Verdict::Good),
            ("postgres:///d?host=/run/postgresql", Verdict::Good),
        ] {
            assert_eq!(database_in_the_open(url).verdict, verdict, "{url}");
        }
    }

    #[test]
    fn a_proxy_in_front_must_be_named() {
        for (http, verdict) in [
            ("", Verdict::Good),
            ("behind_https = true", Verdict::Fault),
            ("behind_https = true\ntrusted_proxies = [\"10.0.0.1\"]", Verdict::Good),
            ("behind_https = true\ntrusted_proxies = [\"0.0.0.0\"]", Verdict::Fault),
        ] {
            let found = verdicts(&format!("[http]\n{http}\n"));
            assert!(found.contains(&(Check::TrustedProxies, verdict)), "{http}: {found:?}");
        }
    }

    #[test]
    fn a_file_with_passwords_is_for_the_service_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "[database]\nurl = \"postgres://u:p@h/d\"\n").unwrap();
        assert_eq!(readers(file.path()).verdict, Verdict::Good);
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(readers(file.path()).verdict, Verdict::Warning);
    }
}
