//! The Kafka position that travels with a payload until its effects are written.

use crate::outcome::Outcome;
use std::fmt;
use std::sync::Arc;

/// A partition of a topic of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey {
    /// Kafka's cluster id: offsets of another cluster mean nothing here.
    pub cluster: Arc<str>,
    /// Topic name.
    pub topic: Arc<str>,
    /// Partition number, from 0.
    pub partition: i32,
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.topic, self.partition)
    }
}

/// The right to write effects of a partition: who took it last has the highest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerEpoch(pub i64);

/// Where one record stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// The partition.
    pub partition: PartitionKey,
    /// The record's offset.
    pub offset: i64,
    /// The epoch under which it was delivered.
    pub owner_epoch: OwnerEpoch,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.partition, self.offset)
    }
}

/// Records of one partition that are settled together: in the order of their offsets, none that was delivered missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<R> {
    /// The partition.
    pub partition: PartitionKey,
    /// The epoch under which it was taken.
    pub owner_epoch: OwnerEpoch,
    /// The position that must be stored before the run is written.
    pub first_offset: i64,
    /// The position after it: more than the last record's offset.
    pub next_offset: i64,
    /// The records, ascending by their offsets.
    pub records: Vec<R>,
}

impl<R> Run<R> {
    /// Offsets inside the run that hold no record: transaction markers, compaction. Negative in a run that cannot be.
    #[must_use]
    pub fn skipped(&self) -> i64 {
        let records = i64::try_from(self.records.len()).unwrap_or(i64::MAX);
        self.next_offset.saturating_sub(self.first_offset).saturating_sub(records)
    }
}

/// A payload with the position of the record it came from. It must end in [`Delivery::settle`].
#[must_use = "a delivery that is dropped without an outcome is a lost event"]
#[derive(Debug)]
pub struct Delivery<T> {
    payload: T,
    // Apart from the payload, so that the payload can be taken out although this reports when it is dropped.
    owed: OwedOutcome,
}

/// The position of a record whose outcome is owed; reports when it is dropped without one.
#[derive(Debug)]
struct OwedOutcome {
    position: Position,
    is_released: bool,
}

impl OwedOutcome {
    fn release(mut self) -> Position {
        self.is_released = true;
        self.position.clone()
    }
}

impl Drop for OwedOutcome {
    fn drop(&mut self) {
        debug_assert!(
            self.is_released || std::thread::panicking(),
            "delivery {} was dropped without an outcome",
            self.position
        );
    }
}

/// A delivery that has its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The record's position.
    pub position: Position,
    /// How it ended.
    pub outcome: Outcome,
}

impl<T> Delivery<T> {
    /// Joins payload and position.
    pub const fn new(payload: T, position: Position) -> Self {
        Self { payload, owed: OwedOutcome { position, is_released: false } }
    }

    /// Returns the record's position.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.owed.position
    }

    /// Returns the payload.
    #[must_use]
    pub const fn payload(&self) -> &T {
        &self.payload
    }

    /// Goes on to the next stage.
    pub fn map<U>(self, next: impl FnOnce(T) -> U) -> Delivery<U> {
        let Self { payload, owed } = self;
        Delivery { payload: next(payload), owed }
    }

    /// Gives up the wrapper; the caller now owes the outcome.
    #[must_use]
    pub fn into_parts(self) -> (T, Position) {
        (self.payload, self.owed.release())
    }

    /// Ends the delivery.
    #[must_use]
    pub fn settle(self, outcome: Outcome) -> Settled {
        Settled { position: self.owed.release(), outcome }
    }
}

/// Drops deliveries on purpose: after a revoke or at shutdown, when the next owner gets the records again.
pub fn abandon<T>(deliveries: impl IntoIterator<Item = Delivery<T>>) {
    for Delivery { payload: _, owed } in deliveries {
        owed.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        let partition = PartitionKey { cluster: "c".into(), topic: "t".into(), partition: 0 };
        Position { partition, offset: 7, owner_epoch: OwnerEpoch(1) }
    }

    #[test]
    fn a_settled_delivery_keeps_its_position() {
        let settled = Delivery::new(1, position()).map(|n| n + 1).settle(Outcome::NoOffence);
        assert_eq!(settled, Settled { position: position(), outcome: Outcome::NoOffence });
    }

    #[test]
    fn a_delivery_gives_its_payload_and_owes_nothing_once_it_is_taken_apart() {
        let delivery = Delivery::new("payload", position());
        assert_eq!(delivery.payload(), &"payload");
        assert_eq!(delivery.into_parts(), ("payload", position()));
    }

    #[test]
    #[cfg(debug_assertions)]
    fn a_delivery_dropped_silently_trips_the_assertion() {
        let caught = std::panic::catch_unwind(|| drop(Delivery::new((), position())));
        assert!(caught.is_err());
    }

    #[test]
    fn a_delivery_may_be_abandoned_on_purpose() {
        abandon([Delivery::new((), position())]);
    }
}
