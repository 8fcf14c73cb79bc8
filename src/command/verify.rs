//! `rasid verify`: whether everything is still what was recorded, by public keys alone.

use crate::config::Config;
use crate::signing::copies::CopyFolder;
use crate::signing::verify::{Verification, VerifyTotals};
use crate::signing::{self, SigningConfig};
use adjudicate::case::assessment;
use adjudicate::foundation::db::{self, PoolPurpose};
use anyhow::{Context, bail};
use schemas::seal::keys::ServerKeys;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The arguments of `rasid verify`.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("which").required(true)),
    after_help = "Examples:\n  rasid verify --all --config /etc/rasid.toml --public-key server.pem.public.toml\n  \
    rasid verify --case V-7K2M-9QXD-4\n\nNothing is written. Rows are compared with their chains, chains with the signed \
    checkpoints that their heads stand in, manifests with their signatures, and the database's checkpoints with the copies \
    that were made of them. Exit code 1 when anything is not as it was recorded."
)]
pub(crate) struct VerifyArguments {
    /// One case: a violation's reference, or the id of a violation, manual check or objection.
    #[arg(long, value_name = "ID", group = "which")]
    case: Option<String>,
    /// Every case and every checkpoint.
    #[arg(long, group = "which")]
    all: bool,
    /// Public keys that are trusted: PEM, or the file of `rasid server-key`; else the one beside that of the server.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Folder of copies of checkpoints; else the one of the configuration.
    #[arg(long, value_name = "FOLDER")]
    copies: Option<PathBuf>,
    /// Takes manifests that nobody signed for no fault: those from before there was a key.
    #[arg(long)]
    allow_unsigned: bool,
    /// The totals as one JSON line.
    #[arg(long)]
    json: bool,
    /// Configuration file; [database], [evidence] and [signing] are looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: VerifyArguments) -> anyhow::Result<()> {
    let VerifyArguments { case, all: _, public_key, copies, allow_unsigned, json, config } = arguments;
    let config = Config::load(config.as_deref())?;
    let keys = keys(public_key.as_deref(), &config.signing)?;
    let copies = CopyFolder::new(copies.unwrap_or_else(|| config.signing.copies(&config.evidence.directory)));
    let database = db::connect(&config.database.for_reading(), PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    let verification =
        Verification { database: &database, keys: &keys, copies: &copies, allows_unsigned: allow_unsigned };
    let totals = match case {
        Some(name) => {
            let case = assessment::named(&database, &name).await?;
            let case = case.with_context(|| format!("no case is called '{name}'"))?;
            verification.case(case, |fault| tell(fault, json)).await?
        }
        None => verification.all(|fault| tell(fault, json)).await?,
    };
    if json {
        writeln!(std::io::stdout(), "{}", serde_json::to_string(&totals)?)?;
    } else {
        writeln!(std::io::stdout(), "{}", summary(&totals))?;
    }
    if totals.faults > 0 {
        bail!("{} things are not as they were recorded", totals.faults);
    }
    Ok(())
}

fn keys(file: Option<&Path>, signing: &SigningConfig) -> anyhow::Result<ServerKeys> {
    match file {
        Some(file) => signing::public_keys(file),
        None => {
            let own = signing.required_file().context("say which keys are trusted with --public-key FILE")?;
            signing::public_keys(&signing::public_file(own))
        }
    }
}

/// With JSON only on stderr. A reader that closed the pipe has seen enough.
fn tell(fault: &str, json: bool) {
    let _told =
        if json { writeln!(std::io::stderr(), "{fault}") } else { writeln!(std::io::stdout(), "{fault}") };
}

fn summary(totals: &VerifyTotals) -> String {
    let VerifyTotals { cases, unsigned, unsealed, checkpoints, copies, faults } = totals;
    format!(
        "{cases} cases, {unsigned} with a manifest that nobody signed, {unsealed} with links in no checkpoint yet; \
         {checkpoints} checkpoints, {copies} of them copied; {faults} faults"
    )
}
