//! Wires the service half: citizens, reviewers and operators over HTTP, and the jobs.

use crate::config::Config;
use crate::files::{DocumentCount, StoredDocuments, StoredEvidence};
use crate::signing::copies::CopyFolder;
use crate::stream::{ConsumerHindrances, Shared};
use adjudicate::access::sweep::HttpSweep;
use adjudicate::foundation::checkpoint::job::ChainCheckpoints;
use adjudicate::foundation::db::{self, PoolPurpose};
use adjudicate::foundation::jobs::{Job, MonthPartitions, run_jobs};
use adjudicate::foundation::metrics::{JobMetrics, OutboxMetrics};
use adjudicate::foundation::outbox::{
    Outbox, OutboxGauges, OutboxMessage, OutboxPublisher, OutboxTopic, PublishError,
};
use adjudicate::foundation::service_metrics::ServiceMetrics;
use adjudicate::review::gauges::QueueGauges;
use adjudicate::triage::job::TriageJob;
use anyhow::{Context, anyhow};
use async_trait::async_trait;
use bytes::Bytes;
use ingest::documents::DocumentStore;
use ingest::frame::{FrameLimits, check_whole};
use ingest::producer::RecordProducer;
use ingest::record::{OutgoingRecord, RecordHeader};
use rules::policy::Policies;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use web::budget::Budgets;
use web::config::HttpConfig;
use web::health::{AdminState, admin_router};
use web::metrics::HttpMetrics;
use web::serve::{ServeLimits, serve};
use web::staging::StagingSweep;
use web::{ServiceState, WholePictures};

/// Longest side of an uploaded picture, pixels; a scanner's page at 1,200 dpi has 14,000.
const UPLOAD_SIDE_PIXELS_MAX: u32 = 20_000;

/// The service half with its ports open, ready to be run.
#[derive(Debug)]
pub struct Service {
    config: Config,
    shared: Shared,
    documents: DocumentStore,
    http: TcpListener,
    admin: TcpListener,
}

impl Service {
    /// Opens both ports and the store of documents.
    ///
    /// # Errors
    /// When a port is taken or may not be opened, or the folder cannot be used.
    pub async fn bind(config: &Config, shared: &Shared) -> anyhow::Result<Self> {
        let documents = DocumentStore::open(&config.documents, &config.evidence.directory, &shared.registry);
        Ok(Self {
            config: config.clone(),
            shared: shared.clone(),
            documents: documents.map_err(|error| anyhow!(error))?,
            http: listen("http.listen", config.http.listen).await?,
            admin: listen("admin.listen", config.admin.listen).await?,
        })
    }

    /// Where citizens and reviewers reach it.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn http_address(&self) -> std::io::Result<SocketAddr> {
        self.http.local_addr()
    }

    /// Where metrics and health are.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn admin_address(&self) -> std::io::Result<SocketAddr> {
        self.admin.local_addr()
    }

    /// Serves and works until `shutdown`.
    ///
    /// # Errors
    /// When the database cannot be reached at start or a metric is refused.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let Self { config, shared, documents, http, admin } = self;
        let policies = Arc::new(Policies::compiled_in()?);
        let http_database = db::connect(&config.database, PoolPurpose::Http).await?;
        let jobs_database = db::connect(&config.database, PoolPurpose::Jobs).await?;
        let metrics = ServiceMetrics::register(&shared.registry)?;
        let uploads = config.http.uploads(&config.evidence.directory, Arc::clone(&shared.clock));
        let mut jobs = jobs(&config, &shared, jobs_database.clone(), &policies, &metrics)?;
        jobs.extend(checkpoints(&config, &shared, jobs_database.clone()));
        jobs.push(Arc::new(StagingSweep(uploads.clone())));
        jobs.push(Arc::new(DocumentCount(documents.clone())));
        let limits = ServeLimits::of(&config.http);
        let mut listening = config.http.clone();
        listening.listen = http.local_addr()?;
        let state = ServiceState {
            database: http_database.clone(),
            clock: Arc::clone(&shared.clock),
            evidence: Arc::new(StoredEvidence(Arc::clone(&shared.evidence))),
            documents: Arc::new(StoredDocuments(documents)),
            uploads,
            picture_slots: Arc::new(Semaphore::new(listening.picture_decodes_max)),
            whole_pictures: Arc::new(UploadedPictures::of(&listening)),
            budgets: Arc::new(Budgets::of(&listening)),
            config: Arc::new(listening),
            metrics: HttpMetrics::register(&shared.registry)?,
            policies,
            review: config.review,
            service_metrics: metrics,
        };
        let registry = shared.registry.clone();
        let admin_state = AdminState {
            database: http_database,
            registry,
            shutdown: shutdown.clone(),
            config: config.admin,
            hindrances: ConsumerHindrances::of(&shared),
        };
        let job_metrics = JobMetrics::register(&shared.registry)?;
        tokio::try_join!(
            async { serve(http, web::router(state), limits, shutdown.clone()).await },
            async { serve(admin, admin_router(admin_state), limits, shutdown.clone()).await },
            async {
                run_jobs(jobs, job_metrics, shutdown.clone()).await;
                Ok(())
            },
        )?;
        Ok(())
    }
}

