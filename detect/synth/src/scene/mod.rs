//! Pictures with the truth about every plate in them.

pub mod condition;
pub mod error;
pub mod label;
pub mod place;
pub mod road;
pub mod sample;
mod vehicle;
