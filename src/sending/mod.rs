//! From a folder of pictures with a manifest to signed camera events: what `rasid send` and the demo publish.

pub mod keys;
pub mod manifest;
pub mod records;
pub mod register;
pub mod stated_act;
