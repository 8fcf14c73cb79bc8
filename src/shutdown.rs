//! Ending in order: one token that every task watches, and a deadline for those who do not.

use std::future::Future;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long tasks may take to end after the signal.
pub const DRAIN_SECONDS_MAX: u64 = 15;

/// The tasks of a process and the token that ends them.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Shutdown {
    /// Watches for SIGINT and SIGTERM from now on.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::default();
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let token = shutdown.token.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {},
                _ = terminate.recv() => {},
                () = token.cancelled() => {},
            }
            token.cancel();
        });
        Ok(shutdown)
    }

    /// The token; cancelled once, when the process is to end.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Starts a task that is waited for at the end. If it fails, the whole process ends.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let token = self.token.clone();
        self.tasks.spawn(async move {
            if let Err(error) = task.await {
                tracing::error!(task = name, "task {name} failed: {error:#}");
                token.cancel();
            }
        });
    }

    /// Ends everything and waits; says false when a task did not end within [`DRAIN_SECONDS_MAX`].
    pub async fn drain(&self) -> bool {
        self.token.cancel();
        self.tasks.close();
        tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), self.tasks.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_task_ends_the_others() {
        let shutdown = Shutdown::default();
        let token = shutdown.token();
        shutdown.spawn("waits", async move {
            token.cancelled().await;
            Ok(())
        });
        shutdown.spawn("fails", async { anyhow::bail!("on purpose") });
        shutdown.token().cancelled().await;
        assert!(shutdown.drain().await);
    }
}
