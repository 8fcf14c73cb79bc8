//! `rasid run`: the stream half.

use super::config_file::ConfigArguments;
use crate::config;
use crate::service::listen;
use crate::shutdown::Shutdown;
use crate::stream::{self, Shared};
use crate::telemetry;
use adjudicate::foundation::db::{self, PoolPurpose};
use schemas::clock::SystemClock;
use std::sync::Arc;

/// The arguments of `rasid run`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  rasid run --config /etc/rasid.toml\n\nAs many processes as the topic has \
    partitions, each with a kafka.instance of its own."
)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

pub(crate) async fn run(arguments: RunArguments) -> anyhow::Result<()> {
    let config = super::doctor::with_onnxruntime(arguments.config.load()?)?;
    config::arm_kill_point();
    telemetry::start_logging(&config.telemetry)?;
    let shutdown = Shutdown::on_signals()?;
    // Before the Kafka client exists: its own complaints would bury this one.
    let database = db::connect(&config.database, PoolPurpose::Stream).await?;
    db::require_tables(&database).await?;
    super::warnings::of_owner(&database).await?;
    database.close().await;
    stream::require_topics(&config.kafka).await?;
    let shared = Shared::open(&config, Arc::new(SystemClock::new()), telemetry::registry()?)?;
    super::warnings::without_key(&shared);
    let operators = listen("admin.stream_listen", config.admin.stream_listen).await?;
    tracing::info!("metrics on http://{}", operators.local_addr()?);
    let serving = stream::serve_operators(&config, &shared, operators, shutdown.token());
    let result = tokio::select! {
        result = stream::run(&config, &shared, shutdown.token()) => result,
        // Ends before the stream only when it cannot go on.
        Err(error) = serving => Err(error),
    };
    shutdown.drain().await;
    result
}
