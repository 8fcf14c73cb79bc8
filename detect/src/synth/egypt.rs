//! The Egyptian car plate: band on top with EGYPT left and مصر right, digits left, letters right.

use super::canvas::{Area, Canvas, CanvasError, Pen, Placement, Rgb};
use super::fonts::{Face, Fonts};
use super::lettering::joined;
use super::plate::{Character, Row, Run, Spacing, Style, em_for, write};
use super::specification::{Alteration, PlateSpecification};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_grammar::PlateGrammar;
use schemas::vehicle_class::VehicleClass;

const BORDER_MM: f32 = 3.0;
const BAND_BOTTOM_MM: f32 = 50.0;
const DIVIDER_MM: f32 = 172.0;
const DIGIT_HEIGHT_MM: f32 = 66.0;
const LETTER_HEIGHT_MM: f32 = 58.0;

/// Draws the plate and returns its characters left to right: digits, then letters.
pub(super) fn draw(
    canvas: &mut Canvas,
    fonts: &Fonts,
    specification: &PlateSpecification,
    style: &Style,
) -> Result<Vec<Character>, CanvasError> {
    let (width, height) = specification.layout().size_mm();
    ground(canvas, specification, style, (width, height));
    band_text(canvas, fonts, style, specification.class());
    let pen = Pen { fonts, face: specification.arabic_face(), colour: style.ink, swell_mm: style.swell_mm };
    let digits: Vec<char> = specification.digits().chars().collect();
    // Where a Latin row stands below, the Arabic one is smaller and higher.
    let (smaller, raised) = if specification.has_latin_beside() { (0.78, 16.0) } else { (1.0, 0.0) };
    let run = Run {
        symbols: &digits,
        row: Row::Arabic,
        jurisdiction: Jurisdiction::Egypt,
        field: Area::new(9.0, BAND_BOTTOM_MM + 8.0, DIVIDER_MM - 5.0, height - 9.0 - raised),
        base: 142.0 - raised + style.drop_mm,
        em: em_for(pen, '١', DIGIT_HEIGHT_MM * style.size * smaller)?,
        stretch: style.stretch * 1.05,
        spacing: Spacing::Gaps(6.0 + 18.0 * style.spread),
    };
    let mut characters = write(canvas, pen, &run)?;
    cover(canvas, specification, style, &mut characters);
    let letters: Vec<char> = specification.visible_letters().into_iter().rev().collect();
    let run = Run {
        symbols: &letters,
        field: Area::new(DIVIDER_MM + 5.0, BAND_BOTTOM_MM + 6.0, width - 9.0, height - 8.0 - raised),
        base: 130.0 - raised + style.drop_mm,
        em: em_for(pen, 'ا', LETTER_HEIGHT_MM * style.size * smaller)?,
        spacing: Spacing::Gaps(8.0 + 22.0 * style.spread),
        ..run
    };
    characters.extend(write(canvas, pen, &run)?);
    if specification.has_latin_beside() {
        let latin = latin_row(canvas, fonts, specification, style, &characters)?;
        characters.extend(latin);
    }
    Ok(characters)
}

/// The small Latin letter or digit under each character.
fn latin_row(
    canvas: &mut Canvas,
    fonts: &Fonts,
    specification: &PlateSpecification,
    style: &Style,
    arabic: &[Character],
) -> Result<Vec<Character>, CanvasError> {
    const HEIGHT_MM: f32 = 12.0;
    let pen = Pen { fonts, face: specification.latin_face(), colour: style.ink, swell_mm: 0.0 };
    let em = em_for(pen, 'H', HEIGHT_MM)?;
    let grammar = PlateGrammar::of(Jurisdiction::Egypt);
    let letters = specification.letters();
    let latin = letters.iter().rev().filter_map(|letter| grammar.latin_of(*letter));
    let (_, height) = specification.layout().size_mm();
    let base = height - BORDER_MM - 4.0;
    specification
        .digits()
        .chars()
        .chain(latin)
        .zip(arabic)
        .map(|(symbol, above)| {
            let glyph = fonts.glyph(pen.face, symbol).ok_or(CanvasError::Glyph(symbol))?;
            let middle = f32::midpoint(above.area.left, above.area.right);
            let left = middle - glyph.bounds.width() * em / 2.0;
            let area = canvas.glyph(pen, glyph, Placement { left, base, em, stretch: 1.0 });
            Ok(Character { symbol, row: Row::Latin, area, visible: true, altered: false })
        })
        .collect()
}

