//! The decoded JPEG as its readers see it: upright.

use super::NotTaken;
use super::reduced::{Reduced, Scale};
use super::scan::Scanned;
use crate::frame::orientation::{stored_area, upright, upright_size};
use schemas::frame::{Frame, PixelBox};
use schemas::picture::{Picture, PictureError, ReducedFrame};
use std::fmt;

/// A JPEG of which the whole is decoded at a scale, and parts at full size when they are asked for.
pub(in crate::frame) struct JpegPicture {
    scanned: Scanned,
    /// Stored pixels across and down.
    size: (u32, u32),
    orientation: u32,
    reduced: ReducedFrame,
}

impl JpegPicture {
    /// Decodes the whole at a scale that fits the orientation ([`Scale::keeps_edges`]).
    ///
    /// # Errors
    /// When the bytes are no whole picture of the kind that this decoder takes.
    pub(in crate::frame) fn decode(bytes: &[u8], scale: Scale, orientation: u32) -> Result<Self, NotTaken> {
        let (scanned, Reduced { width, height, pixels }) = Scanned::scan(bytes, scale)?;
        let (width, height) = (side(width)?, side(height)?);
        let (width, height, pixels) = upright(orientation, width, height, pixels);
        let frame = Frame::new(width, height, pixels).map_err(|_| NotTaken("number of pixels"))?;
        let size = (side(scanned.headers.width)?, side(scanned.headers.height)?);
        let reduced = ReducedFrame { frame, reduction: scale.pixels() };
        Ok(Self { scanned, size, orientation, reduced })
    }
}

fn side(pixels: usize) -> Result<u32, NotTaken> {
    u32::try_from(pixels).map_err(|_| NotTaken("number of pixels"))
}

impl Picture for JpegPicture {
    fn width(&self) -> u32 {
        upright_size(self.orientation, self.size.0, self.size.1).0
    }

    fn height(&self) -> u32 {
        upright_size(self.orientation, self.size.0, self.size.1).1
    }

    fn reduced(&self, least_side: u32) -> Result<ReducedFrame, PictureError> {
        let ReducedFrame { frame, reduction } = &self.reduced;
        if self.width().max(self.height()) / reduction >= least_side {
            return Ok(ReducedFrame { frame: frame.clone(), reduction: *reduction });
        }
        let whole = PixelBox { x: 0, y: 0, width: self.width(), height: self.height() };
        Ok(ReducedFrame { frame: self.part(whole)?, reduction: 1 })
    }

    fn part(&self, area: PixelBox) -> Result<Frame, PictureError> {
        area.check_inside(self.width(), self.height())?;
        let stored = stored_area(self.orientation, self.size, area);
        let pixels = self.scanned.part(stored).map_err(|NotTaken(why)| PictureError::Undecodable(why))?;
        let (width, height, pixels) = upright(self.orientation, stored.width, stored.height, pixels);
        Ok(Frame::new(width, height, pixels)?)
    }
}

impl fmt::Debug for JpegPicture {
    /// Says the size; a picture never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JpegPicture({} x {})", self.width(), self.height())
    }
}
