//! What is kept of a case: its row, the documents in it, its sealed pictures, and the check that nobody changed them.
//!
//! `documents` are the JSON columns as types, `rows` the recorded facts with their canonical bytes, `store` reads and
//! verifies. [`verify`] does so by the server's public keys. `issue` alone makes cases, [`effect`] alone says what happens to them, `task` what a person must do.
//! Rows are never changed afterwards.

pub mod assessment;
pub mod documents;
pub(crate) mod draft;
pub mod effect;
pub(crate) mod issue;
pub mod manifest;
pub mod origin;
pub mod read;
pub mod rows;
pub mod rule_table;
pub mod store;
pub(crate) mod task;
pub mod verify;
