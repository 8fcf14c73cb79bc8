//! The whole system on one machine, fed with photographs: real Kafka and PostgreSQL, both halves, objections.

pub mod check;
pub mod facts;
pub mod objections;
pub mod photographs;
pub mod publish;
pub mod table;
pub mod totals;
pub mod world;

use crate::private_file;
use crate::replay::{Repetition, Replay, ReplayTotals};
use crate::sending::records::Pictures;
use crate::sending::register::Register;
use crate::shutdown::Shutdown;
use adjudicate::objection::totals as objection_totals;
use adjudicate::stream::{record_report, report};
use anyhow::ensure;
use check::Ended;
use chrono::{DateTime, Utc};
use publish::{Program, SentAct};
use schemas::clock::{Clock, SystemClock};
use std::path::{Path, PathBuf};
use std::time::Duration;
use table::LiveTable;
use totals::{ObjectionTotals, OutcomeTotals, Totals};
use world::{LOOK_INTERVAL, World};

/// Until everything that was published is settled and sent on.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(180);

/// Places and cameras of photographs, whose acts are invented.
const REGISTER: &str = include_str!("../../deploy/demo/registry.toml");

/// Where the acts come from.
#[derive(Debug)]
pub enum Acts {
    /// A folder with manifest, pictures, registers, objections and facts.
    Folder(PathBuf),
    /// Invented for the photographs of a folder with labels.
    Photographs {
        /// The folder.
        folder: PathBuf,
        /// How many are taken, from the first.
        photos_max: usize,
    },
}

/// What the user asked for.
#[derive(Debug)]
pub struct DemoOptions {
    /// What is to happen.
    pub acts: Acts,
    /// Keep the data here; otherwise it is temporary.
    pub data: Option<PathBuf>,
    /// Write addresses and keys to this file once settled.
    pub ready_file: Option<PathBuf>,
    /// End when settled.
    pub once: bool,
}

/// Runs the demo and gives its totals.
///
/// # Errors
/// When something is missing on this machine, a part fails, or anything ended otherwise than the manifest says.
pub async fn run(options: DemoOptions) -> anyhow::Result<Totals> {
    let clock = SystemClock::new();
    let mut totals = Totals::default();
    let table = LiveTable::start();
    // First of all: a folder that cannot be used is told before anything is fetched or started.
    let program = load(&options.acts, clock.now(), &table).await?;
    let provisioned = world::provision(table.fetch_progress()).await?;
    totals.seconds.fetch = clock.monotonic().as_secs_f64();
    table.say("starting Kafka and PostgreSQL");
    let shutdown = Shutdown::on_signals()?;
    let mut world = World::start(provisioned, options.data.clone(), shutdown).await?;
    let result = play(&mut world, &program, &options, &clock, &mut totals, &table).await;
    if result.is_ok() && !options.once {
        table.finish(&world.access);
        world.until_ended().await;
    }
    let stopped = world.stop().await;
    result?;
    stopped?;
    Ok(totals)
}

async fn load(acts: &Acts, now: DateTime<Utc>, table: &LiveTable) -> anyhow::Result<Program> {
    match acts {
        Acts::Folder(folder) => Program::load(folder, now),
        Acts::Photographs { folder, photos_max } => {
            let (folder, photos_max, progress) = (folder.clone(), *photos_max, table.photograph_progress());
            let load = move || photographs::load(&folder, photos_max, &progress);
            let photographs::Photographs { acts, pictures, remark } =
                tokio::task::spawn_blocking(load).await??;
            table.note(&remark);
            Program::of(acts, Pictures::InMemory(pictures), Register::parse(REGISTER)?, now)
        }
    }
}

async fn play(
    world: &mut World,
    program: &Program,
    options: &DemoOptions,
    clock: &SystemClock,
    totals: &mut Totals,
    table: &LiveTable,
) -> anyhow::Result<()> {
    program.register(&world.database).await?;
    world.start_stream();
    totals.seconds.start = clock.monotonic().as_secs_f64();
    table.say("publishing");
    let sent = program.publish(world).await?;
    settle(world, clock, totals, table).await?;
    let records =
        record_report::records(&world.database, &world.cluster, &world.config.kafka.events_topic).await?;
    let ended = Ended::new(&sent, records);
    let filed = match &options.acts {
        Acts::Folder(folder) => object(world, folder, &ended).await?,
        Acts::Photographs { .. } => {
            refuse("ended as none of a photograph may", &photographs::differences(&ended))?;
            totals.photographs = Some(photographs::compare(&ended)?);
            objections::Filed::default()
        }
    };
    world.access.citizen_case = ended.violation_beside(&filed.acts);
    settle(world, clock, totals, table).await?;
    totals.doubled =
        report::acts(&world.database, &ended.acts()?).await?.iter().map(report::ActReport::doubled).sum();
    totals.seconds.settled = clock.monotonic().as_secs_f64();
    totals.replay = replay(world).await?;
    table.show(totals);
    if let Some(file) = &options.ready_file {
        let text = serde_json::to_string(&world.access)?;
        private_file::replace(file, &text)?;
    }
    check_totals(totals, &filed.planned, &sent, options)
}

