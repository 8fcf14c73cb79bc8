//! From what was read in each frame to one plate, or to the reasons why none is sure.

pub mod frames;
pub mod vote;

mod alignment;

#[cfg(test)]
mod frames_tests;
#[cfg(test)]
mod vote_tests;
