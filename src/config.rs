//! The configuration: compiled-in defaults, then a file, then the environment. The one place that reads any of them.

use crate::signing::SigningConfig;
use crate::telemetry::TelemetryConfig;
use crate::without::Without;
use anyhow::{anyhow, bail, ensure};
use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::{Figment, Source};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Every key with its default, unit and comment.
pub const DEFAULTS: &str = include_str!("../deploy/config.default.toml");
/// A variable `RASID_SECTION__KEY` overrides `section.key`.
pub const ENVIRONMENT_PREFIX: &str = "RASID_";
/// Keys of `[database]` whose value is not shown whole.
const ADDRESSES_WITH_PASSWORDS: [&str; 3] = ["url", "migrate_url", "read_url"];

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Broker, topics, group.
    pub kafka: ingest::config::KafkaConfig,
    /// Limits of decoding and of the queues.
    pub ingest: ingest::config::IngestConfig,
    /// Where pictures are kept.
    pub evidence: ingest::config::EvidenceConfig,
    /// Where citizens' documents are kept.
    pub documents: ingest::config::DocumentsConfig,
    /// What the installation signs with.
    pub signing: SigningConfig,
    /// ONNX Runtime, models and threads.
    pub detect: detect::DetectConfig,
    /// PostgreSQL.
    pub database: adjudicate::foundation::config::DatabaseConfig,
    /// Publishing of effects.
    pub outbox: adjudicate::foundation::config::OutboxConfig,
    /// Rules of recording.
    pub adjudicate: adjudicate::foundation::config::AdjudicateConfig,
    /// The job that answers objections.
    pub triage: TriageConfig,
    /// The human queue.
    pub review: adjudicate::review::ReviewConfig,
    /// The citizens' and reviewers' address.
    pub http: web::config::HttpConfig,
    /// Metrics and health.
    pub admin: web::config::AdminConfig,
    /// The order of stages.
    pub pipeline: PipelineConfig,
    /// Logs.
    pub telemetry: TelemetryConfig,
}

/// Limits of the stream half as a whole.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineConfig {
    /// Events that are decoded, read or assessed at the same time.
    pub events_in_flight_max: usize,
    /// Events that one transaction settles.
    pub run_events_max: usize,
    /// Events of one partition that wait behind a slow one before the partition is paused.
    pub held_back_events_max: usize,
    /// Wait before a settling transaction is tried again when the database is away, milliseconds.
    pub settle_retry_milliseconds: u64,
    /// How often registry and keys are read again, seconds.
    pub registry_refresh_seconds: u64,
}

/// The job that answers objections.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriageConfig {
    /// Objections of one turn.
    pub batch_objections_max: u32,
    /// Wait before looking again when nothing was due, milliseconds.
    pub poll_interval_milliseconds: u64,
}

impl Config {
    /// Loads and checks the configuration.
    ///
    /// # Errors
    /// When the file is missing, a key is unknown or a value breaks its rule; the message names key and origin.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let config: Self = figment(file)?.extract().map_err(|error| explained(&error))?;
        config.validate()?;
        Ok(config)
    }

    /// Loads the defaults with some TOML over them; for the demo, tests and benches, which read no environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_defaults_and(overrides: &str) -> anyhow::Result<Self> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(overrides));
        let config: Self = figment.extract().map_err(|error| explained(&error))?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> anyhow::Result<()> {
        self.rules().into_iter().collect()
    }

    /// Returns the first broken rule of each section.
    pub(crate) fn broken_rules(&self) -> Vec<anyhow::Error> {
        self.rules().into_iter().filter_map(Result::err).collect()
    }

    fn rules(&self) -> Vec<anyhow::Result<()>> {
        vec![
            self.kafka.validate().map_err(Into::into),
            self.ingest.validate().map_err(Into::into),
            self.evidence.validate().map_err(Into::into),
            self.documents.validate().map_err(Into::into),
            self.signing.validate(),
            self.detect.validate().map_err(Into::into),
            self.database.validate().map_err(Into::into),
            self.outbox.validate().map_err(Into::into),
            self.adjudicate.validate().map_err(Into::into),
            self.http.validate().map_err(Into::into),
            at_least_one("triage.batch_objections_max", self.triage.batch_objections_max > 0),
            self.review.validate().map_err(Into::into),
            self.pipeline.validate(),
        ]
    }
}

fn at_least_one(key: &str, holds: bool) -> anyhow::Result<()> {
    ensure!(holds, "{key} must be at least 1");
    Ok(())
}

