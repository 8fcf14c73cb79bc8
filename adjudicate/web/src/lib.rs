//! The HTTP face: citizens, reviewers, auditors. JSON under `/api/v1`, pages beside it, metrics on a port of their own.
//!
//! It does: extract, authorise, call one function of the case room's desk, and show the answer as JSON ([`api`]) or as
//! a page ([`pages`]), in Arabic and English.
//!
//! It does not: hold SQL, a rule, or a decision. What a citizen or reviewer may see and do is the same by either door.

pub mod api;
pub mod budget;
pub mod config;
pub mod error;
pub mod extract;
pub mod health;
pub mod hosts;
pub mod metrics;
pub mod middleware;
pub mod pages;
pub mod places;
pub mod request_id;
pub mod serve;
pub mod session;
pub mod staging;
pub mod uploads;

mod document;
mod router;
mod state;

#[cfg(test)]
mod tests;

pub use places::Place;
pub use router::{open_api, router};
pub use state::{PictureSlots, ServiceState, Viewer, WholePictures};
