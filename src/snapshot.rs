//! Registry, keys and rules as the stream half holds them: read on a timer, and at once when something unknown comes.

use adjudicate::case::rule_table;
use adjudicate::facts::tariffs;
use adjudicate::foundation::db::Database;
use adjudicate::registry::store as registry_store;
use anyhow::Context;
use rules::policy::{Policies, Policy};
use rules::registry::Registry;
use schemas::camera_key::KeyRegistry;
use schemas::clock::Clock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Unknown keys and cameras cause at most one reading in this time, so that a stranger cannot flood the database.
const REFRESH_ON_UNKNOWN_INTERVAL: Duration = Duration::from_secs(1);

/// For so long an unknown key or camera is believed to be unknown without another look.
const UNKNOWN_MEMORY: Duration = Duration::from_secs(30);
/// Names of unknown keys and cameras that are remembered; with more, all are forgotten.
const UNKNOWN_MAX: usize = 10_000;
/// Records that wait for a reading at the same time; a stranger that makes up names holds up no more than these.
const WAITING_MAX: usize = 8;

/// The snapshots in force.
#[derive(Debug)]
pub struct Snapshots {
    database: Database,
    clock: Arc<dyn Clock>,
    /// The rules as they were built.
    built: Policies,
    current: RwLock<Current>,
    refreshed: Mutex<Duration>,
    turn: tokio::sync::Mutex<()>,
    /// Names that a reading did not know, with the monotonic time of that.
    unknown: Mutex<HashMap<String, Duration>>,
    waiting: Semaphore,
}

/// What was read together.
#[derive(Debug, Clone)]
struct Current {
    registry: Arc<Registry>,
    keys: Arc<KeyRegistry>,
    policies: Arc<Policies>,
}

impl Snapshots {
    /// Reads all for the first time.
    ///
    /// # Errors
    /// When the database fails, the registry contradicts itself or the rules do not load.
    pub async fn load(database: Database, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let built = Policies::compiled_in()?;
        let current = read(&database, &built).await?;
        let refreshed = Mutex::new(clock.monotonic());
        Ok(Self {
            database,
            clock,
            built,
            current: RwLock::new(current),
            refreshed,
            turn: tokio::sync::Mutex::new(()),
            unknown: Mutex::default(),
            waiting: Semaphore::new(WAITING_MAX),
        })
    }

    /// Sites, cameras, certificates, signs.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).registry)
    }

    /// Cameras and their keys.
    #[must_use]
    pub fn keys(&self) -> Arc<KeyRegistry> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).keys)
    }

    /// Rules of all countries, with the fines that were imported since they were built.
    #[must_use]
    pub fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).policies)
    }

    /// Reads again for the sake of an unknown key or camera, unless that was done a moment ago or too many wait for it.
    pub async fn refresh_for(&self, name: &str) {
        let now = self.clock.monotonic();
        {
            let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
            if unknown.get(name).is_some_and(|at| now.saturating_sub(*at) < UNKNOWN_MEMORY) {
                return;
            }
            if unknown.len() >= UNKNOWN_MAX {
                unknown.clear();
            }
        }
        let Ok(_place) = self.waiting.try_acquire() else { return };
        self.refresh_now().await;
        let read_at = *self.refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), read_at);
    }

    /// Reads again, unless somebody else began to since this was called; what cannot be read stays as it was.
    async fn refresh_now(&self) {
        let asked = self.clock.monotonic();
        let _turn = self.turn.lock().await;
        let last = *self.refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        if last > asked {
            return;
        }
        let due = last + REFRESH_ON_UNKNOWN_INTERVAL;
        tokio::time::sleep(due.saturating_sub(self.clock.monotonic())).await;
        self.refresh().await;
    }

    /// Reads again every `interval` until `shutdown`.
    ///
    /// # Errors
    /// Never; a failed reading is logged and the old snapshot stays.
    pub async fn keep_fresh(
        self: Arc<Self>,
        interval: Duration,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(interval) => {
                    let _turn = self.turn.lock().await;
                    self.refresh().await;
                }
            }
        }
    }

    async fn refresh(&self) {
        let begun = self.clock.monotonic();
        match read(&self.database, &self.built).await {
            Ok(current) => *self.current.write().unwrap_or_else(PoisonError::into_inner) = current,
            Err(error) => {
                tracing::warn!("the registry could not be read again, the old one stays: {error:#}")
            }
        }
        *self.refreshed.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }
}

async fn read(database: &Database, built: &Policies) -> anyhow::Result<Current> {
    let registry = registry_store::load(database).await.context("the registry cannot be read")?;
    let keys = registry_store::load_keys(database).await.context("the camera keys cannot be read")?;
    let (policies, texts) = tariffs::load(database, built).await.context("the fines cannot be read")?;
    for text in texts {
        // Kept before any case names them.
        let sha256 = Policy::load(text.jurisdiction, &text.sources())?.rule_table_sha256();
        rule_table::keep(database, sha256, text.jurisdiction, &text.sources()).await?;
    }
    Ok(Current { registry: Arc::new(registry), keys: Arc::new(keys), policies: Arc::new(policies) })
}
