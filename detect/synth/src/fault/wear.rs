//! What a plate suffers on the road: bolts, dirt, shadow, glare. Drawn on the flat plate, so that it turns with it.

use crate::drawing::area::{Area, to_float, whole};
use crate::drawing::colour::{byte, paint_colour};
use crate::plate::drawn::DrawnPlate;
use crate::random::{SynthRng, between};
use rand::RngExt;
use tiny_skia::{GradientStop, PathBuilder, Point, RadialGradient, Rect, SpreadMode, Transform};

/// How worn a plate looks. Strengths run from 0 (none) to 1 (as strong as seen on readable plates).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wear {
    /// How many bolts: 0, 2 or 4.
    pub bolts: u8,
    /// Specks and smears.
    pub dirt: f32,
    /// Darkness of a straight shadow across the plate.
    pub shadow: f32,
    /// Strength of a light patch.
    pub glare: f32,
}

impl Wear {
    /// Wear by chance; `severity` from 0 to 1 bounds every strength.
    #[must_use]
    pub fn random(severity: f32, random: &mut SynthRng) -> Self {
        let mut sometimes = |probability: f64, most: f32| {
            if random.random_bool(probability) { random.random::<f32>() * most * severity } else { 0.0 }
        };
        let (dirt, shadow, glare) = (sometimes(0.5, 1.0), sometimes(0.3, 1.0), sometimes(0.2, 0.9));
        Self { bolts: [0, 2, 2, 4][random.random_range(0..4_usize)], dirt, shadow, glare }
    }
}

/// Puts the wear on a plate.
pub fn wear_out(plate: &mut DrawnPlate, wear: Wear, random: &mut SynthRng) {
    let scale = plate.canvas.scale();
    let width = to_float(plate.canvas.pixmap().width()) / scale;
    let height = to_float(plate.canvas.pixmap().height()) / scale;
    bolts(plate, wear.bolts, (width, height), random);
    dirt(plate, wear.dirt, (width, height), random);
    shadow(plate, wear.shadow, (width, height), random);
    glare(plate, wear.glare, (width, height), random);
}

fn bolts(plate: &mut DrawnPlate, count: u8, (width, height): (f32, f32), random: &mut SynthRng) {
    let (inset_x, inset_y) = (between(random, 0.04, 0.2) * width, between(random, 0.08, 0.2) * height);
    let places = [
        [inset_x, inset_y],
        [width - inset_x, inset_y],
        [inset_x, height - inset_y],
        [width - inset_x, height - inset_y],
    ];
    let shade = between(random, 60.0, 250.0);
    let radius = between(random, 3.0, 6.5);
    for centre in places.into_iter().take(usize::from(count)) {
        plate.canvas.circle(centre, radius * 1.25, [70, 70, 74], 0.7);
        plate.canvas.circle(centre, radius, [byte(shade); 3], 1.0);
    }
}

fn dirt(plate: &mut DrawnPlate, strength: f32, (width, height): (f32, f32), random: &mut SynthRng) {
    /// Specks on the dirtiest plate.
    const MOST_SPECKS: f32 = 120.0;
    let colour = [110, 92, 70].map(|channel: u8| byte(f32::from(channel) * between(random, 0.6, 1.3)));
    for _ in 0..whole(strength * MOST_SPECKS) {
        let centre = [random.random::<f32>() * width, random.random::<f32>() * height];
        let radius = between(random, 0.4, 1.0 + 3.0 * strength);
        plate.canvas.circle(centre, radius, colour, between(random, 0.1, 0.6));
    }
    for _ in 0..whole(strength * 5.0) {
        let (left, top) = (between(random, -0.2, 0.9) * width, between(random, -0.2, 0.9) * height);
        let area = Area::new(
            left,
            top,
            left + between(random, 0.1, 0.6) * width,
            top + between(random, 0.1, 0.5) * height,
        );
        plate.canvas.rounded(area, 30.0, colour, between(random, 0.03, 0.22) * strength);
    }
}

fn shadow(plate: &mut DrawnPlate, strength: f32, (width, height): (f32, f32), random: &mut SynthRng) {
    if strength <= 0.0 {
        return;
    }
    let alpha = strength * 0.6;
    if random.random_bool(0.5) {
        let edges = [between(random, 0.1, 0.7) * height, between(random, 0.1, 0.7) * height];
        plate.canvas.polygon(
            &[[0.0, 0.0], [width, 0.0], [width, edges[0]], [0.0, edges[1]]],
            [0, 0, 8],
            alpha,
        );
    } else {
        let (top, bottom) = (between(random, 0.1, 0.9) * width, between(random, 0.1, 0.9) * width);
        plate.canvas.polygon(&[[0.0, 0.0], [top, 0.0], [bottom, height], [0.0, height]], [0, 0, 8], alpha);
    }
}

fn glare(plate: &mut DrawnPlate, strength: f32, (width, height): (f32, f32), random: &mut SynthRng) {
    if strength <= 0.0 {
        return;
    }
    let centre = Point::from_xy(random.random::<f32>() * width, random.random::<f32>() * height);
    let stops = vec![
        GradientStop::new(0.0, paint_colour([255, 255, 250], strength)),
        GradientStop::new(1.0, paint_colour([255, 255, 250], 0.0)),
    ];
    let radius = between(random, 0.2, 0.7) * width;
    let gradient =
        RadialGradient::new(centre, 0.0, centre, radius, stops, SpreadMode::Pad, Transform::identity());
    if let (Some(shader), Some(rect)) = (gradient, Rect::from_xywh(0.0, 0.0, width, height)) {
        plate.canvas.shade(&PathBuilder::from_rect(rect), shader);
    }
}
