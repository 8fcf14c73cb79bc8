//! Many reviewers at once, each when it is due and not when an earlier one is done.

use crate::filled::Queue;
use adjudicate::foundation::db::Database;
use adjudicate::review::{ReviewConfig, queue};
use anyhow::{Context, ensure};
use benches::figures::{percentile, print_line};
use rand::{RngExt, SeedableRng};
use schemas::clock::Clock;
use schemas::ids::{ReviewTaskId, ReviewerId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// People who claim.
const SESSIONS: usize = 500;
/// Claims of all of them together.
const CLAIMS_A_SECOND: u32 = 50;
/// Of the instants at which they claim.
const SEED: u64 = 500;

/// What a session does when it is due.
#[derive(Clone)]
enum Work {
    /// Claims the next task for that long.
    Claim(ReviewConfig),
    /// Asks for a constant through the same pool.
    Nothing,
}

/// What came of all that was due.
#[derive(Default)]
struct Came {
    milliseconds: Vec<f64>,
    claimed: Vec<ReviewTaskId>,
}

/// The second figure.
pub(crate) async fn print(queue: &Queue, seconds: u32) -> anyhow::Result<()> {
    let due = schedule(seconds);
    let idle = run(queue, &due, &Work::Nothing).await?;
    let claims = run(queue, &due, &Work::Claim(queue.config.review)).await?;
    let doubled = doubled(queue, &claims.claimed).await?;
    print_line(&format!(
        "{SESSIONS} reviewers, {CLAIMS_A_SECOND} claims a second for {seconds} s (seed {SEED}), {} connections: \
         {} claims, {doubled} doubled (aim 0), p50 {:.1} ms, p99 {:.1} ms (aim at most 20), longest {:.1} ms; \
         `select 1` on the same schedule: p50 {:.1} ms, p99 {:.1} ms",
        queue.config.database.http_connections_max,
        claims.claimed.len(),
        percentile(&claims.milliseconds, 50),
        percentile(&claims.milliseconds, 99),
        percentile(&claims.milliseconds, 100),
        percentile(&idle.milliseconds, 50),
        percentile(&idle.milliseconds, 99),
    ))?;
    Ok(())
}

/// Instants from the start, in order: people who know nothing of each other come at random, and several at once.
fn schedule(seconds: u32) -> Vec<Duration> {
    let mut random = rand::rngs::SmallRng::seed_from_u64(SEED);
    let mut due: Vec<Duration> = (0..seconds * CLAIMS_A_SECOND)
        .map(|_| Duration::from_secs_f64(random.random_range(0.0..f64::from(seconds))))
        .collect();
    due.sort();
    due
}

/// Lets every session do `work` whenever it is due.
async fn run(queue: &Queue, due: &[Duration], work: &Work) -> anyhow::Result<Came> {
    let begun = queue.clock.monotonic();
    let mut sessions = JoinSet::new();
    for number in 0..SESSIONS {
        let mine: Vec<Duration> = due.iter().skip(number).step_by(SESSIONS).map(|due| begun + *due).collect();
        let reviewer = ReviewerId::parse(format!("reviewer-{number}"))?;
        sessions.spawn(session(queue.pool.clone(), Arc::clone(&queue.clock), reviewer, mine, work.clone()));
    }
    let mut all = Came::default();
    while let Some(came) = sessions.join_next().await {
        let Came { milliseconds, claimed } = came??;
        all.milliseconds.extend(milliseconds);
        all.claimed.extend(claimed);
    }
    Ok(all)
}

async fn session(
    pool: Database,
    clock: Arc<dyn Clock>,
    reviewer: ReviewerId,
    due: Vec<Duration>,
    work: Work,
) -> anyhow::Result<Came> {
    let mut came = Came::default();
    for due in due {
        tokio::time::sleep(due.saturating_sub(clock.monotonic())).await;
        match work {
            Work::Nothing => pool.answers().await?,
            Work::Claim(review) => {
                let task = queue::claim_next(&pool, &reviewer, None, review).await?;
                came.claimed.push(task.context("nothing waits any more")?.id);
            }
        }
        came.milliseconds.push((clock.monotonic() - due).as_secs_f64() * 1_000.0);
    }
    Ok(came)
}

/// Claims of a task that had been claimed already: of those that came back, and by the database.
async fn doubled(queue: &Queue, claimed: &[ReviewTaskId]) -> anyhow::Result<usize> {
    let number = async |query: &str| queue.database.number(query).await;
    let audited = number("select count(*) from audit_event where action = 'review.claim'").await?;
    let tasks =
        number("select count(distinct entity_id) from audit_event where action = 'review.claim'").await?;
    let held = number("select count(distinct lease_id) from review_task where state = 'claimed'").await?;
    ensure!(
        audited == i64::try_from(claimed.len())? && held == tasks,
        "{} claims came back, {audited} stand in the audit, of {tasks} tasks, and {held} tasks are held",
        claimed.len()
    );
    let distinct = claimed.iter().collect::<BTreeSet<_>>().len();
    Ok((claimed.len() - distinct).max(usize::try_from(audited - tasks)?))
}
