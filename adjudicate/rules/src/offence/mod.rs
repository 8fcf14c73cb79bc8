//! One file for each kind of offence: whether an act is one, and what row prices it.

pub mod speed;

pub(crate) mod finding;
pub(crate) mod red_light;
