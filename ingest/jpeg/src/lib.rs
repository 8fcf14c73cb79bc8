//! JPEG that is decoded at a fraction of its size, and in parts at full size: [`decode`] gives a picture that does both.
//!
//! One pass reads all coded data: `headers` and `coded` prepare it, `scan` walks (`walk`) over the blocks
//! (`block`, `huffman`, `bits`). It decodes only the lowest coefficients of each, from which `inverse_transform`
//! makes the picture at a half, quarter or eighth (`reduced`, `colour`), and steps over the others several at a
//! time. It also remembers where every few blocks begin, so that `part` can decode a rectangle at full size. What
//! must be kept for that is little more than the file (`scanned`).
//!
//! Only the ordinary kind is taken: sequential, Huffman-coded, 8 bits, grey or YCbCr with chroma of full or half
//! density across and down, in one scan, and exactly as ITU-R T.81 wants it. Nothing is judged here: whatever is
//! [`NotTaken`] is for the decoder of whole pictures to decode or refuse.
//!
//! This crate does not know limits or EXIF: who calls it has read the headers, found the size within limits and the
//! colours to be grey or YCbCr, and turns the picture upright.
//!
//! It stands in for what zune-jpeg cannot do yet. Delete it when zune-jpeg merges region decoding and the bench `decode`
//! is within 10 % of this.

mod not_taken;
mod zigzag;

mod bits;
mod block;
mod coded;
mod colour;
mod headers;
mod huffman;
mod inverse_transform;
mod part;
mod reduced;
mod scan;
mod scanned;
mod walk;

mod picture;

pub use not_taken::NotTaken;
pub use picture::{JpegPicture, Overhang, decode};

#[cfg(test)]
mod tests;
