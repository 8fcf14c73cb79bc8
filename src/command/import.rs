//! `rasid import FACT FILE.csv`: facts of other registers, all or nothing, bad rows by line; and fines as a whole table.

use crate::config;
use adjudicate::facts::tariffs::{ImportedTariffs, import_tariffs};
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::Database;
use adjudicate::foundation::db::{self, PoolPurpose};
use adjudicate::import::{Fact, ImportError, ImportReport, import};
use anyhow::{Context, bail};
use rules::policy::Policies;
use schemas::clock::{Clock, SystemClock};
use schemas::text::plain_text;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The arguments of `rasid import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  rasid import ownership transfers.csv --config /etc/rasid.toml\n\nThe first line names \
    the columns, each line after it is a row; cells are separated by commas. Numbers are written 300 or 300.50, times \
    2026-10-31T08:00:00+02:00, yes and no true and false, public keys in base64. A file with a bad row changes nothing; \
    importing the same file twice changes nothing.\n\nFines \
    are a file of the form of schemas/jurisdictions/*/tariffs.toml with all rows of the country:\n  rasid import tariffs \
    tariffs.toml --source \"official gazette 12/2027\" --config /etc/rasid.toml\nThey count for acts in the days that each \
    row names, and may ask more for no day that has begun."
)]
pub(crate) struct ImportArguments {
    /// Kind of fact, or `tariffs`; an unknown one lists those known.
    fact: Imported,
    /// The CSV file, UTF-8.
    file: PathBuf,
    /// Where the fines were announced.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Configuration file; only [database] is looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What can be imported.
#[derive(Debug, Clone, Copy)]
enum Imported {
    /// Rows.
    Fact(Fact),
    /// The fines of a country.
    Tariffs,
}

/// Name of the fines on the command line.
const TARIFFS: &str = "tariffs";

impl FromStr for Imported {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == TARIFFS {
            return Ok(Self::Tariffs);
        }
        text.parse()
            .map(Self::Fact)
            .map_err(|error: adjudicate::import::UnknownFact| format!("{error}, {TARIFFS}"))
    }
}

pub(crate) async fn run(arguments: ImportArguments) -> anyhow::Result<()> {
    let ImportArguments { fact, file, source, config } = arguments;
    let reader = File::open(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let database: DatabaseConfig = config::section(config.as_deref(), "database")?;
    database.validate()?;
    let database = db::connect(&database, PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    match (fact, source) {
        (Imported::Tariffs, Some(source)) => fines(&database, &file, &source).await,
        (Imported::Tariffs, None) => bail!("--source is missing: say where the fines were announced"),
        (Imported::Fact(_), Some(_)) => {
            bail!("--source is for tariffs; other files name the source in their rows")
        }
        (Imported::Fact(fact), None) => {
            let ImportReport { rows, .. } =
                import(&database, fact, reader).await.map_err(|error| explained(error, &file))?;
            eprintln!("imported {rows} rows of {fact}");
            Ok(())
        }
    }
}

async fn fines(database: &Database, file: &Path, source: &str) -> anyhow::Result<()> {
    let named = || format!("{} was not imported", file.display());
    let bytes = std::fs::read(file).with_context(named)?;
    let body = plain_text::decode(bytes).with_context(named)?;
    let (built, now) = (Policies::compiled_in()?, SystemClock::new().now());
    let done = import_tariffs(database, &built, &body, source, now).await.with_context(named)?;
    let ImportedTariffs { jurisdiction, sha256, active_rows, is_known } = done;
    if is_known {
        eprintln!("these fines of {jurisdiction} are in force already; nothing was changed");
    } else {
        eprintln!(
            "imported the fines of {jurisdiction}: {active_rows} rows may issue, sha256 {sha256}; `rasid run` reads them \
             within pipeline.registry_refresh_seconds, `rasid serve` answers by them at once and shows them after a restart"
        );
    }
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
