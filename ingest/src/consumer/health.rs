//! What keeps the consumer from its work, for whoever asks whether the process is ready.

use crate::trouble::BrokerTrouble;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For so long an error that lasts counts after it was last reported; the client repeats it far more often.
const TROUBLE_MEMORY: Duration = Duration::from_secs(30);

/// What keeps the consumer from its work. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct ConsumerHealth(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Why each stopped partition is.
    stopped: BTreeMap<i32, String>,
    /// How long partitions have not moved although there is work, beyond what is borne.
    stalled: BTreeMap<i32, Duration>,
    /// When each was last reported, monotonic.
    troubles: BTreeMap<BrokerTrouble, Duration>,
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
        let recent = |at: &Duration| now.saturating_sub(*at) <= TROUBLE_MEMORY;
        let troubles = state.troubles.iter().filter(|(_, at)| recent(at));
        let troubles =
            troubles.map(|(trouble, _)| format!("kafka: {}: {}", trouble.label(), trouble.advice()));
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

    pub(super) fn report(&self, trouble: BrokerTrouble, now: Duration) {
        self.state().troubles.insert(trouble, now);
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
        health.report(BrokerTrouble::Compression, at(10));
        assert!(health.problems(at(40))[0].contains("rasid position skip"));
        assert!(health.problems(at(41)).is_empty());
        health.stop(3, "records were deleted".to_owned());
        health.set_stalled(4, Some(at(130)));
        let problems = health.problems(at(100));
        assert_eq!(problems[0], "partition 3 is stopped: records were deleted");
        assert!(problems[1].starts_with("partition 4 has not moved for 130 s"), "{problems:?}");
        health.clear(3);
        health.set_stalled(4, None);
        assert!(health.problems(at(100)).is_empty());
    }
}
