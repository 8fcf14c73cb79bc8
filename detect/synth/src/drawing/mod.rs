//! Drawing in millimetres and seeing it from a camera.

pub mod area;
pub mod canvas;
pub mod colour;
pub mod fonts;
pub mod view;
