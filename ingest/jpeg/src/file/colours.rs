//! What the components mean. The standard does not say; files do, in more than one place.

use super::frame::FrameHeader;
use super::segments::{APPLICATION_0, APPLICATION_1, APPLICATION_14, Segment};

const JFIF: &[u8] = b"JFIF\0";
const EXIF: &[u8] = b"Exif\0\0";
/// Followed by a version and two flags of two bytes each, and the transform.
const ADOBE: &[u8] = b"Adobe";
const ADOBE_TRANSFORM_AT: usize = 11;
const ADOBE_NO_TRANSFORM: u8 = 0;

/// What the components mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    Grey,
    YCbCr,
    Rgb,
    /// Cyan, magenta, yellow, black; `inverted` as Adobe writes them: most is no ink.
    Cmyk {
        inverted: bool,
    },
    /// The first three as YCbCr.
    Ycck {
        inverted: bool,
    },
}

/// Application segments as far as they say something about the picture.
#[derive(Debug, Default)]
pub(super) struct Markers<'b> {
    has_jfif: bool,
    adobe_transform: Option<u8>,
    pub(super) exif: Option<&'b [u8]>,
}

impl<'b> Markers<'b> {
    /// Takes an application segment.
    pub(super) fn see(&mut self, segment: Segment<'b>) {
        let contents = segment.contents;
        match segment.marker {
            APPLICATION_0 if contents.starts_with(JFIF) => self.has_jfif = true,
            APPLICATION_1 if self.exif.is_none() => self.exif = contents.strip_prefix(EXIF),
            APPLICATION_14 if contents.starts_with(ADOBE) => {
                self.adobe_transform = contents.get(ADOBE_TRANSFORM_AT).copied().or(self.adobe_transform);
            }
            _ => {}
        }
    }

    /// Returns what the components mean, decided as libjpeg does (jdapimin.c, `default_decompress_parms`): JFIF allows
    /// nothing but YCbCr and grey, so it wins over Adobe; names of the components count last.
    pub(super) fn colours(&self, frame: &FrameHeader) -> Colours {
        let inverted = self.adobe_transform.is_some();
        let names = frame.components.iter().map(|component| component.id);
        match (frame.components.len(), self.adobe_transform) {
            (1, _) => Colours::Grey,
            (4, None | Some(ADOBE_NO_TRANSFORM)) => Colours::Cmyk { inverted },
            (4, Some(_)) => Colours::Ycck { inverted },
            _ if self.has_jfif => Colours::YCbCr,
            (_, Some(ADOBE_NO_TRANSFORM)) => Colours::Rgb,
            (_, None) if names.eq(*b"RGB") => Colours::Rgb,
            (_, _) => Colours::YCbCr,
        }
    }
}
