//! The view of the camera: a plane turned in space, projected, and drawn into a picture.

use crate::drawing::area::{Area, to_float, whole};
use crate::drawing::canvas::Canvas;
use crate::drawing::colour::byte;
use crate::random::{SynthRng, between};
use image::{Rgb, RgbImage};

/// How the plate is turned against the camera, in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// About the vertical axis: the camera stands beside the lane.
    pub yaw: f32,
    /// About the horizontal axis: the camera hangs above the lane.
    pub pitch: f32,
    /// About the line of sight.
    pub roll: f32,
}

impl View {
    /// A view by chance; `most` is the largest angle in degrees about each axis.
    #[must_use]
    pub fn random(most: ViewLimits, random: &mut SynthRng) -> Self {
        let mut angle = |degrees: f32| between(random, -degrees, degrees).to_radians();
        Self {
            yaw: angle(most.yaw_degrees),
            pitch: angle(most.pitch_degrees),
            roll: angle(most.roll_degrees),
        }
    }

    /// The corners of a plate of this size, clockwise from its top left, about the origin, in pixels; the projected
    /// plate is `width` pixels wide.
    #[must_use]
    pub fn corners(self, size: (f32, f32), width: f32) -> [[f32; 2]; 4] {
        /// Distance of the camera in plate widths: near enough for visible perspective.
        const DISTANCE: f32 = 6.0;
        let (half_width, half_height) = (0.5, size.1 / size.0 / 2.0);
        let flat = Area::new(-half_width, -half_height, half_width, half_height).corners();
        let projected = flat.map(|[x, y]| {
            let (x, y) =
                (x * self.roll.cos() - y * self.roll.sin(), x * self.roll.sin() + y * self.roll.cos());
            let depth = DISTANCE + x * self.yaw.sin() + y * self.pitch.sin();
            [x * self.yaw.cos() * DISTANCE / depth, y * self.pitch.cos() * DISTANCE / depth]
        });
        let scale = width / Area::around(&projected).width();
        projected.map(|[x, y]| [x * scale, y * scale])
    }
}

/// The largest angles of a view, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewLimits {
    /// About the vertical axis.
    pub yaw_degrees: f32,
    /// About the horizontal axis.
    pub pitch_degrees: f32,
    /// About the line of sight.
    pub roll_degrees: f32,
}

/// A projective map of the plane, row by row, with the last entry 1 or as computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography([f32; 9]);

impl Homography {
    /// The map that takes the rectangle from the origin to (`width`, `height`) to four corners, clockwise from the
    /// image of the origin (Heckbert's closed form for a square).
    #[must_use]
    pub fn to_corners((width, height): (f32, f32), [p0, p1, p2, p3]: [[f32; 2]; 4]) -> Self {
        let (dx1, dx2, sx) = (p1[0] - p2[0], p3[0] - p2[0], p0[0] - p1[0] + p2[0] - p3[0]);
        let (dy1, dy2, sy) = (p1[1] - p2[1], p3[1] - p2[1], p0[1] - p1[1] + p2[1] - p3[1]);
        let denominator = dx1 * dy2 - dx2 * dy1;
        let g = (sx * dy2 - dx2 * sy) / denominator;
        let h = (dx1 * sy - sx * dy1) / denominator;
        Self([
            (p1[0] - p0[0] + g * p1[0]) / width,
            (p3[0] - p0[0] + h * p3[0]) / height,
            p0[0],
            (p1[1] - p0[1] + g * p1[1]) / width,
            (p3[1] - p0[1] + h * p3[1]) / height,
            p0[1],
            g / width,
            h / height,
            1.0,
        ])
    }

    /// The map back (the adjugate: a scale does not matter).
    #[must_use]
    pub fn inverse(self) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let w = g * x + h * y + i;
        [(a * x + b * y + c) / w, (d * x + e * y + f) / w]
    }

    /// The box around where an area goes.
    #[must_use]
    pub fn apply_area(self, area: Area) -> Area {
        Area::around(&area.corners().map(|corner| self.apply(corner)))
    }
}

