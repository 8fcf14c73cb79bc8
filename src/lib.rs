//! Rasid (راصد): camera enforcement that is fair.
//!
//! The root package wires the crates together: it alone reads the configuration and the environment,
//! knows the order of the stages, and owns the command line. It decides nothing about plates, law or money.

pub mod command;
pub mod config;
pub mod demo;
pub mod files;
pub mod labels;
pub mod pipeline;
mod private_file;
pub mod replay;
pub mod sending;
pub mod service;
pub mod shutdown;
pub mod snapshot;
pub mod stream;
pub mod telemetry;

mod json_lines;
mod pictures;
