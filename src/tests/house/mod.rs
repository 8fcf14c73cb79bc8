//! The order of the house: what may depend on what, one list of offences, no dead data, sizes, what rules of Prometheus name.

mod cycles;
mod dead_data;
mod layering;
mod offences;
mod security;
mod tidy;
mod watched;