/// Draws a canvas into a picture so that its corners come to lie at `corners`, and returns the map from the canvas's
/// units to the picture's pixels. Four samples a pixel keep thin strokes whole.
pub fn compose(picture: &mut RgbImage, canvas: &Canvas, corners: [[f32; 2]; 4]) -> Homography {
    let pixmap = canvas.pixmap();
    let size = (to_float(pixmap.width()), to_float(pixmap.height()));
    let back = Homography::to_corners(size, corners).inverse();
    let reach = Area::around(&corners);
    let (right, bottom) =
        (whole(reach.right.ceil()).min(picture.width()), whole(reach.bottom.ceil()).min(picture.height()));
    for y in whole(reach.top.floor())..bottom {
        for x in whole(reach.left.floor())..right {
            let mut sum = [0.0; 4];
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let sample = bilinear(pixmap, back.apply([to_float(x) + dx, to_float(y) + dy]));
                for (total, value) in sum.iter_mut().zip(sample) {
                    *total += value / 4.0;
                }
            }
            if sum[3] > 0.0 {
                let Rgb(under) = picture.get_pixel_mut(x, y);
                for (channel, value) in under.iter_mut().zip(sum) {
                    *channel = byte(f32::from(*channel) * (1.0 - sum[3] / 255.0) + value);
                }
            }
        }
    }
    let units = (size.0 / canvas.scale(), size.1 / canvas.scale());
    Homography::to_corners(units, corners)
}

/// Premultiplied RGBA at a point of a pixmap, 0 outside.
fn bilinear(pixmap: &tiny_skia::Pixmap, [x, y]: [f32; 2]) -> [f32; 4] {
    let (x, y) = (x - 0.5, y - 0.5);
    let (width, height) = (to_float(pixmap.width()), to_float(pixmap.height()));
    if !(x > -1.0 && y > -1.0 && x < width && y < height) {
        return [0.0; 4];
    }
    let (left, top) = (x.floor(), y.floor());
    let (tx, ty) = (x - left, y - top);
    let mut sum = [0.0; 4];
    for (dx, dy, weight) in [
        (0.0, 0.0, (1.0 - tx) * (1.0 - ty)),
        (1.0, 0.0, tx * (1.0 - ty)),
        (0.0, 1.0, (1.0 - tx) * ty),
        (1.0, 1.0, tx * ty),
    ] {
        let (px, py) = (left + dx, top + dy);
        if px < 0.0 || py < 0.0 {
            continue;
        }
        if let Some(pixel) = pixmap.pixel(whole(px), whole(py)) {
            let channels = [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()];
            for (total, value) in sum.iter_mut().zip(channels) {
                *total += weight * f32::from(value);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_homography_takes_corners_to_corners_and_back() {
        let corners = [[10.0, 20.0], [200.0, 35.0], [190.0, 120.0], [5.0, 110.0]];
        let forth = Homography::to_corners((350.0, 170.0), corners);
        let back = forth.inverse();
        for (corner, expected) in Area::new(0.0, 0.0, 350.0, 170.0).corners().into_iter().zip(corners) {
            let there = forth.apply(corner);
            assert!(
                (there[0] - expected[0]).abs() < 1e-3 && (there[1] - expected[1]).abs() < 1e-3,
                "{there:?}"
            );
            let again = back.apply(there);
            assert!((again[0] - corner[0]).abs() < 1e-2 && (again[1] - corner[1]).abs() < 1e-2, "{again:?}");
        }
    }

    #[test]
    fn the_projected_plate_has_the_asked_width() {
        let view = View { yaw: 0.3, pitch: -0.2, roll: 0.1 };
        let area = Area::around(&view.corners((335.0, 155.0), 180.0));
        assert!((area.width() - 180.0).abs() < 1e-3);
        assert!(area.height() > 50.0);
    }
}
