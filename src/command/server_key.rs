//! `rasid server-key`: the key that this installation signs with.

use crate::config;
use crate::signing::{self, SigningConfig};
use anyhow::Context;
use chrono::TimeDelta;
use schemas::clock::{Clock, SystemClock};
use std::io::Write;
use std::path::PathBuf;

/// Longest time for which a replaced key is still believed, hours.
const OVERLAP_HOURS_MAX: i64 = 720;

/// The arguments of `rasid server-key`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  rasid server-key make --config /etc/rasid.toml\n  rasid server-key show > rasid-public.pem\n  \
    rasid server-key rotate\n\nThe private key stands in signing.key_file, which only its owner may read; the public keys of \
    this installation, old ones with their time, beside it in a file that ends in .public.toml. Give that file to whoever \
    is to check what was signed, and keep it where the owner of the database does not write."
)]
pub(crate) struct ServerKeyArguments {
    #[command(subcommand)]
    command: ServerKeyCommand,
    /// Configuration file; only [signing] is looked at.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum ServerKeyCommand {
    /// Makes the key and its file.
    Make,
    /// Prints the public key as PEM on stdout, and its id and its bytes in base64 on stderr.
    Show,
    /// Makes another key; what the old one signed stays good. Start `rasid run` and `rasid serve` again afterwards.
    Rotate {
        /// Hours for which the old one may still sign: processes that run have it.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=OVERLAP_HOURS_MAX))]
        overlap_hours: u32,
    },
}

pub(crate) fn run(arguments: &ServerKeyArguments) -> anyhow::Result<()> {
    let signing: SigningConfig = config::section(arguments.config.as_deref(), "signing")?;
    let file = signing.required_file()?;
    let now = SystemClock::new().now();
    let public_file = signing::public_file(file);
    match arguments.command {
        ServerKeyCommand::Make => {
            let key = signing::make(file, now).with_context(
                || "the key was not made; `rasid server-key rotate` replaces one that is there",
            )?;
            eprintln!("{} signs from now on; its public part is in {}", key.id(), public_file.display());
        }
        ServerKeyCommand::Show => {
            let key = signing::load(file)?;
            eprintln!("{}  {}", key.public().id(), key.public().key());
            write!(std::io::stdout(), "{}", key.public().to_pem())?;
        }
        ServerKeyCommand::Rotate { overlap_hours } => {
            let key = signing::rotate(file, now, TimeDelta::hours(i64::from(overlap_hours)))?;
            eprintln!(
                "{} signs as soon as `rasid run` and `rasid serve` are started again, within {overlap_hours} h; hand out {} anew",
                key.id(),
                public_file.display()
            );
        }
    }
    Ok(())
}
