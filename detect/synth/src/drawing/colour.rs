//! Colours: of paint, in little light, and as the painter wants them.

use crate::random::{SynthRng, between};
use rand::RngExt;
use tiny_skia::Color;

/// A colour as red, green and blue from 0 to 255.
pub type Rgb = [u8; 3];

/// A channel value held within 0 and 255.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast from float saturates at 0 and 255"
)]
pub(crate) fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// A colour as the painter wants it.
pub(crate) fn paint_colour([red, green, blue]: Rgb, alpha: f32) -> Color {
    let mut colour = Color::from_rgba8(red, green, blue, 255);
    colour.set_alpha(alpha.clamp(0.0, 1.0));
    colour
}

/// A colour that vehicles are painted with: mostly white, grey or black.
pub(crate) fn random_paint(random: &mut SynthRng) -> Rgb {
    let grey = between(random, 10.0, 245.0);
    let tint = if random.random_bool(0.35) { 70.0 } else { 8.0 };
    std::array::from_fn(|_| byte(grey + between(random, -tint, tint)))
}

/// A colour in this share of daylight.
pub(crate) fn lit(colour: Rgb, daylight: f32) -> Rgb {
    colour.map(|channel| byte(f32::from(channel) * daylight))
}
