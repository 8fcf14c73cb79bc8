//! Plates: their numbers, the grammar of each country, what was read of one, and the class that its colour shows.

pub mod grammar;
mod number;
pub mod read;
pub mod vehicle_class;

pub use crate::text::pasted::fold;
pub use number::{PlateError, PlateNumber, arabic_order_from_latin_row};
