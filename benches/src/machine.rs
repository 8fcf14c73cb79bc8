//! Services for a bench, and the machine that it runs on.

use anyhow::Context;
use runtime::{Locations, Provisioned, Runtime, ServiceOptions, Services};
use std::fs;
use std::thread;

/// Kafka, PostgreSQL and ONNX Runtime on this machine, fetched if they are missing.
///
/// # Errors
/// When something is missing on this machine or cannot be fetched.
pub async fn provision() -> anyhow::Result<Provisioned> {
    let fetching = || Runtime::fetch(&Locations::from_environment(), false, &mut |_| {});
    Ok(tokio::task::spawn_blocking(fetching).await??)
}

/// PostgreSQL, durable, and with it Kafka or not.
///
/// # Errors
/// When a service does not start.
pub async fn start(provisioned: Provisioned, with_kafka: bool) -> anyhow::Result<Services> {
    let options = ServiceOptions { kafka: with_kafka, ..ServiceOptions::default() };
    Ok(tokio::task::spawn_blocking(move || Services::start(&provisioned, options)).await??)
}

/// Ends them.
///
/// # Errors
/// When a process does not go away.
pub async fn stop(services: Services) -> anyhow::Result<()> {
    Ok(tokio::task::spawn_blocking(move || services.stop()).await??)
}

/// Cores, and how many programs wanted them in the last minute: others at work show in every figure.
///
/// # Errors
/// When this is not Linux.
pub fn describe() -> anyhow::Result<String> {
    const PATH: &str = "/proc/loadavg";
    let text = fs::read_to_string(PATH).with_context(|| format!("{PATH} cannot be read"))?;
    let load =
        text.split_whitespace().next().with_context(|| format!("{PATH} has another form than expected"))?;
    Ok(format!("machine: {} cores, load {load} in the minute before", thread::available_parallelism()?))
}
