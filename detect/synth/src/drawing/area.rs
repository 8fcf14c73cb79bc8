//! Boxes, and lengths in whole pixels.

/// A box in some unit: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
}

impl Area {
    /// From left, top, right and bottom.
    #[must_use]
    pub const fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { left, top, right, bottom }
    }

    /// Width.
    #[must_use]
    pub fn width(self) -> f32 {
        self.right - self.left
    }

    /// Height.
    #[must_use]
    pub fn height(self) -> f32 {
        self.bottom - self.top
    }

    /// The smallest area around some points.
    #[must_use]
    pub fn around(points: &[[f32; 2]]) -> Self {
        points.iter().fold(Self::new(f32::MAX, f32::MAX, f32::MIN, f32::MIN), |area, [x, y]| Self {
            left: area.left.min(*x),
            top: area.top.min(*y),
            right: area.right.max(*x),
            bottom: area.bottom.max(*y),
        })
    }

    /// The four corners, clockwise from the top left.
    #[must_use]
    pub const fn corners(self) -> [[f32; 2]; 4] {
        [[self.left, self.top], [self.right, self.top], [self.right, self.bottom], [self.left, self.bottom]]
    }
}

/// Rounds a length to whole pixels, at least 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast from float saturates, and lengths are far below u32::MAX"
)]
pub(crate) fn whole(length: f32) -> u32 {
    length.round().max(0.0) as u32
}

/// A pixel count as a float; exact, since pictures are narrower than 2^24 pixels.
#[expect(clippy::cast_precision_loss, reason = "pictures are far narrower than 2^24 pixels")]
pub(crate) const fn to_float(count: u32) -> f32 {
    count as f32
}
