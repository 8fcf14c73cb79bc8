//! `rasid migrate`: brings the tables up to date.

use crate::config;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, PoolPurpose};
use std::path::PathBuf;

/// The arguments of `rasid migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  RASID_DATABASE__URL=postgres://… rasid migrate\n\n\
    With database.migrate_url the tables belong to that role, and database.write_role and database.read_role are granted \
    what they need and nothing else.")]
pub(crate) struct MigrateArguments {
    /// Configuration file; only [database] is looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: MigrateArguments) -> anyhow::Result<()> {
    let database: DatabaseConfig = config::section(arguments.config.as_deref(), "database")?;
    database.validate()?;
    let grantees = database.grantees();
    let database = db::connect(&database.for_migrating(), PoolPurpose::Jobs).await?;
    db::migrate(&database, &grantees).await?;
    eprintln!("the tables are up to date");
    Ok(())
}
