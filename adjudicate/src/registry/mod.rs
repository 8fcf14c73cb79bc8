//! The tables of sites, cameras, keys, calibration certificates and signs; [`rules::registry`] is what they mean.

pub mod expiry;
pub mod store;
