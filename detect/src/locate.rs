//! Peaks of the heat map to plates; pure. The same steps as `locate` in `detect/training/contract/decode.py`.

use crate::contract::LocateContract;
use crate::corners::Corners;
use crate::preprocess::{Edges, View};
use schemas::frame::{PixelBox, PixelPoint};
use schemas::jurisdiction::Jurisdiction;

/// Share of the frame's width from which on a plate is near.
const NEAR_SHARE: f32 = 0.45;
/// The surroundings of a plate are this many times as wide as the plate; a third of their width is then about as large as the
/// plates that the net was trained with.
const SURROUNDINGS_WIDTHS: f32 = 3.0;
/// A plate counts as at least this many times as wide as high, so that its surroundings hold it when it is turned.
const LEAST_RATIO: f32 = 1.5;
/// Height of the surroundings against their width.
const SURROUNDINGS_RATIO: f32 = 0.6;
/// A cut plate's box comes this near to the border of the part of the frame that was looked at, input pixels.
const CUT_MARGIN_PX: f32 = 2.0;

/// What the net says of one part of a frame, cell by cell.
#[derive(Debug, Clone, Copy)]
pub struct LocatorScores<'a> {
    /// Cells across.
    pub columns: usize,
    /// Cells down.
    pub rows: usize,
    /// One plane of probabilities for each class.
    pub heat: &'a [f32],
    /// Four planes of distances from each cell's centre, input pixels: left, top, right, bottom.
    pub edges: &'a [f32],
    /// Eight planes of offsets from each cell's centre, input pixels: x and y of top left, top right, bottom right,
    /// bottom left.
    pub corners: &'a [f32],
}

/// One plate found in a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocatedPlate {
    /// Where, in pixels of the frame, inside it.
    pub edges: Edges,
    /// Its four corners; those of `edges` where the net's are not believable.
    pub corners: Corners,
    /// The country whose layout is likeliest.
    pub jurisdiction: Jurisdiction,
    /// Whether the layout of a third country is likelier still.
    pub is_foreign: bool,
    /// The peak of the heat map, 0 to 1.
    pub score: f32,
}

impl LocatedPlate {
    /// An upright plate at a place that is known otherwise.
    #[must_use]
    pub const fn upright(edges: Edges, jurisdiction: Jurisdiction, score: f32) -> Self {
        Self { edges, corners: Corners::of(edges), jurisdiction, is_foreign: false, score }
    }

    /// Whether it fills much of a frame of this width.
    #[must_use]
    pub fn is_near(&self, width: u32) -> bool {
        self.edges.width() > NEAR_SHARE * width as f32
    }

    /// The part of a frame of this size in which the plate stands out: there the net sees it in more pixels than in the
    /// whole frame, and its box becomes more exact. Nothing where the frame shows so little around the plate that it would be
    /// too near for the net.
    #[must_use]
    pub fn surroundings(&self, size: (u32, u32)) -> Option<PixelBox> {
        let Edges { left, top, right, bottom } = self.edges;
        let (x, y) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        let across = SURROUNDINGS_WIDTHS * self.edges.width().max(LEAST_RATIO * self.edges.height()) / 2.0;
        let down = SURROUNDINGS_RATIO * across;
        let around = Edges { left: x - across, top: y - down, right: x + across, bottom: y + down };
        let area = pixel_box(around.inside(size));
        (!self.is_near(area.width)).then_some(area)
    }

    /// This plate with the place at which a nearer look found it: that of the plate which overlaps it most. Nothing where
    /// none does.
    #[must_use]
    pub fn found_again(&self, nearer: &[Self], contract: &LocateContract) -> Option<Self> {
        let overlap = |plate: &Self| plate.edges.overlap(self.edges);
        let best = nearer.iter().max_by(|one, other| overlap(one).total_cmp(&overlap(other)))?;
        let same = overlap(best) > contract.suppression_iou;
        same.then_some(Self { edges: best.edges, corners: best.corners, ..*self })
    }
}