impl PipelineConfig {
    fn validate(self) -> anyhow::Result<()> {
        let counts = [
            ("events_in_flight_max", self.events_in_flight_max),
            ("run_events_max", self.run_events_max),
            ("held_back_events_max", self.held_back_events_max),
        ];
        for (key, value) in counts {
            ensure!(value > 0, "pipeline.{key} must be at least 1");
        }
        ensure!(self.registry_refresh_seconds > 0, "pipeline.registry_refresh_seconds must be at least 1");
        Ok(())
    }
}

fn figment(file: Option<&Path>) -> anyhow::Result<Figment> {
    refuse_misspelt()?;
    figment_without(file, &[])
}

/// Refuses variables of this process that set nothing.
pub(crate) fn refuse_misspelt() -> anyhow::Result<()> {
    refuse_misspelt_variables(&variable_names())
}

fn figment_without(file: Option<&Path>, keys: &[String]) -> anyhow::Result<Figment> {
    let mut figment = Figment::from(Toml::string(DEFAULTS));
    if let Some(path) = file {
        ensure!(
            path.is_file(),
            "the configuration file {} does not exist; name another with --config",
            path.display()
        );
        figment = figment.merge(Without::new(Toml::file_exact(path), keys));
    }
    let environment = Env::prefixed(ENVIRONMENT_PREFIX).filter(|key| key.as_str().contains("__")).split("__");
    Ok(figment.merge(Without::new(environment, keys)))
}

/// The one key whose default breaks its own rule.
const NO_DEFAULT: &str = "database.url";

/// A fault that keeps a configuration from being read.
#[derive(Debug)]
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) message: String,
    /// Keys without which it may be readable, the likeliest first.
    pub(crate) keys: Vec<String>,
}

/// Reads file and environment without some of their keys, and checks no rule.
///
/// # Errors
/// What is wrong, and which keys are to blame.
pub(crate) fn read_without(file: Option<&Path>, keys: &[String]) -> Result<Config, Vec<Fault>> {
    let mut figment = figment_without(file, keys)
        .map_err(|error| vec![Fault { message: error.to_string(), keys: Vec::new() }])?;
    if keys.iter().any(|key| key == NO_DEFAULT) {
        figment = figment.merge(Serialized::default(NO_DEFAULT, "postgres://not-set/"));
    }
    figment.extract().map_err(|error| error.into_iter().map(|one| fault(&one)).collect())
}

fn fault(error: &figment::Error) -> Fault {
    let message = explained_one(error);
    let key = key_of(error);
    // A section may be refused for the sake of one of its keys, which the message then names.
    let mut keys = if key.contains('.') { Vec::new() } else { keys_named_in(&message) };
    keys.extend(Some(key).filter(|key| !key.is_empty()));
    Fault { message: format!("the configuration cannot be used: {message}"), keys }
}

/// Returns the keys that a message names, in its order.
pub(crate) fn keys_named_in(message: &str) -> Vec<String> {
    let is_key =
        |word: &&str| word.split_once('.').is_some_and(|named| known_keys().any(|known| known == named));
    message.split_whitespace().filter(is_key).map(str::to_owned).collect()
}

/// The keys in force as TOML, without secrets: what `--config` could be given.
///
/// # Errors
/// As [`Config::load`].
pub fn printable(file: Option<&Path>) -> anyhow::Result<String> {
    let mut keys: toml::Table = figment(file)?.extract().map_err(|error| explained(&error))?;
    for key in ADDRESSES_WITH_PASSWORDS {
        let url = keys.get_mut("database").and_then(|database| database.get_mut(key));
        if let Some(toml::Value::String(url)) = url {
            *url = without_password(url);
        }
    }
    if let Some(toml::Value::Table(kafka)) = keys.get_mut("kafka") {
        for (_, value) in kafka.iter_mut().filter(|(key, _)| SECRET_KAFKA_KEYS.contains(&key.as_str())) {
            *value = toml::Value::String(HIDDEN.to_owned());
        }
    }
    Ok(toml::to_string(&keys)?)
}

/// Keys of `[kafka]` that are shown to nobody.
const SECRET_KAFKA_KEYS: [&str; 2] = ["sasl_password", "key_password"];
/// What stands in their place.
const HIDDEN: &str = "(secret)";
/// Parameters of an address of PostgreSQL that are no secrets, and say how the connection is protected.
const SHOWN_PARAMETERS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Leaves the user's name, what follows the last `@`, and the parameters that are known to be harmless.
fn without_password(url: &str) -> String {
    let Some((before, place)) = url.rsplit_once('@') else { return url.to_owned() };
    let (scheme, user) = before.split_once("://").unwrap_or(("", before));
    let name = user.split_once(':').map_or(user, |(name, _)| name);
    let (place, parameters) = place.split_once('?').unwrap_or((place, ""));
    let is_shown = |parameter: &&str| {
        parameter.split_once('=').is_some_and(|(name, _)| SHOWN_PARAMETERS.contains(&name))
    };
    let parameters: Vec<&str> = parameters.split('&').filter(is_shown).collect();
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{scheme}://{name}:{HIDDEN}@{place}{mark}{}", parameters.join("&"))
}

