//! Which settled records of one partition may be written together: runs without a missing delivered record.
//!
//! Offsets may jump (compaction, transaction markers): what counts is what was delivered. Pure; it does no I/O.

use crate::event::Assignment;
use schemas::delivery::Run;
use std::collections::VecDeque;
use thiserror::Error;

/// Delivered records of one ownership of one partition, each with its result once it has one.
#[derive(Debug)]
pub struct OffsetTracker<T> {
    /// What is owned; its position is the first offset not yet handed out in a run.
    owned: Assignment,
    entries: VecDeque<Entry<T>>,
    completed: usize,
    held_back_max: usize,
    /// Offset before which nothing else will be delivered.
    ended_at: Option<i64>,
}

#[derive(Debug)]
struct Entry<T> {
    offset: i64,
    result: Option<T>,
}

/// The caller broke the tracker's order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OffsetError {
    /// A record came twice or backwards.
    #[error("offset {offset} was delivered after {last}; deliveries must ascend")]
    NotAscending {
        /// Offset given.
        offset: i64,
        /// Smallest offset that could have followed.
        last: i64,
    },
    /// A result for a record that was not delivered, has one already, or was handed out.
    #[error("offset {0} is not waiting for a result")]
    NotWaiting(i64),
}

impl<T> OffsetTracker<T> {
    /// An ownership that begins at its position. With more than `held_back_max` results waiting behind a record
    /// without one, [`OffsetTracker::should_pause`] asks for a pause.
    #[must_use]
    pub const fn new(owned: Assignment, held_back_max: usize) -> Self {
        Self { owned, entries: VecDeque::new(), completed: 0, held_back_max, ended_at: None }
    }

    /// First offset not yet handed out in a run.
    #[must_use]
    pub const fn next_offset(&self) -> i64 {
        self.owned.next_offset
    }

    /// Registers a record in the order of delivery.
    ///
    /// # Errors
    /// When the offset does not ascend.
    pub fn deliver(&mut self, offset: i64) -> Result<(), OffsetError> {
        let least = self.entries.back().map_or(self.owned.next_offset, |entry| entry.offset + 1);
        if offset < least {
            return Err(OffsetError::NotAscending { offset, last: least - 1 });
        }
        self.entries.push_back(Entry { offset, result: None });
        Ok(())
    }

    /// Notes a record's result, in any order.
    ///
    /// # Errors
    /// When the record does not wait for one.
    pub fn complete(&mut self, offset: i64, result: T) -> Result<(), OffsetError> {
        let index = self
            .entries
            .binary_search_by_key(&offset, |entry| entry.offset)
            .map_err(|_| OffsetError::NotWaiting(offset))?;
        let entry = &mut self.entries[index];
        if entry.result.is_some() {
            return Err(OffsetError::NotWaiting(offset));
        }
        entry.result = Some(result);
        self.completed += 1;
        Ok(())
    }

    /// Notes that what lies before `log_end` and was not delivered holds no record.
    pub fn end(&mut self, log_end: i64) {
        self.ended_at = Some(log_end);
    }

    /// Returns the next run of at most `records_max` records; `None` while the oldest record has no result.
    pub fn take_run(&mut self, records_max: usize) -> Option<Run<(i64, T)>> {
        let mut records = Vec::new();
        while records.len() < records_max {
            let Some(Entry { result: Some(_), .. }) = self.entries.front() else { break };
            let Some(Entry { offset, result: Some(result) }) = self.entries.pop_front() else { break };
            records.push((offset, result));
        }
        self.completed -= records.len();
        let behind_last = records.last().map(|(last, _)| last + 1);
        let end = self.ended_at.filter(|end| self.entries.is_empty() && *end > self.owned.next_offset);
        let next_offset = end.or(behind_last)?.max(behind_last.unwrap_or(0));
        let first_offset = std::mem::replace(&mut self.owned.next_offset, next_offset);
        let Assignment { partition, owner_epoch, .. } = self.owned.clone();
        Some(Run { partition, owner_epoch, first_offset, next_offset, records })
    }

