//! `rasid serve`: the service half.

use super::config_file::ConfigArguments;
use crate::config;
use crate::service::Service;
use crate::shutdown::Shutdown;
use crate::stream::{self, Shared};
use crate::telemetry;
use adjudicate::foundation::db::{self, PoolPurpose};
use schemas::clock::SystemClock;
use std::sync::Arc;

/// The arguments of `rasid serve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  rasid serve --config /etc/rasid.toml\n\nStateless: as many processes as needed."
)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

pub(crate) async fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    let config = arguments.config.load()?;
    config::arm_kill_point();
    telemetry::start_logging(&config.telemetry)?;
    let shutdown = Shutdown::on_signals()?;
    // Before the Kafka client exists: its own complaints would bury this one.
    let database = db::connect(&config.database, PoolPurpose::Jobs).await?;
    db::require_tables(&database).await?;
    super::warnings::of_owner(&database).await?;
    database.close().await;
    let shared = Shared::open(&config, Arc::new(SystemClock::new()), telemetry::registry()?)?;
    super::warnings::without_key(&shared);
    let service = Service::bind(&config, &shared).await?;
    stream::require_topics_if_reachable(&config.kafka).await?;
    tracing::info!(
        "serving on http://{}, metrics on http://{}",
        service.http_address()?,
        service.admin_address()?
    );
    let result = service.run(shutdown.token()).await;
    shutdown.drain().await;
    result
}
