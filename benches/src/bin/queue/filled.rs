//! The queue that is measured.

use adjudicate::foundation::db::{self, Database, PoolPurpose};
use adjudicate::testing::TestDatabase;
use rasid::config::Config;
use schemas::clock::{Clock, SystemClock};
use std::sync::Arc;

/// A filled queue, and a pool to it as `rasid serve` has one.
pub(crate) struct Queue {
    pub(crate) database: TestDatabase,
    pub(crate) pool: Database,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Queue {
    pub(crate) async fn create(url: &str) -> anyhow::Result<Self> {
        let database = TestDatabase::create(url).await?;
        let config =
            Config::from_defaults_and(&format!("[database]\nurl = {:?}\n", database.config.url.expose()))?;
        let pool = db::connect(&config.database, PoolPurpose::Http).await?;
        Ok(Self { database, pool, config, clock: Arc::new(SystemClock::new()) })
    }

    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        self.pool.close().await;
        Ok(self.database.remove().await?)
    }
}