    /// Records delivered and not handed out.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.entries.len()
    }

    /// Results that wait behind a record without one.
    #[must_use]
    pub fn held_back(&self) -> usize {
        match self.entries.front() {
            Some(Entry { result: None, .. }) => self.completed,
            Some(Entry { result: Some(_), .. }) | None => 0,
        }
    }

    /// Whether the partition should be paused: one slow record holds back more results than may wait.
    #[must_use]
    pub fn should_pause(&self) -> bool {
        self.held_back() >= self.held_back_max
    }

    /// Whether a partition paused by [`OffsetTracker::should_pause`] may go on; at half, so that it does not flap.
    #[must_use]
    pub fn may_resume(&self) -> bool {
        self.held_back() <= self.held_back_max / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use schemas::delivery::{OwnerEpoch, PartitionKey};

    fn owned(next_offset: i64) -> Assignment {
        let partition = PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 0 };
        Assignment { partition, owner_epoch: OwnerEpoch(1), next_offset }
    }

    #[test]
    fn a_run_ends_before_the_first_record_without_a_result() {
        let mut tracker = OffsetTracker::new(owned(10), 100);
        for offset in [10, 11, 14] {
            assert_eq!(tracker.deliver(offset), Ok(()));
        }
        assert_eq!(tracker.complete(14, 'c'), Ok(()));
        assert_eq!(tracker.take_run(9), None);
        assert_eq!(tracker.complete(10, 'a'), Ok(()));
        let run = tracker.take_run(9).expect("run");
        assert_eq!((run.owner_epoch, run.first_offset, run.next_offset), (OwnerEpoch(1), 10, 11));
        assert_eq!(run.records, [(10, 'a')]);
        assert_eq!(tracker.complete(11, 'b'), Ok(()));
        let run = tracker.take_run(9).expect("run");
        assert_eq!((run.first_offset, run.next_offset, run.skipped()), (11, 15, 2));
        assert_eq!(run.records, [(11, 'b'), (14, 'c')]);
    }

    #[test]
    fn a_record_delivered_or_completed_twice_is_refused() {
        let mut tracker = OffsetTracker::new(owned(5), 100);
        assert_eq!(tracker.deliver(4), Err(OffsetError::NotAscending { offset: 4, last: 4 }));
        assert_eq!(tracker.deliver(5), Ok(()));
        assert_eq!(tracker.deliver(5), Err(OffsetError::NotAscending { offset: 5, last: 5 }));
        assert_eq!(tracker.complete(6, ()), Err(OffsetError::NotWaiting(6)));
        assert_eq!(tracker.complete(5, ()), Ok(()));
        assert_eq!(tracker.complete(5, ()), Err(OffsetError::NotWaiting(5)));
    }

    #[test]
    fn one_slow_record_pauses_the_partition_and_its_result_lets_it_go_on() {
        let mut tracker = OffsetTracker::new(owned(0), 4);
        (0..6).for_each(|offset| assert_eq!(tracker.deliver(offset), Ok(())));
        (1..4).for_each(|offset| assert_eq!(tracker.complete(offset, ()), Ok(())));
        assert!(!tracker.should_pause());
        assert_eq!(tracker.complete(4, ()), Ok(()));
        assert!(tracker.should_pause() && !tracker.may_resume());
        assert_eq!(tracker.complete(0, ()), Ok(()));
        assert!(!tracker.should_pause() && tracker.may_resume());
    }

    proptest! {
        /// Whatever the order of results and the size of runs: every delivered record comes out exactly once, in
        /// order, and positions join without a gap.
        #[test]
        fn runs_hold_every_delivered_record_once_and_in_order(
            jumps in proptest::collection::vec(0..4_i64, 1..80),
            order in proptest::collection::vec(any::<usize>(), 80),
            records_max in 1..20_usize,
        ) {
            let mut tracker = OffsetTracker::new(owned(100), 1_000);
            let offsets: Vec<i64> = jumps.iter().scan(99, |last, jump| { *last += 1 + jump; Some(*last) }).collect();
            for offset in &offsets {
                prop_assert_eq!(tracker.deliver(*offset), Ok(()));
            }
            let mut open = offsets.clone();
            let mut seen = Vec::new();
            let mut position = 100;
            let mut skipped = 0;
            for pick in order.iter().take(offsets.len()) {
                let offset = open.swap_remove(pick % open.len());
                prop_assert_eq!(tracker.complete(offset, offset * 2), Ok(()));
                while let Some(run) = tracker.take_run(records_max) {
                    prop_assert_eq!(run.first_offset, position);
                    prop_assert!(run.records.len() <= records_max);
                    position = run.next_offset;
                    skipped += run.skipped();
                    for (offset, result) in run.records {
                        prop_assert!(!open.contains(&offset));
                        prop_assert_eq!(result, offset * 2);
                        seen.push(offset);
                    }
                }
                let oldest_open = open.iter().min().copied();
                prop_assert!(oldest_open.is_none_or(|oldest| position <= oldest));
            }
            prop_assert_eq!(&seen, &offsets);
            prop_assert_eq!(tracker.waiting(), 0);
            prop_assert_eq!(skipped, jumps.iter().sum::<i64>());
        }
    }
}
