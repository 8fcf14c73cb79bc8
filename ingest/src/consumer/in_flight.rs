//! What the records between the consumer and their outcome hold of the memory limits.

use crate::metrics::IngestMetrics;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Limits in records and bytes, for a partition and for the process.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlightLimits {
    pub(super) partition: Load,
    pub(super) process: Load,
}

/// Records and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) records: usize,
    pub(super) bytes: usize,
}

impl Load {
    const fn reaches(self, limit: Self) -> bool {
        self.records >= limit.records || self.bytes >= limit.bytes
    }

    const fn half(self) -> Self {
        Self { records: self.records.div_ceil(2), bytes: self.bytes.div_ceil(2) }
    }
}

/// The count of what is in flight.
#[derive(Debug)]
pub(super) struct InFlight {
    limits: InFlightLimits,
    state: Mutex<State>,
    released: Condvar,
    metrics: IngestMetrics,
}

#[derive(Debug, Default)]
struct State {
    partitions: HashMap<i32, Load>,
    process: Load,
}

/// A record's share of the limits, given back when it is dropped.
#[derive(Debug)]
pub struct Credit {
    holder: Option<(Arc<InFlight>, i32)>,
    bytes: usize,
}

impl Credit {
    /// No share of anything: for records that no consumer delivered (`rasid dead-letters`, tests).
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { holder: None, bytes: 0 }
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        if let Some((in_flight, partition)) = self.holder.take() {
            in_flight.release(partition, self.bytes);
        }
    }
}

impl InFlight {
    pub(super) fn new(limits: InFlightLimits, metrics: IngestMetrics) -> Arc<Self> {
        metrics.set_in_flight_limits((limits.process.records, limits.process.bytes));
        Arc::new(Self { limits, state: Mutex::default(), released: Condvar::new(), metrics })
    }

    /// Counts a record in. Always granted: a record that has been fetched is in memory already, and the limit is
    /// kept by pausing its partition.
    pub(super) fn acquire(self: &Arc<Self>, partition: i32, bytes: usize) -> Credit {
        let mut state = self.lock();
        let State { partitions, process } = &mut *state;
        for load in [partitions.entry(partition).or_default(), process] {
            load.records += 1;
            load.bytes += bytes;
        }
        self.publish(state.process);
        Credit { holder: Some((Arc::clone(self), partition)), bytes }
    }

    /// Waits at most `patience` until the partition may take another record; says whether it may.
    pub(super) fn wait_for_room(&self, partition: i32, patience: Duration) -> bool {
        let full = |state: &mut State| self.is_full(state, partition);
        let waited = self.released.wait_timeout_while(self.lock(), patience, full);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !self.is_full(&mut state, partition)
    }

    /// Whether a partition that was paused for lack of room may go on; at half, so that it does not flap.
    pub(super) fn has_ample_room(&self, partition: i32) -> bool {
        let state = self.lock();
        let load = state.partitions.get(&partition).copied().unwrap_or_default();
        let InFlightLimits { partition, process } = self.limits;
        !load.reaches(partition.half()) && !state.process.reaches(process.half())
    }

    fn is_full(&self, state: &mut State, partition: i32) -> bool {
        let load = state.partitions.get(&partition).copied().unwrap_or_default();
        load.reaches(self.limits.partition) || state.process.reaches(self.limits.process)
    }

    fn release(&self, partition: i32, bytes: usize) {
        let mut state = self.lock();
        let State { partitions, process } = &mut *state;
        for load in [partitions.entry(partition).or_default(), process] {
            load.records = load.records.saturating_sub(1);
            load.bytes = load.bytes.saturating_sub(bytes);
        }
        self.publish(state.process);
        drop(state);
        self.released.notify_all();
    }

    fn publish(&self, load: Load) {
        self.metrics.set_in_flight((load.records, load.bytes));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_flight() -> Arc<InFlight> {
        let partition = Load { records: 4, bytes: 100 };
        let process = Load { records: 6, bytes: 1_000 };
        InFlight::new(InFlightLimits { partition, process }, IngestMetrics::unregistered())
    }

    #[test]
    fn a_partition_is_full_by_records_or_by_bytes_and_has_ample_room_at_half() {
        let in_flight = in_flight();
        let mut credits: Vec<Credit> = (0..4).map(|_| in_flight.acquire(1, 1)).collect();
        assert!(!in_flight.wait_for_room(1, Duration::ZERO));
        assert!(in_flight.wait_for_room(2, Duration::ZERO));
        credits.truncate(2);
        assert!(in_flight.wait_for_room(1, Duration::ZERO) && !in_flight.has_ample_room(1));
        credits.truncate(1);
        assert!(in_flight.has_ample_room(1));
        credits.push(in_flight.acquire(1, 99));
        assert!(!in_flight.wait_for_room(1, Duration::ZERO));
    }

    #[test]
    fn the_limit_of_the_process_holds_over_partitions() {
        let in_flight = in_flight();
        let credits: Vec<Credit> = (0..6).map(|partition| in_flight.acquire(partition % 2, 1)).collect();
        assert!(!in_flight.wait_for_room(2, Duration::ZERO));
        drop(credits);
        assert!(in_flight.wait_for_room(2, Duration::ZERO) && in_flight.has_ample_room(0));
    }

    #[test]
    fn who_waits_for_room_is_woken_when_a_record_is_dropped() {
        let in_flight = in_flight();
        let credit = in_flight.acquire(1, 100);
        let waiting = std::thread::spawn({
            let in_flight = Arc::clone(&in_flight);
            move || in_flight.wait_for_room(1, Duration::from_secs(30))
        });
        drop(credit);
        assert!(waiting.join().expect("thread"));
    }
}
