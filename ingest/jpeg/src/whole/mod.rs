//! A picture decoded whole, of every kind that is read: any sampling at whole ratios, any number and order of scans,
//! sequential or progressive.

mod lines;
mod progressive;
mod sequential;

use crate::bad::BadJpeg;
use crate::file::{JpegFile, Process};
use schemas::frame::Frame;

impl JpegFile<'_> {
    /// Decodes the picture at its full size, the way up in which it is stored. The same pixels as libjpeg-turbo's with its
    /// accurate transform and smooth upsampling.
    ///
    /// # Errors
    /// When a block is not coded, a component is not complete, or coded data is left over.
    pub fn decode_whole(&self) -> Result<Frame, BadJpeg> {
        match self.frame.process {
            Process::Sequential if self.has_all_in_one_scan() => sequential::one_scan(self),
            Process::Sequential => sequential::several_scans(self),
            Process::Progressive => progressive::decode(self),
        }
    }

    fn has_all_in_one_scan(&self) -> bool {
        self.first_scan().header.components.len() == self.frame.components.len()
    }
}
