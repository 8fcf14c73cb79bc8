//! Rows of pixels of the samples of all components.

use crate::bad::BadJpeg;
use crate::colour::{darken, grey_to_rgb, invert, put_channel, to_rgb};
use crate::file::{Colours, FrameHeader, JpegFile};
use crate::picture::side;
use crate::plane::Plane;
use schemas::frame::{FRAME_CHANNELS, Frame};

/// The picture from its first row on.
pub(super) struct Lines {
    colours: Colours,
    width: usize,
    height: usize,
    /// Rows that are done.
    done: usize,
    pixels: Vec<u8>,
}

impl Lines {
    /// Room for all pixels.
    pub(super) fn new(file: &JpegFile<'_>) -> Self {
        let FrameHeader { width, height, .. } = file.frame;
        let pixels = vec![0; width * height * FRAME_CHANNELS];
        Self { colours: file.colours, width, height, done: 0, pixels }
    }

    /// Makes the rows up to this one, as far as the picture has them.
    pub(super) fn make_until(&mut self, end: usize, planes: &mut [Plane]) {
        let end = end.min(self.height);
        let row_bytes = self.width * FRAME_CHANNELS;
        let lines = self.pixels.chunks_exact_mut(row_bytes).enumerate().take(end).skip(self.done);
        for (row, line) in lines {
            make(row, line, self.colours, planes);
        }
        self.done = end;
    }

    /// The whole picture; rows that were not made are made.
    ///
    /// # Errors
    /// When it has more pixels than can be counted.
    pub(super) fn into_frame(mut self, planes: &mut [Plane]) -> Result<Frame, BadJpeg> {
        self.make_until(self.height, planes);
        let frame = Frame::new(side(self.width)?, side(self.height)?, self.pixels);
        frame.map_err(|_| BadJpeg("it has more pixels than can be counted"))
    }
}

fn make(row: usize, line: &mut [u8], colours: Colours, planes: &mut [Plane]) {
    match (planes, colours) {
        ([luma], Colours::Grey) => grey_to_rgb(luma.row(row), line),
        ([luma, blue, red], Colours::YCbCr) => to_rgb(luma.row(row), blue.row(row), red.row(row), line),
        ([luma, blue, red, black], Colours::Ycck { inverted }) => {
            to_rgb(luma.row(row), blue.row(row), red.row(row), line);
            // The three are ink turned into light before they became YCbCr.
            invert(line);
            print(line, black.row(row), inverted);
        }
        ([cyan, magenta, yellow, black], Colours::Cmyk { inverted }) => {
            for (channel, plane) in [cyan, magenta, yellow].into_iter().enumerate() {
                put_channel(plane.row(row), channel, line);
            }
            print(line, black.row(row), inverted);
        }
        (
            planes,
            Colours::Grey | Colours::Rgb | Colours::YCbCr | Colours::Cmyk { .. } | Colours::Ycck { .. },
        ) => {
            for (channel, plane) in planes.iter_mut().enumerate().take(FRAME_CHANNELS) {
                put_channel(plane.row(row), channel, line);
            }
        }
    }
}

/// Ink of three colours, and black over it, to light.
fn print(line: &mut [u8], black: &[u8], inverted: bool) {
    if inverted {
        darken(line, black);
    } else {
        invert(line);
        let mut light = black.to_vec();
        invert(&mut light);
        darken(line, &light);
    }
}
