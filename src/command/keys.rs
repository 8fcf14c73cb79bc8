//! `rasid keys`: who may call the service.

use crate::config;
use adjudicate::access::administration::{ListedKey, Rotation, list_keys, revoke_key, rotate_key};
use adjudicate::access::store::{NewApiKey, issue_key};
use adjudicate::access::{Identity, Role};
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, Database, PoolPurpose};
use anyhow::{Context, bail};
use schemas::clock::{Clock, SystemClock};
use schemas::ids::{ApiKeyId, ReviewerId};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Longest life of a key, days: whoever keeps one longer must look whether it is still needed.
const DAYS_MAX: i64 = 400;
/// Longest time for which a replaced key goes on, hours.
const OVERLAP_HOURS_MAX: i64 = 720;

/// The arguments of `rasid keys`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid keys issue --role reviewer --reviewer reviewer-7 --label \"night shift\" --days 90\n  \
    rasid keys list\n  rasid keys rotate key_… --days 90 --overlap-hours 24\n  rasid keys revoke key_…\n\nA key is \
    printed once, on stdout; only a hash of it is kept."
)]
pub(crate) struct KeysArguments {
    #[command(subcommand)]
    command: KeysCommand,
    /// Configuration file; only [database] is looked at.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum KeysCommand {
    /// Makes a key for a reviewer, an auditor, an administrator or a citizens' portal.
    Issue(IssueArguments),
    /// Lists all keys: whose, since when, until when, last used.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Makes another key for the same holder and lets the old one end soon.
    Rotate {
        /// The old key's id, as `list` shows it.
        key: ApiKeyId,
        /// Days for which the new one is good.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
        days: u32,
        /// Hours for which the old one goes on.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=OVERLAP_HOURS_MAX))]
        overlap_hours: u32,
    },
    /// Ends a key and every session that it opened, at once.
    Revoke {
        /// The key's id, as `list` shows it.
        key: ApiKeyId,
    },
}

#[derive(Debug, clap::Args)]
struct IssueArguments {
    /// citizen (a portal that citizens use), reviewer, auditor or administrator.
    #[arg(long)]
    role: Role,
    /// Which person a reviewer is; stands on every decision.
    #[arg(long, value_name = "ID", required_if_eq("role", "reviewer"))]
    reviewer: Option<ReviewerId>,
    /// What the key is for, 1 to 200 characters.
    #[arg(long)]
    label: String,
    /// Days for which it is good.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
    days: u32,
}

pub(crate) async fn run(arguments: KeysArguments) -> anyhow::Result<()> {
    let KeysArguments { command, config } = arguments;
    let database: DatabaseConfig = config::section(config.as_deref(), "database")?;
    database.validate()?;
    let database = db::connect(&database, PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    match command {
        KeysCommand::Issue(arguments) => issue(&database, arguments).await,
        KeysCommand::List { json } => list(&database, json).await,
        KeysCommand::Rotate { key, days, overlap_hours } => {
            let new = rotate_key(&database, key, Rotation { days, overlap_hours }).await?;
            let new = new.with_context(|| format!("there is no key {key} that is still good"))?;
            eprintln!("{key} ends in {overlap_hours} h; the new key {} is good for {days} days:", new.id());
            Ok(writeln!(std::io::stdout(), "{}", new.reveal())?)
        }
        KeysCommand::Revoke { key } => {
            if !revoke_key(&database, key).await? {
                bail!("there is no key {key} that is still good");
            }
            eprintln!("{key} is ended, and every session that it opened");
            Ok(())
        }
    }
}

async fn issue(database: &Database, arguments: IssueArguments) -> anyhow::Result<()> {
    let IssueArguments { role, reviewer, label, days } = arguments;
    if label.trim().is_empty() || label.chars().count() > 200 {
        bail!("--label must have 1 to 200 characters");
    }
    let identity = match (role, reviewer) {
        (Role::Reviewer, Some(reviewer)) => Identity::Reviewer(reviewer),
        (Role::Reviewer, None) => bail!("a reviewer's key names the person: add --reviewer ID"),
        (Role::Citizen | Role::Auditor | Role::Administrator, Some(_)) => {
            bail!("--reviewer belongs to --role reviewer")
        }
        (Role::Citizen, None) => Identity::Citizen,
        (Role::Auditor, None) => Identity::Auditor,
        (Role::Administrator, None) => Identity::Administrator,
    };
    let new = NewApiKey { label, identity, days: Some(days), loopback_only: false };
    let key = issue_key(database, &new).await?;
    eprintln!("{} is good for {days} days; it is shown only now:", key.id());
    Ok(writeln!(std::io::stdout(), "{}", key.reveal())?)
}

async fn list(database: &Database, json: bool) -> anyhow::Result<()> {
    let now = SystemClock::new().now();
    let mut output = std::io::stdout().lock();
    for key in list_keys(database).await? {
        let state = match (key.is_good_at(now), key.revoked_at) {
            (true, _) => "good",
            (false, Some(_)) => "revoked",
            (false, None) => "expired",
        };
        let ListedKey { id, label, principal, created_at, expires_at, revoked_at, last_used_at } = key;
        let (role, reviewer) = (principal.identity.role(), principal.reviewer());
        if json {
            let line = json!({
                "id": id.to_string(), "state": state, "role": role.label(), "label": label,
                "reviewer": reviewer.map(ReviewerId::as_str), "created_at": created_at, "expires_at": expires_at,
                "revoked_at": revoked_at, "last_used_at": last_used_at,
            });
            writeln!(output, "{line}")?;
        } else {
            let day = |at: Option<chrono::DateTime<chrono::Utc>>| {
                at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d").to_string())
            };
            let who =
                reviewer.map_or_else(|| role.label().to_owned(), |reviewer| format!("{role} {reviewer}"));
            let (ends, used) = (day(expires_at), day(last_used_at));
            writeln!(output, "{id}  {state:<7}  {who}  until {ends}  last used {used}  {label}")?;
        }
    }
    Ok(())
}
