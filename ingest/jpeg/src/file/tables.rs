//! Tables as they come in a file (T.81, B.2.4), and those that stand in for missing ones.

use super::segments::{HUFFMAN_TABLES, QUANTISATION_TABLES, RESTART_INTERVAL, Segment};
use super::standard;
use crate::bad::BadJpeg;
use crate::huffman::{Code, CodeUse, LENGTHS};
use crate::zigzag::{BLOCK, ZIGZAG};

/// Tables of each kind that a picture may define.
const TABLES: usize = 4;

/// Factors of the coefficients, row by row.
pub(crate) type Quantisation = [i32; BLOCK];

/// What is in force at a place of the file.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    quantisation: [Option<Quantisation>; TABLES],
    dc: [Option<Lengths>; TABLES],
    ac: [Option<Lengths>; TABLES],
    /// Minimum coded units between two restart markers; 0 without any.
    pub(crate) restart_interval: usize,
}

/// Numbers of codes by length, and their symbols.
#[derive(Debug, Clone)]
struct Lengths {
    counts: [u8; LENGTHS],
    symbols: Vec<u8>,
}

impl Tables {
    /// Those of T.81, K.3: pictures of motion JPEG leave them out, as RFC 2435 and AVI do. A file's own take their place.
    pub(super) fn standard() -> Self {
        let lengths = |(counts, symbols): (&[u8; LENGTHS], &[u8])| {
            Some(Lengths { counts: *counts, symbols: symbols.to_vec() })
        };
        let pair =
            |[luma, chroma]: [(&[u8; LENGTHS], &[u8]); 2]| [lengths(luma), lengths(chroma), None, None];
        Self {
            quantisation: [None; TABLES],
            dc: pair(standard::DC),
            ac: pair(standard::AC),
            restart_interval: 0,
        }
    }

    /// Takes a segment of tables; what else it is does not matter here.
    ///
    /// # Errors
    /// When it is not as the standard wants it.
    pub(super) fn define(&mut self, segment: Segment<'_>) -> Result<(), BadJpeg> {
        match segment.marker {
            HUFFMAN_TABLES => self.define_huffman(segment.contents),
            QUANTISATION_TABLES => self.define_quantisation(segment.contents),
            RESTART_INTERVAL => {
                let interval =
                    segment.contents.try_into().map_err(|_| BadJpeg("the restart interval is no number"))?;
                self.restart_interval = usize::from(u16::from_be_bytes(interval));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// T.81, B.2.4.1.
    fn define_quantisation(&mut self, mut segment: &[u8]) -> Result<(), BadJpeg> {
        const BAD: BadJpeg = BadJpeg("a quantisation table cannot be");
        while let Some((place, rest)) = segment.split_first() {
            let factor_bytes = match place >> 4 {
                0 => 1,
                1 => 2,
                _ => return Err(BAD),
            };
            let (factors, rest) = rest.split_at_checked(BLOCK * factor_bytes).ok_or(BAD)?;
            let mut by_row = [0; BLOCK];
            for (factor, at) in factors.chunks_exact(factor_bytes).zip(ZIGZAG) {
                by_row[usize::from(at)] =
                    factor.iter().fold(0, |factor, byte| (factor << 8) | i32::from(*byte));
            }
            if by_row.contains(&0) {
                return Err(BadJpeg("a quantisation table has a factor of zero"));
            }
            *self.quantisation.get_mut(usize::from(place & 15)).ok_or(BAD)? = Some(by_row);
            segment = rest;
        }
        Ok(())
    }

    /// T.81, B.2.4.2.
    fn define_huffman(&mut self, mut segment: &[u8]) -> Result<(), BadJpeg> {
        const BAD: BadJpeg = BadJpeg("a huffman table cannot be");
        while let Some((place, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<LENGTHS>().ok_or(BAD)?;
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(count).ok_or(BAD)?;
            let tables = match place >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(BAD),
            };
            let table = tables.get_mut(usize::from(place & 15)).ok_or(BAD)?;
            *table = Some(Lengths { counts: *counts, symbols: symbols.to_vec() });
            segment = rest;
        }
        Ok(())
    }

    /// Returns the factors at a place.
    ///
    /// # Errors
    /// When the file has none there.
    pub(crate) fn factors(&self, place: u8) -> Result<&Quantisation, BadJpeg> {
        let table = self.quantisation.get(usize::from(place)).and_then(Option::as_ref);
        table.ok_or(BadJpeg("a quantisation table is missing"))
    }

    /// Returns the code at a place.
    ///
    /// # Errors
    /// When there is none, or it cannot be one for that use.
    pub(crate) fn code(&self, place: u8, code_use: CodeUse) -> Result<Code, BadJpeg> {
        let tables = match code_use {
            CodeUse::Dc => &self.dc,
            CodeUse::Ac | CodeUse::ProgressiveAc => &self.ac,
        };
        let table = tables.get(usize::from(place)).and_then(Option::as_ref);
        let Lengths { counts, symbols } = table.ok_or(BadJpeg("a huffman table is missing"))?;
        Code::new(counts, symbols, code_use)
    }
}
