//! What makes a picture unreadable: stronger than any blur, distance, glare or night that a person can read through.

use crate::camera::degrade::Degradation;
use crate::drawing::canvas::CanvasError;
use crate::drawing::colour::paint_colour;
use crate::fault::cover::{HIDDEN_SHARE, Overlay};
use crate::plate::drawn::{Character, DrawnPlate};
use crate::random::{SynthRng, between};
use rand::RngExt;
use tiny_skia::{GradientStop, PathBuilder, Point, RadialGradient, Rect, SpreadMode, Transform};

/// Why nobody can read the plate. Strengths are data, so that a sample tells what was done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Corruption {
    /// Out of focus: deviation of the blur in heights of a character.
    Defocus(f32),
    /// Moved: length of the blur in heights of a character, and direction in radians.
    Motion(f32, f32),
    /// Too far away: height of a character in pixels.
    TooSmall(f32),
    /// Light over the characters: place along the plate, and radius in heights of the plate.
    Glare(f32, f32),
    /// Night without light: what remains of the contrast.
    Dark(f32),
}

impl Corruption {
    /// By chance, all sorts equally often.
    #[must_use]
    pub fn random(random: &mut SynthRng) -> Self {
        match random.random_range(0..5_u8) {
            0 => Self::Defocus(between(random, 0.3, 0.5)),
            1 => Self::Motion(between(random, 1.6, 2.6), between(random, -0.3, 0.3)),
            2 => Self::TooSmall(between(random, 1.6, 3.0)),
            3 => Self::Glare(between(random, 0.2, 0.8), between(random, 0.5, 1.0)),
            4.. => Self::Dark(between(random, 0.01, 0.03)),
        }
    }

    /// The name written to labels.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Defocus(_) => "defocus",
            Self::Motion(..) => "motion",
            Self::TooSmall(_) => "too_small",
            Self::Glare(..) => "glare",
            Self::Dark(_) => "dark",
        }
    }

    /// The degradation with this instead of its own; `height` is that of the tallest character in pixels.
    #[must_use]
    pub fn corrupt(self, degradation: Degradation, height: f32) -> Degradation {
        match self {
            Self::Defocus(share) => Degradation { blur: (share * height).max(1.2), ..degradation },
            Self::Motion(share, direction) => {
                Degradation { motion: ((share * height).max(5.0), direction), ..degradation }
            }
            Self::TooSmall(pixels) => Degradation { shrink: (height / pixels).max(1.6), ..degradation },
            Self::Glare(..) => degradation,
            Self::Dark(contrast) => Degradation {
                contrast,
                // What is left of a white plate lies a little above black.
                brightness: -118.0,
                noise: degradation.noise.clamp(5.0, 9.0),
                ..degradation
            },
        }
    }
}

/// Puts the glare over a plate and tells the characters that nobody can see them; the others change the whole picture.
pub(crate) fn corrupt_plate(
    drawn: &mut DrawnPlate,
    size: (f32, f32),
    corruption: Corruption,
) -> Result<Option<Overlay>, CanvasError> {
    let Corruption::Glare(along, radius) = corruption else {
        drawn.characters.iter_mut().for_each(|character| character.visible = false);
        return Ok(None);
    };
    let mut overlay = Overlay::new(size, size.1, drawn.canvas.scale())?;
    // Over a character, not between two.
    let nearest = drawn.characters.iter().map(middle).min_by(|one, other| {
        let distance = |[x, _]: [f32; 2]| (x - along * size.0).abs();
        distance(*one).total_cmp(&distance(*other))
    });
    let [x, y] = nearest.unwrap_or([along * size.0, size.1 / 2.0]);
    let centre = Point::from_xy(x + overlay.margin, y + overlay.margin);
    let stops = [(0.0, 1.0), (0.6, 1.0), (0.8, 0.6), (1.0, 0.0)]
        .map(|(at, alpha)| GradientStop::new(at, paint_colour([255, 255, 250], alpha)));
    let gradient = RadialGradient::new(
        centre,
        0.0,
        centre,
        radius * size.1,
        stops.to_vec(),
        SpreadMode::Pad,
        Transform::identity(),
    );
    let whole = (size.0 + 2.0 * overlay.margin, size.1 + 2.0 * overlay.margin);
    if let (Some(shader), Some(rect)) = (gradient, Rect::from_xywh(0.0, 0.0, whole.0, whole.1)) {
        overlay.canvas.shade(&PathBuilder::from_rect(rect), shader);
    }
    for character in &mut drawn.characters {
        character.visible &= overlay.hidden_share(character.area) < HIDDEN_SHARE;
    }
    Ok(Some(overlay))
}

fn middle(character: &Character) -> [f32; 2] {
    let area = character.area;
    [f32::midpoint(area.left, area.right), f32::midpoint(area.top, area.bottom)]
}
