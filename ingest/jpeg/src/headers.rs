//! The marker segments in front of the entropy-coded data (ITU-T T.81, annex B.2), as far as a sequential picture
//! with 8 bits needs them.

use super::huffman::{Code, CodeUse};
use super::not_taken::NotTaken;
use super::zigzag::{BLOCK, BLOCK_SIDE, ZIGZAG};

/// Tables of each kind that a picture may define.
const TABLES: usize = 4;
/// Bytes of a segment's length field, counted in the length.
const LENGTH_BYTES: usize = 2;

const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const BASELINE: u8 = 0xc0;
const EXTENDED_SEQUENTIAL: u8 = 0xc1;
const HUFFMAN_TABLES: u8 = 0xc4;
const START_OF_SCAN: u8 = 0xda;
const QUANTISATION_TABLES: u8 = 0xdb;
const RESTART_INTERVAL: u8 = 0xdd;
const APPLICATION_FIRST: u8 = 0xe0;
const APPLICATION_LAST: u8 = 0xef;
const COMMENT: u8 = 0xfe;

/// What stands before the coded data.
#[derive(Debug)]
pub(super) struct Headers {
    /// Pixels across.
    pub(super) width: usize,
    /// Pixels down.
    pub(super) height: usize,
    /// One (grey) or three (luma, blue and red difference).
    pub(super) components: Vec<Component>,
    /// Every pair of codes that a component uses.
    pub(super) codes: Vec<BlockCodes>,
    /// Minimum coded units between two restart markers; 0 without any.
    pub(super) restart_interval: usize,
    /// Where the coded data begins in the file.
    pub(super) data_at: usize,
}

/// One component of the picture.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// Blocks across in a minimum coded unit, 1 or 2.
    pub(super) across: usize,
    /// Blocks down in a minimum coded unit, 1 or 2.
    pub(super) down: usize,
    /// Factors of the coefficients, row by row.
    pub(super) quantisation: [i32; BLOCK],
    /// Place of its codes in [`Headers::codes`].
    pub(super) codes: usize,
}

/// Codes of the blocks of a component.
#[derive(Debug, Clone)]
pub(super) struct BlockCodes {
    /// Of the first coefficient.
    pub(super) dc: Code,
    /// Of the others.
    pub(super) ac: Code,
}

/// Tables and numbers as they come.
#[derive(Default)]
struct Gathered {
    quantisation: [Option<[i32; BLOCK]>; TABLES],
    dc: [Option<Code>; TABLES],
    ac: [Option<Code>; TABLES],
    restart_interval: usize,
    frame: Option<FrameHeader>,
}

struct FrameHeader {
    width: usize,
    height: usize,
    components: Vec<FrameComponent>,
}

struct FrameComponent {
    id: u8,
    across: usize,
    down: usize,
    quantisation: u8,
}

impl Headers {
    /// Reads the segments up to the first scan.
    ///
    /// # Errors
    /// When the picture is of another kind, or a segment is not as the standard wants it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NotTaken> {
        if !bytes.starts_with(&START_OF_IMAGE) {
            return Err(NotTaken("no start of image"));
        }
        let mut at = START_OF_IMAGE.len();
        let mut gathered = Gathered::default();
        loop {
            let (marker, segment, next) = segment(bytes, at)?;
            match marker {
                BASELINE | EXTENDED_SEQUENTIAL if gathered.frame.is_none() => {
                    gathered.frame = Some(FrameHeader::parse(segment)?);
                }
                HUFFMAN_TABLES => gathered.huffman(segment)?,
                QUANTISATION_TABLES => gathered.quantisation(segment)?,
                RESTART_INTERVAL => {
                    let interval = segment.try_into().map_err(|_| NotTaken("restart interval"))?;
                    gathered.restart_interval = usize::from(u16::from_be_bytes(interval));
                }
                START_OF_SCAN => return gathered.with_scan(segment, next),
                APPLICATION_FIRST..=APPLICATION_LAST | COMMENT => {}
                _ => return Err(NotTaken("another process or an unknown segment")),
            }
            at = next;
        }
    }

    /// Blocks across and down in a minimum coded unit, of the component that has most.
    pub(super) fn unit_blocks(&self) -> (usize, usize) {
        let most = |side: fn(&Component) -> usize| self.components.iter().map(side).max().unwrap_or(1);
        (most(|component| component.across), most(|component| component.down))
    }

    /// Minimum coded units across and down.
    pub(super) fn units(&self) -> (usize, usize) {
        let (across, down) = self.unit_blocks();
        (self.width.div_ceil(across * BLOCK_SIDE), self.height.div_ceil(down * BLOCK_SIDE))
    }
}

/// Marker, contents, and the place behind the segment that begins at `at`.
fn segment(bytes: &[u8], at: usize) -> Result<(u8, &[u8], usize), NotTaken> {
    let cut = NotTaken("cut off in its headers");
    let rest = bytes.get(at..).ok_or(cut)?;
    let fill = rest.iter().take_while(|byte| **byte == 0xff).count();
    let [marker, high, low] = *rest.get(fill..).and_then(|rest| rest.first_chunk()).ok_or(cut)?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if fill == 0 || length < LENGTH_BYTES {
        return Err(NotTaken("no marker where one belongs"));
    }
    let (from, to) = (at + fill + 1 + LENGTH_BYTES, at + fill + 1 + length);
    Ok((marker, bytes.get(from..to).ok_or(cut)?, to))
}

