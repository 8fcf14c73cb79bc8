//! A picture that was stored turned or mirrored, as its readers see it.

use super::orientation::{stored_area, turned, upright_size};
use schemas::frame::{Frame, FrameSizeError, PixelBox};
use schemas::picture::{Picture, PictureError, ReducedFrame};

/// A picture and the EXIF orientation in which it is stored.
#[derive(Debug)]
pub(super) struct UprightPicture<P> {
    stored: P,
    orientation: u32,
}

impl<P: Picture> UprightPicture<P> {
    /// `stored` must be whole at every size that it is decoded at: its last pixels become the first.
    pub(super) const fn new(stored: P, orientation: u32) -> Self {
        Self { stored, orientation }
    }

    fn turned(&self, frame: &Frame) -> Result<Frame, FrameSizeError> {
        let (width, height, pixels) = turned(self.orientation, frame.width(), frame.height(), frame.pixels());
        Frame::new(width, height, pixels)
    }
}

impl<P: Picture> Picture for UprightPicture<P> {
    fn width(&self) -> u32 {
        upright_size(self.orientation, self.stored.width(), self.stored.height()).0
    }

    fn height(&self) -> u32 {
        upright_size(self.orientation, self.stored.width(), self.stored.height()).1
    }

    fn reduced(&self, least_side: u32) -> Result<ReducedFrame, PictureError> {
        let ReducedFrame { frame, reduction } = self.stored.reduced(least_side)?;
        Ok(ReducedFrame { frame: self.turned(&frame)?, reduction })
    }

    fn part(&self, area: PixelBox) -> Result<Frame, PictureError> {
        area.check_inside(self.width(), self.height())?;
        let size = (self.stored.width(), self.stored.height());
        Ok(self.turned(&self.stored.part(stored_area(self.orientation, size, area))?)?)
    }
}