/// One section alone, for commands that need no more: the others may then be unset.
///
/// # Errors
/// As [`Config::load`], for that section.
pub fn section<T: DeserializeOwned>(file: Option<&Path>, name: &str) -> anyhow::Result<T> {
    figment(file)?.extract_inner(name).map_err(|error| explained(&error))
}

/// Returns which key is wrong, where it stands and what to do.
fn explained(error: &figment::Error) -> anyhow::Error {
    let told: Vec<String> = error.clone().into_iter().map(|one| explained_one(&one)).collect();
    anyhow!("the configuration cannot be used: {}", told.join("; "))
}

/// The key that an error is about, an unknown one too; empty where it is about the file as a whole.
fn key_of(error: &figment::Error) -> String {
    let key = key_parts(error).join(".");
    let Kind::UnknownField(name, _) = &error.kind else { return key };
    let name = name.to_lowercase();
    match key.as_str() {
        "" => name,
        known if known.ends_with(&name) => key,
        above => format!("{above}.{name}"),
    }
}

fn key_parts(error: &figment::Error) -> Vec<String> {
    let profile = error.profile.as_ref().map(ToString::to_string);
    let parts = error.path.iter().map(|part| part.to_lowercase());
    parts.filter(|part| Some(part) != profile.as_ref()).collect()
}

fn explained_one(error: &figment::Error) -> String {
    let parts = key_parts(error);
    let key = parts.join(".");
    let origin = match error.metadata.as_ref().map(|metadata| (&metadata.source, &metadata.name)) {
        Some((Some(Source::File(path)), _)) => format!(" in {}", path.display()),
        Some((_, name)) if name.contains("environment") => {
            format!(" in the environment ({ENVIRONMENT_PREFIX}{})", parts.join("__").to_uppercase())
        }
        Some(_) | None => String::new(),
    };
    if let Kind::UnknownField(name, known) = &error.kind {
        let above = parts.split_last().map(|(_, above)| above.join(".")).unwrap_or_default();
        let key = if key.ends_with(&name.to_lowercase()) { key } else { format!("{key}.{name}") };
        let what = if above.is_empty() { "the sections are".to_owned() } else { format!("[{above}] has") };
        return format!(
            "unknown key {key}{origin}; {what} {}, each described in deploy/config.default.toml",
            known.join(", ")
        );
    }
    format!("{key}{origin}: {}", error.kind.to_string().trim()).trim_start_matches(" in ").to_owned()
}

/// A variable that would set a key, were it written with two underscores after the section, must not be passed over.
/// Others that begin alike may stand there for reasons of their own: Kubernetes sets some for a service's name.
fn refuse_misspelt_variables(names: &[String]) -> anyhow::Result<()> {
    for (section, key) in known_keys() {
        let misspelt = format!("{ENVIRONMENT_PREFIX}{section}_{key}").to_uppercase();
        if names.contains(&misspelt) {
            let right = format!("{ENVIRONMENT_PREFIX}{section}__{key}").to_uppercase();
            bail!("the environment variable {misspelt} sets nothing; write {right}, with two underscores");
        }
    }
    Ok(())
}

/// Section and name of every key, those without a default too, which stand in comments.
fn known_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut section = "";
    DEFAULTS.lines().filter_map(move |line| {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        }
        let (key, _) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")?;
        let is_key = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_key.then_some((section, key))
    })
}

fn variable_names() -> Vec<String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect()
}

/// Makes sure that ONNX Runtime reports to nobody. From 1.29 on it opens a file and a line to its makers as soon as an
/// environment exists, before it can be told not to; only this variable stops that, and a process cannot safely set a
/// variable of its own. So it starts itself once more, as the same process, with it.
///
/// # Errors
/// When the program cannot be started again. Where the variable is set already, this does nothing.
pub fn without_telemetry() -> std::io::Result<()> {
    if std::env::var_os(TELEMETRY_SWITCH).is_some_and(|value| value == TELEMETRY_OFF) {
        return Ok(());
    }
    let mut arguments = std::env::args_os();
    let mut again = Command::new(std::env::current_exe()?);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Comes back only when it failed.
    Err(again.args(arguments).env(TELEMETRY_SWITCH, TELEMETRY_OFF).exec())
}

const TELEMETRY_SWITCH: &str = "ORT_DISABLE_TELEMETRY";
const TELEMETRY_OFF: &str = "1";

