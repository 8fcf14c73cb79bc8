//! Places in a frame: boxes, corners, and the parts that a large frame is cut into; pure.

pub mod corners;
pub mod edges;
pub mod tiles;
