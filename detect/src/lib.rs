//! Pixels to plates: finds plates in a decoded frame, reads both scripts, and says what speaks against the reading.
//!
//! [`Detector::load`] checks the models against their contracts and checksums; [`Detector::read_plates`] takes a
//! frame on the calling thread; [`DetectorPool`] does the same on worker threads for asynchronous callers.
//! Everything between the two nets and the answer is pure: [`preprocess`], [`geometry`], [`locate`], [`ctc`], [`read`],
//! [`calibrate`], [`class_colour`].
//!
//! This crate does not decode pictures, knows no camera, no offence and no money, and uses neither Kafka nor a
//! database. It never bends a reading to fit the grammar: what does not fit is kept as read and flagged.

pub mod calibrate;
pub mod class_colour;
pub mod config;
pub mod contract;
pub mod ctc;
pub mod geometry;
pub mod locate;
pub mod metrics;
pub mod model_card;
pub mod model_error;
pub mod preprocess;
pub mod read;
pub mod session;

mod detector;
mod pool;

#[cfg(test)]
mod class_colour_tests;

pub use config::DetectConfig;
pub use detector::{Detector, LoadError, ReadError};
pub use metrics::DetectMetrics;
pub use pool::DetectorPool;
