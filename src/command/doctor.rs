//! `rasid doctor`: what is missing on this machine and how to get it.

use crate::config::Config;
use anyhow::{Context, bail};
use runtime::{Finding, Locations, Runtime, check_machine};
use schemas::error_chain::ErrorChain;
use std::io::Write;
use std::path::PathBuf;

/// The arguments of `rasid doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  rasid doctor")]
pub(crate) struct DoctorArguments {}

pub(crate) async fn run(_arguments: DoctorArguments) -> anyhow::Result<()> {
    let findings = tokio::task::spawn_blocking(|| check_machine(&Locations::from_environment())).await?;
    let mut out = std::io::stdout();
    for Finding { subject, result } in &findings {
        match result {
            Ok(found) => writeln!(out, "ok       {subject}: {found}")?,
            Err(error) => writeln!(out, "missing  {subject}: {}", ErrorChain(error))?,
        }
    }
    let missing = findings.iter().filter(|finding| finding.result.is_err()).count();
    if missing > 0 {
        bail!("{missing} of {} things are missing; each line says how to get it", findings.len());
    }
    Ok(())
}

/// The ONNX Runtime library: the configured one, else the one in the local runtime's cache.
///
/// # Errors
/// When neither is there.
pub(crate) fn with_onnxruntime(mut config: Config) -> anyhow::Result<Config> {
    if config.detect.onnxruntime_path.is_none() {
        config.detect.onnxruntime_path = Some(cached_library()?);
    }
    Ok(config)
}

fn cached_library() -> anyhow::Result<PathBuf> {
    let locations = Locations::from_environment();
    Runtime::cached(&locations)?.context(
        "no ONNX Runtime: set detect.onnxruntime_path to libonnxruntime.so 1.24 or newer, or run `rasid runtime fetch`",
    )?;
    let provisioned = Runtime::fetch(&locations, false, &mut |_| {})?;
    Ok(provisioned.onnxruntime_library().to_path_buf())
}
