//! JPEG, decoded only if it is whole: every block of every component is coded, every scan complete, nothing left over.
//!
//! [`JpegFile::open`] reads the headers (`file`). [`JpegFile::decode_whole`] decodes every Huffman-coded kind with 8 bits
//! (`whole`): sequential and progressive, any number and order of scans, any sampling at whole ratios, grey, YCbCr, RGB and
//! CMYK. Its pixels are bit for bit those of libjpeg-turbo with its accurate transform and smooth upsampling.
//!
//! [`JpegFile::decode_in_parts`] takes the ordinary kind alone (`headers`): sequential, grey or YCbCr with chroma of full or
//! half density across and down, in one scan. One pass reads all coded data: `coded` prepares it, `scan` walks (`walk`) over
//! the blocks (`block`, `huffman`, `bits`). It decodes only the lowest coefficients of each, from which
//! `inverse_transform` makes the picture at a half, quarter or eighth (`reduced`, `colour`), and steps over the others
//! several at a time. It also remembers where every few blocks begin, so that `part` can decode a rectangle at full size,
//! with the same pixels as the whole. What must be kept for that is little more than the file (`scanned`).
//!
//! What is not decoded right is refused with a reason ([`BadJpeg`]): arithmetic-coded, lossless and 12-bit pictures,
//! ratios such as 3 : 2, and whatever lacks something. zune-jpeg, which this stands in for, pads pictures that are cut
//! and turns several kinds of sampling into stripes without a word (its issues 419 and 422).
//!
//! This crate does not know limits on pixels: who calls it looks at [`JpegFile::size`] before decoding, and turns the picture
//! upright as [`JpegFile::exif`] says.

mod bad;
mod zigzag;

mod bits;
mod block;
mod coded;
mod colour;
mod file;
mod headers;
mod huffman;
mod inverse_transform;
mod part;
mod plane;
mod reduced;
mod scan;
mod scanned;
mod walk;
mod whole;

mod picture;

pub use bad::BadJpeg;
pub use file::JpegFile;
pub use picture::{JpegPicture, Overhang};

#[cfg(test)]
mod tests;
