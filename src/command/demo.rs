//! `rasid demo`: the whole system on this machine.

use crate::demo::{self, DemoOptions};
use crate::telemetry::{self, LogFormat, TelemetryConfig};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The demo's pictures, where a source tree holds them.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/demo");
/// Warnings only, so that the table stays readable.
const QUIET: &str = "error";

/// The arguments of `rasid demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid demo\n  rasid demo --once --json\n  rasid demo --data ~/rasid-data --verbose"
)]
pub(crate) struct DemoArguments {
    /// End when everything is settled.
    #[arg(long)]
    once: bool,
    /// Print the totals as one JSON object, the last line of stdout.
    #[arg(long)]
    json: bool,
    /// Keep the data in this folder; without it the data is temporary.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another folder of acts, of the form that deploy/demo/README.md describes.
    #[arg(long, value_name = "DIR")]
    acts: Option<PathBuf>,
    /// Write addresses and keys to this file once everything is settled.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Show log lines of everything that happens.
    #[arg(long)]
    verbose: bool,
}

pub(crate) async fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let DemoArguments { once, json, data, acts, ready_file, verbose } = arguments;
    let log_filter = if verbose { "info" } else { QUIET }.to_owned();
    telemetry::start_logging(&TelemetryConfig { log_format: LogFormat::Text, log_filter })?;
    let folder = acts.unwrap_or_else(|| Path::new(FOLDER).to_path_buf());
    let totals = demo::run(DemoOptions { folder, data, ready_file, once }).await?;
    if json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string(&totals)?)?;
    } else {
        writeln!(
            std::io::stdout(),
            "{} events, {} settled, {} lost, {} doubled; {} objections, {} answered or queued; {:.1} s",
            totals.events_published,
            totals.events_settled,
            totals.lost,
            totals.doubled,
            totals.objections.filed,
            totals.objections.answered(),
            totals.seconds.settled
        )?;
    }
    Ok(())
}
