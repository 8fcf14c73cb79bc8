//! The whole stream half over a topic that was filled beforehand.

use adjudicate::foundation::db::Database;
use adjudicate::stream::report;
use anyhow::{Context, bail, ensure};
use benches::cpu;
use futures::{StreamExt, TryStreamExt, stream as futures_stream};
use ingest::log::LogProbe;
use ingest::topics;
use rasid::config::Config;
use rasid::sending::records::PlannedRecord;
use rasid::stream::{self, Shared};
use rasid::telemetry;
use runtime::Services;
use schemas::clock::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Records on their way to the broker at the same time, while the topic is filled.
const SENDING_MAX: usize = 16;
/// Between two looks at the counters of this process.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// Until the first record must have come.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Until all must be settled.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(480);
const RECEIVED: &str = "rasid_ingest_records_total";
const SETTLED: &str = "rasid_adjudicate_outcomes_total";

/// CPU time used so far, milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub(crate) run: u64,
    pub(crate) broker: u64,
    pub(crate) postgres: u64,
}

/// What the stream half took, from the first record received to the last one settled.
pub(crate) struct WholeRound {
    pub(crate) duration: Duration,
    pub(crate) cpu_milliseconds: Used,
}

/// Fills the topic that `config` names with `records`, then lets the stream half settle all of them.
pub(crate) async fn measure(
    config: &Config,
    services: &Services,
    pool: &Database,
    records: Vec<PlannedRecord>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<WholeRound> {
    let shared = Shared::open(config, Arc::clone(clock), telemetry::registry()?)?;
    topics::create_missing(&config.kafka).await?;
    let count = records.len();
    fill(&shared, &config.kafka.events_topic, records).await?;
    let shutdown = CancellationToken::new();
    let running = {
        let (config, shared, shutdown) = (config.clone(), shared.clone(), shutdown.clone());
        tokio::spawn(async move { stream::run(&config, &shared, shutdown).await })
    };
    until(&shared, RECEIVED, 1, START_TIMEOUT, &running).await?;
    let (begun, before) = (clock.monotonic(), used(services)?);
    until(&shared, SETTLED, count, SETTLE_TIMEOUT, &running).await?;
    let (duration, after) = (clock.monotonic() - begun, used(services)?);
    shutdown.cancel();
    running.await??;
    check(config, pool, count).await?;
    let cpu_milliseconds = Used {
        run: after.run - before.run,
        broker: after.broker - before.broker,
        postgres: after.postgres - before.postgres,
    };
    Ok(WholeRound { duration, cpu_milliseconds })
}

async fn fill(shared: &Shared, topic: &str, records: Vec<PlannedRecord>) -> anyhow::Result<()> {
    let sending = records.iter().map(|planned| shared.producer.send(topic, &planned.record));
    futures_stream::iter(sending).buffered(SENDING_MAX).try_for_each(|_sent| async { Ok(()) }).await?;
    Ok(())
}

/// Waits until a counter of this process has come to `count`.
async fn until(
    shared: &Shared,
    counter: &str,
    count: usize,
    timeout: Duration,
    running: &JoinHandle<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let begun = shared.clock.monotonic();
    while total(shared, counter) < count as f64 {
        ensure!(!running.is_finished(), "the stream half ended by itself; its log says why");
        if shared.clock.monotonic() - begun > timeout {
            bail!("{counter} is {} after {} s, not {count}", total(shared, counter), timeout.as_secs());
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

/// Sum of a counter over its labels. Read in memory, so that looking costs the database nothing.
fn total(shared: &Shared, counter: &str) -> f64 {
    let families = shared.registry.gather();
    let family = families.iter().filter(|family| family.name() == counter);
    family.flat_map(|family| family.get_metric()).map(|metric| metric.get_counter().get_value()).sum()
}

fn used(services: &Services) -> anyhow::Result<Used> {
    let pids = services.pids();
    Ok(Used {
        run: cpu::own_milliseconds(std::process::id())?,
        broker: cpu::family_milliseconds(pids.kafka.context("the broker is gone")?)?,
        postgres: cpu::family_milliseconds(pids.postgres.context("PostgreSQL is gone")?)?,
    })
}

/// Every event must have ended as a violation: another ending takes other work.
async fn check(config: &Config, pool: &Database, count: usize) -> anyhow::Result<()> {
    let cluster = LogProbe::new(&config.kafka)?.cluster().await?;
    let partitions = report::partitions(pool, &cluster, &config.kafka.events_topic).await?;
    let violations: i64 = partitions.iter().map(|partition| partition.counts.violation).sum();
    let all: i64 = partitions.iter().map(|partition| partition.counts.total()).sum();
    ensure!(
        violations == i64::try_from(count)? && all == violations,
        "{count} acts were sent, {all} records settled, {violations} of them as violations"
    );
    Ok(())
}
