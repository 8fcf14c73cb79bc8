//! Progressive pictures (T.81, annex G): coefficients come in bands and bit by bit. Whole is a picture of which every
//! coefficient of every component came down to its lowest bit.

use super::lines::Lines;
use crate::bad::BadJpeg;
use crate::bits::BitReader;
use crate::coded::CodedData;
use crate::file::{Component, FrameHeader, JpegFile, Quantisation, Scan, ScanHeader};
use crate::huffman::{CodeUse, SymbolTable};
use crate::inverse_transform::{Coefficients, eight};
use crate::plane::Plane;
use crate::walk::{Plan, Walk};
use crate::zigzag::{BLOCK, ZIGZAG};
use schemas::frame::Frame;

/// Lowest bit with which a coefficient can begin: T.81, table B.3.
const BIT_MAX: u8 = 13;
/// Zeros without a value; shorter runs without a value end blocks.
const ZEROS_WITHOUT_VALUE: u8 = 15;

/// Coefficients of a component and how far they came.
struct Store {
    /// Blocks across, with those that fill the last units.
    stride: usize,
    blocks: Vec<Coefficients>,
    /// By place in the file's order: the lowest bit so far.
    lowest: [Option<u8>; BLOCK],
    /// Of the first scan that has the component.
    quantisation: Option<Quantisation>,
}

/// What a scan does to its blocks.
#[derive(Clone, Copy)]
enum Pass {
    DcFirst,
    DcBit,
    AcFirst,
    AcBit,
}

/// A scan's band and bit.
struct Band {
    pass: Pass,
    first: usize,
    last: usize,
    bit: u8,
}

/// Decodes all components.
///
/// # Errors
/// When one is not complete.
pub(super) fn decode(file: &JpegFile<'_>) -> Result<Frame, BadJpeg> {
    let frame = &file.frame;
    let mut stores: Vec<_> = frame.components.iter().map(|one| Store::new(frame, one)).collect();
    let mut next = Some(file.first_scan().clone());
    while let Some(scan) = next {
        let band = Band::new(&scan.header)?;
        for chosen in &scan.header.components {
            let quantisation = frame.components[chosen.component].quantisation;
            stores[chosen.component].advance(&scan, &band, quantisation)?;
        }
        let end = scan_into(file, &scan, &band, &mut stores)?;
        next = file.scan_after(scan, end)?;
    }
    let stores = frame.components.iter().zip(stores);
    let planes: Result<Vec<_>, _> = stores.map(|(one, store)| store.into_plane(frame, one)).collect();
    Lines::new(file).into_frame(&mut planes?)
}

/// Decodes a scan; returns the place of the marker behind it.
fn scan_into(file: &JpegFile<'_>, scan: &Scan, band: &Band, stores: &mut [Store]) -> Result<usize, BadJpeg> {
    let pairs = scan.header.table_pairs().into_iter();
    let tables = match band.pass {
        Pass::DcFirst => pairs.map(|(dc, _)| scan.tables.code(dc, CodeUse::Dc).map(Some)).collect(),
        Pass::AcFirst | Pass::AcBit => {
            pairs.map(|(_, ac)| scan.tables.code(ac, CodeUse::ProgressiveAc).map(Some)).collect()
        }
        Pass::DcBit => Ok(pairs.map(|_| None).collect()),
    };
    let tables: Result<Vec<_>, BadJpeg> = tables;
    let tables: Vec<_> = tables?.into_iter().map(|code| code.map(SymbolTable::new)).collect();
    let plan = Plan::new(&file.frame, scan);
    let (data, end) = CodedData::unstuff(file.bytes, scan.data_at)?;
    let mut walk = Walk::from_start(&plan, &data, &tables)?;
    let (across, down) = plan.units;
    let mut ended = 0;
    for row in 0..down {
        for column in 0..across {
            if walk.begin_unit()? {
                whole_run(ended)?;
            }
            walk.unit(|block, reader, dc| {
                let store = &mut stores[block.component];
                let (row, column) = (row * block.down + block.row, column * block.across + block.column);
                let coefficients = &mut store.blocks[row * store.stride + column];
                band.block(block.tables.as_ref(), reader, dc, &mut ended, coefficients)
            })?;
        }
        walk.checkpoint()?;
    }
    walk.end()?;
    whole_run(ended)?;
    Ok(end)
}

