//! Keys of the sections `[kafka]`, `[ingest]` and `[evidence]`. Defaults and comments stand in
//! `deploy/config.default.toml`.

use crate::security::{Security, SecurityError, SecurityKeys};
use schemas::text::secret::Secret;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// A value breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key} {rule}, got {got}")]
pub struct ConfigError {
    key: &'static str,
    rule: &'static str,
    got: String,
}

/// Broker, group, topics.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "KafkaKeys")]
pub struct KafkaConfig {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// How connections are protected, and who we are.
    pub security: Security,
    /// Consumer group of the stream half.
    pub group: String,
    /// Static membership: unique for each process, the same after its restart.
    pub instance: String,
    /// Camera events.
    pub events_topic: String,
    /// What cannot be used, with its reason.
    pub dead_letter_topic: String,
    /// Published violations.
    pub violations_topic: String,
    /// Published decisions.
    pub decisions_topic: String,
    /// A member that is silent for so long loses its partitions.
    pub session_timeout_milliseconds: u32,
    /// Wait for the broker's first answer.
    pub startup_timeout_seconds: u64,
    /// The broker must have acknowledged a sent record after so long, or sending has failed.
    pub delivery_timeout_milliseconds: u32,
    /// Records sent and not yet acknowledged.
    pub unacknowledged_records_max: usize,
    /// Partitions of topics that Rasid makes.
    pub created_partitions: i32,
    /// Copies of topics that Rasid makes.
    pub created_replication: i32,
    /// Retention of camera events, days. They hold pictures of people who did nothing.
    pub events_retention_days: u32,
    /// Retention of dead letters, days.
    pub dead_letter_retention_days: u32,
    /// Retention of published violations and decisions, days.
    pub published_retention_days: u32,
}

/// The section as it is written: unknown keys are refused here, contradictory ones on the way to [`KafkaConfig`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KafkaKeys {
    brokers: String,
    security_protocol: String,
    ca_file: Option<PathBuf>,
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    key_password: Option<Secret>,
    key_password_file: Option<PathBuf>,
    sasl_mechanism: Option<String>,
    sasl_username: Option<String>,
    sasl_password: Option<Secret>,
    sasl_password_file: Option<PathBuf>,
    group: String,
    instance: String,
    events_topic: String,
    dead_letter_topic: String,
    violations_topic: String,
    decisions_topic: String,
    session_timeout_milliseconds: u32,
    startup_timeout_seconds: u64,
    delivery_timeout_milliseconds: u32,
    unacknowledged_records_max: usize,
    created_partitions: i32,
    created_replication: i32,
    events_retention_days: u32,
    dead_letter_retention_days: u32,
    published_retention_days: u32,
}

impl TryFrom<KafkaKeys> for KafkaConfig {
    type Error = SecurityError;

    fn try_from(keys: KafkaKeys) -> Result<Self, SecurityError> {
        let security = SecurityKeys {
            security_protocol: keys.security_protocol,
            ca_file: keys.ca_file,
            certificate_file: keys.certificate_file,
            key_file: keys.key_file,
            key_password: keys.key_password,
            key_password_file: keys.key_password_file,
            sasl_mechanism: keys.sasl_mechanism,
            sasl_username: keys.sasl_username,
            sasl_password: keys.sasl_password,
            sasl_password_file: keys.sasl_password_file,
        };
        Ok(Self {
            brokers: keys.brokers,
            security: security.try_into()?,
            group: keys.group,
            instance: keys.instance,
            events_topic: keys.events_topic,
            dead_letter_topic: keys.dead_letter_topic,
            violations_topic: keys.violations_topic,
            decisions_topic: keys.decisions_topic,
            session_timeout_milliseconds: keys.session_timeout_milliseconds,
            startup_timeout_seconds: keys.startup_timeout_seconds,
            delivery_timeout_milliseconds: keys.delivery_timeout_milliseconds,
            unacknowledged_records_max: keys.unacknowledged_records_max,
            created_partitions: keys.created_partitions,
            created_replication: keys.created_replication,
            events_retention_days: keys.events_retention_days,
            dead_letter_retention_days: keys.dead_letter_retention_days,
            published_retention_days: keys.published_retention_days,
        })
    }
}

/// Limits of the stream's beginning.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestConfig {
    /// Largest value of a record.
    pub record_bytes_max: usize,
    /// Records of one partition in memory before it is paused.
    pub partition_records_max: usize,
    /// Bytes of one partition's records in memory before it is paused.
    pub partition_bytes_max: usize,
    /// Records of all partitions in memory before their partitions are paused.
    pub process_records_max: usize,
    /// Bytes of all partitions' records in memory before their partitions are paused.
    pub process_bytes_max: usize,
    /// Wait before the position of a partition is asked for again.
    pub position_retry_seconds: u64,
    /// Time in which a partition with records may settle nothing before the process counts as not ready.
    pub stall_seconds: u64,
    /// Interval at which settled offsets are copied to Kafka.
    pub commit_interval_milliseconds: u64,
    /// Share of dead letters above which the consumer stops.
    pub dead_letter_percent_max: u8,
    /// Window of that share.
    pub dead_letter_window_seconds: u64,
    /// Records in the window below which the share says nothing.
    pub dead_letter_records_min: u64,
    /// Largest picture, bytes.
    pub frame_bytes_max: u64,
    /// Longest side of a picture.
    pub frame_side_pixels_max: u32,
    /// Most pixels of a picture.
    pub frame_pixels_max: u64,
    /// Tries to find a claim-checked picture before its event is a dead letter.
    pub claim_check_attempts_max: u32,
    /// Wait before the second try; it doubles with each.
    pub claim_check_wait_milliseconds: u64,
}

