//! What happens to a plate: people, the road, and what lies over it.

pub mod corrupt;
pub mod cover;
pub mod paint;
mod strokes;
pub mod tamper;
pub mod wear;
