//! The reviewers' queue: what a decision costs beside its bare statements, how long a claim takes while 500 people
//! claim, and whether it takes longer when more waits.
//!
//!     cargo run --release -p benches --features testing --bin queue [ROUNDS [CYCLES [TASKS [SECONDS [PAIRS]]]]]
//!
//! 1. `CYCLES` times claim, view both frames, dismiss, by our functions and by pgbench with the same statements in the
//!    same transactions: as many clients, one database, as many open tasks before each; `ROUNDS` rounds by turns.
//! 2. `TASKS` open tasks, 500 sessions, 50 claims a second at random instants for `SECONDS`, whether earlier ones have
//!    ended or not. A claim counts from the instant at which it was due. The same schedule with `select 1` through the
//!    same pool shows what of it is the generator, the pool and the machine.
//! 3. `PAIRS` claims where `TASKS` wait and as many where a hundredth of them waits, one after the other by turns: the
//!    first half of any task, the second of manual checks, before which a fifth of the queue stands as objections.
//!
//! pgbench comes with Debian's package `postgresql`.

mod crowd;
mod cycle;
mod depth;
mod filled;
mod pgbench;

use adjudicate::testing::queue::{self, Filling};
use benches::figures::{median, print_line};
use benches::{arguments, machine};
use filled::Queue;
use pgbench::Pgbench;

const ROUNDS: u32 = 5;
const CYCLES: u32 = 1_000;
const TASKS: u32 = 1_000_000;
const SECONDS: u32 = 30;
const PAIRS: u32 = 6_000;
/// How many times fewer tasks wait in the shallow queue.
const SHALLOWER: u32 = 100;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let [rounds, cycles, tasks, seconds, pairs] = arguments::counts(
        std::env::args().skip(1),
        ["ROUNDS", "CYCLES", "TASKS", "SECONDS", "PAIRS"],
        [ROUNDS, CYCLES, TASKS, SECONDS, PAIRS],
    )?;
    let pgbench = Pgbench::find()?;
    let services = machine::start(machine::provision().await?, false).await?;
    let url = services.database_url();
    print_line(&machine::describe()?)?;
    print_cycles(&url, &pgbench, rounds, cycles).await?;
    let deep = Queue::create(&url).await?;
    print_filling(&deep, tasks + pairs).await?;
    crowd::print(&deep, seconds).await?;
    let shallow = Queue::create(&url).await?;
    let few = (tasks / SHALLOWER).max(1);
    print_filling(&shallow, few + pairs).await?;
    depth::print((&deep, tasks), (&shallow, few), pairs).await?;
    deep.remove().await?;
    shallow.remove().await?;
    machine::stop(services).await
}

/// Fills a queue for claims.
async fn print_filling(queue: &Queue, tasks: u32) -> anyhow::Result<()> {
    let begun = queue.clock.monotonic();
    queue::fill(&queue.database, tasks, Filling::ToClaim).await?;
    let seconds = (queue.clock.monotonic() - begun).as_secs_f64();
    Ok(print_line(&format!("filled with {tasks} open tasks in {seconds:.1} s"))?)
}

/// The first figure.
async fn print_cycles(url: &str, pgbench: &Pgbench, rounds: u32, cycles: u32) -> anyhow::Result<()> {
    let queue = Queue::create(url).await?;
    let tasks = cycles * 10;
    queue::fill(&queue.database, tasks, Filling::ToDecide).await?;
    let desk = cycle::Desk::open(&queue)?;
    // Connections, and each statement prepared on each.
    desk.measure(cycle::CLIENTS * 10).await?;
    let mut measured = Vec::new();
    for number in 1..=rounds {
        let open = queue.database.number("select count(*) from review_task where state = 'open'").await?;
        let missing = tasks.saturating_sub(u32::try_from(open)?);
        queue::fill(&queue.database, missing, Filling::ToDecide).await?;
        let ours = desk.measure(cycles).await?;
        queue::fill(&queue.database, cycles, Filling::ToDecide).await?;
        let bare = pgbench.measure(url, &queue.database.schema, cycle::CLIENTS, cycles).await?;
        print_line(&format!(
            "round {number}: {cycles} cycles, ours {ours:.0}/s, pgbench {bare:.0}/s, ratio {:.3}",
            ours / bare
        ))?;
        measured.push((ours, bare));
    }
    let of = |figure: fn(&(f64, f64)) -> f64| median(&measured.iter().map(figure).collect::<Vec<_>>());
    print_line(&format!(
        "claim, two views, decision with audit, {} clients, {tasks} open tasks, median of {rounds} rounds: \
         ours {:.0}/s, pgbench {:.0}/s, ratio {:.3} (aim at least 0.5)",
        cycle::CLIENTS,
        of(|(ours, _)| *ours),
        of(|(_, bare)| *bare),
        of(|(ours, bare)| ours / bare)
    ))?;
    queue.remove().await
}
