//! Flat plates: what is written on them, and how each country arranges it.

pub mod draw;
pub mod drawn;
mod egypt;
pub mod fake;
pub mod foreign;
pub mod layout;
pub mod lettering;
pub(crate) mod printed;
mod saudi;
pub mod specification;
pub(crate) mod stamp;
