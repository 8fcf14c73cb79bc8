//! `rasid check-config`: loads and checks the configuration, and prints it without secrets.

use super::config_file::ConfigArguments;
use crate::config;
use crate::exposure::exposures;
use crate::service::ANY_HOST;
use std::io::Write;

/// The arguments of `rasid check-config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  rasid check-config --config /etc/rasid.toml")]
pub(crate) struct CheckConfigArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

pub(crate) fn run(arguments: &CheckConfigArguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    write!(std::io::stdout(), "{}", config::printable(arguments.config.file())?)?;
    for exposure in exposures(&config.http, &config.admin) {
        eprintln!("warning: {exposure}; {}", exposure.remedy());
    }
    if config.http.takes_any_host() {
        eprintln!("warning: {ANY_HOST}");
    }
    eprintln!("the configuration can be used");
    Ok(())
}