/// Plates of one part of a frame, best first, without those that overlap a better one.
#[must_use]
pub fn locate(scores: LocatorScores<'_>, view: View, contract: &LocateContract) -> Vec<LocatedPlate> {
    let map = HeatMap::new(scores, contract);
    let mut peaks: Vec<(usize, f32)> = (0..map.cells())
        .map(|cell| (cell, map.best(cell)))
        .filter(|(cell, score)| *score >= contract.score_floor && map.is_peak(*cell, *score))
        .collect();
    peaks.sort_by(|one, other| other.1.total_cmp(&one.1));
    let plates = peaks.into_iter().filter_map(|(cell, score)| map.plate(cell, score, view));
    without_doubles(plates, contract)
}

/// Plates of several parts of one frame, best first: of those that overlap the best stays.
#[must_use]
pub fn merged(mut plates: Vec<LocatedPlate>, contract: &LocateContract) -> Vec<LocatedPlate> {
    plates.sort_by(|one, other| other.score.total_cmp(&one.score));
    without_doubles(plates, contract)
}

/// The plates of a frame of this width from a first look and one at the frame made smaller, surest first. Of a near plate
/// the second look counts, of any other the first; what only one of them saw stays.
#[must_use]
pub fn near_and_far(
    first: Vec<LocatedPlate>,
    second: Vec<LocatedPlate>,
    width: u32,
    contract: &LocateContract,
) -> Vec<LocatedPlate> {
    let (near, far): (Vec<LocatedPlate>, Vec<LocatedPlate>) =
        second.into_iter().partition(|plate| plate.is_near(width));
    let mut plates = without_doubles(near.into_iter().chain(first).chain(far), contract);
    plates.sort_by(|one, other| other.score.total_cmp(&one.score));
    plates
}

/// Whether the part of the frame ends where the plate does, though the frame goes on: another part shows it whole.
#[must_use]
pub fn is_cut(plate: &LocatedPlate, view: View, (width, height): (u32, u32)) -> bool {
    let near = CUT_MARGIN_PX / view.scale;
    let (edges, part) = (plate.edges, view.part);
    (part.left > 0.0 && edges.left - part.left < near)
        || (part.top > 0.0 && edges.top - part.top < near)
        || (part.right < width as f32 && part.right - edges.right < near)
        || (part.bottom < height as f32 && part.bottom - edges.bottom < near)
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

/// The plates in their order, without those that overlap an earlier one.
fn without_doubles(
    plates: impl IntoIterator<Item = LocatedPlate>,
    contract: &LocateContract,
) -> Vec<LocatedPlate> {
    let mut found: Vec<LocatedPlate> = Vec::new();
    for plate in plates {
        let doubled = found.iter().any(|other| other.edges.overlap(plate.edges) > contract.suppression_iou);
        if !doubled && found.len() < contract.maximum_plates {
            found.push(plate);
        }
    }
    found
}

struct HeatMap<'a> {
    scores: LocatorScores<'a>,
    contract: &'a LocateContract,
}

impl<'a> HeatMap<'a> {
    const fn new(scores: LocatorScores<'a>, contract: &'a LocateContract) -> Self {
        Self { scores, contract }
    }

    const fn cells(&self) -> usize {
        self.scores.columns * self.scores.rows
    }

    fn heat(&self, class: usize, cell: usize) -> f32 {
        self.scores.heat[class * self.cells() + cell]
    }

    /// The probability of a cell's likeliest class.
    fn best(&self, cell: usize) -> f32 {
        (0..self.contract.classes.len()).map(|class| self.heat(class, cell)).fold(0.0, f32::max)
    }

    /// Whether no neighbour is likelier.
    fn is_peak(&self, cell: usize, score: f32) -> bool {
        let (row, column) = (cell / self.scores.columns, cell % self.scores.columns);
        let rows = row.saturating_sub(1)..=(row + 1).min(self.scores.rows - 1);
        rows.flat_map(|row| {
            let columns = column.saturating_sub(1)..=(column + 1).min(self.scores.columns - 1);
            columns.map(move |column| row * self.scores.columns + column)
        })
        .all(|neighbour| self.best(neighbour) <= score)
    }