/// Where pictures are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceConfig {
    /// Folder of the evidence store; `evidence/sha256/…` is made inside.
    pub directory: PathBuf,
}

/// Where citizens' documents are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentsConfig {
    /// Folder of the store; `documents/sha256/…` is made inside. The one of the evidence if none is set.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// Most bytes of all documents.
    pub bytes_max: u64,
}

impl KafkaConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key whose value breaks its rule.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let names = [
            ("kafka.group", &self.group),
            ("kafka.instance", &self.instance),
            ("kafka.events_topic", &self.events_topic),
            ("kafka.dead_letter_topic", &self.dead_letter_topic),
            ("kafka.violations_topic", &self.violations_topic),
            ("kafka.decisions_topic", &self.decisions_topic),
        ];
        for (key, name) in names {
            let rule = "must be 1 to 249 ASCII letters, digits or any of . _ -";
            check(key, rule, name, is_kafka_name(name))?;
        }
        let rule = "must name at least one host:port";
        check("kafka.brokers", rule, &self.brokers, self.brokers.contains(':'))?;
        let rule = "must differ from kafka.events_topic";
        check(
            "kafka.dead_letter_topic",
            rule,
            &self.dead_letter_topic,
            self.dead_letter_topic != self.events_topic,
        )?;
        let timeout = self.session_timeout_milliseconds;
        let rule = "must be 6000 to 1800000 (the broker's default bounds)";
        check("kafka.session_timeout_milliseconds", rule, timeout, (6_000..=1_800_000).contains(&timeout))?;
        positive("kafka.startup_timeout_seconds", self.startup_timeout_seconds)?;
        positive("kafka.delivery_timeout_milliseconds", self.delivery_timeout_milliseconds)?;
        positive("kafka.unacknowledged_records_max", self.unacknowledged_records_max as u64)?;
        let rule = "must be at least 1";
        check("kafka.created_partitions", rule, self.created_partitions, self.created_partitions > 0)?;
        check("kafka.created_replication", rule, self.created_replication, self.created_replication > 0)?;
        positive("kafka.events_retention_days", self.events_retention_days)?;
        positive("kafka.dead_letter_retention_days", self.dead_letter_retention_days)?;
        positive("kafka.published_retention_days", self.published_retention_days)
    }
}

impl IngestConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key whose value breaks its rule.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let record = self.record_bytes_max;
        positive("ingest.record_bytes_max", record as u64)?;
        positive("ingest.partition_records_max", self.partition_records_max as u64)?;
        let rule = "must be at least ingest.record_bytes_max";
        check(
            "ingest.partition_bytes_max",
            rule,
            self.partition_bytes_max,
            self.partition_bytes_max >= record,
        )?;
        let rule = "must be at least ingest.partition_records_max";
        let fits = self.process_records_max >= self.partition_records_max;
        check("ingest.process_records_max", rule, self.process_records_max, fits)?;
        let rule = "must be at least ingest.partition_bytes_max";
        let fits = self.process_bytes_max >= self.partition_bytes_max;
        check("ingest.process_bytes_max", rule, self.process_bytes_max, fits)?;
        positive("ingest.position_retry_seconds", self.position_retry_seconds)?;
        positive("ingest.stall_seconds", self.stall_seconds)?;
        positive("ingest.commit_interval_milliseconds", self.commit_interval_milliseconds)?;
        let percent = self.dead_letter_percent_max;
        check("ingest.dead_letter_percent_max", "must be 1 to 100", percent, (1..=100).contains(&percent))?;
        let window = self.dead_letter_window_seconds;
        check(
            "ingest.dead_letter_window_seconds",
            "must be 1 to 3600",
            window,
            (1..=3_600).contains(&window),
        )?;
        positive("ingest.dead_letter_records_min", self.dead_letter_records_min)?;
        positive("ingest.frame_bytes_max", self.frame_bytes_max)?;
        positive("ingest.frame_side_pixels_max", self.frame_side_pixels_max)?;
        positive("ingest.frame_pixels_max", self.frame_pixels_max)?;
        positive("ingest.claim_check_attempts_max", self.claim_check_attempts_max)
    }

    /// Wait before the position of a partition is asked for again.
    #[must_use]
    pub const fn position_retry(&self) -> Duration {
        Duration::from_secs(self.position_retry_seconds)
    }

    /// Time in which a partition with records may settle nothing.
    #[must_use]
    pub const fn stall(&self) -> Duration {
        Duration::from_secs(self.stall_seconds)
    }

    /// Interval at which settled offsets are copied to Kafka.
    #[must_use]
    pub const fn commit_interval(&self) -> Duration {
        Duration::from_millis(self.commit_interval_milliseconds)
    }
}

impl EvidenceConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// When no folder is named.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let named = !self.directory.as_os_str().is_empty();
        check("evidence.directory", "must name a folder", self.directory.display(), named)
    }
}

impl DocumentsConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// When there is room for nothing.
    pub fn validate(&self) -> Result<(), ConfigError> {
        positive("documents.bytes_max", self.bytes_max)
    }
}

fn is_kafka_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=249).contains(&name.len()) && name.bytes().all(allowed)
}

fn positive(key: &'static str, value: impl Into<u64> + Copy) -> Result<(), ConfigError> {
    check(key, "must be at least 1", value.into(), value.into() > 0)
}

fn check(
    key: &'static str,
    rule: &'static str,
    got: impl std::fmt::Display,
    holds: bool,
) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError { key, rule, got: format!("'{got}'") }) }
}
