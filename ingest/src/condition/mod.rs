//! What a cluster says of itself: whether it answers this client, its topics and logs, the members of a group, its time.
//!
//! For `rasid doctor`. Nothing here joins a group, moves an offset or writes into a topic of the product; [`clock`] alone
//! writes, one record into a topic of its own, which it removes.

pub mod clock;
pub mod cluster;
pub mod group;
pub mod tail;

mod probe;

pub use probe::{Probe, Unanswered};
