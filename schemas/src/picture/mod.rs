//! A picture as its readers need it: the whole of it small, to look for something, and a part at full size, to read
//! what was found. Whether the pixels lie decoded already is the picture's own affair.

pub mod frame;
pub mod frame_role;

use frame::{FRAME_CHANNELS, Frame, FrameSizeError, PixelBox};
use std::fmt;
use thiserror::Error;

/// An upright picture whose bytes were found to be whole.
pub trait Picture: fmt::Debug + Send + Sync {
    /// Pixels across at full size.
    fn width(&self) -> u32;

    /// Pixels down at full size.
    fn height(&self) -> u32;

    /// The whole picture, at full size or smaller. Its longer side has `least_side` pixels or more, unless the picture
    /// itself has fewer. May take as long as decoding the picture, but not where the decoder was asked for this side.
    ///
    /// # Errors
    /// When the picture cannot be decoded again.
    fn reduced(&self, least_side: u32) -> Result<ReducedFrame, PictureError>;

    /// The pixels of a rectangle at full size.
    ///
    /// # Errors
    /// When the rectangle is empty or does not lie in the picture, or cannot be decoded again.
    fn part(&self, area: PixelBox) -> Result<Frame, PictureError>;
}

/// A picture made smaller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReducedFrame {
    /// Its pixels. Those of the last row and column may reach beyond the picture.
    pub frame: Frame,
    /// Pixels of the picture at full size on a side of one of these: the pixel at (x, y) covers those from
    /// (x * reduction, y * reduction) on.
    pub reduction: u32,
}

/// Why a picture gives no pixels.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// A rectangle without pixels, or beyond the picture's edges.
    #[error("{area:?} is no part of a picture of {width} x {height} pixels")]
    Outside {
        /// What was asked for.
        area: PixelBox,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Decoding failed although the first pass over the same bytes did not.
    #[error("the picture cannot be decoded again: {0}")]
    Undecodable(&'static str),
    /// The decoder gave another number of pixels than it should.
    #[error("the decoded pixels do not fit the part")]
    Size(#[from] FrameSizeError),
}

impl PixelBox {
    /// Checks that the rectangle has pixels and lies in a picture of this size.
    ///
    /// # Errors
    /// When it does not.
    pub fn check_inside(self, width: u32, height: u32) -> Result<(), PictureError> {
        let inside = |start: u32, length: u32, side: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= side)
        };
        if inside(self.x, self.width, width) && inside(self.y, self.height, height) {
            Ok(())
        } else {
            Err(PictureError::Outside { area: self, width, height })
        }
    }
}

impl Picture for Frame {
    fn width(&self) -> u32 {
        self.width()
    }

    fn height(&self) -> u32 {
        self.height()
    }

    /// Itself.
    fn reduced(&self, _least_side: u32) -> Result<ReducedFrame, PictureError> {
        Ok(ReducedFrame { frame: self.clone(), reduction: 1 })
    }

    fn part(&self, area: PixelBox) -> Result<Frame, PictureError> {
        area.check_inside(self.width(), self.height())?;
        let (x, across) = (area.x as usize * FRAME_CHANNELS, area.width as usize * FRAME_CHANNELS);
        let lines = self.pixels().chunks_exact(self.width() as usize * FRAME_CHANNELS);
        let lines = lines.skip(area.y as usize).take(area.height as usize);
        let pixels: Vec<u8> = lines.flat_map(|line| &line[x..x + across]).copied().collect();
        Ok(Frame::new(area.width, area.height, pixels)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pixel is its own column, row and a constant.
    fn frame() -> Frame {
        let pixels: Vec<u8> = (0..5).flat_map(|y| (0..7).flat_map(move |x| [x, y, 9])).collect();
        Frame::new(7, 5, pixels).unwrap()
    }

    #[test]
    fn a_part_of_a_frame_has_its_pixels() {
        let part = frame().part(PixelBox { x: 5, y: 3, width: 2, height: 2 }).unwrap();
        assert_eq!((part.width(), part.height()), (2, 2));
        assert_eq!(part.pixels(), [5, 3, 9, 6, 3, 9, 5, 4, 9, 6, 4, 9]);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for (x, y, width, height) in [(0, 0, 8, 1), (0, 4, 1, 2), (1, 1, 0, 1), (u32::MAX, 0, 2, 1)] {
            let area = PixelBox { x, y, width, height };
            let refused = Err(PictureError::Outside { area, width: 7, height: 5 });
            assert_eq!(frame().part(area), refused);
        }
    }

    #[test]
    fn a_decoded_frame_is_never_made_smaller() {
        assert_eq!(frame().reduced(2), Ok(ReducedFrame { frame: frame(), reduction: 1 }));
    }
}
