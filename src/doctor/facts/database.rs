//! What PostgreSQL tells.

use crate::config::Config;
use crate::doctor::told::Told;
use adjudicate::access::administration::{ListedKey, list_keys};
use adjudicate::foundation::condition::{self, MissingMonth, SchemaProblem, ServerCondition};
use adjudicate::foundation::db::{self, ConnectError, Database, PoolPurpose};
use adjudicate::registry::store as registry_store;
use adjudicate::stream::administration::{RefusedEvents, StoredPosition, positions, refused_events};
use ingest::condition::clock::TwoClocks;
use rules::registry::RegistryRows;
use schemas::camera_key::CameraKey;
use schemas::clock::Clock;
use schemas::error_chain::ErrorChain;
use std::error::Error;

/// Dead letters older than this say nothing of today.
const REFUSED_DAYS: u32 = 1;

/// What PostgreSQL tells.
#[derive(Debug)]
pub(crate) struct DatabaseFacts {
    /// Whether it serves us.
    pub answer: Result<(), DatabaseTrouble>,
    /// Its clock beside ours.
    pub clocks: Told<TwoClocks>,
    /// Version and limits.
    pub server: Told<ServerCondition>,
    /// What is not as migrations leave it.
    pub schema: Told<Vec<SchemaProblem>>,
    /// Months without partitions.
    pub months: Told<Vec<MissingMonth>>,
    /// Where the stream half stands in the events topic, of whatever cluster.
    pub positions: Told<Vec<PositionFacts>>,
    /// Events that could not be used lately.
    pub refused: Told<Vec<RefusedEvents>>,
    /// Sites, cameras, certificates, signs.
    pub registers: Told<RegistryRows>,
    /// Keys of cameras.
    pub camera_keys: Told<Vec<CameraKey>>,
    /// Keys of people and portals.
    pub access: Told<Vec<ListedKey>>,
}

/// Why it does not serve us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatabaseTrouble {
    /// Nobody answers.
    Away(String),
    /// It answers, and not to us.
    Refused(String),
    /// The address is none.
    Settings(String),
}

/// A stored position, and what the log says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PositionFacts {
    /// The row.
    pub stored: StoredPosition,
    /// First offset of a record that was appended after the row was last written; `None` if there is none.
    pub first_offset_since: Option<i64>,
}

impl DatabaseFacts {
    /// Nothing is known, for one reason.
    #[must_use]
    pub(crate) fn none(why: &str) -> Self {
        Self::without(DatabaseTrouble::Settings(why.to_owned()), why)
    }

    fn without(trouble: DatabaseTrouble, why: &str) -> Self {
        Self {
            answer: Err(trouble),
            clocks: Err(why.to_owned()),
            server: Err(why.to_owned()),
            schema: Err(why.to_owned()),
            months: Err(why.to_owned()),
            positions: Err(why.to_owned()),
            refused: Err(why.to_owned()),
            registers: Err(why.to_owned()),
            camera_keys: Err(why.to_owned()),
            access: Err(why.to_owned()),
        }
    }
}

/// Asks PostgreSQL.
pub(crate) async fn gather(config: &Config, clock: &dyn Clock) -> DatabaseFacts {
    let database = match db::connect(&config.database, PoolPurpose::Admin).await {
        Ok(database) => database,
        Err(error) => return unanswered(&error),
    };
    let facts = ask(&database, config, clock).await;
    database.close().await;
    facts
}

fn unanswered(error: &ConnectError) -> DatabaseFacts {
    let told = error.to_string();
    match error {
        ConnectError::Refused { .. } | ConnectError::Encryption { .. } => {
            DatabaseFacts::without(DatabaseTrouble::Refused(told), "the database refuses")
        }
        ConnectError::Unreachable { .. } => {
            DatabaseFacts::without(DatabaseTrouble::Away(told), "the database is away")
        }
        ConnectError::Address | ConnectError::Behind | ConnectError::Migrate(_) | ConnectError::Grant(_) => {
            DatabaseFacts::without(DatabaseTrouble::Settings(told), "database.url cannot be used")
        }
    }
}

async fn ask(database: &Database, config: &Config, clock: &dyn Clock) -> DatabaseFacts {
    let topic = &config.kafka.events_topic;
    let stored = told(positions(database).await).map(|stored| {
        let of_topic = stored.into_iter().filter(|position| *position.partition.topic == **topic);
        of_topic.map(|stored| PositionFacts { stored, first_offset_since: None }).collect()
    });
    let keys = told(registry_store::load_keys(database).await);
    DatabaseFacts {
        answer: Ok(()),
        clocks: clocks(database, clock).await,
        server: told(condition::server(database).await),
        schema: told(condition::schema_problems(database).await),
        months: told(condition::missing_months(database, config.adjudicate.month_partitions_ahead).await),
        positions: stored,
        refused: told(refused_events(database, REFUSED_DAYS).await),
        registers: told(registry_store::load_rows(database).await),
        camera_keys: keys.map(|keys| keys.keys().cloned().collect()),
        access: told(list_keys(database).await),
    }
}

async fn clocks(database: &Database, clock: &dyn Clock) -> Told<TwoClocks> {
    let before = clock.now();
    let theirs = told(condition::time(database).await)?;
    Ok(TwoClocks { before, theirs, after: clock.now() })
}

fn told<T, E: Error + 'static>(result: Result<T, E>) -> Told<T> {
    result.map_err(|error| format!("the tables cannot be read, see database.schema: {}", ErrorChain(&error)))
}
