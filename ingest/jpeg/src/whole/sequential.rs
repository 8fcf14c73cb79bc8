//! Sequential pictures: each component comes in one scan, block after block.

use super::lines::Lines;
use crate::bad::BadJpeg;
use crate::block::BlockTables;
use crate::coded::CodedData;
use crate::file::{COMPONENTS_MAX, JpegFile, Scan, ScanComponent};
use crate::inverse_transform::eight;
use crate::plane::Plane;
use crate::walk::{Plan, Walk};
use crate::zigzag::{BLOCK, BLOCK_SIDE};
use schemas::frame::Frame;

const TWICE: BadJpeg = BadJpeg("it has a scan of components that are complete");

/// Decodes a picture whose components all come in the first scan, one row of units after another.
///
/// # Errors
/// When it is not whole.
pub(super) fn one_scan(file: &JpegFile<'_>) -> Result<Frame, BadJpeg> {
    let components = file.frame.components.iter();
    let mut planes: Vec<_> = components.map(|one| Plane::of_unit_row(&file.frame, one)).collect();
    let unit_rows = file.frame.unit_blocks().1 * BLOCK_SIDE;
    let mut lines = Lines::new(file);
    let scan = file.first_scan();
    let end = scan_into(file, scan, &mut planes, |row, planes| {
        // Into the last row of pixels go samples of the units below.
        let done = (row + 1) * unit_rows - 1;
        lines.make_until(if row + 1 == file.frame.units.1 { done + 1 } else { done }, planes);
        planes.iter_mut().for_each(Plane::advance);
    })?;
    match file.scan_after(scan.clone(), end)? {
        None => lines.into_frame(&mut planes),
        Some(_) => Err(TWICE),
    }
}

/// Decodes a picture whose components come in several scans.
///
/// # Errors
/// When one is missing or not whole.
pub(super) fn several_scans(file: &JpegFile<'_>) -> Result<Frame, BadJpeg> {
    let components = file.frame.components.iter();
    let mut planes: Vec<_> = components.map(|one| Plane::of_component(&file.frame, one)).collect();
    let mut is_coded = vec![false; planes.len()];
    let mut next = Some(file.first_scan().clone());
    while let Some(scan) = next {
        for chosen in &scan.header.components {
            if std::mem::replace(&mut is_coded[chosen.component], true) {
                return Err(TWICE);
            }
        }
        let end = scan_into(file, &scan, &mut planes, |_, _| ())?;
        next = file.scan_after(scan, end)?;
    }
    if is_coded.contains(&false) {
        return Err(BadJpeg("the scan of a component is missing"));
    }
    Lines::new(file).into_frame(&mut planes)
}

/// Decodes a scan; `take` gets the planes after each row of units. Returns the place of the marker behind it.
fn scan_into(
    file: &JpegFile<'_>,
    scan: &Scan,
    planes: &mut [Plane],
    mut take: impl FnMut(usize, &mut [Plane]),
) -> Result<usize, BadJpeg> {
    let tables = BlockTables::of_scan(scan)?;
    let mut quantisation = [None; COMPONENTS_MAX];
    for ScanComponent { component, .. } in &scan.header.components {
        quantisation[*component] = Some(scan.tables.factors(file.frame.components[*component].quantisation)?);
    }
    let plan = Plan::new(&file.frame, scan);
    let (data, end) = CodedData::unstuff(file.bytes, scan.data_at)?;
    let mut walk = Walk::from_start(&plan, &data, &tables)?;
    let (across, down) = plan.units;
    for row in 0..down {
        for column in 0..across {
            walk.begin_unit()?;
            walk.unit(|block, reader, dc| {
                let quantisation =
                    quantisation[block.component].ok_or(BadJpeg("a quantisation table is missing"))?;
                let mut kept = [0; BLOCK];
                let last = block.tables.read::<63, 0>(reader, dc, &mut kept)?;
                let samples = eight(*dc, &kept, last, quantisation);
                let (row, column) = (row * block.down + block.row, column * block.across + block.column);
                planes[block.component].put(row, column, &samples);
                Ok(())
            })?;
        }
        walk.checkpoint()?;
        take(row, planes);
    }
    walk.end()?;
    Ok(end)
}
