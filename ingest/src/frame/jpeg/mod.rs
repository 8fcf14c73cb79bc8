//! JPEG that is decoded at a fraction of its size, and in parts at full size.
//!
//! One pass reads all coded data: [`headers`] and [`coded`] prepare it, [`scan`] walks ([`walk`]) over the blocks
//! ([`block`], [`huffman`], [`bits`]). It decodes only the lowest coefficients of each, from which [`inverse_transform`]
//! makes the picture at a half, quarter or eighth ([`reduced`], [`colour`]), and steps over the others several at a
//! time. It also remembers where every few blocks begin, so that [`part`] can decode a rectangle at full size. What
//! must be kept for that is little more than the file.
//!
//! Only the ordinary kind is taken: sequential, Huffman-coded, 8 bits, grey or YCbCr with chroma of full or half
//! density across and down, in one scan, and exactly as ITU-R T.81 wants it. Nothing is judged here: whatever is
//! [`NotTaken`] is for the decoder of whole pictures to decode or refuse.

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
mod walk;

mod picture;

pub(super) use picture::JpegPicture;
pub(super) use reduced::Scale;

use thiserror::Error;

/// Why a picture is not decoded in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a picture that is decoded in parts: {0}")]
pub(super) struct NotTaken(&'static str);

#[cfg(test)]
mod tests;
