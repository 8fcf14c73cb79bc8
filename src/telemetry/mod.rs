//! Logs and the Prometheus registry. Results go to stdout; whatever is said here goes to stderr.

pub mod catalogue;
pub mod disk;
pub mod limits;
pub mod upkeep;

use anyhow::{Context, anyhow};
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use schemas::clock::Clock;
use serde::Deserialize;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Version of the build, as it stands in metrics, dead letters and `--version`.
pub const BUILD_VERSION: &str = env!("CARGO_PKG_VERSION");

/// How the process says what it does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// `text` for people, `json` for collectors.
    pub log_format: LogFormat,
    /// Filter directives, e.g. `info,ingest=debug`.
    pub log_filter: String,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging for this process.
///
/// # Errors
/// When the filter does not parse, or logging was started before.
pub fn start_logging(config: &TelemetryConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("telemetry.log_filter '{}' does not parse", config.log_filter))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for eyes; in a file they are rubbish.
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|error| anyhow!("logging cannot be started: {error}"))
}

/// A registry of this process's metrics, with the build's version in it.
///
/// # Errors
/// When a metric's name is refused, which a test of this module would show.
pub fn registry() -> anyhow::Result<Registry> {
    let registry = Registry::new();
    registry.register(Box::new(build_info()?))?;
    Ok(registry)
}

fn build_info() -> Result<IntGaugeVec, prometheus::Error> {
    let opts = Opts::new("rasid_build_info", "Always 1; label version: of the build.");
    let build = IntGaugeVec::new(opts, &["version"])?;
    build.with_label_values(&[BUILD_VERSION]).set(1);
    Ok(build)
}

/// When the process began: where it changes often, something ends it again and again.
pub(crate) fn started(clock: &dyn Clock) -> Result<IntGauge, prometheus::Error> {
    let started =
        IntGauge::new("rasid_process_start_timestamp_seconds", "When the process began, Unix time")?;
    started.set(clock.now().timestamp());
    Ok(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_is_in_the_registry() {
        let families = registry().unwrap().gather();
        assert_eq!(families[0].name(), "rasid_build_info");
    }
}
