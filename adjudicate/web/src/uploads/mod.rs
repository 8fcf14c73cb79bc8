//! What citizens send on its way: on the disk until it is looked at, in memory within a limit, sealed to whom it belongs.

pub(crate) mod disk;
pub mod draft;
pub mod memory;
pub mod seal;
pub mod spool;