    /// The plate at a peak; nothing where its box is empty.
    fn plate(&self, cell: usize, score: f32, view: View) -> Option<LocatedPlate> {
        let countries = self.contract.classes.iter().enumerate();
        let (jurisdiction, own) = countries
            .filter_map(|(class, kind)| Some((kind.jurisdiction()?, self.heat(class, cell))))
            .max_by(|one, other| one.1.total_cmp(&other.1))?;
        let edges = self.edges(cell, view);
        let corners = self.corners(cell, view);
        let corners = if corners.are_believable(edges) { corners } else { Corners::of(edges) };
        (edges.width() >= 1.0 && edges.height() >= 1.0).then_some(LocatedPlate {
            edges,
            corners,
            jurisdiction,
            is_foreign: own < score,
            score,
        })
    }

    /// A cell's centre, input pixels.
    fn centre(&self, cell: usize) -> (f32, f32) {
        let stride = self.contract.output.stride_px as f32;
        (
            ((cell % self.scores.columns) as f32 + 0.5) * stride,
            ((cell / self.scores.columns) as f32 + 0.5) * stride,
        )
    }

    fn edges(&self, cell: usize, view: View) -> Edges {
        let (x, y) = self.centre(cell);
        let reach = |side: usize| self.scores.edges[side * self.cells() + cell];
        let start = view.in_frame(x - reach(0), y - reach(1));
        let end = view.in_frame(x + reach(2), y + reach(3));
        Edges {
            left: start.x.max(view.part.left),
            top: start.y.max(view.part.top),
            right: end.x.min(view.part.right),
            bottom: end.y.min(view.part.bottom),
        }
    }

