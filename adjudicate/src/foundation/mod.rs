//! What every room stands on: connections, audit, hash chains, the outbox, jobs, repeated calls, the evidence store.

pub mod audit;
pub mod chain;
pub mod condition;
pub mod config;
pub mod csv;
pub mod db;
pub mod evidence;
pub mod idempotency;
pub mod jobs;
pub mod metrics;
pub mod outbox;
pub mod roles;
pub mod service_metrics;
pub mod store_error;

mod closed_lists;
pub mod columns;

pub mod topic;
