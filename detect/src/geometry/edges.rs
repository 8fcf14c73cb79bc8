//! Boxes with fractions of pixels, and what the locator sees of a frame; pure.

use crate::contract::Extent;
use schemas::frame::{PixelBox, PixelPoint};

/// A plate nearer than this to the border of the picture may go on beyond it, pixels.
const BORDER_PX: f32 = 1.0;

/// A rectangle with fractions of pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edges {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

/// The part of a frame that the locator sees, scaled to fit the top left corner of its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The part, pixels of the frame.
    pub part: Edges,
    /// Input pixels per frame pixel.
    pub scale: f32,
}

impl Edges {
    /// Extent across.
    #[must_use]
    pub fn width(self) -> f32 {
        self.right - self.left
    }

    /// Extent down.
    #[must_use]
    pub fn height(self) -> f32 {
        self.bottom - self.top
    }

    /// The whole of a frame of this size, pixels across and down.
    #[must_use]
    pub const fn whole(size: (u32, u32)) -> Self {
        Self { left: 0.0, top: 0.0, right: size.0 as f32, bottom: size.1 as f32 }
    }

    /// The edges of whole pixels.
    #[must_use]
    pub const fn of(pixels: PixelBox) -> Self {
        let (left, top) = (pixels.x as f32, pixels.y as f32);
        Self { left, top, right: left + pixels.width as f32, bottom: top + pixels.height as f32 }
    }

    /// A row of the plate with these edges, cut at the frame's size (pixels across and down) and at least one pixel wide
    /// and high.
    #[must_use]
    pub fn row(self, extent: Extent, size: (u32, u32)) -> Self {
        let (width, height) = (self.width(), self.height());
        Self {
            left: self.left + extent.left * width,
            top: self.top + extent.top * height,
            right: self.left + extent.right * width,
            bottom: self.top + extent.bottom * height,
        }
        .inside(size)
    }

    /// Cut at the frame's size (pixels across and down), and at least one pixel wide and high.
    #[must_use]
    pub fn inside(self, size: (u32, u32)) -> Self {
        let (width, height) = (size.0 as f32, size.1 as f32);
        let left = self.left.clamp(0.0, width - 1.0);
        let top = self.top.clamp(0.0, height - 1.0);
        Self {
            left,
            top,
            right: self.right.min(width).max(left + 1.0),
            bottom: self.bottom.min(height).max(top + 1.0),
        }
    }

    /// The smallest rectangle with both in it.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The same place as seen from a part of the frame.
    #[must_use]
    pub fn within(self, part: PixelBox) -> Self {
        let (x, y) = (part.x as f32, part.y as f32);
        Self { left: self.left - x, top: self.top - y, right: self.right - x, bottom: self.bottom - y }
    }

    /// Returns what must be cropped from a frame of this size so that
    /// [`Preprocessor::row`](crate::preprocess::Preprocessor::row) makes the same of it as of the frame: the filter takes
    /// pixels around the rectangle, by as much as it makes them smaller.
    #[must_use]
    pub fn surroundings(self, size: (u32, u32)) -> PixelBox {
        /// More than one input pixel of a reading net with 32 rows or more.
        const SHARE: f32 = 1.0 / 32.0;
        const PIXELS: f32 = 2.0;
        let (across, down) = (self.width() * SHARE + PIXELS, self.height() * SHARE + PIXELS);
        pixel_box(Self {
            left: self.left - across,
            top: self.top - down,
            right: (self.right + across).min(size.0 as f32),
            bottom: (self.bottom + down).min(size.1 as f32),
        })
    }

    /// Whether it reaches a border of `frame`: something may lie beyond.
    #[must_use]
    pub fn reaches(self, frame: Self) -> bool {
        self.left - frame.left < BORDER_PX
            || self.top - frame.top < BORDER_PX
            || frame.right - self.right < BORDER_PX
            || frame.bottom - self.bottom < BORDER_PX
    }

    /// Whether it reaches the left or the right border of `frame`, but not both: a row in it goes on beyond.
    #[must_use]
    pub fn goes_on_beyond(self, frame: Self) -> bool {
        (self.left - frame.left < BORDER_PX) != (frame.right - self.right < BORDER_PX)
    }

    /// Shared area over joint area.
    #[must_use]
    pub fn overlap(self, other: Self) -> f32 {
        let across = (self.right.min(other.right) - self.left.max(other.left)).max(0.0);
        let down = (self.bottom.min(other.bottom) - self.top.max(other.top)).max(0.0);
        let shared = across * down;
        let joint = self.width() * self.height() + other.width() * other.height() - shared;
        if joint > 0.0 { shared / joint } else { 0.0 }
    }
}

impl View {
    /// A point of the input in pixels of the frame.
    #[must_use]
    pub fn in_frame(self, x: f32, y: f32) -> PixelPoint {
        PixelPoint { x: self.part.left + x / self.scale, y: self.part.top + y / self.scale }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_one_side_of_the_frame_goes_on_beyond_it_and_what_fills_it_does_not() {
        let frame = Edges::whole((100, 50));
        let from_to = |left, right| Edges { left, top: 0.0, right, bottom: 50.0 };
        assert!(from_to(0.5, 60.0).goes_on_beyond(frame) && from_to(40.0, 100.0).goes_on_beyond(frame));
        assert!(!from_to(0.0, 100.0).goes_on_beyond(frame) && !from_to(2.0, 98.0).goes_on_beyond(frame));
    }

    #[test]
    fn overlap_is_one_with_itself_and_nothing_apart() {
        let one = Edges { left: 0.0, top: 0.0, right: 10.0, bottom: 5.0 };
        let apart = Edges { left: 20.0, ..one };
        assert!((one.overlap(one) - 1.0).abs() < 1e-6);
        assert!(one.overlap(Edges { right: 30.0, ..apart }) < 1e-6);
    }
}
