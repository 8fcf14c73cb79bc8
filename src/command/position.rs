//! `rasid position`: where the stream half stands in each partition, and how a partition goes on that cannot by itself.

use crate::config::Config;
use adjudicate::foundation::db::{self, Database, PoolPurpose};
use adjudicate::stream::administration::{StoredPosition, positions, skip};
use anyhow::{Context, bail};
use ingest::log::LogProbe;
use schemas::delivery::PartitionKey;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// The arguments of `rasid position`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid position show --config /etc/rasid.toml\n  rasid position skip --partition 3 --to 1200 \
    --reason \"deleted by retention, asked for again\" --config /etc/rasid.toml\n\nA process that stopped at the partition \
    takes it up again when it is restarted."
)]
pub(crate) struct PositionArguments {
    #[command(subcommand)]
    command: PositionCommand,
    /// Configuration file; [kafka] and [database] are looked at.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum PositionCommand {
    /// Lists every partition: position, ends of its log, what is left, how its records ended.
    Show {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Moves the position of one partition; written to the audit with the reason.
    Skip {
        /// The partition's number.
        #[arg(long)]
        partition: i32,
        /// First offset that is read from then on.
        #[arg(long, value_name = "OFFSET")]
        to: i64,
        /// Why, 10 to 500 characters.
        #[arg(long)]
        reason: String,
    },
}

pub(crate) async fn run(arguments: PositionArguments) -> anyhow::Result<()> {
    let PositionArguments { command, config } = arguments;
    let config = Config::load(config.as_deref())?;
    let database = db::connect(&config.database, PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    let probe = LogProbe::new(&config.kafka)?;
    match command {
        PositionCommand::Show { json } => show(&database, &probe, json).await,
        PositionCommand::Skip { partition, to, reason } => {
            if !(10..=500).contains(&reason.trim().chars().count()) {
                bail!("--reason must have 10 to 500 characters: it stands in the audit");
            }
            let cluster = probe.cluster().await?.into();
            let topic = config.kafka.events_topic.as_str().into();
            let key = PartitionKey { cluster, topic, partition };
            let (low, high) = probe.ends(&key.topic, partition).await?;
            if !(low..=high).contains(&to) {
                bail!("--to {to} lies outside the log of {key}, which holds {low} to {high}");
            }
            let before = skip(&database, &key, to, reason.trim()).await?;
            eprintln!(
                "{key} was at {} and goes on at {to}; restart the process that stopped there",
                before.next_offset
            );
            Ok(())
        }
    }
}

async fn show(database: &Database, probe: &LogProbe, json: bool) -> anyhow::Result<()> {
    let cluster =
        probe.cluster().await.context("without the broker it is not known which log a position is in")?;
    let mut output = std::io::stdout().lock();
    for stored in positions(database).await? {
        let StoredPosition { partition, owner_epoch, start_offset, next_offset, counts, skipped, updated_at } =
            stored;
        let here = *partition.cluster == *cluster;
        let ends = if here { probe.ends(&partition.topic, partition.partition).await.ok() } else { None };
        if json {
            let line = json!({
                "cluster": &*partition.cluster, "topic": &*partition.topic, "partition": partition.partition,
                "position": next_offset, "start_offset": start_offset, "log_start": ends.map(|(low, _)| low),
                "log_end": ends.map(|(_, high)| high), "records": counts.total(), "skipped": skipped,
                "owner_epoch": owner_epoch.0, "updated_at": updated_at,
            });
            writeln!(output, "{line}")?;
            continue;
        }
        let log = match ends {
            Some((low, high)) if next_offset < low => format!("log {low} to {high}: STANDS BEFORE ITS START"),
            Some((low, high)) if next_offset > high => format!("log {low} to {high}: STANDS BEHIND ITS END"),
            Some((low, high)) => format!("log {low} to {high}, {} left", high - next_offset),
            None if here => "its log is not known to the broker".to_owned(),
            None => format!("of another cluster, {}", partition.cluster),
        };
        let (settled, at) = (counts.total(), updated_at.format("%Y-%m-%d %H:%M:%SZ"));
        writeln!(
            output,
            "{partition}  position {next_offset}  {log}  {settled} settled, {skipped} skipped  moved {at}"
        )?;
    }
    Ok(())
}
