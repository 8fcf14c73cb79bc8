//! The real Kafka, PostgreSQL and ONNX Runtime of the demo, the tests and the benches.
//!
//! [`Runtime::fetch`] brings the pinned files once with Maven, verifies each against `runtime.lock`, unpacks
//! them and publishes them into a cache folder by one rename; every later call only looks at sizes and times.
//! [`Services::start`] runs Kafka and PostgreSQL on free loopback ports, and whatever it started dies with
//! this process, even when that is killed with -9.
//!
//! This crate does not create topics or tables, does not speak to the services it starts, is not used in
//! production, and depends on no other crate of the workspace. Every call blocks: from asynchronous code it
//! belongs on a blocking thread.

pub mod error;
pub mod locations;
pub mod machine;
pub mod secure;
pub mod services;
pub mod state;

mod children;
mod daemon;
mod fetch;
mod instance;
mod java;
mod kafka;
mod ports;
mod postgres;
mod wait;

pub use error::RuntimeError;
pub use fetch::cache::FetchProgress;
pub use fetch::provision::Runtime;
pub use fetch::provisioned::{ONNXRUNTIME_LIBRARY, Provisioned};
pub use locations::Locations;
pub use machine::{Finding, check_building, check_machine};
pub use secure::{BrokerAccount, SecureListener, ServerCertificate};
pub use services::{Pids, ServiceOptions, Services};

use std::path::PathBuf;

/// The ONNX Runtime library, fetched first if this machine does not have it: for the tests and benches of any
/// crate, which must find it on a fresh clone without a further step.
///
/// # Errors
/// As [`Runtime::fetch`].
pub fn onnxruntime_for_tests() -> Result<PathBuf, RuntimeError> {
    let provisioned = Runtime::fetch(&Locations::from_environment(), false, &mut |_| {})?;
    Ok(provisioned.onnxruntime_library().to_path_buf())
}
