//! The order of the house: what may depend on what, one list of offences, sizes, what rules of Prometheus name.

mod cycles;
mod layering;
mod offences;
mod tidy;
mod watched;
