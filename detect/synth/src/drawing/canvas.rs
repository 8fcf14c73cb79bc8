//! Drawing in millimetres on a pixmap: boxes, lines, circles and glyphs, with the box that each glyph covers.

use crate::drawing::area::{Area, whole};
use crate::drawing::colour::{Rgb, paint_colour};
use crate::drawing::fonts::{Face, Fonts, Glyph};
use image::RgbImage;
use thiserror::Error;
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Shader, Stroke, Transform,
};

/// Why nothing could be drawn.
#[derive(Debug, Error)]
pub enum CanvasError {
    /// The size is zero or beyond what a pixmap can hold.
    #[error("a picture of {width} x {height} pixels cannot be drawn")]
    Size {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// No committed face has the character.
    #[error("no committed face has the character {0:?}, add it with detect/synth/fonts/subset.py")]
    Glyph(char),
}

/// How a glyph is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen<'a> {
    /// Where outlines come from.
    pub fonts: &'a Fonts,
    /// The face.
    pub face: Face,
    /// Ink.
    pub colour: Rgb,
    /// Extra stroke around the outline, in millimetres: a heavier stamp.
    pub swell_mm: f32,
}

/// A surface with a scale.
#[derive(Debug, Clone)]
pub struct Canvas {
    pixmap: Pixmap,
    pixels_per_unit: f32,
}

impl Canvas {
    /// An empty (transparent) surface of this size in units, drawn at this many pixels a unit.
    ///
    /// # Errors
    /// When the size in pixels is zero or too large.
    pub fn new(size: (f32, f32), pixels_per_unit: f32) -> Result<Self, CanvasError> {
        let width = whole(size.0 * pixels_per_unit);
        let height = whole(size.1 * pixels_per_unit);
        let pixmap = Pixmap::new(width, height).ok_or(CanvasError::Size { width, height })?;
        Ok(Self { pixmap, pixels_per_unit })
    }

    /// The pixels, premultiplied RGBA.
    #[must_use]
    pub const fn pixmap(&self) -> &Pixmap {
        &self.pixmap
    }

    /// Pixels a unit.
    #[must_use]
    pub const fn scale(&self) -> f32 {
        self.pixels_per_unit
    }

    pub(crate) fn rectangle(&mut self, area: Area, colour: Rgb, alpha: f32) {
        if let Some(rect) = Rect::from_ltrb(area.left, area.top, area.right, area.bottom) {
            self.fill(&PathBuilder::from_rect(rect), colour, alpha);
        }
    }

    pub(crate) fn rounded(&mut self, area: Area, radius: f32, colour: Rgb, alpha: f32) {
        if let Some(path) = rounded_path(area, radius) {
            self.fill(&path, colour, alpha);
        }
    }

    pub(crate) fn circle(&mut self, centre: [f32; 2], radius: f32, colour: Rgb, alpha: f32) {
        if let Some(path) = PathBuilder::from_circle(centre[0], centre[1], radius) {
            self.fill(&path, colour, alpha);
        }
    }

    pub(crate) fn polygon(&mut self, points: &[[f32; 2]], colour: Rgb, alpha: f32) {
        let mut builder = PathBuilder::new();
        for (place, [x, y]) in points.iter().enumerate() {
            if place == 0 { builder.move_to(*x, *y) } else { builder.line_to(*x, *y) }
        }
        builder.close();
        if let Some(path) = builder.finish() {
            self.fill(&path, colour, alpha);
        }
    }

    /// A line with round ends through some points.
    pub(crate) fn line(&mut self, points: &[[f32; 2]], width: f32, colour: Rgb, alpha: f32) {
        let mut builder = PathBuilder::new();
        for (place, [x, y]) in points.iter().enumerate() {
            if place == 0 { builder.move_to(*x, *y) } else { builder.line_to(*x, *y) }
        }
        if let Some(path) = builder.finish() {
            let stroke = Stroke { width, line_cap: LineCap::Round, ..round_joins() };
            self.stroke(&path, &stroke, colour, alpha);
        }
    }

