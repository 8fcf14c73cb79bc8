//! The committed faces, and glyph outlines as paths ready to be filled.
//!
//! Letters on plates stand in isolated form, so a glyph is looked up by its character and no shaping is needed;
//! the few joined words (`مصر`, `السعودية`) are spelled with presentation forms.

use crate::drawing::area::Area;
use ab_glyph::{Font, FontRef, OutlineCurve};
use std::collections::BTreeMap;
use thiserror::Error;
use tiny_skia::{Path, PathBuilder, PathSegment, Point, Rect};

/// Why the committed faces could not be used.
#[derive(Debug, Error)]
pub enum FontError {
    /// A committed font file is damaged.
    #[error("the committed face {face:?} cannot be read, restore detect/synth/fonts")]
    Unreadable {
        /// The face whose file is damaged.
        face: Face,
        /// What the parser said.
        source: ab_glyph::InvalidFont,
    },
}

/// A typeface that plates are drawn with. Several, so that a reader trained on them generalises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// Noto Naskh Arabic, semi-bold: closest to the plates now on the roads of both countries.
    Naskh,
    /// Amiri Bold, with more contrast between thick and thin; carries Latin too.
    Amiri,
    /// Noto Sans Arabic, medium.
    Sans,
    /// Noto Kufi Arabic, medium: resembles the square face on Egyptian plates since 2022.
    Kufi,
    /// `DejaVu` Sans Condensed: Arabic, Latin and both rows of digits.
    DejaVu,
    /// Noto Sans, medium: Latin only.
    Humanist,
    /// Open DIN: Latin only, narrow.
    Din,
    /// Carlito Bold: Latin only, drawn to the widths of the face beside the Arabic on Egyptian plates since 2022.
    Office,
}

impl Face {
    /// All faces.
    pub const ALL: [Self; 8] = [
        Self::Naskh,
        Self::Amiri,
        Self::Sans,
        Self::Kufi,
        Self::DejaVu,
        Self::Humanist,
        Self::Din,
        Self::Office,
    ];
    /// Faces with the Arabic letters of both countries and the Arabic-Indic digits.
    pub const ARABIC: [Self; 5] = [Self::Naskh, Self::Amiri, Self::Sans, Self::Kufi, Self::DejaVu];
    /// Faces with Latin letters and Western digits.
    pub const LATIN: [Self; 3] = [Self::DejaVu, Self::Humanist, Self::Din];

    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Naskh => include_bytes!("../../fonts/naskh.ttf"),
            Self::Amiri => include_bytes!("../../fonts/amiri.ttf"),
            Self::Sans => include_bytes!("../../fonts/sans.ttf"),
            Self::Kufi => include_bytes!("../../fonts/kufi.ttf"),
            Self::DejaVu => include_bytes!("../../fonts/dejavu.ttf"),
            Self::Humanist => include_bytes!("../../fonts/humanist.ttf"),
            Self::Din => include_bytes!("../../fonts/din.ttf"),
            Self::Office => include_bytes!("../../fonts/office.ttf"),
        }
    }
}

/// One glyph, in ems: the origin is on the base line at the left, y grows downwards.
#[derive(Debug, Clone)]
pub struct Glyph {
    /// The outline.
    pub path: Path,
    /// The tight box around the outline.
    pub bounds: Rect,
    /// How far the pen moves on, for joined words.
    pub advance: f32,
    /// The boxes of its dots, as shares of the width and height of `bounds`.
    pub dots: Vec<Area>,
}

/// All glyphs of all faces, outlined once.
#[derive(Debug)]
pub struct Fonts {
    glyphs: BTreeMap<(Face, char), Glyph>,
}

impl Fonts {
    /// Outlines every glyph of the committed faces; takes some milliseconds.
    ///
    /// # Errors
    /// When a committed font file is damaged.
    pub fn load() -> Result<Self, FontError> {
        let mut glyphs = BTreeMap::new();
        for face in Face::ALL {
            let font = FontRef::try_from_slice(face.bytes())
                .map_err(|source| FontError::Unreadable { face, source })?;
            for (identifier, character) in font.codepoint_ids() {
                if let Some(glyph) = outline(&font, identifier) {
                    glyphs.insert((face, character), glyph);
                }
            }
        }
        Ok(Self { glyphs })
    }

    /// The glyph of a character in this face, or in another one that has it (the Kufi face has no Latin).
    #[must_use]
    pub fn glyph(&self, face: Face, character: char) -> Option<&Glyph> {
        self.glyphs.get(&(face, character)).or_else(|| self.glyphs.get(&(Face::DejaVu, character)))
    }
}

