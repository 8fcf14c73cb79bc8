//! Who is at the other end: API keys of programs, cookies of browsers.

pub mod auth;
pub mod cookie;
pub mod said;
