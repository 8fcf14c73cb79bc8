//! How characters are stamped into the fields of a plate, and what varies between plates of the same text.

use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, CanvasError, Pen, Placement};
use crate::drawing::colour::{Rgb, byte};
use crate::drawing::fonts::Glyph;
use crate::plate::drawn::{Character, Row};
use crate::plate::specification::PlateSpecification;
use crate::random::{SynthRng, between};
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;

/// What varies from one plate to the next of the same text.
#[derive(Debug)]
pub(crate) struct Style {
    pub field: Rgb,
    pub ink: Rgb,
    /// Extra stroke around glyphs.
    pub swell_mm: f32,
    /// Factor on the nominal height of characters.
    pub size: f32,
    /// Widening of Arabic digits and letters.
    pub stretch: f32,
    /// Shift of the base line.
    pub drop_mm: f32,
    /// Shift of hue and lightness of the coloured band, each channel.
    pub tint: [f32; 3],
    /// Thickness of separating lines.
    pub line_mm: f32,
    /// Where digits are spread: 0 keeps them together, 1 fills the field.
    pub spread: f32,
}

impl Style {
    pub(crate) fn random(specification: &PlateSpecification, random: &mut SynthRng) -> Self {
        let light = between(random, 222.0, 255.0);
        let warmth = between(random, -6.0, 8.0);
        let ink = between(random, 8.0, 62.0);
        let unit = specification.layout().unit();
        let heaviest = match specification.layout().jurisdiction() {
            Jurisdiction::Egypt => 4.5,
            Jurisdiction::SaudiArabia => 2.2,
        };
        Self {
            field: [light + warmth, light, light - warmth].map(byte),
            ink: [ink, ink, ink + 6.0].map(byte),
            swell_mm: between(random, 0.0, heaviest) * unit,
            size: between(random, 0.92, 1.08),
            stretch: between(random, 0.86, 1.12),
            drop_mm: between(random, -3.0, 3.0) * unit,
            tint: std::array::from_fn(|_| between(random, -22.0, 22.0)),
            line_mm: between(random, 1.4, 3.4) * unit,
            spread: random.random::<f32>(),
        }
    }

    /// A nominal colour as this plate's paint shows it.
    pub(crate) fn tinted(&self, colour: Rgb) -> Rgb {
        std::array::from_fn(|channel| byte(f32::from(colour[channel]) + self.tint[channel]))
    }
}

/// The glyph of a plate character: the printed shape of the canonical letter, or the digit in the row's script.
///
/// Both countries print heh in its initial form and yeh without dots; Egypt prints alef with a hamza.
pub(crate) fn printed_shape(symbol: char, row: Row, jurisdiction: Jurisdiction) -> char {
    match (row, jurisdiction, symbol) {
        (Row::Arabic, _, '0'..='9') => {
            char::from_u32(u32::from(symbol) - u32::from('0') + u32::from('٠')).unwrap_or(symbol)
        }
        (Row::Arabic, _, 'ه') => 'ﻫ',
        (Row::Arabic, _, 'ي') => 'ى',
        (Row::Arabic, Jurisdiction::Egypt, 'ا') => 'أ',
        (Row::Arabic | Row::Latin, _, _) => symbol,
    }
}

/// Characters that share a row and a field of the plate.
pub(crate) struct Run<'a> {
    pub symbols: &'a [char],
    pub row: Row,
    pub jurisdiction: Jurisdiction,
    /// The field they must stay in.
    pub field: Area,
    /// Height of the base line.
    pub base: f32,
    /// Size of the em square.
    pub em: f32,
    /// Wanted widening.
    pub stretch: f32,
    /// How the free width is used.
    pub spacing: Spacing,
}

/// How characters share the width of their field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spacing {
    /// Equal gaps, held below this many millimetres, the whole centred.
    Gaps(f32),
    /// Each centred in a cell of equal width; so that two rows stand in the same columns.
    Cells,
}

/// Writes a run; a run too wide for its field is narrowed, a glyph that would leave the field at the bottom is raised.
pub(crate) fn write(canvas: &mut Canvas, pen: Pen<'_>, run: &Run<'_>) -> Result<Vec<Character>, CanvasError> {
    let glyphs = run
        .symbols
        .iter()
        .map(|symbol| {
            let shape = printed_shape(*symbol, run.row, run.jurisdiction);
            pen.fonts.glyph(pen.face, shape).ok_or(CanvasError::Glyph(shape))
        })
        .collect::<Result<Vec<&Glyph>, _>>()?;
    let (lefts, stretch) = lay_out(&glyphs, run);
    let mut characters = Vec::with_capacity(glyphs.len());
    for ((glyph, symbol), left) in glyphs.iter().zip(run.symbols).zip(lefts) {
        let overhang = run.base + glyph.bounds.bottom() * run.em - run.field.bottom;
        let place = Placement { left, base: run.base - overhang.max(0.0), em: run.em, stretch };
        let area = canvas.glyph(pen, glyph, place);
        characters.push(Character { symbol: *symbol, row: run.row, area, visible: true, altered: false });
    }
    Ok(characters)
}

fn lay_out(glyphs: &[&Glyph], run: &Run<'_>) -> (Vec<f32>, f32) {
    /// The least gap, as a share of the field, before glyphs are narrowed.
    const LEAST_GAP: f32 = 0.025;
    let count = f32::from(u8::try_from(glyphs.len()).unwrap_or(u8::MAX));
    let room = run.field.width();
    let natural: f32 = glyphs.iter().map(|glyph| glyph.bounds.width() * run.em).sum();
    let widest = glyphs.iter().map(|glyph| glyph.bounds.width() * run.em).fold(0.0, f32::max);
    let fitting = match run.spacing {
        Spacing::Gaps(_) => room * (1.0 - LEAST_GAP * (count + 1.0)) / natural,
        Spacing::Cells => room * (1.0 - LEAST_GAP * count) / count / widest,
    };
    let stretch = run.stretch.min(fitting);
    let width = |glyph: &Glyph| glyph.bounds.width() * run.em * stretch;
    let lefts = match run.spacing {
        Spacing::Gaps(most) => {
            let gap = ((room - natural * stretch) / (count + 1.0)).min(most);
            let mut left = run.field.left + (room - natural * stretch - gap * (count - 1.0)) / 2.0;
            glyphs
                .iter()
                .map(|glyph| {
                    let here = left;
                    left += width(glyph) + gap;
                    here
                })
                .collect()
        }
        Spacing::Cells => {
            let cell = room / count;
            let mut middle = run.field.left - cell / 2.0;
            glyphs
                .iter()
                .map(|glyph| {
                    middle += cell;
                    middle - width(glyph) / 2.0
                })
                .collect()
        }
    };
    (lefts, stretch)
}

/// The em size at which a face's reference glyph gets this height.
pub(crate) fn em_for(pen: Pen<'_>, reference: char, height_mm: f32) -> Result<f32, CanvasError> {
    let glyph = pen.fonts.glyph(pen.face, reference).ok_or(CanvasError::Glyph(reference))?;
    Ok(height_mm / glyph.bounds.height())
}
