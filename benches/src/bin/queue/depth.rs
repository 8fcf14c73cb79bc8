//! Claims from a deep queue beside claims from a shallow one.

use crate::filled::Queue;
use adjudicate::foundation::config::DatabaseConfig;
use adjudicate::foundation::db::{self, Database, PoolPurpose};
use adjudicate::review::{ReviewConfig, queue};
use anyhow::ensure;
use benches::figures::{percentile, print_line};
use schemas::clock::Clock;
use schemas::ids::ReviewerId;
use schemas::review::ReviewTaskKind;
use std::sync::Arc;

/// Claims before it counts: the connection is made and the statements are prepared.
const WARMING: u32 = 20;

/// One connection to a queue: of several, each claim would have another, with caches that the claims before did not warm.
struct Window {
    pool: Database,
    clock: Arc<dyn Clock>,
    review: ReviewConfig,
}

impl Window {
    async fn open(queue: &Queue) -> anyhow::Result<Self> {
        let config = DatabaseConfig { http_connections_max: 1, ..queue.config.database.clone() };
        let pool = db::connect(&config, PoolPurpose::Http).await?;
        // One window claims as it likes: its depth is measured, not a person.
        let review = ReviewConfig { held_cases_max: u32::MAX, ..queue.config.review };
        Ok(Self { pool, clock: Arc::clone(&queue.clock), review })
    }
}

/// The third figure, for whoever takes any task and for whoever takes manual checks only, before which the objections
/// stand. Both queues are on one server and have about as many tasks as they are named by when the last pair is claimed.
pub(crate) async fn print(
    (deep, tasks): (&Queue, u32),
    (shallow, few): (&Queue, u32),
    pairs: u32,
) -> anyhow::Result<()> {
    let (from_deep, from_shallow) = (Window::open(deep).await?, Window::open(shallow).await?);
    for kind in [None, Some(ReviewTaskKind::ManualCheck)] {
        let (deep, shallow) = measure((&from_deep, &from_shallow), kind, pairs / 2).await?;
        let of = |percent: u32| (percentile(&deep, percent), percentile(&shallow, percent));
        let ((deep_median, shallow_median), (deep_slow, shallow_slow)) = (of(50), of(99));
        print_line(&format!(
            "a claim of {} where {tasks} tasks wait against one where {few} wait, {} pairs: median \
             {deep_median:.2} and {shallow_median:.2} ms, ratio {:.3} (aim at most 1.3); p99 {deep_slow:.2} and \
             {shallow_slow:.2} ms, ratio {:.3} (aim at most 1.3)",
            kind.map_or("any task", |_| "a manual check"),
            pairs / 2,
            deep_median / shallow_median,
            deep_slow / shallow_slow
        ))?;
    }
    from_deep.pool.close().await;
    from_shallow.pool.close().await;
    Ok(())
}

/// Milliseconds of the claims from each queue, by turns.
async fn measure(
    (deep, shallow): (&Window, &Window),
    kind: Option<ReviewTaskKind>,
    pairs: u32,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    for _ in 0..WARMING {
        claim(deep, kind).await?;
        claim(shallow, kind).await?;
    }
    let (mut from_deep, mut from_shallow) = (Vec::new(), Vec::new());
    for number in 0..pairs {
        // Who comes second finds the processor awake.
        if number % 2 == 0 {
            from_deep.push(claim(deep, kind).await?);
            from_shallow.push(claim(shallow, kind).await?);
        } else {
            from_shallow.push(claim(shallow, kind).await?);
            from_deep.push(claim(deep, kind).await?);
        }
    }
    Ok((from_deep, from_shallow))
}

/// Milliseconds of one claim.
async fn claim(window: &Window, kind: Option<ReviewTaskKind>) -> anyhow::Result<f64> {
    let reviewer = ReviewerId::parse("reviewer-0")?;
    let begun = window.clock.monotonic();
    let task = queue::claim_next(&window.pool, &reviewer, kind, window.review).await?;
    let taken = (window.clock.monotonic() - begun).as_secs_f64() * 1_000.0;
    ensure!(task.is_some(), "nothing waits any more");
    Ok(taken)
}
