//! State machines: where a case may go next, as pure functions.

pub mod objection;