    /// Fills a path with any shader, over what is there.
    pub(crate) fn shade(&mut self, path: &Path, shader: Shader<'_>) {
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        let transform = Transform::from_scale(self.pixels_per_unit, self.pixels_per_unit);
        self.pixmap.fill_path(path, &paint, FillRule::Winding, transform, None);
    }

    /// Writes one glyph so that its outline's left edge is at `left` and its origin's height at `base`; `em` is the
    /// size and `stretch` widens it. Returns the box it covers, in units.
    pub(crate) fn glyph(&mut self, pen: Pen<'_>, glyph: &Glyph, place: Placement) -> Area {
        let Placement { left, base, em, stretch } = place;
        let to_units =
            Transform::from_row(em * stretch, 0.0, 0.0, em, left - glyph.bounds.left() * em * stretch, base);
        let Some(path) = glyph.path.clone().transform(to_units) else {
            return Area::new(left, base, left, base);
        };
        self.fill(&path, pen.colour, 1.0);
        if pen.swell_mm > 0.0 {
            self.stroke(&path, &Stroke { width: pen.swell_mm, ..round_joins() }, pen.colour, 1.0);
        }
        Area::new(
            left,
            base + glyph.bounds.top() * em,
            left + glyph.bounds.width() * em * stretch,
            base + glyph.bounds.bottom() * em,
        )
    }

    /// Writes a joined or Latin word, already in visual order from the left, centred on `centre`.
    pub(crate) fn word(&mut self, pen: Pen<'_>, word: &str, centre: f32, base: f32, em: f32) {
        let glyphs: Vec<&Glyph> =
            word.chars().filter_map(|letter| pen.fonts.glyph(pen.face, letter)).collect();
        let total: f32 = glyphs.iter().map(|glyph| glyph.advance * em).sum();
        let mut left = centre - total / 2.0;
        for glyph in glyphs {
            let place = Placement { left: left + glyph.bounds.left() * em, base, em, stretch: 1.0 };
            self.glyph(pen, glyph, place);
            left += glyph.advance * em;
        }
    }

    fn fill(&mut self, path: &Path, colour: Rgb, alpha: f32) {
        self.shade(path, Shader::SolidColor(paint_colour(colour, alpha)));
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke, colour: Rgb, alpha: f32) {
        let paint = Paint {
            shader: Shader::SolidColor(paint_colour(colour, alpha)),
            anti_alias: true,
            ..Paint::default()
        };
        let transform = Transform::from_scale(self.pixels_per_unit, self.pixels_per_unit);
        self.pixmap.stroke_path(path, &paint, stroke, transform, None);
    }
}

fn round_joins() -> Stroke {
    Stroke { line_join: LineJoin::Round, ..Stroke::default() }
}

/// Where a glyph goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement {
    /// Left edge of the outline.
    pub left: f32,
    /// Height of the base line.
    pub base: f32,
    /// Size of the em square.
    pub em: f32,
    /// Widening; 1 keeps the face's proportions.
    pub stretch: f32,
}

/// The colours of a fully painted canvas.
pub(crate) fn flattened(canvas: &Canvas) -> RgbImage {
    let pixmap = canvas.pixmap();
    RgbImage::from_fn(pixmap.width(), pixmap.height(), |x, y| {
        pixmap
            .pixel(x, y)
            .map_or(image::Rgb([0; 3]), |pixel| image::Rgb([pixel.red(), pixel.green(), pixel.blue()]))
    })
}

fn rounded_path(area: Area, radius: f32) -> Option<Path> {
    let Area { left, top, right, bottom } = area;
    let r = radius.min(area.width() / 2.0).min(area.height() / 2.0);
    let mut path = PathBuilder::new();
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.quad_to(right, top, right, top + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.quad_to(left, bottom, left, bottom - r);
    path.line_to(left, top + r);
    path.quad_to(left, top, left + r, top);
    path.close();
    path.finish()
}