/// Whether no block is left of those that were said to end.
fn whole_run(ended: u32) -> Result<(), BadJpeg> {
    if ended == 0 { Ok(()) } else { Err(BadJpeg("its coded data ends more blocks than there are")) }
}

impl Store {
    fn new(frame: &FrameHeader, component: &Component) -> Self {
        let stride = frame.units.0 * component.across;
        let blocks = vec![[0; BLOCK]; stride * frame.units.1 * component.down];
        Self { stride, blocks, lowest: [None; BLOCK], quantisation: None }
    }

    /// Takes note of what a scan will bring.
    ///
    /// # Errors
    /// When it is not what comes next.
    fn advance(&mut self, scan: &Scan, band: &Band, quantisation: u8) -> Result<(), BadJpeg> {
        let ScanHeader { bit_before, bit, .. } = scan.header;
        let expected = (bit_before > 0).then_some(bit_before);
        for lowest in &mut self.lowest[band.first..=band.last] {
            if *lowest != expected {
                return Err(BadJpeg("a scan is missing or comes twice"));
            }
            *lowest = Some(bit);
        }
        if self.quantisation.is_none() {
            self.quantisation = Some(*scan.tables.factors(quantisation)?);
        }
        Ok(())
    }

    /// Makes samples of the coefficients.
    ///
    /// # Errors
    /// When some never came, or not down to their lowest bit.
    fn into_plane(self, frame: &FrameHeader, component: &Component) -> Result<Plane, BadJpeg> {
        const MISSING: BadJpeg =
            BadJpeg("its last scans are missing: a component never came to its full precision");
        if self.lowest != [Some(0); BLOCK] {
            return Err(MISSING);
        }
        let quantisation = self.quantisation.ok_or(MISSING)?;
        let mut plane = Plane::of_component(frame, component);
        let (across, down) = component.blocks();
        for (row, blocks) in self.blocks.chunks_exact(self.stride).take(down).enumerate() {
            for (column, block) in blocks.iter().take(across).enumerate() {
                let last = ZIGZAG.iter().rposition(|place| block[usize::from(*place)] != 0).unwrap_or(0);
                let samples = eight(i32::from(block[0]), block, last, &quantisation);
                plane.put(row, column, &samples);
            }
        }
        Ok(plane)
    }
}

impl Band {
    fn new(header: &ScanHeader) -> Result<Self, BadJpeg> {
        let ScanHeader { components, first, last, bit_before, bit } = header;
        let pass = match (first, bit_before) {
            (0, 0) => Pass::DcFirst,
            (0, _) => Pass::DcBit,
            (_, 0) => Pass::AcFirst,
            (_, _) => Pass::AcBit,
        };
        let has_band = match pass {
            Pass::DcFirst | Pass::DcBit => *last == 0,
            Pass::AcFirst | Pass::AcBit => {
                components.len() == 1 && first <= last && usize::from(*last) < BLOCK
            }
        };
        let has_bit = if *bit_before == 0 { *bit <= BIT_MAX } else { bit + 1 == *bit_before };
        if !has_band || !has_bit {
            return Err(BadJpeg("a scan header has a band or a bit that cannot be"));
        }
        Ok(Self { pass, first: usize::from(*first), last: usize::from(*last), bit: *bit })
    }

    /// Reads what the scan has of a block. `ended` counts the blocks that are still to end without further bits.
    fn block(
        &self,
        table: Option<&SymbolTable>,
        reader: &mut BitReader<'_>,
        dc: &mut i32,
        ended: &mut u32,
        block: &mut Coefficients,
    ) -> Result<(), BadJpeg> {
        match (self.pass, table) {
            (Pass::DcFirst, Some(table)) => {
                let bits = table.take(reader)?.value_bits;
                *dc = dc.wrapping_add(value(reader, bits));
                block[0] = self.at_bit(*dc)?;
                Ok(())
            }
            (Pass::AcFirst, Some(table)) => self.ac_first(table, reader, ended, block),
            (Pass::AcBit, Some(table)) => self.ac_bit(table, reader, ended, block),
            (Pass::DcBit, _) | (Pass::DcFirst | Pass::AcFirst | Pass::AcBit, None) => {
                if reader.take(1) == 1 {
                    block[0] |= 1 << self.bit;
                }
                Ok(())
            }
        }
    }

