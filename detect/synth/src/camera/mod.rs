//! What lies between a scene and the file: weather, camera, compression, and further frames of one picture.

pub mod degrade;
pub mod derive;
pub mod weather;