fn outline(font: &FontRef<'_>, identifier: ab_glyph::GlyphId) -> Option<Glyph> {
    let per_em = font.units_per_em()?;
    let outline = font.outline(identifier)?;
    let mut builder = PathBuilder::new();
    let mut pen = None;
    for curve in &outline.curves {
        let (start, end) = match *curve {
            OutlineCurve::Line(start, end) => (start, end),
            OutlineCurve::Quad(start, _, end) => (start, end),
            OutlineCurve::Cubic(start, _, _, end) => (start, end),
        };
        if pen != Some(start) {
            if pen.is_some() {
                builder.close();
            }
            builder.move_to(start.x / per_em, -start.y / per_em);
        }
        match *curve {
            OutlineCurve::Line(..) => builder.line_to(end.x / per_em, -end.y / per_em),
            OutlineCurve::Quad(_, middle, _) => {
                builder.quad_to(middle.x / per_em, -middle.y / per_em, end.x / per_em, -end.y / per_em);
            }
            OutlineCurve::Cubic(_, first, second, _) => builder.cubic_to(
                first.x / per_em,
                -first.y / per_em,
                second.x / per_em,
                -second.y / per_em,
                end.x / per_em,
                -end.y / per_em,
            ),
        }
        pen = Some(end);
    }
    builder.close();
    let path = builder.finish()?;
    let bounds = path.compute_tight_bounds()?;
    let dots = dots_of(&path, bounds);
    Some(Glyph { path, bounds, advance: font.h_advance_unscaled(identifier) / per_em, dots })
}

/// The small solid contours beside the main one: the same turn, so that the hole of a loop is none.
fn dots_of(path: &Path, bounds: Rect) -> Vec<Area> {
    /// A dot has at most this share of the area of the main contour.
    const LARGEST_SHARE: f32 = 0.35;
    let contours = contours(path);
    let areas: Vec<f32> = contours.iter().map(|points| signed_area(points)).collect();
    let Some(main) = areas.iter().copied().max_by(|one, other| one.abs().total_cmp(&other.abs())) else {
        return Vec::new();
    };
    let share = |area: f32| area / main;
    contours
        .iter()
        .zip(&areas)
        .filter(|(_, area)| (0.0..LARGEST_SHARE).contains(&share(**area)))
        .map(|(points, _)| {
            let Area { left, top, right, bottom } = Area::around(points);
            let (across, down) = (
                |x: f32| (x - bounds.left()) / bounds.width(),
                |y: f32| (y - bounds.top()) / bounds.height(),
            );
            Area::new(across(left), down(top), across(right), down(bottom))
        })
        .collect()
}

/// The points of every closed part of an outline, control points included: near enough for boxes and areas.
fn contours(path: &Path) -> Vec<Vec<[f32; 2]>> {
    let mut contours: Vec<Vec<[f32; 2]>> = Vec::new();
    for segment in path.segments() {
        let (starts, points): (bool, &[Point]) = match &segment {
            PathSegment::MoveTo(point) => (true, &[*point]),
            PathSegment::LineTo(point) => (false, &[*point]),
            PathSegment::QuadTo(control, point) => (false, &[*control, *point]),
            PathSegment::CubicTo(first, second, point) => (false, &[*first, *second, *point]),
            PathSegment::Close => (false, &[]),
        };
        if starts {
            contours.push(Vec::new());
        }
        if let Some(contour) = contours.last_mut() {
            contour.extend(points.iter().map(|point| [point.x, point.y]));
        }
    }
    contours
}

/// Gauss's area formula; the sign tells the turn.
fn signed_area(points: &[[f32; 2]]) -> f32 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|([x, y], [to_x, to_y])| x * to_y - to_x * y).sum::<f32>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::jurisdiction::Jurisdiction;
    use schemas::plate_grammar::PlateGrammar;

    #[test]
    fn every_letter_and_digit_has_an_outline_in_every_arabic_face() {
        let fonts = Fonts::load().unwrap();
        let letters =
            Jurisdiction::ALL.into_iter().flat_map(|country| PlateGrammar::of(country).arabic_letters());
        for letter in letters.chain('٠'..='٩').chain(['ﻫ', 'أ', 'ى']) {
            for face in Face::ARABIC {
                assert!(fonts.glyphs.contains_key(&(face, letter)), "{face:?} lacks {letter}");
            }
        }
        for character in ('A'..='Z').chain('0'..='9') {
            for face in Face::LATIN {
                assert!(fonts.glyphs.contains_key(&(face, character)), "{face:?} lacks {character}");
            }
        }
    }
}
