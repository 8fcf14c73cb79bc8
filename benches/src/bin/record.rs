//! Violations recorded per second, against `COPY` of the same rows into the same tables with the same indexes in one
//! transaction. Both write into a schema that was empty, over one connection at a time; both times are the client's.

use adjudicate::stream::metrics::RecordMetrics;
use adjudicate::stream::position;
use adjudicate::stream::settle::{Recorded, Recorder, Settlement};
use adjudicate::testing::TestDatabase;
use adjudicate::testing::copy::CopiedRows;
use adjudicate::testing::sightings::{Sighting, plate_key};
use anyhow::{anyhow, ensure};
use benches::figures::{median, print_line};
use benches::{arguments, machine};
use rasid::config::Config;
use rasid::telemetry;
use schemas::clock::{Clock, SystemClock};
use schemas::delivery::{PartitionKey, Run};
use schemas::jurisdiction::Jurisdiction;
use schemas::outcome::Outcome;
use std::sync::Arc;

const ROUNDS: u32 = 5;
/// Runs of one round; a round has a plate for each violation, of which there are 6,561.
const RUNS: u32 = 20;

/// Seconds that the same violations took either way.
struct Round {
    violations: u32,
    recorded: f64,
    copied: f64,
}

impl Round {
    fn recorded_rate(&self) -> f64 {
        f64::from(self.violations) / self.recorded
    }

    fn copied_rate(&self) -> f64 {
        f64::from(self.violations) / self.copied
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let [rounds, runs] = arguments::counts(std::env::args().skip(1), ["ROUNDS", "RUNS"], [ROUNDS, RUNS])?;
    let services = machine::start(machine::provision().await?, false).await?;
    let config = Config::from_defaults_and(&format!("[database]\nurl = {:?}\n", services.database_url()))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut measured = Vec::new();
    for number in 1..=rounds {
        let round = measure(&services.database_url(), &config, runs, &clock).await?;
        print_line(&format!(
            "round {number}: {} violations, recorded {:.0}/s, copied {:.0}/s, ratio {:.3}",
            round.violations,
            round.recorded_rate(),
            round.copied_rate(),
            round.recorded_rate() / round.copied_rate()
        ))?;
        measured.push(round);
    }
    let of = |rate: fn(&Round) -> f64| median(&measured.iter().map(rate).collect::<Vec<_>>());
    print_line(&format!(
        "median of {rounds} rounds, runs of {}: recorded {:.0}/s, copied {:.0}/s, ratio {:.3}",
        config.pipeline.run_events_max,
        of(Round::recorded_rate),
        of(Round::copied_rate),
        of(|round| round.recorded_rate() / round.copied_rate())
    ))?;
    machine::stop(services).await
}

/// Records into one fresh schema, then copies what stands there into another.
async fn measure(url: &str, config: &Config, runs: u32, clock: &Arc<dyn Clock>) -> anyhow::Result<Round> {
    let run_events = u32::try_from(config.pipeline.run_events_max)?;
    let source = TestDatabase::create(url).await?;
    let runs = prepare(&source, runs, run_events).await?;
    let recorder = Recorder::new(
        source.connections.clone(),
        &config.adjudicate,
        Arc::clone(clock),
        RecordMetrics::register(&telemetry::registry()?)?,
    );
    let begun = clock.monotonic();
    for run in &runs {
        let Recorded::Now(outcomes) = recorder.record_run(run).await? else {
            return Err(anyhow!("a run was recorded before"));
        };
        ensure!(
            outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Violation),
            "an event did not end as a violation"
        );
    }
    let recorded = (clock.monotonic() - begun).as_secs_f64();
    let rows = CopiedRows::read(&source.connections).await?;
    let target = TestDatabase::create(url).await?;
    let begun = clock.monotonic();
    rows.write(&target.owner).await?;
    let copied = (clock.monotonic() - begun).as_secs_f64();
    let violations = u32::try_from(runs.len())? * run_events;
    let count = "select count(*) from violation";
    for database in [source, target] {
        ensure!(database.number(count).await? == i64::from(violations), "violations are missing");
        database.remove().await?;
    }
    Ok(Round { violations, recorded, copied })
}

/// Runs of one partition, each violation of another vehicle.
async fn prepare(
    database: &TestDatabase,
    runs: u32,
    run_events: u32,
) -> anyhow::Result<Vec<Run<Settlement>>> {
    let partition = PartitionKey { cluster: "bench".into(), topic: "camera-events".into(), partition: 0 };
    let taken = position::take(&database.connections, &partition, 0).await?;
    let mut prepared = Vec::new();
    for first in (0..runs).map(|run| run * run_events) {
        let records: Vec<Settlement> =
            (first..first + run_events).map(violation).collect::<anyhow::Result<_>>()?;
        prepared.push(Run {
            partition: partition.clone(),
            owner_epoch: taken.owner_epoch,
            first_offset: i64::from(first),
            next_offset: i64::from(first + run_events),
            records,
        });
    }
    Ok(prepared)
}

fn violation(number: u32) -> anyhow::Result<Settlement> {
    let plate = plate_key(Jurisdiction::SaudiArabia, number)?;
    let sighting = Sighting::of(&format!("event-{number}"), &plate);
    sighting.violation(i64::from(number)).map_err(|error| anyhow!(error))
}
