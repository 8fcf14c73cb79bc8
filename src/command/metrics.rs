//! `rasid metrics`: what the program counts.

use crate::telemetry::catalogue::{self, MetricDescription};
use anyhow::Context;
use std::io::{Write, stdout};

/// The arguments of `rasid metrics`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  rasid metrics --list --json")]
pub(crate) struct MetricsArguments {
    /// Print every metric with its type, labels and meaning; the values are at /metrics of a running process.
    #[arg(long, required = true)]
    list: bool,
    /// As a JSON array of objects with name, type, help and labels.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &MetricsArguments) -> anyhow::Result<()> {
    let metrics = catalogue::metrics().context("the metrics cannot be made")?;
    let text = if arguments.json {
        format!("{}\n", serde_json::to_string_pretty(&metrics)?)
    } else {
        metrics.iter().map(line).collect()
    };
    Ok(stdout().write_all(text.as_bytes())?)
}

fn line(metric: &MetricDescription) -> String {
    let MetricDescription { name, kind, help, labels } = metric;
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    format!("{name}{labels}  {kind}  {help}\n")
}
