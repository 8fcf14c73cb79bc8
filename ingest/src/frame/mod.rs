//! A picture's bytes to upright pixels, under limits that hold before anything is allocated.
//!
//! JPEG goes through the crate `jpeg`, which takes a picture only if every block of it is coded; PNG goes through
//! `image`. Grey pictures become RGB, 16-bit PNG is cut to 8 bits, alpha is ignored, CMYK JPEG is converted; 12-bit,
//! arithmetic and lossless JPEG are refused. The EXIF orientation is applied; broken EXIF counts as none, since the pixels
//! are whole.
//!
//! [`decode_frame`] returns all pixels, [`decode_picture`] what a reader of plates needs in less time: large JPEG
//! of the ordinary kind is decoded whole only at a fraction of its size, and in parts at full size. [`check_whole`] says
//! only whether a file is a picture.

mod orientation;
mod upright;

use image::{DynamicImage, ImageDecoder, Limits};
use jpeg::{BadJpeg, JpegFile, Overhang};
use orientation::{exif_orientation, turned, upright};
use schemas::camera_event::FrameReference;
use schemas::evidence::Sha256Digest;
use schemas::frame::{Frame, FrameSizeError};
use schemas::outcome::DeadLetterReason;
use schemas::picture::Picture;
use std::io::Cursor;
use std::sync::Arc;
use thiserror::Error;
use upright::UprightPicture;

/// The smallest scale is enough to see that a picture is whole.
const LEAST_SIDE_TO_CHECK: u32 = 1;
/// Bytes that the PNG decoder may take for each pixel besides the limits on sides: 16-bit RGBA.
const PNG_BYTES_PER_PIXEL_MAX: u64 = 8;
/// A marker follows, but not always at once: cameras pad.
const JPEG_MAGIC: &[u8] = &[0xff, 0xd8];
const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Limits of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLimits {
    /// Encoded bytes.
    pub bytes_max: u64,
    /// Longest side, pixels.
    pub side_pixels_max: u32,
    /// Width times height.
    pub pixels_max: u64,
}

impl From<&crate::config::IngestConfig> for FrameLimits {
    fn from(config: &crate::config::IngestConfig) -> Self {
        Self {
            bytes_max: config.frame_bytes_max,
            side_pixels_max: config.frame_side_pixels_max,
            pixels_max: config.frame_pixels_max,
        }
    }
}

