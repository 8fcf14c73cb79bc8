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

/// A payload with the position of the record it came from. It must end in [`Delivery::settle`].
#[must_use = "a delivery that is dropped without an outcome is a lost event"]
#[derive(Debug)]
pub struct Delivery<T> {
    payload: Option<T>,
    position: Position,
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
        Self { payload: Some(payload), position }
    }

    /// The record's position.
    #[must_use]
    pub const fn position(&self) -> &Position {
        &self.position
    }

    /// Looks at the payload.
    #[must_use]
    pub const fn payload(&self) -> Option<&T> {
        self.payload.as_ref()
    }

    /// Goes on to the next stage.
    pub fn map<U>(mut self, next: impl FnOnce(T) -> U) -> Delivery<U> {
        Delivery { payload: self.payload.take().map(next), position: self.position.clone() }
    }

    /// Gives up the wrapper; the caller now owes the outcome.
    #[must_use]
    pub fn into_parts(mut self) -> (Option<T>, Position) {
        (self.payload.take(), self.position.clone())
    }

    /// Ends the delivery.
    #[must_use]
    pub fn settle(mut self, outcome: Outcome) -> Settled {
        self.payload = None;
        Settled { position: self.position.clone(), outcome }
    }
}

impl<T> Drop for Delivery<T> {
    fn drop(&mut self) {
        debug_assert!(
            self.payload.is_none() || std::thread::panicking() || dropping_is_allowed(),
            "delivery {} was dropped without an outcome",
            self.position
        );
    }
}

thread_local! {
    static ALLOWED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

fn dropping_is_allowed() -> bool {
    ALLOWED.with(std::cell::Cell::get)
}

/// Drops deliveries on purpose: after a revoke or at shutdown, when the next owner gets the records again.
pub fn abandon<T>(deliveries: impl IntoIterator<Item = Delivery<T>>) {
    ALLOWED.with(|allowed| allowed.set(true));
    deliveries.into_iter().for_each(drop);
    ALLOWED.with(|allowed| allowed.set(false));
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
