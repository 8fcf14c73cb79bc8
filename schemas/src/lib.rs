//! The types that the stages of Rasid hand to each other, and the wire they travel on.
//!
//! Modules stand in the order in which data flows. This crate does no I/O and nothing asynchronous; it knows
//! neither Kafka nor SQL nor HTTP. Domain types do not serialise: what travels is generated from Protobuf
//! (`wire`), and JSON is made at the edges that speak it.

pub mod clock;
pub mod ids;
pub mod kill_point;

pub mod jurisdiction;
pub mod money;
pub mod reference;
pub mod text;

pub mod delivery;
pub mod outcome;

pub mod camera_event;
pub mod camera_key;
pub mod frame;
pub mod frame_role;
pub mod picture;
pub mod plate;
pub mod plate_grammar;
pub mod plate_read;
pub mod vehicle_class;

pub mod assessment;
pub mod evidence;

pub mod attachment;
pub mod objection;

pub mod triage;

pub mod ground_table;

pub mod review;

pub mod decision;

pub mod wire;
