//! The types that the stages of Rasid hand to each other, and the wire they travel on.
//!
//! Modules stand in the order in which data flows. This crate does no I/O and nothing asynchronous; it knows
//! neither Kafka nor SQL nor HTTP. Domain types do not serialise: what travels is generated from Protobuf
//! (`wire`), and JSON is made at the edges that speak it.

mod checked_text;
pub mod clock;
mod closed_list;
pub mod error_chain;
pub mod ids;
pub mod kill_point;
pub mod number;

pub mod country;
pub mod jurisdiction;
pub mod money;
pub mod reference;
pub mod text;

pub mod delivery;
pub mod offence;
pub mod outcome;

pub mod act;

pub mod camera;
pub mod picture;
pub mod plate;

pub mod assessment;
pub mod evidence;
pub mod seal;

pub mod objection;
pub mod triage;

pub mod review;

pub mod decision;

pub mod wire;

// Inside this crate a module is named by its place, so that the search for circles sees which needs which.
pub use camera::{event as camera_event, key as camera_key};
pub use objection::{attachment, ground_table};
pub use picture::{frame, frame_role};
pub use plate::{grammar as plate_grammar, read as plate_read, vehicle_class};
