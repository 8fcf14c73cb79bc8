//! A picture decoded whole, of every kind that is read: any sampling at whole ratios, any number and order of scans,
//! sequential or progressive.

mod progressive;
mod sequential;

use crate::bad::BadJpeg;
use crate::colour::{darken, grey_to_rgb, invert, put_channel, to_rgb};
use crate::file::{Colours, FrameHeader, JpegFile, Process};
use crate::picture::side;
use crate::plane::Plane;
use schemas::frame::{FRAME_CHANNELS, Frame};

impl JpegFile<'_> {
    /// Decodes the picture at its full size, the way up in which it is stored. The same pixels as libjpeg-turbo's with its
    /// accurate transform and smooth upsampling.
    ///
    /// # Errors
    /// When a block is not coded, a component is not complete, or coded data is left over.
    pub fn decode_whole(&self) -> Result<Frame, BadJpeg> {
        let planes = match self.frame.process {
            Process::Sequential => sequential::planes(self)?,
            Process::Progressive => progressive::planes(self)?,
        };
        let FrameHeader { width, height, .. } = self.frame;
        let pixels = pixels(self.colours, planes, width, height);
        let frame = Frame::new(side(width)?, side(height)?, pixels);
        frame.map_err(|_| BadJpeg("it has more pixels than can be counted"))
    }
}

fn pixels(colours: Colours, mut planes: Vec<Plane>, width: usize, height: usize) -> Vec<u8> {
    let mut pixels = vec![0; width * height * FRAME_CHANNELS];
    for (row, line) in pixels.chunks_exact_mut(width * FRAME_CHANNELS).enumerate() {
        match (planes.as_mut_slice(), colours) {
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
            ([luma], Colours::Grey) => grey_to_rgb(luma.row(row), line),
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
    pixels
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
