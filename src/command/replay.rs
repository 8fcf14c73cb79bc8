//! `rasid replay`: repeats assessments and machine answers from stored data and compares bytes.

use crate::config::Config;
use crate::replay::{Repeated, Repetition, Replay, ReplayTotals};
use adjudicate::case::assessment;
use adjudicate::foundation::db::{self, PoolPurpose};
use anyhow::{Context, bail};
use ingest::evidence::EvidenceStore;
use ingest::metrics::IngestMetrics;
use prometheus::Registry;
use std::io::Write;
use std::path::PathBuf;

/// The arguments of `rasid replay`.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("which").required(true)),
    after_help = "Examples:\n  rasid replay --all --config /etc/rasid.toml\n  rasid replay --case V-7K2M-9QXD-4 --json\n\n\
    Nothing is written and no picture is read again: the rules are applied once more to what the reader saw, what the \
    registry answered and what the camera signed, as stored with the case, by the texts of the rules of that time. \
    Exit code 1 when anything came out differently."
)]
pub(crate) struct ReplayArguments {
    /// One case: a violation's reference, or the id of a violation, manual check or objection.
    #[arg(long, value_name = "ID", group = "which")]
    case: Option<String>,
    /// Every case and every answer of the machine.
    #[arg(long, group = "which")]
    all: bool,
    /// The totals as one JSON line.
    #[arg(long)]
    json: bool,
    /// Configuration file; [database] and [evidence] are looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: ReplayArguments) -> anyhow::Result<()> {
    let ReplayArguments { case, all: _, json, config } = arguments;
    let config = Config::load(config.as_deref())?;
    let database = db::connect(&config.database.for_reading(), PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    let metrics = IngestMetrics::register(&Registry::new())?;
    let evidence = EvidenceStore::open(&config.evidence, metrics)?;
    let mut replay = Replay::new(&database, &evidence)?;
    let totals = match case {
        Some(name) => {
            let case = assessment::named(&database, &name).await?;
            let case = case.with_context(|| format!("no case is called '{name}'"))?;
            replay.case(case, |repeated| tell(repeated, json)).await?
        }
        None => replay.all(|repeated| tell(repeated, json)).await?,
    };
    if json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string(&totals)?)?;
    } else {
        writeln!(std::io::stdout(), "{}", summary(&totals))?;
    }
    if totals.different > 0 {
        bail!("{} of {} came out differently", totals.different, totals.repeated);
    }
    Ok(())
}

/// One line for each repetition that is not identical; with JSON only on stderr.
fn tell(repeated: &Repeated, json: bool) {
    let Repeated { what, ended } = repeated;
    let line = match ended {
        Repetition::Identical { .. } => return,
        Repetition::Different { what: difference } => format!("{what}: different {difference}"),
        Repetition::NotRepeatable { why } => format!("{what}: not repeatable: {why}"),
    };
    // A reader that closed the pipe has seen enough.
    let _told =
        if json { writeln!(std::io::stderr(), "{line}") } else { writeln!(std::io::stdout(), "{line}") };
}

fn summary(totals: &ReplayTotals) -> String {
    let ReplayTotals { repeated, identical, different, not_repeatable, bytes } = totals;
    format!(
        "{repeated} repeated: {identical} identical ({bytes} bytes), {different} different, {not_repeatable} not repeatable"
    )
}