    fn corners(&self, cell: usize, view: View) -> Corners {
        let (x, y) = self.centre(cell);
        let offset = |plane: usize| self.scores.corners[plane * self.cells() + cell];
        let corner = |number: usize| -> PixelPoint {
            view.in_frame(x + offset(2 * number), y + offset(2 * number + 1))
        };
        Corners([corner(0), corner(1), corner(2), corner(3)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_card::Models;

    /// What is found with `peaks` at (class, row, column, score), every plate 40 x 20 input pixels, its corners turned
    /// by `slant` input pixels.
    fn found_slanted(peaks: &[(usize, usize, usize, f32)], slant: f32) -> Vec<LocatedPlate> {
        let contract = Models::load(None).unwrap().locate;
        let side = (contract.input.width_px / contract.output.stride_px) as usize;
        let plane = side * side;
        let mut heat = vec![0.0; plane * contract.classes.len()];
        for (class, row, column, score) in peaks {
            heat[class * plane + row * side + column] = *score;
        }
        let planes =
            |values: &[f32]| -> Vec<f32> { values.iter().flat_map(|value| vec![*value; plane]).collect() };
        let edges = planes(&[20.0, 10.0, 20.0, 10.0]);
        let corners = planes(&[-20.0, -10.0, 20.0, -10.0 + slant, 20.0, 10.0, -20.0, 10.0 - slant]);
        let scores =
            LocatorScores { columns: side, rows: side, heat: &heat, edges: &edges, corners: &corners };
        let part = Edges { left: 0.0, top: 0.0, right: 768.0, bottom: 768.0 };
        locate(scores, View { part, scale: 0.5 }, &contract)
    }

    fn found(peaks: &[(usize, usize, usize, f32)]) -> Vec<LocatedPlate> {
        found_slanted(peaks, 0.0)
    }

    #[test]
    fn a_peak_becomes_a_box_in_pixels_of_the_frame() {
        let plates = found(&[(1, 10, 20, 0.9)]);
        assert_eq!(plates.len(), 1);
        assert_eq!(plates[0].jurisdiction, Jurisdiction::SaudiArabia);
        assert_eq!(pixel_box(plates[0].edges), PixelBox { x: 288, y: 148, width: 80, height: 40 });
    }

    #[test]
    fn surroundings_lie_around_the_plate_and_inside_the_frame() {
        let plate = |left, top| {
            let edges = Edges { left, top, right: left + 100.0, bottom: top + 50.0 };
            LocatedPlate::upright(edges, Jurisdiction::Egypt, 0.5)
        };
        let inside = plate(300.0, 200.0).surroundings((1280, 720));
        assert_eq!(inside, Some(PixelBox { x: 200, y: 135, width: 300, height: 180 }));
        let at_a_border = plate(1100.0, 0.0).surroundings((1280, 720));
        assert_eq!(at_a_border, Some(PixelBox { x: 1000, y: 0, width: 280, height: 115 }));
        assert_eq!(plate(1180.0, 0.0).surroundings((1280, 720)), None, "half of its surroundings is missing");
    }

    #[test]
    fn of_what_a_nearer_look_finds_only_the_plate_itself_gives_it_its_place() {
        let contract = Models::load(None).unwrap().locate;
        let plate = |left, jurisdiction, score| {
            let edges = Edges { left, top: 0.0, right: left + 100.0, bottom: 50.0 };
            LocatedPlate::upright(edges, jurisdiction, score)
        };
        let first = plate(0.0, Jurisdiction::Egypt, 0.4);
        let beside = plate(90.0, Jurisdiction::Egypt, 0.9);
        let again = plate(10.0, Jurisdiction::SaudiArabia, 0.8);
        assert_eq!(first.found_again(&[beside], &contract), None);
        let found = first.found_again(&[beside, again], &contract).unwrap();
        assert_eq!((found.edges, found.corners), (again.edges, again.corners));
        assert_eq!((found.jurisdiction, found.score), (Jurisdiction::Egypt, 0.4));
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

    #[test]
    fn of_a_near_plate_the_second_look_counts_and_of_another_the_first() {
        let contract = Models::load(None).unwrap().locate;
        let plate = |left, width: f32, score| {
            let edges = Edges { left, top: 0.0, right: left + width, bottom: width / 2.0 };
            LocatedPlate::upright(edges, Jurisdiction::Egypt, score)
        };
        let first = vec![plate(10.0, 480.0, 0.9), plate(600.0, 100.0, 0.4)];
        let second = vec![plate(0.0, 500.0, 0.8), plate(605.0, 100.0, 0.7), plate(800.0, 90.0, 0.5)];
        let kept = near_and_far(first, second, 1000, &contract);
        let seen: Vec<(f32, f32)> = kept.iter().map(|plate| (plate.edges.left, plate.score)).collect();
        assert_eq!(seen, vec![(0.0, 0.8), (800.0, 0.5), (600.0, 0.4)]);
    }

    #[test]
    fn a_peak_of_the_third_class_is_a_foreign_plate_of_the_likelier_country() {
        let plates = found(&[(2, 10, 20, 0.9), (1, 10, 20, 0.4), (0, 10, 20, 0.2)]);
        assert_eq!(plates.len(), 1);
        assert!(plates[0].is_foreign && plates[0].jurisdiction == Jurisdiction::SaudiArabia);
        assert!(!found(&[(1, 10, 20, 0.9), (2, 10, 20, 0.4)])[0].is_foreign);
    }

    #[test]
    fn corners_lie_in_pixels_of_the_frame_and_impossible_ones_are_those_of_the_box() {
        let slanted = found_slanted(&[(0, 10, 20, 0.9)], 6.0)[0];
        assert_eq!(slanted.corners.0[1], PixelPoint { x: 368.0, y: 160.0 });
        let crossed = found_slanted(&[(0, 10, 20, 0.9)], 60.0)[0];
        assert_eq!(crossed.corners, Corners::of(crossed.edges));
    }

    #[test]
    fn a_plate_at_an_inner_border_of_a_part_is_cut_and_at_the_frames_own_it_is_not() {
        let edges = Edges { left: 500.0, top: 300.0, right: 600.0, bottom: 350.0 };
        let plate = LocatedPlate::upright(edges, Jurisdiction::Egypt, 0.9);
        let part = Edges { left: 0.0, top: 0.0, right: 602.0, bottom: 768.0 };
        assert!(is_cut(&plate, View { part, scale: 0.5 }, (1200, 768)));
        assert!(!is_cut(&plate, View { part, scale: 0.5 }, (602, 768)));
        assert!(!is_cut(&plate, View { part: Edges { right: 900.0, ..part }, scale: 0.5 }, (1200, 768)));
    }
}