/// Why bytes are no usable picture.
#[derive(Debug, Error)]
pub enum FrameError {
    /// The bytes are not those that the event states.
    #[error(
        "the frame's bytes have digest {got} and length {length}, the event states {stated} and {stated_length}"
    )]
    Digest {
        /// Digest of the bytes.
        got: Sha256Digest,
        /// Their number.
        length: u64,
        /// Digest in the event.
        stated: Sha256Digest,
        /// Length in the event.
        stated_length: u64,
    },
    /// Over a limit; seen in the header, before the pixels were touched.
    #[error("the picture has {what} {got}, more than {limit}")]
    TooLarge {
        /// Which limit.
        what: &'static str,
        /// What the header says.
        got: u64,
        /// The limit.
        limit: u64,
    },
    /// Neither of the two formats.
    #[error("media type '{0}' is neither image/jpeg nor image/png")]
    MediaType(String),
    /// The bytes do not begin as their media type does.
    #[error("the bytes do not begin as {0} does")]
    NotThatType(&'static str),
    /// Not a whole JPEG of a kind that is read.
    #[error("not a whole jpeg: {0}")]
    Jpeg(#[from] BadJpeg),
    /// Not a whole PNG.
    #[error("not a whole png")]
    Png(#[source] image::ImageError),
    /// A PNG whose last chunk is missing, though its rows may all be there.
    #[error("not a whole png: it is cut off before its end")]
    PngWithoutEnd,
    /// The decoder gave another number of pixels than the header promised.
    #[error("the decoded pixels do not fit the picture's size")]
    Size(#[from] FrameSizeError),
}

impl FrameError {
    /// The reason under which the event is kept.
    #[must_use]
    pub const fn reason(&self) -> DeadLetterReason {
        match self {
            Self::Digest { .. } => DeadLetterReason::FrameDigestMismatch,
            Self::TooLarge { .. }
            | Self::MediaType(_)
            | Self::NotThatType(_)
            | Self::Jpeg(_)
            | Self::Png(_)
            | Self::PngWithoutEnd
            | Self::Size(_) => DeadLetterReason::BadImage,
        }
    }
}

/// Compares bytes with the digest and the length that the event states.
///
/// # Errors
/// When either differs.
pub fn check_digest(reference: &FrameReference, bytes: &[u8]) -> Result<(), FrameError> {
    let got = Sha256Digest::of(bytes);
    let length = bytes.len() as u64;
    if got == reference.sha256 && length == reference.size_bytes {
        return Ok(());
    }
    let (stated, stated_length) = (reference.sha256, reference.size_bytes);
    Err(FrameError::Digest { got, length, stated, stated_length })
}

/// Decodes a picture. Takes milliseconds to seconds of one core: keep it off the async executor.
///
/// # Errors
/// When the bytes are over a limit, of another type or not a whole picture.
pub fn decode_frame(bytes: &[u8], media_type: &str, limits: &FrameLimits) -> Result<Frame, FrameError> {
    match format(bytes, media_type, limits)? {
        Format::Jpeg => UprightJpeg::open(bytes, limits)?.decode_whole(),
        Format::Png => decode_png(bytes, limits),
    }
}

/// Makes sure that a picture is whole, and decodes as much of it as is needed to look at it with `least_side` pixels on
/// its longer side. Refuses what [`decode_frame`] refuses. Keep it off the async executor too.
///
/// # Errors
/// As [`decode_frame`].
pub fn decode_picture(
    bytes: &[u8],
    media_type: &str,
    limits: &FrameLimits,
    least_side: u32,
) -> Result<Arc<dyn Picture>, FrameError> {
    match format(bytes, media_type, limits)? {
        Format::Jpeg => UprightJpeg::open(bytes, limits)?.decode_reduced(least_side),
        Format::Png => Ok(Arc::new(decode_png(bytes, limits)?)),
    }
}

/// Makes sure that a file is a whole picture of the type that it says, whatever its first bytes are: every block of a JPEG
/// is coded, every row of a PNG is there, and it is within the limits. Nothing of it is kept. For files that people
/// upload. Keep it off the async executor too.
///
/// # Errors
/// As [`decode_frame`].
pub fn check_whole(bytes: &[u8], media_type: &str, limits: &FrameLimits) -> Result<(), FrameError> {
    decode_picture(bytes, media_type, limits, LEAST_SIDE_TO_CHECK).map(drop)
}

enum Format {
    Jpeg,
    Png,
}

fn format(bytes: &[u8], media_type: &str, limits: &FrameLimits) -> Result<Format, FrameError> {
    within("bytes", bytes.len() as u64, limits.bytes_max)?;
    match media_type {
        "image/jpeg" if bytes.starts_with(JPEG_MAGIC) => Ok(Format::Jpeg),
        "image/png" if bytes.starts_with(PNG_MAGIC) => Ok(Format::Png),
        "image/jpeg" => Err(FrameError::NotThatType("image/jpeg")),
        "image/png" => Err(FrameError::NotThatType("image/png")),
        other => Err(FrameError::MediaType(other.chars().take(40).collect())),
    }
}

/// A JPEG whose headers were read and are within the limits.
struct UprightJpeg<'b> {
    file: JpegFile<'b>,
    orientation: u32,
}

impl<'b> UprightJpeg<'b> {
    fn open(bytes: &'b [u8], limits: &FrameLimits) -> Result<Self, FrameError> {
        let file = JpegFile::open(bytes)?;
        let (width, height) = file.size();
        dimensions(width, height, limits)?;
        let orientation = file.exif().map_or(1, |exif| exif_orientation(exif.to_vec()));
        Ok(Self { file, orientation })
    }

    fn decode_whole(&self) -> Result<Frame, FrameError> {
        let stored = self.file.decode_whole()?;
        if self.orientation == 1 {
            return Ok(stored);
        }
        frame(turned(self.orientation, stored.width(), stored.height(), stored.pixels()))
    }

    /// What is not decoded in parts, and what is damaged, goes the way of whole pictures, so that both ways refuse the same
    /// bytes for the same reason.
    fn decode_reduced(&self, least_side: u32) -> Result<Arc<dyn Picture>, FrameError> {
        let is_upright = self.orientation == 1;
        let overhang = if is_upright { Overhang::Allowed } else { Overhang::Refused };
        match self.file.decode_in_parts(least_side, overhang) {
            Ok(picture) if is_upright => Ok(Arc::new(picture)),
            Ok(picture) => Ok(Arc::new(UprightPicture::new(picture, self.orientation))),
            Err(BadJpeg { .. }) => Ok(Arc::new(self.decode_whole()?)),
        }
    }
}

fn decode_png(bytes: &[u8], limits: &FrameLimits) -> Result<Frame, FrameError> {
    let mut allowed = Limits::no_limits();
    allowed.max_image_width = Some(limits.side_pixels_max);
    allowed.max_image_height = Some(limits.side_pixels_max);
    allowed.max_alloc = Some(limits.pixels_max.saturating_mul(PNG_BYTES_PER_PIXEL_MAX));
    // Dimensions stand in the first chunk; the decoder has allocated nothing for pixels yet.
    let mut decoder = image::codecs::png::PngDecoder::with_limits(Cursor::new(bytes), Limits::no_limits())
        .map_err(FrameError::Png)?;
    let (width, height) = decoder.dimensions();
    dimensions(width as usize, height as usize, limits)?;
    decoder.set_limits(allowed).map_err(FrameError::Png)?;
    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = exif.map_or(1, exif_orientation);
    let decoded = DynamicImage::from_decoder(decoder).map_err(FrameError::Png)?;
    if !has_png_end(bytes) {
        return Err(FrameError::PngWithoutEnd);
    }
    frame(upright(orientation, width, height, decoded.into_rgb8().into_raw()))
}

/// Whether the chunks go on to the last one, which `image` does not wait for: length, name, contents, checksum each.
fn has_png_end(bytes: &[u8]) -> bool {
    const FRAME_BYTES: usize = 12;
    let mut rest = bytes.get(PNG_MAGIC.len()..).unwrap_or_default();
    while let Some([a, b, c, d, name @ ..]) = rest.first_chunk::<8>() {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let Some(behind) = rest.get(length.saturating_add(FRAME_BYTES)..) else { return false };
        if name == b"IEND" {
            return true;
        }
        rest = behind;
    }
    false
}

fn frame(upright: (u32, u32, Vec<u8>)) -> Result<Frame, FrameError> {
    let (width, height, pixels) = upright;
    Ok(Frame::new(width, height, pixels)?)
}

fn dimensions(width: usize, height: usize, limits: &FrameLimits) -> Result<(u32, u32), FrameError> {
    let (width, height) = (width as u64, height as u64);
    within("longest side in pixels", width.max(height), u64::from(limits.side_pixels_max))?;
    within("pixels", width * height, limits.pixels_max)?;
    let side = |pixels: u64| u32::try_from(pixels).unwrap_or(u32::MAX);
    Ok((side(width), side(height)))
}

const fn within(what: &'static str, got: u64, limit: u64) -> Result<(), FrameError> {
    if got > limit { Err(FrameError::TooLarge { what, got, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod jpeg_tests;
#[cfg(test)]
mod tests;
