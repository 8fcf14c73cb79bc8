//! Draws Egyptian and Saudi plates and simple road scenes with the truth known for every character.
//!
//! A sample is made in this order: [`condition`] (regular, or one of those that must never be issued automatically),
//! [`specification`] (what is written), [`plate`] (the flat plate), [`tamper`] (paint and tape on it), [`wear`] (bolts,
//! dirt, shadow, glare), [`cover`] (what hides it), [`geometry`] (the view of the camera), [`scene`] or a plain
//! surround, [`weather`], [`degrade`] (blur, exposure, noise) or [`spoil`] (so much of it that nobody can read the plate),
//! [`label`] (the truth as a line of JSON). [`sample`] runs them all.
//!
//! Same seed, same bytes: all chance comes from [`random`]. It does not write files and trains nothing. The plates
//! are drawn from the published layouts with freely licensed faces; they are no copy of an official artwork.

pub mod canvas;
pub mod condition;
pub mod cover;
pub mod degrade;
pub mod derive;
mod egypt;
pub mod fake;
pub mod fonts;
pub mod foreign;
pub mod geometry;
pub mod label;
pub mod layout;
pub mod lettering;
pub mod paint;
pub mod plate;
pub mod random;
pub mod sample;
mod saudi;
pub mod scene;
pub mod specification;
pub mod spoil;
pub mod tamper;
mod vehicle;
pub mod wear;
pub mod weather;
