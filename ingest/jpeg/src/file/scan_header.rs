//! The scan header (T.81, B.2.3).

use super::frame::FrameHeader;
use crate::bad::BadJpeg;

/// Which coefficients of which components a scan has.
#[derive(Debug, Clone)]
pub(crate) struct ScanHeader {
    /// In the order in which their blocks come.
    pub(crate) components: Vec<ScanComponent>,
    /// First and last coefficient, in the file's order.
    pub(crate) first: u8,
    pub(crate) last: u8,
    /// Lowest bit that earlier scans had; 0 if there were none.
    pub(crate) bit_before: u8,
    /// Lowest bit that this scan has.
    pub(crate) bit: u8,
}

/// A component of a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScanComponent {
    /// Place in the frame.
    pub(crate) component: usize,
    /// Places of its Huffman tables.
    pub(crate) dc: u8,
    pub(crate) ac: u8,
}

impl ScanHeader {
    /// Reads the contents of a start of scan.
    ///
    /// # Errors
    /// When it is not as the standard wants it, or names what the frame does not have.
    pub(super) fn parse(frame: &FrameHeader, contents: &[u8]) -> Result<Self, BadJpeg> {
        const BAD: BadJpeg = BadJpeg("a scan header cannot be");
        let (count, rest) = contents.split_first().ok_or(BAD)?;
        let (selectors, spectrum) = rest.split_at_checked(usize::from(*count) * 2).ok_or(BAD)?;
        let [first, last, bits] = *spectrum else { return Err(BAD) };
        let mut components: Vec<ScanComponent> = Vec::new();
        for [id, tables] in selectors.as_chunks().0 {
            // Some cameras give all components one name; then their order counts, as for libjpeg.
            let is_free = |place: &usize| components.iter().all(|other| other.component != *place);
            let named = (0..).zip(&frame.components).filter(|(_, component)| component.id == *id);
            let component = named.map(|(place, _)| place).find(is_free);
            let component = component.ok_or(BadJpeg("a scan has a component that the frame lacks"))?;
            components.push(ScanComponent { component, dc: tables >> 4, ac: tables & 15 });
        }
        if components.is_empty() {
            return Err(BAD);
        }
        Ok(Self { components, first, last, bit_before: bits >> 4, bit: bits & 15 })
    }

    /// Returns the pairs of Huffman tables that the components use, each once.
    pub(crate) fn table_pairs(&self) -> Vec<(u8, u8)> {
        let mut pairs = Vec::new();
        for ScanComponent { component: _, dc, ac } in &self.components {
            if !pairs.contains(&(*dc, *ac)) {
                pairs.push((*dc, *ac));
            }
        }
        pairs
    }
}
