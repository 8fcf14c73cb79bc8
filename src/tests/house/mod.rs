//! The order of the house: what may depend on what, one list of offences, sizes.

mod cycles;
mod layering;
mod offences;
mod security;
mod tidy;