impl FrameHeader {
    /// T.81, B.2.2.
    fn parse(segment: &[u8]) -> Result<Self, NotTaken> {
        let [bits, height_high, height_low, width_high, width_low, count, components @ ..] = segment else {
            return Err(NotTaken("frame header"));
        };
        let height = usize::from(u16::from_be_bytes([*height_high, *height_low]));
        let width = usize::from(u16::from_be_bytes([*width_high, *width_low]));
        if *bits != 8 || width == 0 || height == 0 || components.len() != usize::from(*count) * 3 {
            return Err(NotTaken("frame header"));
        }
        let mut parsed: Vec<FrameComponent> = components
            .chunks_exact(3)
            .map(|component| FrameComponent {
                id: component[0],
                across: usize::from(component[1] >> 4),
                down: usize::from(component[1] & 15),
                quantisation: component[2],
            })
            .collect();
        if let [grey] = parsed.as_mut_slice() {
            // A scan of one component is not interleaved, whatever its sampling: T.81, A.2.2.
            (grey.across, grey.down) = (1, 1);
        }
        let sampling: Vec<_> = parsed.iter().map(|component| (component.across, component.down)).collect();
        match sampling.as_slice() {
            [(1, 1)] | [(1 | 2, 1 | 2), (1, 1), (1, 1)] => Ok(Self { width, height, components: parsed }),
            _ => Err(NotTaken("number of components or sampling")),
        }
    }
}

impl Gathered {
    /// T.81, B.2.4.1; only 8-bit factors.
    fn quantisation(&mut self, mut segment: &[u8]) -> Result<(), NotTaken> {
        while let Some((place, rest)) = segment.split_first() {
            let (factors, rest) = rest.split_first_chunk::<BLOCK>().ok_or(NotTaken("quantisation table"))?;
            let table =
                self.quantisation.get_mut(usize::from(*place)).ok_or(NotTaken("quantisation table"))?;
            let mut by_row = [0; BLOCK];
            for (factor, at) in factors.iter().zip(ZIGZAG) {
                by_row[usize::from(at)] = i32::from(*factor);
            }
            *table = Some(by_row);
            segment = rest;
        }
        Ok(())
    }

    /// T.81, B.2.4.2.
    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), NotTaken> {
        while let Some((place, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(NotTaken("huffman table"))?;
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(count).ok_or(NotTaken("huffman table"))?;
            let (tables, code_use) = match place >> 4 {
                0 => (&mut self.dc, CodeUse::Dc),
                1 => (&mut self.ac, CodeUse::Ac),
                _ => return Err(NotTaken("huffman table")),
            };
            let table = tables.get_mut(usize::from(place & 15)).ok_or(NotTaken("huffman table"))?;
            *table = Some(Code::new(counts, symbols, code_use)?);
            segment = rest;
        }
        Ok(())
    }

    /// T.81, B.2.3: the one scan, with all components in the frame's order.
    fn with_scan(mut self, segment: &[u8], data_at: usize) -> Result<Headers, NotTaken> {
        let frame = self.frame.take().ok_or(NotTaken("scan before its frame"))?;
        let (count, rest) = segment.split_first().ok_or(NotTaken("scan header"))?;
        let (selectors, spectrum) =
            rest.split_at_checked(usize::from(*count) * 2).ok_or(NotTaken("scan header"))?;
        if usize::from(*count) != frame.components.len() || spectrum != [0, 63, 0] {
            return Err(NotTaken("several scans"));
        }
        let mut chosen: Vec<u8> = Vec::new();
        let mut components = Vec::with_capacity(frame.components.len());
        for (component, selector) in frame.components.iter().zip(selectors.chunks_exact(2)) {
            if selector[0] != component.id {
                return Err(NotTaken("order of the components"));
            }
            let codes = chosen.iter().position(|other| *other == selector[1]).unwrap_or_else(|| {
                chosen.push(selector[1]);
                chosen.len() - 1
            });
            let quantisation = self.quantisation.get(usize::from(component.quantisation)).copied().flatten();
            let quantisation = quantisation.ok_or(NotTaken("a quantisation table is missing"))?;
            let (across, down) = (component.across, component.down);
            components.push(Component { across, down, quantisation, codes });
        }
        let codes = chosen.iter().map(|places| self.codes(*places)).collect::<Result<_, _>>()?;
        let FrameHeader { width, height, components: _ } = frame;
        Ok(Headers { width, height, components, codes, restart_interval: self.restart_interval, data_at })
    }

    /// The codes that a component chose: four bits each.
    fn codes(&self, places: u8) -> Result<BlockCodes, NotTaken> {
        let code = |tables: &[Option<Code>; TABLES], place: u8| {
            tables.get(usize::from(place)).cloned().flatten().ok_or(NotTaken("a huffman table is missing"))
        };
        Ok(BlockCodes { dc: code(&self.dc, places >> 4)?, ac: code(&self.ac, places & 15)? })
    }
}
