//! A decoded picture, upright, as it goes from decoding to reading.

use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Bytes of a pixel: red, green, blue.
pub const FRAME_CHANNELS: usize = 3;

/// A rectangle in pixels of the upright picture; `x` and `y` are the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Extent to the right.
    pub width: u32,
    /// Extent downwards.
    pub height: u32,
}

/// A point in pixels of the upright picture, with fractions; may lie a little outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelPoint {
    /// From the left edge.
    pub x: f32,
    /// From the upper edge.
    pub y: f32,
}

impl PixelBox {
    /// Top left, top right, bottom right, bottom left.
    #[must_use]
    pub const fn corners(self) -> [PixelPoint; 4] {
        let (left, top) = (self.x as f32, self.y as f32);
        let (right, bottom) = (left + self.width as f32, top + self.height as f32);
        [
            PixelPoint { x: left, y: top },
            PixelPoint { x: right, y: top },
            PixelPoint { x: right, y: bottom },
            PixelPoint { x: left, y: bottom },
        ]
    }
}

/// Pixels in rows from the top, each pixel red, green, blue with 8 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    width: u32,
    height: u32,
    /// Shared as it came from the decoder: a slice behind the counter would be a copy of 25 MB at 8 megapixels.
    pixels: Arc<Vec<u8>>,
}

/// The number of bytes does not fit the size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a frame of {width} x {height} pixels has {expected} bytes, got {got}")]
pub struct FrameSizeError {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bytes that the size asks for.
    pub expected: usize,
    /// Bytes given.
    pub got: usize,
}

impl Frame {
    /// Takes `width * height * 3` bytes.
    ///
    /// # Errors
    /// When there are more or fewer, or a side is 0.
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, FrameSizeError> {
        let expected = (width as usize).saturating_mul(height as usize).saturating_mul(FRAME_CHANNELS);
        if expected == 0 || pixels.len() != expected {
            return Err(FrameSizeError { width, height, expected, got: pixels.len() });
        }
        Ok(Self { width, height, pixels: Arc::new(pixels) })
    }

    /// Pixels across.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// `width * height * 3` bytes.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl fmt::Debug for Frame {
    /// Says the size; a picture never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Frame({} x {})", self.width, self.height)
    }
}