pub(crate) async fn listen(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} cannot be listened on; set {key} to a free address"))
}

fn jobs(
    config: &Config,
    shared: &Shared,
    database: db::Database,
    policies: &Arc<Policies>,
    metrics: &ServiceMetrics,
) -> anyhow::Result<Vec<Arc<dyn Job>>> {
    let publisher = KafkaPublisher {
        producer: shared.producer.clone(),
        violations: config.kafka.violations_topic.clone(),
        decisions: config.kafka.decisions_topic.clone(),
    };
    let outbox_metrics = OutboxMetrics::register(&shared.registry)?;
    let outbox = Arc::new(Outbox::new(database.clone(), Arc::new(publisher), config.outbox, outbox_metrics));
    let gauge_interval = Duration::from_secs(config.outbox.gauge_interval_seconds);
    Ok(vec![
        Arc::new(OutboxGauges(Arc::clone(&outbox))),
        outbox,
        Arc::new(MonthPartitions {
            database: database.clone(),
            months_ahead: config.adjudicate.month_partitions_ahead,
            interval: Duration::from_secs(config.adjudicate.month_partitions_interval_seconds),
        }),
        Arc::new(TriageJob {
            database: database.clone(),
            policies: Arc::clone(policies),
            clock: Arc::clone(&shared.clock),
            batch_objections_max: config.triage.batch_objections_max,
            interval: Duration::from_millis(config.triage.poll_interval_milliseconds),
            metrics: metrics.clone(),
        }),
        Arc::new(HttpSweep {
            database: database.clone(),
            answers_keep_hours: config.http.idempotency_keep_hours,
        }),
        Arc::new(QueueGauges {
            database,
            clock: Arc::clone(&shared.clock),
            metrics: metrics.clone(),
            interval: gauge_interval,
        }),
    ])
}

/// Only where there is a key to sign with.
fn checkpoints(config: &Config, shared: &Shared, database: db::Database) -> Option<Arc<dyn Job>> {
    let key = shared.server_key.clone()?;
    let copies = Arc::new(CopyFolder::new(config.signing.copies(&config.evidence.directory)));
    let interval = config.signing.checkpoint_interval();
    Some(Arc::new(ChainCheckpoints { database, key, copies, interval }))
}

/// Effects to Kafka.
struct KafkaPublisher {
    producer: RecordProducer,
    violations: String,
    decisions: String,
}

#[async_trait]
impl OutboxPublisher for KafkaPublisher {
    async fn publish(&self, message: &OutboxMessage) -> Result<(), PublishError> {
        let topic = match message.topic {
            OutboxTopic::Violations => &self.violations,
            OutboxTopic::Decisions => &self.decisions,
        };
        let record = OutgoingRecord {
            key: Some(Bytes::from(message.key.clone())),
            value: Bytes::from(message.payload.clone()),
            headers: message
                .headers
                .iter()
                .map(|(name, value)| RecordHeader::text(name, value.clone()))
                .collect(),
        };
        self.producer.send(topic, &record).await.map_err(|error| PublishError::of(&error))?;
        Ok(())
    }
}

/// Citizens' pictures, decoded as strictly as those of cameras.
#[derive(Debug, Clone, Copy)]
pub struct UploadedPictures(FrameLimits);

impl UploadedPictures {
    /// Under the limits of the service's port.
    #[must_use]
    pub fn of(http: &HttpConfig) -> Self {
        Self(FrameLimits {
            bytes_max: u64::try_from(http.upload_bytes_max).unwrap_or(u64::MAX),
            side_pixels_max: UPLOAD_SIDE_PIXELS_MAX,
            pixels_max: http.picture_pixels_max,
        })
    }
}

impl WholePictures for UploadedPictures {
    fn is_whole(&self, bytes: &[u8], media_type: &str) -> bool {
        check_whole(bytes, media_type, &self.0).is_ok()
    }
}
