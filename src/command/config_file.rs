//! The option of every command that needs the configuration.

use crate::config::Config;
use std::path::{Path, PathBuf};

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArguments {
    /// Configuration file; it names only what differs from the defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigArguments {
    pub(crate) fn file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    pub(crate) fn load(&self) -> anyhow::Result<Config> {
        Config::load(self.file())
    }
}
