//! The samples of one component, and rows of them as dense as the pixels: the same bits as libjpeg with its smooth
//! upsampling (jdsample.c).

use super::file::{Component, FrameHeader};
use super::zigzag::BLOCK_SIDE;

/// Samples across up to which libjpeg repeats them instead.
const SAMPLES_REPEATED: usize = 2;

/// Samples of some blocks, and room for a row of pixels.
#[derive(Debug)]
pub(super) struct Plane {
    thinning: Thinning,
    stride: usize,
    /// Number of the first row that is held, and rows that are held above it.
    first: usize,
    above: usize,
    /// Samples of the picture, across and down: others are what fills its last blocks.
    across: usize,
    down: usize,
    samples: Vec<u8>,
    /// Of two rows, four times as large.
    sums: Vec<u16>,
    row: Vec<u8>,
}

/// How the samples between those that there are come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thinning {
    Not,
    /// Every second across; those between are mixed.
    Across,
    /// Every second down.
    Down,
    /// Both.
    Both,
    /// So many across and down are the same.
    Repeated(usize, usize),
}

impl Plane {
    /// Room for blocks across and down, which hold `across` and `down` samples of the picture. `thinned`: pixels across and
    /// down for each sample; `width`: samples across of the whole component.
    pub(super) fn new(
        blocks: (usize, usize),
        (across, down): (usize, usize),
        thinned: (usize, usize),
        width: usize,
    ) -> Self {
        let thinning = match thinned {
            (1, 1) => Thinning::Not,
            (1, 2) => Thinning::Down,
            (2, 1) if width > SAMPLES_REPEATED => Thinning::Across,
            (2, 2) if width > SAMPLES_REPEATED => Thinning::Both,
            (across, down) => Thinning::Repeated(across, down),
        };
        let stride = blocks.0 * BLOCK_SIDE;
        let samples = vec![0; stride * blocks.1 * BLOCK_SIDE];
        let across = across.min(stride);
        let down = down.min(blocks.1 * BLOCK_SIDE);
        Self {
            thinning,
            stride,
            first: 0,
            above: 0,
            across,
            down,
            samples,
            sums: Vec::new(),
            row: Vec::new(),
        }
    }

    /// Room for all samples of a component.
    pub(super) fn of_component(frame: &FrameHeader, component: &Component) -> Self {
        let Component { across, down, thinned, size, .. } = *component;
        Self::new((frame.units.0 * across, frame.units.1 * down), size, thinned, size.0)
    }

    /// Room for a row of units of a component; [`Self::advance`] goes on to the next.
    pub(super) fn of_unit_row(frame: &FrameHeader, component: &Component) -> Self {
        let Component { across, down, thinned, size, .. } = *component;
        let plane = Self::new((frame.units.0 * across, down), size, thinned, size.0);
        let samples = vec![0; plane.samples.len() + plane.stride];
        Self { above: 1, down: size.1, samples, ..plane }
    }

    /// Makes room for the next row of units. The last row of samples stays, since it goes into the rows of pixels between.
    pub(super) fn advance(&mut self) {
        let rows = self.samples.len() / self.stride;
        self.samples.copy_within((rows - 1) * self.stride.., 0);
        self.first += rows - 1;
    }

    /// Puts a block in its place, which is in a row that is held.
    #[inline(always)]
    pub(super) fn put(&mut self, row: usize, column: usize, block: &[[u8; BLOCK_SIDE]; BLOCK_SIDE]) {
        let mut at = (row * BLOCK_SIDE + self.above - self.first) * self.stride + column * BLOCK_SIDE;
        for line in block {
            self.samples[at..at + BLOCK_SIDE].copy_from_slice(line);
            at += self.stride;
        }
    }

    /// A row of pixels; as many as the samples make.
    pub(super) fn row(&mut self, row: usize) -> &[u8] {
        let Self { thinning, stride, first, above, across, down, samples, sums, row: made } = self;
        let line = |number: usize| &samples[(number + *above - *first) * *stride..][..*across];
        let near = row / 2;
        let far = || if row.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(*down - 1) };
        match *thinning {
            Thinning::Not => return line(row),
            Thinning::Across => {
                sums.clear();
                sums.extend(line(row).iter().map(|sample| u16::from(*sample)));
                made.resize(2 * *across, 0);
                twice_across::<2, 1, 2>(sums, made);
            }
            Thinning::Down => {
                // Rounded down above a sample and up below it, as across.
                let half = if row.is_multiple_of(2) { 1 } else { 2 };
                made.clear();
                let pairs = line(near).iter().zip(line(far()));
                made.extend(pairs.map(|(near, far)| mean::<2>(weighted(*near, *far) + half)));
            }
            Thinning::Both => {
                sums.clear();
                sums.extend(line(near).iter().zip(line(far())).map(|(near, far)| weighted(*near, *far)));
                made.resize(2 * *across, 0);
                twice_across::<4, 8, 7>(sums, made);
            }
            Thinning::Repeated(times, rows) => {
                made.clear();
                let samples = line(row / rows).iter();
                made.extend(samples.flat_map(|sample| std::iter::repeat_n(*sample, times)));
            }
        }
        made
    }
}

/// Three parts of the nearer sample and one of the farther.
const fn weighted(near: u8, far: u8) -> u16 {
    3 * near as u16 + far as u16
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
const fn mean<const SHIFT: u32>(sum: u16) -> u8 {
    (sum >> SHIFT) as u8
}

/// Twice as many samples; each lies a quarter away from the one it was made of. `SHIFT` bits are taken off the weighted
/// sums, after `LEFT` or `RIGHT` was added to those left or right of their sample.
fn twice_across<const SHIFT: u32, const LEFT: u16, const RIGHT: u16>(sums: &[u16], doubled: &mut [u8]) {
    let mixed = |near: u16, far: u16, half: u16| mean::<SHIFT>(3 * near + far + half);
    let (Some(first), Some(last)) = (sums.first(), sums.last()) else { return };
    let (pairs, _) = doubled.as_chunks_mut();
    for (pair, [before, sum, after]) in pairs.iter_mut().skip(1).zip(sums.array_windows()) {
        *pair = [mixed(*sum, *before, LEFT), mixed(*sum, *after, RIGHT)];
    }
    let (second, second_last) =
        (sums.get(1).unwrap_or(first), sums.get(sums.len().wrapping_sub(2)).unwrap_or(last));
    if let Some(pair) = pairs.first_mut() {
        *pair = [mixed(*first, *first, LEFT), mixed(*first, *second, RIGHT)];
    }
    if let Some([before, after]) = pairs.last_mut() {
        (*before, *after) = (mixed(*last, *second_last, LEFT), mixed(*last, *last, RIGHT));
    }
}