fn ground(
    canvas: &mut Canvas,
    specification: &PlateSpecification,
    style: &Style,
    (width, height): (f32, f32),
) {
    let inner = Area::new(BORDER_MM, BORDER_MM, width - BORDER_MM, height - BORDER_MM);
    canvas.rounded(Area::new(0.0, 0.0, width, height), 11.0, style.ink, 1.0);
    canvas.rounded(inner, 9.0, style.field, 1.0);
    let band = style.tinted(band_colour(specification.class()));
    canvas.rounded(Area { bottom: BAND_BOTTOM_MM, ..inner }, 9.0, band, 1.0);
    canvas.rectangle(
        Area::new(BORDER_MM, BAND_BOTTOM_MM / 2.0, width - BORDER_MM, BAND_BOTTOM_MM),
        band,
        1.0,
    );
    let line = style.line_mm;
    canvas.rectangle(
        Area::new(BORDER_MM, BAND_BOTTOM_MM, width - BORDER_MM, BAND_BOTTOM_MM + line),
        style.ink,
        0.8,
    );
    canvas.rectangle(
        Area::new(DIVIDER_MM - line * 0.8, BAND_BOTTOM_MM, DIVIDER_MM + line * 0.8, height - BORDER_MM),
        style.ink,
        0.8,
    );
}

fn band_text(canvas: &mut Canvas, fonts: &Fonts, style: &Style, class: VehicleClass) {
    if class == VehicleClass::Police {
        let pale = Pen { fonts, face: Face::DejaVu, colour: style.field, swell_mm: 0.6 };
        canvas.word(pale, "POLICE", 92.0, 38.0, 33.0);
        canvas.word(pale, &joined("شرطة"), 266.0, 36.0, 40.0);
        return;
    }
    let latin = Pen { fonts, face: Face::Humanist, colour: style.ink, swell_mm: 0.0 };
    canvas.word(latin, "E G Y P T", 92.0, 38.0, 33.0);
    let arabic = Pen { fonts, face: Face::DejaVu, colour: style.ink, swell_mm: 0.6 };
    // مصر in presentation forms, from the left: final reh, medial sad, initial meem.
    canvas.word(arabic, "\u{feae}\u{febc}\u{fee3}", 266.0, 34.0, 46.0);
}

fn cover(
    canvas: &mut Canvas,
    specification: &PlateSpecification,
    style: &Style,
    characters: &mut [Character],
) {
    if let Some(Alteration::CoveredDigit { place }) = specification.alteration()
        && let Some(character) = characters.get_mut(place)
    {
        let Area { left, top, right, bottom } = character.area;
        canvas.rectangle(Area::new(left - 4.0, top - 5.0, right + 4.0, bottom + 5.0), style.field, 1.0);
        character.visible = false;
    }
}

const fn band_colour(class: VehicleClass) -> Rgb {
    match class {
        VehicleClass::Private => [24, 132, 226],
        VehicleClass::Taxi => [244, 168, 22],
        VehicleClass::Goods => [206, 38, 40],
        VehicleClass::Bus => [140, 144, 148],
        VehicleClass::TouristBus => [216, 196, 160],
        VehicleClass::Rental => [122, 78, 46],
        VehicleClass::Diplomatic => [36, 140, 74],
        VehicleClass::Police => [20, 36, 104],
        VehicleClass::Temporary => [246, 208, 40],
    }
}
