//! Kafka in, checked camera events and upright pictures out.
//!
//! Does: polls `camera-events` with stored positions ([`consumer`]), checks signature, headers and fields
//! ([`decode`]), decodes pictures under limits ([`frame`]), keeps them durably before anything names them
//! ([`evidence`]; citizens' files apart, [`documents`]), keeps what cannot be used with its reason ([`dead_letter`]), says which settled records may be
//! written as one run ([`offsets`]), and holds the one Kafka producer of the product ([`producer`]).
//!
//! Does not: know PostgreSQL (positions come through [`consumer::StartPositions`]), read plates, or decide what
//! an event means. rdkafka is used nowhere else.
//!
//! Invariants: a partition is never fetched without the position that its owner took; a record is delivered once
//! in each ownership, in the order of its offsets; auto-commit, auto-store and offset reset are off; offsets
//! committed to Kafka are a copy for lag dashboards and are never read back.

pub mod config;
pub mod connection;
pub mod record;
pub mod security;

pub mod consumer;
pub mod event;

pub mod decode;
pub mod frame;

pub mod content;
pub mod documents;
pub mod evidence;

pub mod dead_letter;
pub mod producer;

pub mod commit;
pub mod offsets;

pub mod camera;
pub mod condition;
pub mod log;
pub mod topics;
pub mod trouble;

pub mod metrics;

#[cfg(feature = "testing")]
pub mod testing;
