//! What is kept of the headers of a picture that is decoded in parts, and which pictures those are.

use super::bad::BadJpeg;
use super::file::{Colours, Component as FileComponent, FrameHeader, JpegFile, Process, Quantisation, Scan};
use super::walk::Plan;

/// What stands before the coded data.
#[derive(Debug)]
pub(super) struct Headers {
    /// Pixels across.
    pub(super) width: usize,
    /// Pixels down.
    pub(super) height: usize,
    /// One (grey) or three (luma, blue and red difference).
    pub(super) components: Vec<Component>,
    pub(super) plan: Plan,
    /// Blocks across and down in a minimum coded unit, of the component that has most.
    pub(super) unit_blocks: (usize, usize),
}

/// One component of the picture.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// Blocks across in a minimum coded unit, 1 or 2.
    pub(super) across: usize,
    /// Blocks down in a minimum coded unit, 1 or 2.
    pub(super) down: usize,
    /// Pixels across and down for each sample, 1 or 2.
    pub(super) thinned: (usize, usize),
    /// Samples across and down.
    pub(super) size: (usize, usize),
    pub(super) quantisation: Quantisation,
}

impl Headers {
    /// Returns them for a picture that is decoded in parts: sequential, grey or YCbCr with chroma of full or half density,
    /// all in one scan in the frame's order.
    ///
    /// # Errors
    /// When the picture is another.
    pub(super) fn ordinary(file: &JpegFile<'_>) -> Result<Self, BadJpeg> {
        const OTHER: BadJpeg = BadJpeg("it is not of the kind that is decoded in parts");
        let FrameHeader { process, width, height, components, .. } = &file.frame;
        let scan = file.first_scan();
        let has_colours = match file.colours {
            Colours::Grey | Colours::YCbCr => true,
            Colours::Rgb | Colours::Cmyk { .. } | Colours::Ycck { .. } => false,
        };
        let sampling: Vec<_> =
            components.iter().map(|component| (component.across, component.down)).collect();
        let has_sampling = matches!(sampling.as_slice(), [(1, 1)] | [(1 | 2, 1 | 2), (1, 1), (1, 1)]);
        let is_one_scan =
            scan.header.components.iter().map(|chosen| chosen.component).eq(0..components.len());
        if *process != Process::Sequential || !has_colours || !has_sampling || !is_one_scan {
            return Err(OTHER);
        }
        let components = components.iter().map(|one| Component::new(one, scan)).collect::<Result<_, _>>()?;
        let plan = Plan::new(&file.frame, scan);
        let unit_blocks = file.frame.unit_blocks();
        Ok(Self { width: *width, height: *height, components, plan, unit_blocks })
    }
}

impl Component {
    fn new(component: &FileComponent, scan: &Scan) -> Result<Self, BadJpeg> {
        let FileComponent { id: _, across, down, quantisation, thinned, size } = *component;
        let quantisation = *scan.tables.factors(quantisation)?;
        Ok(Self { across, down, thinned, size, quantisation })
    }
}
