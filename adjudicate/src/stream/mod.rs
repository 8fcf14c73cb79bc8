//! The stream half: where it stands in each partition, and the transaction that settles a run of records.

pub mod administration;
pub mod metrics;
pub mod position;
pub mod record_report;
pub mod report;
pub mod settle;
