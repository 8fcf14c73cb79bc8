//! Peaks of the heat map to plate boxes; pure. The same steps as `locate` in `detect/training/decode.py`.

use crate::model_card::LocateContract;
use crate::preprocess::Edges;
use schemas::frame::{Frame, PixelBox};
use schemas::jurisdiction::Jurisdiction;

/// One plate found in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocatedPlate {
    /// Where, in pixels of the frame, inside it.
    pub edges: Edges,
    /// The country of its layout.
    pub jurisdiction: Jurisdiction,
    /// The peak of the heat map, 0 to 1.
    pub score: f32,
}

/// Plates of one frame, best first, without those that overlap a better one.
///
/// `heat` holds one plane of probabilities for each class, `edges` four planes of distances from each cell's centre
/// in input pixels (left, top, right, bottom); `scale` is input pixels per frame pixel.
#[must_use]
pub fn locate(
    heat: &[f32],
    edges: &[f32],
    scale: f32,
    frame: &Frame,
    contract: &LocateContract,
) -> Vec<LocatedPlate> {
    let columns = (contract.input.width_px / contract.output.stride_px) as usize;
    let rows = (contract.input.height_px / contract.output.stride_px) as usize;
    let map = HeatMap { heat, columns, rows, classes: contract.classes.len() };
    let mut peaks: Vec<(usize, f32)> = (0..rows * columns)
        .map(|cell| (cell, map.best(cell).1))
        .filter(|(cell, score)| *score >= contract.score_floor && map.is_peak(*cell, *score))
        .collect();
    peaks.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut found: Vec<LocatedPlate> = Vec::new();
    for (cell, score) in peaks {
        if found.len() == contract.maximum_plates {
            break;
        }
        let Some(jurisdiction) = contract.jurisdiction(map.best(cell).0) else { continue };
        let edges = plate_edges(cell, edges, scale, frame, contract);
        let doubled = found.iter().any(|other| other.edges.overlap(edges) > contract.suppression_iou);
        if edges.width() >= 1.0 && edges.height() >= 1.0 && !doubled {
            found.push(LocatedPlate { edges, jurisdiction, score });
        }
    }
    found
}

/// The smallest box of whole pixels around `edges`.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "edges lie inside the frame")]
pub fn pixel_box(edges: Edges) -> PixelBox {
    let (x, y) = (edges.left.max(0.0).floor() as u32, edges.top.max(0.0).floor() as u32);
    PixelBox {
        x,
        y,
        width: (edges.right.ceil() as u32).saturating_sub(x).max(1),
        height: (edges.bottom.ceil() as u32).saturating_sub(y).max(1),
    }
}

struct HeatMap<'a> {
    heat: &'a [f32],
    columns: usize,
    rows: usize,
    classes: usize,
}

impl HeatMap<'_> {
    /// The likeliest class of a cell and its probability.
    fn best(&self, cell: usize) -> (usize, f32) {
        let plane = self.columns * self.rows;
        let scores = (0..self.classes).map(|class| (class, self.heat[class * plane + cell]));
        scores.fold((0, f32::MIN), |best, next| if next.1 > best.1 { next } else { best })
    }

    /// Whether no neighbour is likelier.
    fn is_peak(&self, cell: usize, score: f32) -> bool {
        let (row, column) = (cell / self.columns, cell % self.columns);
        let rows = row.saturating_sub(1)..=(row + 1).min(self.rows - 1);
        rows.flat_map(|row| {
            let columns = column.saturating_sub(1)..=(column + 1).min(self.columns - 1);
            columns.map(move |column| row * self.columns + column)
        })
        .all(|neighbour| self.best(neighbour).1 <= score)
    }
}

fn plate_edges(cell: usize, edges: &[f32], scale: f32, frame: &Frame, contract: &LocateContract) -> Edges {
    let stride = contract.output.stride_px as f32;
    let columns = (contract.input.width_px / contract.output.stride_px) as usize;
    let plane = columns * (contract.input.height_px / contract.output.stride_px) as usize;
    let x = ((cell % columns) as f32 + 0.5) * stride;
    let y = ((cell / columns) as f32 + 0.5) * stride;
    Edges {
        left: ((x - edges[cell]) / scale).max(0.0),
        top: ((y - edges[plane + cell]) / scale).max(0.0),
        right: ((x + edges[2 * plane + cell]) / scale).min(frame.width() as f32),
        bottom: ((y + edges[3 * plane + cell]) / scale).min(frame.height() as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_card::Models;

    /// A heat map with `peaks` at (class, row, column, score), every plate 40 x 20 input pixels.
    fn found(peaks: &[(usize, usize, usize, f32)]) -> Vec<LocatedPlate> {
        let contract = Models::load(None).unwrap().locate;
        let side = (contract.input.width_px / contract.output.stride_px) as usize;
        let plane = side * side;
        let mut heat = vec![0.0; plane * contract.classes.len()];
        for (class, row, column, score) in peaks {
            heat[class * plane + row * side + column] = *score;
        }
        let edges: Vec<f32> = [20.0, 10.0, 20.0, 10.0].iter().flat_map(|edge| vec![*edge; plane]).collect();
        let frame = Frame::new(768, 768, vec![0; 768 * 768 * 3]).unwrap();
        locate(&heat, &edges, 0.5, &frame, &contract)
    }

    #[test]
    fn a_peak_becomes_a_box_in_pixels_of_the_frame() {
        let plates = found(&[(1, 10, 20, 0.9)]);
        assert_eq!(plates.len(), 1);
        assert_eq!(plates[0].jurisdiction, Jurisdiction::SaudiArabia);
        assert_eq!(pixel_box(plates[0].edges), PixelBox { x: 288, y: 148, width: 80, height: 40 });
    }

    #[test]
    fn of_two_overlapping_peaks_the_better_stays() {
        let plates = found(&[(0, 10, 20, 0.7), (0, 10, 22, 0.9), (0, 30, 30, 0.5)]);
        let scores: Vec<f32> = plates.iter().map(|plate| plate.score).collect();
        assert_eq!(scores, vec![0.9, 0.5]);
    }

    #[test]
    fn a_plate_at_the_border_is_cut_there_and_a_faint_one_is_none() {
        let plates = found(&[(0, 0, 0, 0.9), (0, 20, 20, 0.01)]);
        assert_eq!(plates.len(), 1);
        assert!(plates[0].edges.left.abs() < 1e-6 && plates[0].edges.top.abs() < 1e-6);
    }
}
