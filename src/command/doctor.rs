//! `rasid doctor`: what is missing on this machine, or what is wrong with an installation, and what to do about it.

use crate::config::Config;
use crate::doctor::{Examination, Processes, Verdict, examine};
use anyhow::{Context, bail};
use runtime::{Finding, Locations, Runtime, check_building, check_machine};
use schemas::clock::SystemClock;
use schemas::error_chain::ErrorChain;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// The arguments of `rasid doctor`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid doctor\n  rasid doctor --config /etc/rasid.toml\n  rasid doctor --config \
    /etc/rasid.toml --json\n\nWithout --config it looks at what the demo, the tests and building need on this machine. With it, \
    at broker, topics, database, registers, keys, folders, clocks and models of an installation. It ends with 1 if \
    there is a fault."
)]
pub(crate) struct DoctorArguments {
    /// The installation's configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// For programs: one JSON object.
    #[arg(long, requires = "config")]
    json: bool,
    /// Processes of `rasid run` in the whole installation; without it, those that are in the consumer group now.
    #[arg(long, value_name = "N", requires = "config")]
    run_processes: Option<u32>,
    /// Processes of `rasid serve`; without it, one.
    #[arg(long, value_name = "N", requires = "config")]
    serve_processes: Option<u32>,
}

pub(crate) async fn run(arguments: DoctorArguments) -> anyhow::Result<()> {
    let DoctorArguments { config, json, run_processes, serve_processes } = arguments;
    match config {
        None => machine().await,
        Some(file) => {
            let processes = Processes { run: run_processes, serve: serve_processes };
            installation(file, processes, json).await
        }
    }
}

async fn installation(file: PathBuf, processes: Processes, json: bool) -> anyhow::Result<()> {
    let examination = Examination { processes, ..Examination::of(file, Arc::new(SystemClock::new())) };
    let report = examine(&examination).await;
    let mut out = std::io::stdout();
    if json {
        writeln!(out, "{}", report.to_json())?;
    } else {
        report.write_text(&mut out)?;
    }
    if report.count(Verdict::Fault) > 0 {
        bail!("{}; the lines of each fault say what to do", report.summary());
    }
    eprintln!("{}", report.summary());
    Ok(())
}

async fn machine() -> anyhow::Result<()> {
    let asked = tokio::task::spawn_blocking(|| {
        let locations = Locations::from_environment();
        (check_machine(&locations), check_building(&locations))
    });
    let (findings, building) = asked.await?;
    let mut out = std::io::stdout();
    for Finding { subject, result } in &findings {
        match result {
            Ok(found) => writeln!(out, "ok       {subject}: {found}")?,
            Err(error) => writeln!(out, "missing  {subject}: {}", ErrorChain(error))?,
        }
    }
    // A machine that runs Rasid need not be able to build it.
    for Finding { subject, result } in &building {
        match result {
            Ok(found) => writeln!(out, "ok       to build, {subject}: {found}")?,
            Err(error) => writeln!(out, "note     to build, {subject}: {}", ErrorChain(error))?,
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
