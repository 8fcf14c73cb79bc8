//! Wires the stream half: Kafka to violations.

use crate::config::Config;
use crate::pipeline::{self, PipelineParts, Settler, Stages, StagesParts};
use crate::snapshot::Snapshots;
use adjudicate::case::rule_table;
use adjudicate::foundation::db::{self, Database, PoolPurpose};
use adjudicate::stream::metrics::RecordMetrics;
use adjudicate::stream::position;
use adjudicate::stream::settle::Recorder;
use anyhow::{Context, ensure};
use detect::DetectMetrics;
use detect::DetectorPool;
use ingest::config::KafkaConfig;
use ingest::connection::reach::{ReachError, reach};
use ingest::consumer::{
    ConsumerHealth, ConsumerParts, StartPosition, StartPositionError, StartPositions, start_consumer,
};
use ingest::dead_letter::DeadLetters;
use ingest::evidence::EvidenceStore;
use ingest::metrics::IngestMetrics;
use ingest::producer::RecordProducer;
use ingest::topics::{self, TopicProblem};
use prometheus::Registry;
use rules::policy::{Policies, Policy, PolicySources};
use schemas::clock::Clock;
use schemas::delivery::PartitionKey;
use schemas::error_chain::ErrorChain;
use schemas::jurisdiction::Jurisdiction;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use web::health::{AdminState, Hindrances, admin_router};
use web::serve::{ServeLimits, serve};

/// Everything of the process that the stream half shares with others.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where metrics are registered.
    pub registry: Registry,
    /// Metrics of ingest; the evidence store and the service half count there too.
    pub ingest_metrics: IngestMetrics,
    /// The one Kafka producer of the process.
    pub producer: RecordProducer,
    /// Pictures.
    pub evidence: Arc<EvidenceStore>,
    /// What keeps the consumer from its work; nothing in a process without one.
    pub consumer_health: ConsumerHealth,
}

impl Shared {
    /// Opens what both halves use.
    ///
    /// # Errors
    /// When the producer's configuration is refused or the evidence folder cannot be used.
    pub fn open(config: &Config, clock: Arc<dyn Clock>, registry: Registry) -> anyhow::Result<Self> {
        let ingest_metrics = IngestMetrics::register(&registry)?;
        let producer = RecordProducer::new(&config.kafka).context("the Kafka producer cannot be made")?;
        let evidence = EvidenceStore::open(&config.evidence, ingest_metrics.clone())?;
        let (evidence, consumer_health) = (Arc::new(evidence), ConsumerHealth::default());
        Ok(Self { clock, registry, ingest_metrics, producer, evidence, consumer_health })
    }
}

/// Says what keeps the consumer from its work, for `/ready`.
#[derive(Debug)]
pub(crate) struct ConsumerHindrances {
    health: ConsumerHealth,
    clock: Arc<dyn Clock>,
}

impl ConsumerHindrances {
    pub(crate) fn of(shared: &Shared) -> Arc<dyn Hindrances> {
        Arc::new(Self { health: shared.consumer_health.clone(), clock: Arc::clone(&shared.clock) })
    }
}

impl Hindrances for ConsumerHindrances {
    fn hindrances(&self) -> Vec<String> {
        self.health.problems(self.clock.monotonic())
    }
}

/// Answers operators (metrics, health) at `listener` until `shutdown`.
///
/// # Errors
/// When the database cannot be reached at start.
pub async fn serve_operators(
    config: &Config,
    shared: &Shared,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let state = AdminState {
        database: db::connect(&config.database, PoolPurpose::Admin).await?,
        registry: shared.registry.clone(),
        shutdown: shutdown.clone(),
        config: config.admin,
        hindrances: ConsumerHindrances::of(shared),
    };
    Ok(serve(listener, admin_router(state), ServeLimits::of(&config.http), shutdown).await?)
}

/// Asks whether the topics are there and as they must be, so that nothing begins that could not go on.
///
/// # Errors
/// When the broker does not answer, or a topic is missing or has other settings.
pub async fn require_topics(kafka: &KafkaConfig) -> anyhow::Result<()> {
    reach(kafka, Duration::from_secs(kafka.startup_timeout_seconds)).await?;
    none_of(topics::check(kafka).await?)
}

/// The same for the service half, which citizens need while the broker is away: then only a warning is written.
///
/// # Errors
/// When a broker refuses us for a reason that lasts, a topic is missing or has other settings.
pub async fn require_topics_if_reachable(kafka: &KafkaConfig) -> anyhow::Result<()> {
    match reach(kafka, Duration::from_secs(kafka.startup_timeout_seconds)).await {
        Ok(_) => {}
        Err(error @ (ReachError::Refused { .. } | ReachError::Client(_))) => return Err(error.into()),
        Err(error @ (ReachError::Unreachable { .. } | ReachError::Cancelled)) => {
            tracing::warn!("messages wait until the broker is back: {error}");
            return Ok(());
        }
    }
    match topics::check(kafka).await {
        Ok(problems) => none_of(problems),
        Err(error) => {
            tracing::warn!("messages wait until the broker is back: {}", ErrorChain(&error));
            Ok(())
        }
    }
}

