//! The four corners of a plate in a frame, and where its parts lie between them; pure. The same steps as
//! `detect/training/contract/corners.py`.

use crate::preprocess::Edges;
use schemas::frame::{PixelBox, PixelPoint};

/// Corners whose bounds share less than this with the plate's box are not believed.
const BELIEVED_OVERLAP: f32 = 0.5;
/// Below this a perspective is as good as none.
const FLAT: f32 = 1e-6;

/// Top left, top right, bottom right, bottom left, as seen on the plate, in pixels of the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corners(pub [PixelPoint; 4]);

/// The perspective from shares of the plate's width and height to pixels of the frame.
///
/// Formula: P. Heckbert, Fundamentals of Texture Mapping and Image Warping (1989), section 2.2.3, square to
/// quadrilateral.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perspective {
    across: [f32; 3],
    down: [f32; 3],
    depth: [f32; 2],
}

impl Corners {
    /// The corners of an upright box.
    #[must_use]
    pub const fn of(edges: Edges) -> Self {
        Self([
            PixelPoint { x: edges.left, y: edges.top },
            PixelPoint { x: edges.right, y: edges.top },
            PixelPoint { x: edges.right, y: edges.bottom },
            PixelPoint { x: edges.left, y: edges.bottom },
        ])
    }

    /// The smallest upright box around them.
    #[must_use]
    pub fn bounds(&self) -> Edges {
        let all = |axis: fn(&PixelPoint) -> f32, pick: fn(f32, f32) -> f32, from: f32| {
            self.0.iter().map(axis).fold(from, pick)
        };
        Edges {
            left: all(|point| point.x, f32::min, f32::INFINITY),
            top: all(|point| point.y, f32::min, f32::INFINITY),
            right: all(|point| point.x, f32::max, f32::NEG_INFINITY),
            bottom: all(|point| point.y, f32::max, f32::NEG_INFINITY),
        }
    }

    /// The same corners as seen from a part of the frame.
    #[must_use]
    pub fn within(self, part: PixelBox) -> Self {
        let (x, y) = (part.x as f32, part.y as f32);
        Self(self.0.map(|point| PixelPoint { x: point.x - x, y: point.y - y }))
    }

    /// How far the plate's writing runs off the horizontal, degrees, 0 to 180.
    #[must_use]
    pub fn turned_degrees(&self) -> f32 {
        let [top_left, top_right, bottom_right, bottom_left] = self.0;
        let across = top_right.x - top_left.x + bottom_right.x - bottom_left.x;
        let down = top_right.y - top_left.y + bottom_right.y - bottom_left.y;
        down.atan2(across).to_degrees().abs()
    }

    /// Whether they fit the plate's box and go round without crossing: a net may say anything.
    #[must_use]
    pub fn are_believable(&self, edges: Edges) -> bool {
        let turns = (0..4).all(|place| {
            let [one, two, three] = [self.0[place], self.0[(place + 1) % 4], self.0[(place + 2) % 4]];
            (two.x - one.x) * (three.y - two.y) - (two.y - one.y) * (three.x - two.x) > 0.0
        });
        turns && self.bounds().overlap(edges) >= BELIEVED_OVERLAP
    }

    /// The perspective between them.
    #[must_use]
    pub fn perspective(&self) -> Perspective {
        let [p0, p1, p2, p3] = self.0;
        let (dx1, dx2, dx3) = (p1.x - p2.x, p3.x - p2.x, p0.x - p1.x + p2.x - p3.x);
        let (dy1, dy2, dy3) = (p1.y - p2.y, p3.y - p2.y, p0.y - p1.y + p2.y - p3.y);
        let divisor = dx1 * dy2 - dx2 * dy1;
        let flat = divisor.abs() < FLAT;
        let g = if flat { 0.0 } else { (dx3 * dy2 - dx2 * dy3) / divisor };
        let h = if flat { 0.0 } else { (dx1 * dy3 - dx3 * dy1) / divisor };
        Perspective {
            across: [p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x],
            down: [p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y],
            depth: [g, h],
        }
    }
}

impl Perspective {
    /// The point at shares of the plate's width and height; shares may lie outside 0 to 1.
    #[must_use]
    pub fn at(&self, across: f32, down: f32) -> PixelPoint {
        let depth = self.depth[0] * across + self.depth[1] * down + 1.0;
        PixelPoint {
            x: (self.across[0] * across + self.across[1] * down + self.across[2]) / depth,
            y: (self.down[0] * across + self.down[1] * down + self.down[2]) / depth,
        }
    }

    /// The corners of a part of the plate, its edges in shares of width and height.
    #[must_use]
    pub fn part(&self, shares: Edges) -> Corners {
        Corners([
            self.at(shares.left, shares.top),
            self.at(shares.right, shares.top),
            self.at(shares.right, shares.bottom),
            self.at(shares.left, shares.bottom),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners(points: [(f32, f32); 4]) -> Corners {
        Corners(points.map(|(x, y)| PixelPoint { x, y }))
    }

    #[test]
    fn the_perspective_meets_all_four_corners() {
        let plate = corners([(10.0, 20.0), (110.0, 32.0), (104.0, 80.0), (14.0, 66.0)]);
        let seen = plate.perspective().part(Edges { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 });
        for (one, other) in seen.0.iter().zip(&plate.0) {
            assert!((one.x - other.x).abs() < 1e-3 && (one.y - other.y).abs() < 1e-3, "{one:?} {other:?}");
        }
    }

    #[test]
    fn the_nearer_half_of_a_plate_takes_more_of_the_picture() {
        let plate = corners([(0.0, 0.0), (100.0, 20.0), (100.0, 60.0), (0.0, 80.0)]);
        assert!(plate.perspective().at(0.5, 0.5).x > 55.0);
    }

    #[test]
    fn a_plate_turned_by_twenty_degrees_says_so() {
        let (across, down) = (20.0_f32.to_radians().cos(), 20.0_f32.to_radians().sin());
        let (width, height) = (100.0, 50.0);
        let plate = corners([
            (0.0, 0.0),
            (width * across, width * down),
            (width * across - height * down, width * down + height * across),
            (-height * down, height * across),
        ]);
        assert!((plate.turned_degrees() - 20.0).abs() < 0.01);
        assert!(plate.are_believable(plate.bounds()));
    }

    #[test]
    fn crossed_or_distant_corners_are_not_believed() {
        let edges = Edges { left: 0.0, top: 0.0, right: 100.0, bottom: 50.0 };
        assert!(Corners::of(edges).are_believable(edges));
        let crossed = corners([(0.0, 0.0), (100.0, 50.0), (100.0, 0.0), (0.0, 50.0)]);
        assert!(!crossed.are_believable(edges));
        let distant = Corners::of(Edges { left: 90.0, right: 190.0, ..edges });
        assert!(!distant.are_believable(edges));
    }
}
