//! A task's way through our functions: claimed, both frames viewed, dismissed.

use crate::filled::Queue;
use adjudicate::decision::decide::{DecisionCall, Verdicts, decide};
use adjudicate::foundation::db::Database;
use adjudicate::foundation::service_metrics::ServiceMetrics;
use adjudicate::review::{ReviewConfig, queue};
use adjudicate::testing::queue::frames;
use anyhow::{Context, bail};
use rasid::telemetry;
use schemas::clock::Clock;
use schemas::decision::{CheckVerdict, Reason};
use schemas::ids::ReviewerId;
use schemas::review::{ReviewSubject, ReviewTaskKind, ReviewTaskState};
use std::sync::Arc;
use tokio::task::JoinSet;

/// People, each with one task at a time; as many connections of pgbench.
pub(crate) const CLIENTS: u32 = 4;
/// Why a check is dismissed.
pub(crate) const REASON: &str = "the plate cannot be read in either frame";

/// What all clients share.
pub(crate) struct Desk {
    pool: Database,
    metrics: ServiceMetrics,
    clock: Arc<dyn Clock>,
    review: ReviewConfig,
}

impl Desk {
    pub(crate) fn open(queue: &Queue) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            pool: queue.pool.clone(),
            metrics: ServiceMetrics::register(&telemetry::registry()?)?,
            clock: Arc::clone(&queue.clock),
            review: queue.config.review,
        }))
    }

    /// Cycles a second, of about `cycles`: each client does as many.
    pub(crate) async fn measure(self: &Arc<Self>, cycles: u32) -> anyhow::Result<f64> {
        let each = cycles.div_ceil(CLIENTS);
        let begun = self.clock.monotonic();
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let desk = Arc::clone(self);
            clients.spawn(async move {
                let reviewer = ReviewerId::parse(format!("reviewer-{number}"))?;
                for _ in 0..each {
                    desk.cycle(&reviewer).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended??;
        }
        Ok(f64::from(each * CLIENTS) / (self.clock.monotonic() - begun).as_secs_f64())
    }

    async fn cycle(&self, reviewer: &ReviewerId) -> anyhow::Result<()> {
        let kind = Some(ReviewTaskKind::ManualCheck);
        let task = queue::claim_next(&self.pool, reviewer, kind, self.review).await?;
        let task = task.context("nothing waits any more")?;
        let (ReviewSubject::ManualCheck(check), ReviewTaskState::Claimed(lease)) =
            (task.subject, &task.state)
        else {
            bail!("{} is no claimed manual check", task.id);
        };
        for frame in frames(check) {
            queue::record_frame_view(&self.pool, task.id, reviewer, lease.id, frame).await?;
        }
        let reason = Reason::new(None, Some(REASON))?;
        let call = DecisionCall { task: task.id, reviewer, lease: lease.id, version: task.version, reason };
        let verdict = Verdicts::ManualCheck(CheckVerdict::Dismiss);
        decide(&self.pool, &call, verdict, &self.metrics, self.clock.now()).await?;
        Ok(())
    }
}
