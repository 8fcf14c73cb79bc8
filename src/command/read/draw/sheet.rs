//! A picture to draw on: outlines, bars and lines of text, all in pixels.

use super::label::THIN_SPACE;
use anyhow::Context;
use image::RgbImage;
use schemas::frame::{FRAME_CHANNELS, Frame};
use synth::drawing::fonts::{Face, Fonts};
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// Has Latin, Arabic and both kinds of digits.
const FACE: Face = Face::DejaVu;
/// Height of a line, and of its base line from the top, in ems: Arabic letters reach far below it.
pub(super) const LINE_HEIGHT: f32 = 1.5;
const BASE_LINE: f32 = 1.03;

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// The picture.
pub(super) struct Sheet {
    pixmap: Pixmap,
}

/// One character: how far it moves the pen, and its ink relative to the pen on the base line; in ems.
struct Symbol {
    advance: f32,
    ink: Option<Path>,
}

impl Sheet {
    /// # Errors
    /// When there is no memory for the picture.
    pub(super) fn of(frame: &Frame) -> anyhow::Result<Self> {
        let mut pixmap = Pixmap::new(frame.width(), frame.height())
            .with_context(|| format!("{frame:?} is too large to be drawn on"))?;
        let pixels = frame.pixels().chunks_exact(FRAME_CHANNELS);
        for (target, pixel) in pixmap.data_mut().chunks_exact_mut(FRAME_CHANNELS + 1).zip(pixels) {
            target[..FRAME_CHANNELS].copy_from_slice(pixel);
            target[FRAME_CHANNELS] = u8::MAX;
        }
        Ok(Self { pixmap })
    }

    pub(super) fn size(&self) -> (f32, f32) {
        (self.pixmap.width() as f32, self.pixmap.height() as f32)
    }

    /// A closed line through some corners.
    pub(super) fn outline(&mut self, corners: &[[f32; 2]], width: f32, colour: Rgb) {
        let mut builder = PathBuilder::new();
        for (place, [x, y]) in corners.iter().enumerate() {
            if place == 0 { builder.move_to(*x, *y) } else { builder.line_to(*x, *y) }
        }
        builder.close();
        let Some(path) = builder.finish() else { return };
        let stroke = Stroke { width, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixmap.stroke_path(&path, &ink(colour), &stroke, Transform::identity(), None);
    }

    /// A bar with a line of text on it, already in the order in which it is drawn.
    pub(super) fn bar(&mut self, fonts: &Fonts, text: &str, place: Bar, colours: (Rgb, Rgb)) {
        let Bar { left, top, em } = place;
        let (ground, letters) = colours;
        let area = Rect::from_xywh(left, top, bar_width(fonts, text, em), LINE_HEIGHT * em);
        let Some(area) = area else { return };
        self.pixmap.fill_rect(area, &ink(ground), Transform::identity(), None);
        let mut pen = left + SIDE_MARGIN * em;
        for Symbol { advance, ink: outline } in text.chars().map(|character| symbol(fonts, character)) {
            if let Some(path) = outline {
                let place = Transform::from_row(em, 0.0, 0.0, em, pen, top + BASE_LINE * em);
                self.pixmap.fill_path(&path, &ink(letters), FillRule::Winding, place, None);
            }
            pen += advance * em;
        }
    }

    pub(super) fn into_picture(self) -> Option<RgbImage> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let opaque = self.pixmap.data().chunks_exact(FRAME_CHANNELS + 1);
        RgbImage::from_raw(
            width,
            height,
            opaque.flat_map(|pixel| &pixel[..FRAME_CHANNELS]).copied().collect(),
        )
    }
}

/// Where a bar goes, and the size of its letters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) em: f32,
}

/// Room at both ends of a bar, in ems.
const SIDE_MARGIN: f32 = 0.35;

/// How wide the bar of a text is.
pub(super) fn bar_width(fonts: &Fonts, text: &str, em: f32) -> f32 {
    let advances = text.chars().map(|character| symbol(fonts, character).advance);
    (advances.sum::<f32>() + 2.0 * SIDE_MARGIN) * em
}

/// The committed faces carry what plates carry; blanks and marks are made here, and what is missing becomes a block.
fn symbol(fonts: &Fonts, character: char) -> Symbol {
    let mark = |left, top, right, bottom, advance| Symbol {
        advance,
        ink: Rect::from_ltrb(left, top, right, bottom).map(PathBuilder::from_rect),
    };
    match character {
        ' ' => Symbol { advance: 0.32, ink: None },
        THIN_SPACE => Symbol { advance: 0.12, ink: None },
        '-' => mark(0.05, -0.32, 0.3, -0.24, 0.35),
        '.' => mark(0.09, -0.11, 0.2, 0.0, 0.29),
        other => match fonts.glyph(FACE, other) {
            Some(glyph) => Symbol { advance: glyph.advance, ink: Some(glyph.path.clone()) },
            None => mark(0.08, -0.7, 0.52, 0.0, 0.6),
        },
    }
}

fn ink([red, green, blue]: Rgb) -> Paint<'static> {
    let shader = tiny_skia::Shader::SolidColor(Color::from_rgba8(red, green, blue, u8::MAX));
    Paint { shader, anti_alias: true, ..Paint::default() }
}