/// Arms the kill point that the environment names (`RASID_KILL_POINT=NAME:NTH`); a release build has none.
#[cfg(feature = "testing")]
#[expect(clippy::disallowed_methods, reason = "the one module that reads the environment")]
pub(crate) fn arm_kill_point() {
    let named = std::env::var("RASID_KILL_POINT").ok();
    if let Some((name, nth)) = named.as_deref().and_then(|text| text.split_once(':')) {
        let _armed = schemas::kill_point::set_kill_point(name, nth.parse().unwrap_or(1));
    }
}

/// A release build has no kill points.
#[cfg(not(feature = "testing"))]
pub(crate) const fn arm_kill_point() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(file: &str) -> String {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), file).unwrap();
        let message = Config::load(Some(path.path())).unwrap_err().to_string();
        message.replace(&path.path().display().to_string(), "FILE")
    }

    #[test]
    fn an_unknown_key_is_named_with_its_file_and_what_the_section_has() {
        let message = error_of("[evidence]\nfolder = \"x\"\n");
        assert_eq!(
            message,
            "the configuration cannot be used: unknown key evidence.folder in FILE; [evidence] has directory, each \
             described in deploy/config.default.toml"
        );
        let message = error_of("[kafak]\nbrokers = \"x\"\n");
        assert!(message.contains("unknown key kafak in FILE; the sections are kafka, ingest"), "{message}");
    }

    #[test]
    fn a_value_of_another_type_is_named_with_its_key_and_file() {
        let message = error_of("[kafka]\nbrokers = 3\n");
        assert!(message.contains("kafka.brokers in FILE: invalid type: found signed int `3`"), "{message}");
    }

    #[test]
    fn a_file_that_is_no_toml_is_named_with_the_place() {
        let message = error_of("[kafka\n");
        assert!(message.contains("cannot be used: FILE: TOML parse error at line 1"), "{message}");
    }

    #[test]
    fn what_is_printed_can_be_read_again_and_holds_no_password() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let url = "postgres://u:s3c@ret@h:1/d?password=s3c";
        std::fs::write(
            path.path(),
            format!("[database]\nurl = \"{url}\"\nread_url = \"{url}\"\nmigrate_url = \"{url}\"\n"),
        )
        .unwrap();
        let printed = printable(Some(path.path())).unwrap();
        assert!(printed.contains("postgres://u:(secret)@h:1/d") && !printed.contains("s3c"), "{printed}");
        Config::from_defaults_and(&printed).unwrap();
    }

    #[test]
    fn passwords_of_kafka_are_not_printed_and_how_connections_are_protected_is() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let kafka = "security_protocol = \"sasl_ssl\"\nsasl_mechanism = \"PLAIN\"\nsasl_username = \"u\"\n";
        let url = "postgres://u:s3cret@h/d?sslmode=verify-full&password=s3cret&sslrootcert=/ca.pem";
        let text = format!("[database]\nurl = \"{url}\"\n[kafka]\n{kafka}sasl_password = \"s3cret\"\n");
        std::fs::write(path.path(), text).unwrap();
        let printed = printable(Some(path.path())).unwrap();
        assert!(!printed.contains("s3cret") && printed.contains("sasl_username = \"u\""), "{printed}");
        assert!(printed.contains("@h/d?sslmode=verify-full&sslrootcert=/ca.pem\""), "{printed}");
        Config::from_defaults_and(&printed).unwrap();
    }

    #[test]
    fn keys_that_contradict_each_other_are_refused_with_the_section_and_the_file() {
        let message = error_of("[kafka]\nsasl_password = \"word\"\n");
        assert!(
            message.contains(
                "kafka in FILE: kafka.sasl_password is set, but kafka.security_protocol = \"plaintext\""
            ),
            "{message}"
        );
        let message = error_of("[kafka]\nsasl_password = 7142\n");
        assert!(message.contains("kafka.sasl_password in FILE") && !message.contains("7142"), "{message}");
        let message = error_of("[kafka]\nbroker = \"x\"\n");
        assert!(message.contains("unknown key kafka.broker in FILE; [kafka] has brokers"), "{message}");
    }

    #[test]
    fn a_variable_with_one_underscore_is_refused_and_a_foreign_one_is_not() {
        let names = |name: &str| vec![name.to_owned()];
        for (misspelt, right) in [
            ("RASID_DATABASE_URL", "RASID_DATABASE__URL"),
            ("RASID_KAFKA_SASL_PASSWORD", "RASID_KAFKA__SASL_PASSWORD"),
        ] {
            let error = refuse_misspelt_variables(&names(misspelt)).unwrap_err().to_string();
            assert!(error.contains(&format!("write {right}")), "{error}");
        }
        for name in ["RASID_HOME", "RASID_KILL_POINT", "RASID_PORT_8080_TCP", "RASID_DATABASE__URL"] {
            refuse_misspelt_variables(&names(name)).unwrap();
        }
    }
}
