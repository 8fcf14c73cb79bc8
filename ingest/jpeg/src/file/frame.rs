//! The frame header (T.81, B.2.2) and what its sampling makes of the components (A.1, A.2).

use super::segments::{BASELINE, EXTENDED_SEQUENTIAL, PROGRESSIVE};
use crate::bad::BadJpeg;
use crate::zigzag::BLOCK_SIDE;

/// Most components: cyan, magenta, yellow, black.
pub(crate) const COMPONENTS_MAX: usize = 4;
/// Most blocks on a side of a minimum coded unit.
const SAMPLING_MAX: usize = 4;

/// How the coefficients come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    /// Each block at once.
    Sequential,
    /// In scans that add coefficients and bits of them.
    Progressive,
}

/// Size and components.
#[derive(Debug)]
pub(crate) struct FrameHeader {
    pub(crate) process: Process,
    /// Pixels across and down.
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) components: Vec<Component>,
    /// Minimum coded units across and down where components are interleaved.
    pub(crate) units: (usize, usize),
}

/// One component.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) id: u8,
    /// Blocks across and down in a minimum coded unit.
    pub(crate) across: usize,
    pub(crate) down: usize,
    /// Place of its quantisation table.
    pub(crate) quantisation: u8,
    /// Pixels across and down for each sample.
    pub(crate) thinned: (usize, usize),
    /// Samples across and down.
    pub(crate) size: (usize, usize),
}

impl FrameHeader {
    /// Reads the contents of a start of frame.
    ///
    /// # Errors
    /// When it is of another kind than is read, or not as the standard wants it.
    pub(super) fn parse(marker: u8, contents: &[u8]) -> Result<Self, BadJpeg> {
        let process = match marker {
            BASELINE | EXTENDED_SEQUENTIAL => Process::Sequential,
            PROGRESSIVE => Process::Progressive,
            _ => {
                return Err(BadJpeg(
                    "it is lossless, hierarchical or arithmetic-coded; baseline and progressive are read",
                ));
            }
        };
        let [bits, height_high, height_low, width_high, width_low, count, parts @ ..] = contents else {
            return Err(BadJpeg("its frame header is too short"));
        };
        let height = usize::from(u16::from_be_bytes([*height_high, *height_low]));
        let width = usize::from(u16::from_be_bytes([*width_high, *width_low]));
        if *bits != 8 {
            return Err(BadJpeg("it does not have 8 bits a sample"));
        }
        if width == 0 || height == 0 {
            return Err(BadJpeg("its frame header has no width or no height"));
        }
        if !matches!(count, 1 | 3 | 4) || parts.len() != usize::from(*count) * 3 {
            return Err(BadJpeg("it has neither one, three nor four components"));
        }
        let components = components(parts, width, height)?;
        let (unit_across, unit_down) = most(&components);
        let units = (width.div_ceil(unit_across * BLOCK_SIDE), height.div_ceil(unit_down * BLOCK_SIDE));
        Ok(Self { process, width, height, components, units })
    }

    /// Blocks across and down in a minimum coded unit, of the component that has most.
    pub(crate) fn unit_blocks(&self) -> (usize, usize) {
        most(&self.components)
    }
}

impl Component {
    /// Returns how many blocks have samples of the picture, across and down.
    pub(crate) const fn blocks(&self) -> (usize, usize) {
        (self.size.0.div_ceil(BLOCK_SIDE), self.size.1.div_ceil(BLOCK_SIDE))
    }
}

fn most(components: &[Component]) -> (usize, usize) {
    let most = |side: fn(&Component) -> usize| components.iter().map(side).max().unwrap_or(1);
    (most(|component| component.across), most(|component| component.down))
}

fn components(parts: &[u8], width: usize, height: usize) -> Result<Vec<Component>, BadJpeg> {
    let mut components: Vec<Component> = Vec::with_capacity(COMPONENTS_MAX);
    for [id, sampling, quantisation] in parts.as_chunks().0 {
        let (across, down) = (usize::from(sampling >> 4), usize::from(sampling & 15));
        if !(1..=SAMPLING_MAX).contains(&across) || !(1..=SAMPLING_MAX).contains(&down) {
            return Err(BadJpeg("its frame header has a sampling that cannot be"));
        }
        let component = Component {
            id: *id,
            across,
            down,
            quantisation: *quantisation,
            thinned: (1, 1),
            size: (width, height),
        };
        components.push(component);
    }
    if let [grey] = components.as_mut_slice() {
        // A scan of one component is not interleaved, whatever its sampling: T.81, A.2.2.
        (grey.across, grey.down) = (1, 1);
    }
    let (most_across, most_down) = most(&components);
    for component in &mut components {
        let Component { across, down, .. } = *component;
        if !most_across.is_multiple_of(across) || !most_down.is_multiple_of(down) {
            return Err(BadJpeg("its components are sampled at a ratio that is no whole number"));
        }
        component.thinned = (most_across / across, most_down / down);
        component.size = ((width * across).div_ceil(most_across), (height * down).div_ceil(most_down));
    }
    Ok(components)
}
