//! `rasid dead-letters`: records that could not be used. Lists them, shows one, sends those again whose cause is mended.

mod resend;
mod select;
mod tell;

use crate::config::Config;
use anyhow::{Context, bail};
use schemas::clock::{Clock, SystemClock};
use select::{Chosen, Filters, LetterId};
use std::path::PathBuf;
use std::sync::Arc;

/// Characters of the reason that stands in the audit.
const WHY_CHARACTERS: std::ops::RangeInclusive<usize> = 10..=500;

/// The arguments of `rasid dead-letters`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid dead-letters list --since 2026-11-28T00:00:00Z --config /etc/rasid.toml\n  rasid \
    dead-letters show 3@41 --config /etc/rasid.toml\n  rasid dead-letters resend --reason unknown_key --why \"key \
    imported, ticket 4711\" --config /etc/rasid.toml\n\nA record is named by partition and offset in the topic of \
    events. Sending it twice does no harm: the second is a duplicate of the first."
)]
pub(crate) struct DeadLettersArguments {
    #[command(subcommand)]
    command: DeadLettersCommand,
    /// Configuration file; [kafka], [database], [ingest] and [pipeline] are looked at.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum DeadLettersCommand {
    /// Lists them: where each stood, why, when, of which camera, the digest of its bytes. Nothing of an event is shown.
    List {
        #[command(flatten)]
        filters: Filters,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Shows one: its headers by name, whether it would be taken now, and what to do.
    Show {
        /// PARTITION@OFFSET, as `list` names it.
        id: LetterId,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Sends those chosen back to the topic of events, under their key and with their headers, if they would be taken now;
    /// each is written to the audit first.
    Resend {
        /// These alone, as PARTITION@OFFSET.
        ids: Vec<LetterId>,
        #[command(flatten)]
        filters: Filters,
        /// Every dead letter of the topic.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Why, 10 to 500 characters; stands in the audit.
        #[arg(long, required_unless_present = "dry_run")]
        why: Option<String>,
        /// Says what would be sent, and sends nothing.
        #[arg(long)]
        dry_run: bool,
        /// Sends those too that would be refused now.
        #[arg(long)]
        even_if_refused: bool,
    },
}

pub(crate) async fn run(arguments: DeadLettersArguments) -> anyhow::Result<()> {
    let DeadLettersArguments { command, config } = arguments;
    let config = Config::load(config.as_deref())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    match command {
        DeadLettersCommand::List { filters, json } => {
            let chosen = Chosen { ids: Vec::new(), filters };
            tell::list(chosen.read(&config.kafka, clock), json).await
        }
        DeadLettersCommand::Show { id, json } => {
            let chosen = Chosen { ids: vec![id], filters: Filters::default() };
            let letter = chosen.read(&config.kafka, Arc::clone(&clock)).next().await?;
            let letter = letter.with_context(|| format!("no dead letter {id} is kept"))?;
            let now = resend::Judge::load(&config, clock).await?.judge(&letter);
            tell::show(&letter, &now, json)
        }
        DeadLettersCommand::Resend { ids, filters, all, why, dry_run, even_if_refused } => {
            if ids.is_empty() && filters == Filters::default() && !all {
                bail!("name what is to be sent: ids, --reason, --camera, --since or --until, or --all");
            }
            let why = why.unwrap_or_default();
            if !dry_run && !WHY_CHARACTERS.contains(&why.trim().chars().count()) {
                bail!("--why must have 10 to 500 characters: it stands in the audit");
            }
            let order = resend::Order { why: why.trim().to_owned(), dry_run, even_if_refused };
            resend::resend(&config, clock, Chosen { ids, filters }, order).await
        }
    }
}
