//! `rasid import FACT FILE.csv`: facts of other registers, all or nothing, bad rows by line.

use crate::config;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, PoolPurpose};
use adjudicate::import::{Fact, ImportError, ImportReport, import};
use anyhow::Context;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The arguments of `rasid import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  rasid import ownership transfers.csv --config /etc/rasid.toml\n\nThe first line names \
    the columns, each line after it is a row; cells are separated by commas. Numbers are written 300 or 300.50, times \
    2026-10-31T08:00:00+02:00, yes and no true and false, public keys in base64. A file with a bad row changes nothing; \
    importing the same file twice changes nothing."
)]
pub(crate) struct ImportArguments {
    /// Kind of fact; an unknown one lists those known.
    fact: Fact,
    /// The CSV file, UTF-8.
    file: PathBuf,
    /// Configuration file; only [database] is looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: ImportArguments) -> anyhow::Result<()> {
    let ImportArguments { fact, file, config } = arguments;
    let reader = File::open(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let database: DatabaseConfig = config::section(config.as_deref(), "database")?;
    database.validate()?;
    let database = db::connect(&database, PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    let ImportReport { rows, .. } =
        import(&database, fact, reader).await.map_err(|error| explained(error, &file))?;
    eprintln!("imported {rows} rows of {fact}");
    Ok(())
}

fn explained(error: ImportError, file: &Path) -> anyhow::Error {
    if let ImportError::BadRows { bad, .. } = &error {
        for row in bad {
            eprintln!("{}: {row}", file.display());
        }
    }
    anyhow::Error::new(error).context(format!("{} was not imported", file.display()))
}
