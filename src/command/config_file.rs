//! The argument of the commands that need a configuration.

use crate::config::Config;
use clap::Args;
use std::path::{Path, PathBuf};

/// Where the configuration is.
#[derive(Debug, Args)]
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
