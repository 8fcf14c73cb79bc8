//! The demo's own world: provisioned services on loopback, a configuration for them, both halves running.

use crate::config::Config;
use crate::service::Service;
use crate::shutdown::Shutdown;
use crate::stream::{self, Shared};
use crate::telemetry;
use adjudicate::access::Identity;
use adjudicate::access::store::{NewApiKey, issue_key};
use adjudicate::foundation::db::{self, Database, PoolPurpose};
use anyhow::Context;
use ingest::log::LogProbe;
use ingest::topics;
use runtime::{FetchProgress, Locations, Provisioned, Runtime, ServiceOptions, Services};
use schemas::clock::{Clock, SystemClock};
use schemas::ids::ReviewerId;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Shown on every page of the demo, since its acts are invented.
const NOTICE_ARABIC: &str =
    "عرض تجريبي: المخالفات مختلقة ولم ترتكبها هذه المركبات، والصورة الثانية من كل واقعة مشتقة من الأولى.";
const NOTICE_ENGLISH: &str = "Demo: the acts are invented, these vehicles committed none, and the second picture of each act is derived from the first.";
/// Names of the demo's reviewers: roles, not people.
const REVIEWERS: [&str; 2] = ["demo-reviewer-1", "demo-reviewer-2"];

/// What the demo tells whoever wants to look at it.
#[derive(Debug, Clone, Serialize)]
pub struct Access {
    /// Address of the pages.
    pub page: String,
    /// Address of metrics and health.
    pub admin: String,
    /// Keys to sign in with; accepted on loopback only.
    pub reviewer_keys: Vec<String>,
    /// A key for citizens' portals.
    pub citizen_key: String,
    /// Known once all acts are settled.
    pub citizen_case: Option<CitizenCase>,
}

/// A violation that nobody has objected to, for whoever wants to see the citizens' pages.
#[derive(Debug, Clone, Serialize)]
pub struct CitizenCase {
    /// What the notice would say.
    pub reference: String,
    /// ASCII key of the plate.
    pub plate: String,
}

/// Everything that runs.
#[derive(Debug)]
pub struct World {
    /// The configuration in force.
    pub config: Config,
    /// Shared by both halves.
    pub shared: Shared,
    /// For looking and filing.
    pub database: Database,
    /// Measures the topics.
    pub probe: LogProbe,
    /// Kafka's cluster id.
    pub cluster: String,
    /// Addresses and keys.
    pub access: Access,
    shutdown: Shutdown,
    services: Services,
}

/// Brings the local runtime here.
///
/// # Errors
/// When something is missing on this machine or cannot be fetched.
pub async fn provision(progress: impl Fn(FetchProgress) + Send + 'static) -> anyhow::Result<Provisioned> {
    let fetching = tokio::task::spawn_blocking(move || {
        Runtime::fetch(&Locations::from_environment(), false, &mut |step| progress(step))
    });
    Ok(fetching.await??)
}

impl World {
    /// Starts the services and both halves. `prepare` is called with the database before the stream half starts.
    ///
    /// # Errors
    /// When a service does not start, a port is taken or a half fails at start.
    pub async fn start(
        provisioned: Provisioned,
        data: Option<PathBuf>,
        shutdown: Shutdown,
    ) -> anyhow::Result<Self> {
        let library = provisioned.onnxruntime_library().to_path_buf();
        let options = ServiceOptions { data, ..ServiceOptions::default() };
        let services = tokio::task::spawn_blocking(move || Services::start(&provisioned, options)).await??;
        // Beside the services' data: whatever becomes of that, a sweep after a kill included, becomes of the pictures.
        let evidence = services.data().join("pictures");
        let config = configuration(&services, &evidence, &library)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let shared = Shared::open(&config, clock, telemetry::registry()?)?;
        let database = db::connect(&config.database, PoolPurpose::Jobs).await?;
        let migrated = async { Ok(db::migrate(&database, &config.database.grantees()).await?) };
        let topics = async { topics::create_missing(&config.kafka).await.context("topics cannot be made") };
        tokio::try_join!(migrated, topics)?;
        let service = Service::bind(&config, &shared).await?;
        let access = issue_keys(&database, &service).await?;
        let token = shutdown.token();
        shutdown.spawn("service half", service.run(token));
        let probe = LogProbe::new(&config.kafka)?;
        let cluster = probe.cluster().await?;
        Ok(Self { config, shared, database, probe, cluster, access, shutdown, services })
    }

    /// Starts the stream half; the registers must be filled.
    pub fn start_stream(&self) {
        let (config, shared, token) = (self.config.clone(), self.shared.clone(), self.shutdown.token());
        self.shutdown.spawn("stream half", async move { stream::run(&config, &shared, token).await });
    }

    /// Whether a half has ended by itself or the user wants to end.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.shutdown.token().is_cancelled()
    }

    /// Waits until the user wants to end.
    pub async fn until_ended(&self) {
        self.shutdown.token().cancelled().await;
    }

    /// Ends both halves, then the services.
    ///
    /// # Errors
    /// When a service does not end.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { shutdown, services, database, shared, probe, .. } = self;
        if !shutdown.drain().await {
            tracing::warn!("a part of the demo did not end in time");
        }
        database.close().await;
        let stop = move || {
            // Kafka's clients first: they would complain that the broker is gone.
            drop((shared, probe));
            services.stop()
        };
        Ok(tokio::task::spawn_blocking(stop).await??)
    }
}

fn configuration(services: &Services, evidence: &Path, library: &Path) -> anyhow::Result<Config> {
    let text = |value: &str| toml::Value::String(value.to_owned());
    let overrides = format!(
        "[kafka]\nbrokers = {}\ninstance = \"demo\"\n[database]\nurl = {}\n[evidence]\ndirectory = {}\n\
         [detect]\nonnxruntime_path = {}\n[http]\nlisten = \"127.0.0.1:0\"\nnotice_arabic = {}\nnotice_english = {}\n\
         [admin]\nlisten = \"127.0.0.1:0\"\nstream_listen = \"127.0.0.1:0\"\n[outbox]\npoll_interval_milliseconds = 100\n\
         [triage]\npoll_interval_milliseconds = 100\n[ingest]\ndead_letter_percent_max = 100\n",
        text(&services.kafka_brokers()),
        text(&services.database_url()),
        text(&evidence.to_string_lossy()),
        text(&library.to_string_lossy()),
        text(NOTICE_ARABIC),
        text(NOTICE_ENGLISH),
    );
    Config::from_defaults_and(&overrides)
}

async fn issue_keys(database: &Database, service: &Service) -> anyhow::Result<Access> {
    let mut reviewer_keys = Vec::new();
    for reviewer in REVIEWERS {
        let identity = Identity::Reviewer(ReviewerId::parse(reviewer)?);
        reviewer_keys.push(issue(database, reviewer, identity).await?);
    }
    Ok(Access {
        page: format!("http://{}/", service.http_address()?),
        admin: format!("http://{}/", service.admin_address()?),
        reviewer_keys,
        citizen_key: issue(database, "demo-portal", Identity::Citizen).await?,
        citizen_case: None,
    })
}

async fn issue(database: &Database, label: &str, identity: Identity) -> anyhow::Result<String> {
    let new = NewApiKey { label: label.to_owned(), identity, days: None, loopback_only: true };
    Ok(issue_key(database, &new).await?.reveal())
}

/// Wait between two looks at the database while the demo settles.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_millis(100);
