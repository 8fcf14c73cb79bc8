//! From one marker segment to the next (T.81, B.1.1).

use crate::bad::BadJpeg;

/// Bytes of a segment's length field, counted in the length.
const LENGTH_BYTES: usize = 2;

pub(super) const BASELINE: u8 = 0xc0;
pub(super) const EXTENDED_SEQUENTIAL: u8 = 0xc1;
pub(super) const PROGRESSIVE: u8 = 0xc2;
pub(super) const HUFFMAN_TABLES: u8 = 0xc4;
pub(super) const EXTENSION: u8 = 0xc8;
pub(super) const ARITHMETIC_TABLES: u8 = 0xcc;
pub(super) const LAST_FRAME: u8 = 0xcf;
pub(super) const FIRST_RESTART: u8 = 0xd0;
pub(super) const LAST_RESTART: u8 = 0xd7;
pub(super) const START_OF_IMAGE: u8 = 0xd8;
pub(super) const END_OF_IMAGE: u8 = 0xd9;
pub(super) const START_OF_SCAN: u8 = 0xda;
pub(super) const QUANTISATION_TABLES: u8 = 0xdb;
pub(super) const RESTART_INTERVAL: u8 = 0xdd;
pub(super) const APPLICATION_0: u8 = 0xe0;
pub(super) const APPLICATION_1: u8 = 0xe1;
pub(super) const APPLICATION_14: u8 = 0xee;
pub(super) const APPLICATION_LAST: u8 = 0xef;
pub(super) const COMMENT: u8 = 0xfe;
/// Of arithmetic coding, private.
const TEMPORARY: u8 = 0x01;

/// A marker and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'b> {
    pub(super) marker: u8,
    pub(super) contents: &'b [u8],
    /// The place behind it.
    pub(super) end: usize,
}

impl<'b> Segment<'b> {
    /// Returns the segment that follows at `at`. What stands before its marker is padding: T.81 fills with ones,
    /// cameras with zeros, and libjpeg passes over anything, so that everybody sees the same picture.
    ///
    /// # Errors
    /// When the file ends before it, or its length cannot be.
    pub(super) fn next(bytes: &'b [u8], mut at: usize) -> Result<Self, BadJpeg> {
        const CUT: BadJpeg = BadJpeg("it is cut off before the end of the image");
        loop {
            let rest = bytes.get(at..).ok_or(CUT)?;
            let padding = rest.iter().position(|byte| *byte == 0xff).ok_or(CUT)?;
            let fill = rest.iter().skip(padding).take_while(|byte| **byte == 0xff).count();
            let marker = *rest.get(padding + fill).ok_or(CUT)?;
            let end = at + padding + fill + 1;
            match marker {
                // Ones that were stuffed are no marker; a restart behind the last unit has nothing to restart.
                0 | TEMPORARY | FIRST_RESTART..=LAST_RESTART => at = end,
                START_OF_IMAGE | END_OF_IMAGE => return Ok(Self { marker, contents: &[], end }),
                _ => {
                    let contents = bytes.get(end..).ok_or(CUT)?;
                    let length: [u8; LENGTH_BYTES] = *contents.first_chunk().ok_or(CUT)?;
                    let length = usize::from(u16::from_be_bytes(length));
                    if length < LENGTH_BYTES {
                        return Err(BadJpeg("a segment has a length that cannot be"));
                    }
                    let contents = contents.get(LENGTH_BYTES..length).ok_or(CUT)?;
                    return Ok(Self { marker, contents, end: end + length });
                }
            }
        }
    }
}