/// Repeats every decision of rules from stored data.
async fn replay(world: &World) -> anyhow::Result<ReplayTotals> {
    let mut different = Vec::new();
    let totals = Replay::new(&world.database, &world.shared.evidence)
        .await?
        .all(|repeated| match &repeated.ended {
            Repetition::Identical { .. } => {}
            Repetition::Different { what } | Repetition::NotRepeatable { why: what } => {
                different.push(format!("{}: {what}", repeated.what));
            }
        })
        .await?;
    ensure!(different.is_empty(), "repeated otherwise than decided:\n  {}", different.join("\n  "));
    Ok(totals)
}

/// Compares how the acts ended with the manifest, then files the objections.
async fn object(world: &World, folder: &Path, ended: &Ended<'_>) -> anyhow::Result<objections::Filed> {
    refuse("ended otherwise than planned", &ended.differences()?)?;
    facts::import_all(world, folder, ended).await?;
    objections::file_all(world, folder, ended).await
}

fn refuse(what: &str, differences: &[String]) -> anyhow::Result<()> {
    let count = differences.len();
    ensure!(count == 0, "{count} acts {what}:\n  {}", differences.join("\n  "));
    Ok(())
}

/// Waits until counters are complete, every objection is answered or queued, and the outbox is empty.
async fn settle(
    world: &World,
    clock: &SystemClock,
    totals: &mut Totals,
    table: &LiveTable,
) -> anyhow::Result<()> {
    let begun = clock.monotonic();
    loop {
        count(world, totals).await?;
        if totals.outcomes.violation > 0 && totals.seconds.first_violation == 0.0 {
            totals.seconds.first_violation = clock.monotonic().as_secs_f64();
        }
        table.show(totals);
        let unanswered = totals.objections.filed - totals.objections.answered();
        if totals.lost == 0 && unanswered == 0 && report::unsent(&world.database).await? == 0 {
            return Ok(());
        }
        ensure!(!world.is_ending(), "the demo ended before everything was settled");
        ensure!(
            clock.monotonic() - begun < SETTLE_TIMEOUT,
            "not settled after {} s: {} of {} events, {unanswered} objections without an answer, {} messages unsent",
            SETTLE_TIMEOUT.as_secs(),
            totals.events_settled,
            totals.events_published,
            report::unsent(&world.database).await?
        );
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

async fn count(world: &World, totals: &mut Totals) -> anyhow::Result<()> {
    let topic = &world.config.kafka.events_topic;
    totals.events_published = world.probe.offsets(topic).await?;
    let partitions = report::partitions(&world.database, &world.cluster, topic).await?;
    let mut outcomes = OutcomeTotals::default();
    let mut skipped = 0;
    for partition in &partitions {
        outcomes.violation += partition.counts.violation;
        outcomes.manual_check += partition.counts.manual_check;
        outcomes.no_offence += partition.counts.no_offence;
        outcomes.duplicate += partition.counts.duplicate;
        outcomes.dead_letter += partition.counts.dead_letter;
        skipped += partition.skipped;
    }
    totals.outcomes = outcomes;
    totals.events_settled = outcomes.sum();
    totals.lost = totals.events_published - outcomes.sum() - skipped;
    let objections = objection_totals::count(&world.database).await?;
    totals.objections = ObjectionTotals {
        filed: objections.filed(),
        cancelled_by_machine: objections.cancelled_by_machine,
        reduced_by_machine: objections.reduced_by_machine,
        refused_on_form: objections.refused_on_form,
        awaiting_document: objections.awaiting_document,
        to_human: objections.to_human,
        decided_by_human: objections.decided_by_human,
    };
    Ok(())
}

/// The sums that no single row shows.
fn check_totals(
    totals: &Totals,
    planned: &objections::Planned,
    sent: &[SentAct],
    options: &DemoOptions,
) -> anyhow::Result<()> {
    ensure!(totals.lost == 0, "{} events are lost", totals.lost);
    ensure!(totals.doubled == 0, "{} effects are doubled", totals.doubled);
    // A folder that was used before holds earlier events too.
    if options.data.is_some() {
        return Ok(());
    }
    if totals.photographs.is_some() {
        let others = totals.outcomes.no_offence + totals.outcomes.dead_letter;
        ensure!(others == 0, "{others} photographs ended neither as a violation nor as a manual check");
    }
    let mut expected: std::collections::HashMap<&str, i64> = std::collections::HashMap::new();
    for sent in sent {
        if let Some(line) = &sent.act.expected {
            *expected.entry(line.outcome()?.label()).or_default() += 1;
        }
    }
    let outcomes = serde_json::to_value(totals.outcomes)?;
    for (outcome, count) in &expected {
        ensure!(
            outcomes[outcome] == *count,
            "expected {count} events to end as {outcome}, got {}",
            outcomes[outcome]
        );
    }
    let answers = serde_json::to_value(totals.objections)?;
    for (answer, count) in planned {
        ensure!(
            answers[answer] == *count,
            "expected {count} objections to end as {answer}, got {}",
            answers[answer]
        );
    }
    Ok(())
}
