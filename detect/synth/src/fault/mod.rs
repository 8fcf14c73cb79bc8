//! What happens to a plate: people, the road, and what lies over it.

pub mod cover;
pub mod paint;
pub mod spoil;
mod strokes;
pub mod tamper;
pub mod wear;