    /// T.81, G.1.2.2.
    fn ac_first(
        &self,
        table: &SymbolTable,
        reader: &mut BitReader<'_>,
        ended: &mut u32,
        block: &mut Coefficients,
    ) -> Result<(), BadJpeg> {
        if *ended > 0 {
            *ended -= 1;
            return Ok(());
        }
        let mut at = self.first;
        while at <= self.last {
            let symbol = table.take(reader)?;
            let zeros = symbol.advance - 1;
            if symbol.value_bits == 0 && zeros < ZEROS_WITHOUT_VALUE {
                *ended = run(reader, zeros) - 1;
                return Ok(());
            }
            at += usize::from(symbol.advance);
            if at > self.last + 1 {
                return Err(BadJpeg("a block has more coefficients than its scan"));
            }
            if symbol.value_bits > 0 {
                let value = value(reader, symbol.value_bits);
                block[usize::from(ZIGZAG[at - 1])] = self.at_bit(value)?;
            }
        }
        Ok(())
    }

    /// T.81, G.1.2.3: one bit of each coefficient that is there already, and those that begin with this bit.
    fn ac_bit(
        &self,
        table: &SymbolTable,
        reader: &mut BitReader<'_>,
        ended: &mut u32,
        block: &mut Coefficients,
    ) -> Result<(), BadJpeg> {
        let one = self.at_bit(1)?;
        let mut at = self.first;
        while *ended == 0 && at <= self.last {
            let symbol = table.take(reader)?;
            let mut zeros = symbol.advance - 1;
            let begins = match symbol.value_bits {
                0 if zeros < ZEROS_WITHOUT_VALUE => {
                    *ended = run(reader, zeros);
                    break;
                }
                0 => 0,
                1 => {
                    if reader.take(1) == 1 {
                        one
                    } else {
                        -one
                    }
                }
                _ => return Err(BadJpeg("a coefficient begins with more than one bit")),
            };
            while at <= self.last {
                let coefficient = &mut block[usize::from(ZIGZAG[at])];
                if *coefficient != 0 {
                    add_bit(reader, one, coefficient);
                } else if zeros == 0 {
                    *coefficient = begins;
                    break;
                } else {
                    zeros -= 1;
                }
                at += 1;
            }
            if at > self.last {
                return Err(BadJpeg("a block has more coefficients than its scan"));
            }
            at += 1;
        }
        if *ended > 0 {
            *ended -= 1;
            for place in ZIGZAG.iter().take(self.last + 1).skip(at) {
                let coefficient = &mut block[usize::from(*place)];
                if *coefficient != 0 {
                    add_bit(reader, one, coefficient);
                }
            }
        }
        Ok(())
    }

    /// A number whose lowest bit is that of the scan.
    fn at_bit(&self, value: i32) -> Result<i16, BadJpeg> {
        let shifted = value.checked_mul(1 << self.bit).and_then(|value| i16::try_from(value).ok());
        shifted.ok_or(BadJpeg("a coefficient is larger than can be"))
    }
}

fn add_bit(reader: &mut BitReader<'_>, one: i16, coefficient: &mut i16) {
    if reader.take(1) == 1 && *coefficient & one == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient > 0 { one } else { -one });
    }
}

/// How many blocks end here.
fn run(reader: &mut BitReader<'_>, bits: u8) -> u32 {
    (1 << bits) + reader.take(u32::from(bits))
}

/// T.81, F.2.2.1: values that do not begin with a one are negative.
fn value(reader: &mut BitReader<'_>, bits: u32) -> i32 {
    let value = reader.take(bits).cast_signed();
    if bits > 0 && value >> (bits - 1) == 0 { value - (1 << bits) + 1 } else { value }
}
