//! `rasid migrate`: brings the tables up to date.

use crate::config;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, PoolPurpose};
use std::path::PathBuf;

/// The arguments of `rasid migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  RASID_DATABASE__URL=postgres://… rasid migrate")]
pub(crate) struct MigrateArguments {
    /// Configuration file; only [database] is looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: MigrateArguments) -> anyhow::Result<()> {
    let database: DatabaseConfig = config::section(arguments.config.as_deref(), "database")?;
    database.validate()?;
    let database = db::connect(&database, PoolPurpose::Jobs).await?;
    db::migrate(&database).await?;
    eprintln!("the tables are up to date");
    Ok(())
}
