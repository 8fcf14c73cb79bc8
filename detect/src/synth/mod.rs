//! Draws Egyptian and Saudi plates and simple road scenes with the truth known for every character.
//!
//! A sample is made in this order: [`specification`] (what is written), [`plate`] (the flat plate), [`wear`] (bolts,
//! dirt, shadow, glare), [`geometry`] (the view of the camera), [`scene`] or a plain surround, [`degrade`] (blur,
//! exposure, noise), [`label`] (the truth as a line of JSON). [`sample`] runs them all.
//!
//! Same seed, same bytes: all chance comes from [`random`]. It does not write files and trains nothing. The plates
//! are drawn from the published layouts with freely licensed faces; they are no copy of an official artwork.

pub mod canvas;
pub mod degrade;
pub mod derive;
mod egypt;
pub mod fonts;
pub mod geometry;
pub mod label;
pub mod layout;
pub mod plate;
pub mod random;
pub mod sample;
mod saudi;
pub mod scene;
pub mod specification;
pub mod wear;
