//! A file's marker segments: everything that stands before the first coded data, and the way from scan to scan.

mod colours;
mod frame;
mod scan_header;
mod segments;
mod standard;
mod tables;

pub(crate) use colours::Colours;
pub(crate) use frame::{COMPONENTS_MAX, Component, FrameHeader, Process};
pub(crate) use scan_header::{ScanComponent, ScanHeader};
pub(crate) use tables::{Quantisation, Tables};

use crate::bad::BadJpeg;
use colours::Markers;
use segments::{
    APPLICATION_0, APPLICATION_LAST, ARITHMETIC_TABLES, BASELINE, COMMENT, END_OF_IMAGE, EXTENSION,
    HUFFMAN_TABLES, LAST_FRAME, QUANTISATION_TABLES, RESTART_INTERVAL, START_OF_IMAGE, START_OF_SCAN,
    Segment,
};

/// Scans of a picture; each is a pass over all pixels, so that a small file could cost minutes.
const SCANS_MAX: usize = 64;

/// A JPEG whose headers were read up to its first scan; no pixel was decoded and nothing of its size was allocated.
#[derive(Debug)]
pub struct JpegFile<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) frame: FrameHeader,
    pub(crate) colours: Colours,
    exif: Option<&'b [u8]>,
    first: Scan,
}

/// A scan whose coded data comes next.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) header: ScanHeader,
    /// What is in force for it.
    pub(crate) tables: Tables,
    /// Where its coded data begins.
    pub(crate) data_at: usize,
    /// Scans before it.
    number: usize,
}

impl<'b> JpegFile<'b> {
    /// Reads the headers.
    ///
    /// # Errors
    /// When they are not those of a JPEG that is read here.
    pub fn open(bytes: &'b [u8]) -> Result<Self, BadJpeg> {
        if !bytes.starts_with(&[0xff, START_OF_IMAGE]) {
            return Err(BadJpeg("it does not begin as a JPEG"));
        }
        let mut at = 2;
        let mut frame = None;
        let mut tables = Tables::standard();
        let mut markers = Markers::default();
        loop {
            let segment = Segment::next(bytes, at)?;
            at = segment.end;
            match segment.marker {
                HUFFMAN_TABLES | QUANTISATION_TABLES | RESTART_INTERVAL => tables.define(segment)?,
                APPLICATION_0..=APPLICATION_LAST => markers.see(segment),
                COMMENT => {}
                ARITHMETIC_TABLES | EXTENSION => {
                    return Err(BadJpeg("it is arithmetic-coded; Huffman coding is read"));
                }
                START_OF_SCAN => {
                    let frame: FrameHeader = frame.ok_or(BadJpeg("a scan comes before the frame header"))?;
                    let header = ScanHeader::parse(&frame, segment.contents)?;
                    let colours = markers.colours(&frame);
                    let first = Scan { header, tables, data_at: at, number: 0 };
                    return Ok(Self { bytes, frame, colours, exif: markers.exif, first });
                }
                BASELINE..=LAST_FRAME if frame.is_none() => {
                    frame = Some(FrameHeader::parse(segment.marker, segment.contents)?);
                }
                _ => return Err(BadJpeg("a segment stands where it does not belong")),
            }
        }
    }

    /// Returns pixels across and down, as they are stored.
    #[must_use]
    pub const fn size(&self) -> (usize, usize) {
        (self.frame.width, self.frame.height)
    }

    /// Returns what the first EXIF segment holds. EXIF 2.32, 4.7.2 has one, right behind the start of the image; what
    /// comes later with the same name continues one of more than 64 KiB, or was left behind by a program.
    #[must_use]
    pub const fn exif(&self) -> Option<&'b [u8]> {
        self.exif
    }

    /// Returns the first scan.
    pub(crate) const fn first_scan(&self) -> &Scan {
        &self.first
    }

    /// Returns the scan that follows another, whose coded data ends at `at`; `None` at the end of the image.
    ///
    /// # Errors
    /// When neither comes.
    pub(crate) fn scan_after(&self, before: Scan, mut at: usize) -> Result<Option<Scan>, BadJpeg> {
        let Scan { mut tables, number, .. } = before;
        let number = number + 1;
        loop {
            let segment = Segment::next(self.bytes, at)?;
            at = segment.end;
            match segment.marker {
                HUFFMAN_TABLES | QUANTISATION_TABLES | RESTART_INTERVAL => tables.define(segment)?,
                APPLICATION_0..=APPLICATION_LAST | COMMENT => {}
                START_OF_SCAN if number == SCANS_MAX => return Err(BadJpeg("it has more than 64 scans")),
                START_OF_SCAN => {
                    let header = ScanHeader::parse(&self.frame, segment.contents)?;
                    return Ok(Some(Scan { header, tables, data_at: at, number }));
                }
                END_OF_IMAGE => return Ok(None),
                _ => return Err(BadJpeg("a segment stands where it does not belong")),
            }
        }
    }
}
