//! From pinned files to files that lie verified and unpacked where the services find them.

pub(crate) mod archive;
pub(crate) mod cache;
pub(crate) mod manifest;
mod pins;
pub(crate) mod provision;
pub(crate) mod provisioned;
mod unpack;
