//! `rasid demo`: the whole system on this machine.

use crate::demo::photographs::{PHOTOS_MAX, PHOTOS_MAX_DEFAULT, PhotographTotals};
use crate::demo::{self, Acts, DemoOptions};
use crate::telemetry::{self, LogFormat, TelemetryConfig};
use anyhow::ensure;
use clap::value_parser;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The demo's pictures, where a source tree holds them.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/demo");
/// Warnings only, so that the table stays readable.
const QUIET: &str = "error";

/// The arguments of `rasid demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid demo\n  rasid demo --once --json\n  rasid demo --photos ~/pictures \
    --photos-max 100\n  rasid demo --data ~/rasid-data --verbose"
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
    /// Your own pictures instead: a folder with a labels.jsonl. Each becomes an invented act of two frames.
    #[arg(long, value_name = "DIR", conflicts_with = "acts")]
    photos: Option<PathBuf>,
    /// With --photos: how many pictures are taken, from the first on.
    #[arg(long, value_name = "N", requires = "photos", default_value_t = PHOTOS_MAX_DEFAULT,
          value_parser = value_parser!(u16).range(1..=i64::from(PHOTOS_MAX)))]
    photos_max: u16,
    /// Write addresses and keys to this file once everything is settled.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Show log lines of everything that happens.
    #[arg(long)]
    verbose: bool,
}

pub(crate) async fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let DemoArguments { once, json, data, acts, photos, photos_max, ready_file, verbose } = arguments;
    let log_filter = if verbose { "info" } else { QUIET }.to_owned();
    telemetry::start_logging(&TelemetryConfig { log_format: LogFormat::Text, log_filter })?;
    if let Some(file) = &ready_file {
        // It is written at the end; a user should not wait for that to hear of a wrong name.
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        ensure!(
            folder.is_none_or(Path::is_dir),
            "{} cannot be written: its folder does not exist; make it, or name another --ready-file",
            file.display()
        );
    }
    let acts = match photos {
        Some(folder) => Acts::Photographs { folder, photos_max: usize::from(photos_max) },
        None => Acts::Folder(acts.unwrap_or_else(|| Path::new(FOLDER).to_path_buf())),
    };
    let totals = demo::run(DemoOptions { acts, data, ready_file, once }).await?;
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
        if let Some(photographs) = &totals.photographs {
            writeln!(std::io::stdout(), "{}", describe(photographs))?;
        }
    }
    Ok(())
}

fn describe(totals: &PhotographTotals) -> String {
    let PhotographTotals {
        photographs,
        read_as_labelled,
        read_otherwise,
        not_read,
        seen_before,
        issued_otherwise,
    } = totals;
    let mut text = format!(
        "plates: {read_as_labelled} of {photographs} were read exactly as labelled, {read_otherwise} otherwise \
         ({issued_otherwise} of them issued), {not_read} not at all"
    );
    if *seen_before > 0 {
        text.push_str(&format!("; {seen_before} are acts that this --data already holds"));
    }
    text
}
