//! Draws Egyptian and Saudi plates and simple road scenes with the truth known for every character.
//!
//! A sample is made in this order: [`scene::condition`] (regular, or one of those that must never be issued
//! automatically), [`plate::specification`] (what is written), [`plate::draw`] (the flat plate), [`fault::tamper`] (paint
//! and tape on it), [`fault::wear`] (bolts, dirt, shadow, glare), [`fault::cover`] (what hides it), [`drawing::view`] (the
//! view of the camera), [`scene::road`] or a plain surround, [`camera::weather`], [`camera::degrade`] (blur, exposure,
//! noise) or [`fault::corrupt`] (so much of it that nobody can read the plate), [`scene::label`] (the truth as a line of
//! JSON). [`scene::sample`] runs them all.
//!
//! Same seed, same bytes: all chance comes from [`random`]. It does not write files, reads no plate and trains nothing.
//! The plates are drawn from the published layouts with freely licensed faces; they are no copy of an official artwork.

pub mod random;

pub mod drawing;

pub mod plate;

pub mod fault;

pub mod camera;

pub mod scene;
