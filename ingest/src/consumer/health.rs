//! What keeps the consumer from its work, for whoever asks whether the process is ready.

use crate::trouble::BrokerTrouble;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For so long an error that lasts counts after it was last reported. The client repeats one of a partition far more
/// often, and one of a connection after 30 s at the earliest.
const TROUBLE_MEMORY: Duration = Duration::from_secs(75);

/// What keeps the consumer from its work. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct ConsumerHealth(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Why each stopped partition is.
    stopped: BTreeMap<i32, String>,
    /// How long partitions have not moved although there is work, beyond what is borne.
    stalled: BTreeMap<i32, Duration>,
    troubles: BTreeMap<BrokerTrouble, Report>,
}

#[derive(Debug, Default)]
struct Report {
    /// When it was last reported, monotonic.
    at: Duration,
    /// How the client put it.
    said: String,
    /// What happened and what to do, once it was looked into.
    explained: Option<String>,
}

impl Report {
    fn what(&self, trouble: BrokerTrouble) -> String {
        match &self.explained {
            Some(explained) => explained.clone(),
            None if self.said.is_empty() => trouble.advice().to_owned(),
            None => format!("{}; {}", self.said, trouble.advice()),
        }
    }
}

impl ConsumerHealth {
    /// Returns what is wrong at `now` (monotonic), one sentence each with what to do; nothing while all is well.
    #[must_use]
    pub fn problems(&self, now: Duration) -> Vec<String> {
        let state = self.state();
        let stopped =
            state.stopped.iter().map(|(number, reason)| format!("partition {number} is stopped: {reason}"));
        let stalled = state.stalled.iter().map(|(number, age)| {
            format!(
                "partition {number} has not moved for {} s although it has records; `rasid position show` says where it stands",
                age.as_secs()
            )
        });
        let recent = |report: &Report| now.saturating_sub(report.at) <= TROUBLE_MEMORY;
        let troubles = state.troubles.iter().filter(|(_, report)| recent(report));
        let troubles = troubles
            .map(|(trouble, report)| format!("kafka: {}: {}", trouble.label(), report.what(*trouble)));
        stopped.chain(stalled).chain(troubles).collect()
    }

    pub(super) fn stop(&self, partition: i32, reason: String) {
        self.state().stopped.insert(partition, reason);
    }

    /// The partition is no longer ours, or goes on.
    pub(super) fn clear(&self, partition: i32) {
        let mut state = self.state();
        state.stopped.remove(&partition);
        state.stalled.remove(&partition);
    }

    pub(super) fn set_stalled(&self, partition: i32, age: Option<Duration>) {
        let mut state = self.state();
        match age {
            Some(age) => drop(state.stalled.insert(partition, age)),
            None => drop(state.stalled.remove(&partition)),
        }
    }

    /// Remembers a trouble; an empty `said` leaves what was said before.
    pub(super) fn report(&self, trouble: BrokerTrouble, said: &str, now: Duration) {
        let mut state = self.state();
        let report = state.troubles.entry(trouble).or_default();
        report.at = now;
        if !said.is_empty() {
            said.clone_into(&mut report.said);
        }
    }

    /// What happened and what to do, found out after the trouble was reported.
    pub(super) fn explain(&self, trouble: BrokerTrouble, what: String) {
        if let Some(report) = self.state().troubles.get_mut(&trouble) {
            report.explained = Some(what);
        }
    }

    /// Every connection that is wanted stands.
    pub(super) fn connected(&self) {
        self.state().troubles.retain(|trouble, _| !trouble.is_of_connection());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_counts_while_it_is_reported_and_a_stopped_partition_until_it_is_given_up() {
        let health = ConsumerHealth::default();
        let at = Duration::from_secs;
        assert!(health.problems(at(0)).is_empty());
        health.report(BrokerTrouble::Compression, "", at(10));
        assert!(health.problems(at(85))[0].contains("rasid position skip"));
        assert!(health.problems(at(86)).is_empty());
        health.stop(3, "records were deleted".to_owned());
        health.set_stalled(4, Some(at(130)));
        let problems = health.problems(at(100));
        assert_eq!(problems[0], "partition 3 is stopped: records were deleted");
        assert!(problems[1].starts_with("partition 4 has not moved for 130 s"), "{problems:?}");
        health.clear(3);
        health.set_stalled(4, None);
        assert!(health.problems(at(100)).is_empty());
    }

    #[test]
    fn a_trouble_of_connections_is_told_as_exactly_as_it_is_known_and_ends_when_they_stand() {
        let health = ConsumerHealth::default();
        let now = Duration::from_secs(1);
        health.report(BrokerTrouble::Encryption, "handshake failed", now);
        health.report(BrokerTrouble::Encryption, "", now);
        health.report(BrokerTrouble::BrokenBatch, "", now);
        let told = health.problems(now).join("\n");
        assert!(told.contains("kafka: encryption: handshake failed; the encrypted connection"), "{told}");
        health.explain(BrokerTrouble::Encryption, "the certificate expired".to_owned());
        assert!(health.problems(now).contains(&"kafka: encryption: the certificate expired".to_owned()));
        health.connected();
        assert_eq!(health.problems(now).len(), 1, "a broken batch has nothing to do with connections");
    }
}
