//! The configuration: compiled-in defaults, then a file, then the environment. The one place that reads any of them.

use crate::telemetry::TelemetryConfig;
use anyhow::Context;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Every key with its default, unit and comment.
pub const DEFAULTS: &str = include_str!("../deploy/config.default.toml");
/// A variable `RASID_SECTION__KEY` overrides `section.key`.
pub const ENVIRONMENT_PREFIX: &str = "RASID_";

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
    /// ONNX Runtime, models and threads.
    pub detect: detect::DetectConfig,
    /// PostgreSQL.
    pub database: adjudicate::config::DatabaseConfig,
    /// Publishing of effects.
    pub outbox: adjudicate::config::OutboxConfig,
    /// Rules of recording.
    pub adjudicate: adjudicate::config::AdjudicateConfig,
    /// The job that answers objections.
    pub triage: TriageConfig,
    /// The human queue.
    pub review: adjudicate::review::ReviewConfig,
    /// The citizens' and reviewers' address.
    pub http: adjudicate::http::config::HttpConfig,
    /// Metrics and health.
    pub admin: adjudicate::http::config::AdminConfig,
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
        let config: Self = figment(file)?.extract().context("the configuration cannot be used")?;
        config.validate()?;
        Ok(config)
    }

    /// Loads the defaults with some TOML over them; for the demo, tests and benches, which read no environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_defaults_and(overrides: &str) -> anyhow::Result<Self> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(overrides));
        let config: Self = figment.extract().context("the configuration cannot be used")?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> anyhow::Result<()> {
        self.kafka.validate()?;
        self.ingest.validate()?;
        self.evidence.validate()?;
        self.detect.validate()?;
        self.database.validate()?;
        self.outbox.validate()?;
        self.adjudicate.validate()?;
        self.http.validate()?;
        anyhow::ensure!(
            self.triage.batch_objections_max > 0,
            "triage.batch_objections_max must be at least 1"
        );
        anyhow::ensure!(self.review.lease_seconds > 0, "review.lease_seconds must be at least 1");
        self.pipeline.validate()
    }
}

impl PipelineConfig {
    fn validate(self) -> anyhow::Result<()> {
        let counts = [
            ("events_in_flight_max", self.events_in_flight_max),
            ("run_events_max", self.run_events_max),
            ("held_back_events_max", self.held_back_events_max),
        ];
        for (key, value) in counts {
            anyhow::ensure!(value > 0, "pipeline.{key} must be at least 1");
        }
        anyhow::ensure!(
            self.registry_refresh_seconds > 0,
            "pipeline.registry_refresh_seconds must be at least 1"
        );
        Ok(())
    }
}

fn figment(file: Option<&Path>) -> anyhow::Result<Figment> {
    let mut figment = Figment::from(Toml::string(DEFAULTS));
    if let Some(path) = file {
        anyhow::ensure!(
            path.is_file(),
            "the configuration file {} does not exist; name another with --config",
            path.display()
        );
        figment = figment.merge(Toml::file_exact(path));
    }
    let environment = Env::prefixed(ENVIRONMENT_PREFIX).filter(|key| key.as_str().contains("__")).split("__");
    Ok(figment.merge(environment))
}

/// One section alone, for commands that need no more: the others may then be unset.
///
/// # Errors
/// As [`Config::load`], for that section.
pub fn section<T: DeserializeOwned>(file: Option<&Path>, name: &str) -> anyhow::Result<T> {
    figment(file)?.extract_inner(name).with_context(|| format!("the section [{name}] cannot be used"))
}

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
