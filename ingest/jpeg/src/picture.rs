//! The decoded JPEG as its readers see it, the way up in which it is stored.

use super::bad::BadJpeg;
use super::file::JpegFile;
use super::reduced::{Reduced, Scale};
use super::scanned::Scanned;
use schemas::frame::{Frame, PixelBox};
use schemas::picture::{Picture, PictureError, ReducedFrame};
use std::fmt;

/// A JPEG of which the whole is decoded at a scale, and parts at full size when they are asked for.
pub struct JpegPicture {
    scanned: Scanned,
    /// Pixels across and down.
    size: (u32, u32),
    reduced: ReducedFrame,
}

/// Whether the last row and column of the reduced picture may reach beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overhang {
    /// They may.
    Allowed,
    /// The picture is to be turned or mirrored, which makes the last pixels the first: those must begin where it does.
    Refused,
}

impl JpegFile<'_> {
    /// Makes sure that the picture is whole, and decodes it at the smallest scale at which its longer side still has
    /// `least_side` pixels.
    ///
    /// # Errors
    /// When the bytes are no whole picture of the kind that is decoded in parts, when only the full size has as many
    /// pixels, or when pixels at that scale would reach beyond the picture against `overhang`. [`Self::decode_whole`]
    /// may take it all the same.
    pub fn decode_in_parts(&self, least_side: u32, overhang: Overhang) -> Result<JpegPicture, BadJpeg> {
        let (width, height) = self.size();
        let (width, height) = (side(width)?, side(height)?);
        let scale =
            Scale::smallest(width, height, least_side).ok_or(BadJpeg("no smaller scale has the pixels"))?;
        match overhang {
            Overhang::Refused if !scale.divides(width, height) => Err(BadJpeg("pixels beyond the picture")),
            Overhang::Refused | Overhang::Allowed => JpegPicture::decode(self, scale),
        }
    }
}

impl JpegPicture {
    /// Decodes the whole at a scale.
    ///
    /// # Errors
    /// When the picture is of another kind, or its coded data is not exactly as the standard wants it.
    pub(super) fn decode(file: &JpegFile<'_>, scale: Scale) -> Result<Self, BadJpeg> {
        let (width, height) = file.size();
        let size = (side(width)?, side(height)?);
        let (scanned, Reduced { width, height, pixels }) = Scanned::scan(file, scale)?;
        let frame = Frame::new(side(width)?, side(height)?, pixels);
        let frame = frame.map_err(|_| BadJpeg("it has more pixels than can be counted"))?;
        Ok(Self { scanned, size, reduced: ReducedFrame { frame, reduction: scale.pixels() } })
    }
}

pub(super) fn side(pixels: usize) -> Result<u32, BadJpeg> {
    u32::try_from(pixels).map_err(|_| BadJpeg("it has more pixels than can be counted"))
}

impl Picture for JpegPicture {
    fn width(&self) -> u32 {
        self.size.0
    }

    fn height(&self) -> u32 {
        self.size.1
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
        let pixels = self.scanned.part(area).map_err(|BadJpeg(why)| PictureError::Undecodable(why))?;
        Ok(Frame::new(area.width, area.height, pixels)?)
    }
}

impl fmt::Debug for JpegPicture {
    /// Says the size; a picture never reaches a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JpegPicture({} x {})", self.width(), self.height())
    }
}