fn none_of(problems: Vec<TopicProblem>) -> anyhow::Result<()> {
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    ensure!(told.is_empty(), "{}", told.join("; "));
    Ok(())
}

/// Runs the stream half until `shutdown`.
///
/// # Errors
/// When a peer cannot be reached at start, the models do not load, or a stage fails for a reason that no retry helps.
pub async fn run(config: &Config, shared: &Shared, shutdown: CancellationToken) -> anyhow::Result<()> {
    let database = db::connect(&config.database, PoolPurpose::Stream).await?;
    keep_rules(&database).await?;
    let snapshots = Arc::new(Snapshots::load(database.clone(), Arc::clone(&shared.clock)).await?);
    let stages = Arc::new(Stages::new(stages_parts(config, shared, Arc::clone(&snapshots))?));
    let settler = Arc::new(settler(config, shared, database.clone(), shutdown.clone())?);
    let (consumer, events) = start_consumer(ConsumerParts {
        kafka: config.kafka.clone(),
        ingest: config.ingest.clone(),
        start_positions: Arc::new(StoredPositions { database, runtime: Handle::current() }),
        clock: Arc::clone(&shared.clock),
        metrics: shared.ingest_metrics.clone(),
        health: shared.consumer_health.clone(),
    })
    .await?;
    let interval = Duration::from_secs(config.pipeline.registry_refresh_seconds);
    let refreshing = tokio::spawn(snapshots.keep_fresh(interval, shutdown.clone()));
    let parts = PipelineParts { limits: config.pipeline, consumer, events, stages, settler };
    let result = pipeline::run(parts, shutdown).await;
    refreshing.abort();
    result
}

/// The texts of all rules, before any case names them.
async fn keep_rules(database: &Database) -> anyhow::Result<()> {
    for jurisdiction in Jurisdiction::ALL {
        let sources = PolicySources::compiled_in(jurisdiction);
        let sha256 = Policy::load(jurisdiction, &sources)?.rule_table_sha256();
        rule_table::keep(database, sha256, jurisdiction, &sources).await?;
    }
    Ok(())
}

fn stages_parts(config: &Config, shared: &Shared, snapshots: Arc<Snapshots>) -> anyhow::Result<StagesParts> {
    let metrics = DetectMetrics::register(&shared.registry)?;
    let detectors = DetectorPool::start(&config.detect, metrics, Arc::clone(&shared.clock))
        .context("the plate reader cannot be loaded; `rasid doctor` says what is missing")?;
    let model_sha256 = detectors.model_digest().parse()?;
    Ok(StagesParts {
        snapshots,
        policies: Arc::new(Policies::compiled_in()?),
        detectors,
        model_sha256,
        evidence: Arc::clone(&shared.evidence),
        frame_limits: (&config.ingest).into(),
        record_bytes_max: config.ingest.record_bytes_max,
        claim_check_patience: (&config.ingest).into(),
    })
}

fn settler(
    config: &Config,
    shared: &Shared,
    database: Database,
    abort: CancellationToken,
) -> anyhow::Result<Settler> {
    let clock = Arc::clone(&shared.clock);
    let metrics = RecordMetrics::register(&shared.registry)?;
    let recorder = Recorder::new(database, &config.adjudicate, Arc::clone(&clock), metrics);
    let dead_letters = DeadLetters::new(
        shared.producer.clone(),
        &config.kafka.dead_letter_topic,
        crate::telemetry::BUILD_VERSION,
        (&config.ingest).into(),
        clock,
        shared.ingest_metrics.clone(),
    );
    Ok(Settler::new(
        recorder,
        dead_letters,
        Duration::from_millis(config.pipeline.settle_retry_milliseconds),
        abort,
    ))
}

/// Positions from PostgreSQL, for the consumer's own thread.
struct StoredPositions {
    database: Database,
    runtime: Handle,
}

impl StartPositions for StoredPositions {
    fn take(&self, partition: &PartitionKey, log_start: i64) -> Result<StartPosition, StartPositionError> {
        let taken = self.runtime.block_on(position::take(&self.database, partition, log_start));
        let taken = taken
            .map_err(|error| StartPositionError { partition: partition.clone(), source: Box::new(error) })?;
        Ok(StartPosition { owner_epoch: taken.owner_epoch, next_offset: taken.next_offset })
    }
}
