//! Sequential pictures: each component comes in one scan, block after block.

use crate::bad::BadJpeg;
use crate::block::BlockTables;
use crate::coded::CodedData;
use crate::file::{COMPONENTS_MAX, JpegFile, Scan, ScanComponent};
use crate::inverse_transform::{eight, flat};
use crate::plane::Plane;
use crate::walk::{Plan, Walk};
use crate::zigzag::BLOCK;

/// Decodes all components.
///
/// # Errors
/// When one is missing or not whole.
pub(super) fn planes(file: &JpegFile<'_>) -> Result<Vec<Plane>, BadJpeg> {
    let components = file.frame.components.iter();
    let mut planes: Vec<_> = components.map(|one| Plane::of_component(&file.frame, one)).collect();
    let mut is_coded = vec![false; planes.len()];
    let mut next = Some(file.first_scan().clone());
    while let Some(scan) = next {
        for chosen in &scan.header.components {
            if std::mem::replace(&mut is_coded[chosen.component], true) {
                return Err(BadJpeg("it has a scan of components that are complete"));
            }
        }
        let end = decode(file, &scan, &mut planes)?;
        next = file.scan_after(scan, end)?;
    }
    if is_coded.contains(&false) {
        return Err(BadJpeg("the scan of a component is missing"));
    }
    Ok(planes)
}

/// Decodes a scan; returns the place of the marker behind it.
fn decode(file: &JpegFile<'_>, scan: &Scan, planes: &mut [Plane]) -> Result<usize, BadJpeg> {
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
                let is_flat = !block.tables.read::<63, 0>(reader, dc, &mut kept)?;
                let samples = if is_flat { flat(*dc, quantisation) } else { eight(*dc, &kept, quantisation) };
                let (row, column) = (row * block.down + block.row, column * block.across + block.column);
                planes[block.component].put(row, column, &samples);
                Ok(())
            })?;
        }
        walk.checkpoint()?;
    }
    walk.end()?;
    Ok(end)
}
