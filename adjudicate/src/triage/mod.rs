//! The machine's answer to an objection, found by [`rules::triage`] and stored here.

pub mod job;
pub(crate) mod publish;
pub mod store;
