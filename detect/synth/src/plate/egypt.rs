//! The Egyptian plate: band on top with EGYPT left and مصر right, digits left, letters right; on some motorcycles' plates
//! one above the other.

use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, CanvasError, Pen, Placement};
use crate::drawing::colour::Rgb;
use crate::drawing::fonts::{Face, Fonts};
use crate::plate::drawn::{Character, Row};
use crate::plate::layout::EgyptLayout;
use crate::plate::lettering::joined;
use crate::plate::specification::{Alteration, PlateSpecification};
use crate::plate::stamp::{Run, Spacing, Style, em_for, write};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_grammar::PlateGrammar;
use schemas::vehicle_class::VehicleClass;

const BORDER_MM: f32 = 3.0;
/// Width of the plate whose band the words are made for.
const BAND_WIDTH_MM: f32 = 350.0;

/// Where the parts of a layout lie, in millimetres.
struct Fields {
    band_bottom: f32,
    digits: Part,
    letters: Part,
    divider: Divider,
}

/// Digits or letters.
struct Part {
    field: Area,
    base: f32,
    /// Height of the reference glyph.
    tall: f32,
}

/// The line between digits and letters.
enum Divider {
    Upright(f32),
    Level(f32),
}

/// Draws the plate and returns its characters left to right: digits, then letters.
pub(crate) fn draw(
    canvas: &mut Canvas,
    fonts: &Fonts,
    specification: &PlateSpecification,
    layout: EgyptLayout,
    style: &Style,
) -> Result<Vec<Character>, CanvasError> {
    // Where a Latin row stands below, the Arabic one is smaller and higher.
    let (smaller, raised) = if specification.has_latin_beside() { (0.78, 16.0) } else { (1.0, 0.0) };
    let fields = fields(layout, raised * layout.unit());
    ground(canvas, specification, style, layout.size_mm(), &fields);
    band_text(canvas, fonts, style, specification.class(), layout.size_mm().0 / BAND_WIDTH_MM);
    let pen = Pen { fonts, face: specification.arabic_face(), colour: style.ink, swell_mm: style.swell_mm };
    let digits: Vec<char> = specification.digits().chars().collect();
    let run = Run {
        symbols: &digits,
        row: Row::Arabic,
        jurisdiction: Jurisdiction::Egypt,
        field: fields.digits.field,
        base: fields.digits.base + style.drop_mm,
        em: em_for(pen, '١', fields.digits.tall * style.size * smaller)?,
        stretch: style.stretch * 1.05,
        spacing: Spacing::Gaps((6.0 + 18.0 * style.spread) * layout.unit()),
    };
    let mut characters = write(canvas, pen, &run)?;
    cover(canvas, specification, style, &mut characters);
    let letters: Vec<char> = specification.visible_letters().into_iter().rev().collect();
    let run = Run {
        symbols: &letters,
        field: fields.letters.field,
        base: fields.letters.base + style.drop_mm,
        em: em_for(pen, 'ا', fields.letters.tall * style.size * smaller)?,
        spacing: Spacing::Gaps((8.0 + 22.0 * style.spread) * layout.unit()),
        ..run
    };
    characters.extend(write(canvas, pen, &run)?);
    if specification.has_latin_beside() {
        let latin = latin_row(canvas, fonts, specification, style, &characters)?;
        characters.extend(latin);
    }
    Ok(characters)
}

/// The parts, with the Arabic characters higher by `raised`.
fn fields(layout: EgyptLayout, raised: f32) -> Fields {
    let (width, height) = layout.size_mm();
    let unit = layout.unit();
    match layout {
        EgyptLayout::Car | EgyptLayout::Motorcycle => {
            let (band_bottom, divider) = (50.0 * unit, 172.0 * unit);
            Fields {
                band_bottom,
                digits: Part {
                    field: Area::new(
                        9.0 * unit,
                        band_bottom + 8.0 * unit,
                        divider - 5.0 * unit,
                        height - 9.0 * unit - raised,
                    ),
                    base: 142.0 * unit - raised,
                    tall: 66.0 * unit,
                },
                letters: Part {
                    field: Area::new(
                        divider + 5.0 * unit,
                        band_bottom + 6.0 * unit,
                        width - 9.0 * unit,
                        height - 8.0 * unit - raised,
                    ),
                    base: 130.0 * unit - raised,
                    tall: 58.0 * unit,
                },
                divider: Divider::Upright(divider),
            }
        }
        EgyptLayout::MotorcycleDigitsAbove => stacked(
            Part { field: Area::new(9.0, 44.0, 191.0, 107.0), base: 101.0 - raised, tall: 48.0 },
            Part { field: Area::new(9.0, 112.0, 191.0, 174.0), base: 154.0 - raised, tall: 30.0 },
        ),
        EgyptLayout::MotorcycleLettersAbove => stacked(
            Part { field: Area::new(9.0, 112.0, 191.0, 174.0), base: 168.0 - raised, tall: 48.0 },
            Part { field: Area::new(9.0, 44.0, 191.0, 107.0), base: 87.0 - raised, tall: 30.0 },
        ),
    }
}

/// Digits and letters one above the other.
const fn stacked(digits: Part, letters: Part) -> Fields {
    Fields { band_bottom: 40.0, digits, letters, divider: Divider::Level(109.5) }
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
    fields: &Fields,
) {
    let Fields { band_bottom, ref divider, .. } = *fields;
    let inner = Area::new(BORDER_MM, BORDER_MM, width - BORDER_MM, height - BORDER_MM);
    canvas.rounded(Area::new(0.0, 0.0, width, height), 11.0, style.ink, 1.0);
    canvas.rounded(inner, 9.0, style.field, 1.0);
    let band = style.tinted(band_colour(specification.class()));
    canvas.rounded(Area { bottom: band_bottom, ..inner }, 9.0, band, 1.0);
    canvas.rectangle(Area::new(BORDER_MM, band_bottom / 2.0, width - BORDER_MM, band_bottom), band, 1.0);
    let line = style.line_mm;
    canvas.rectangle(
        Area::new(BORDER_MM, band_bottom, width - BORDER_MM, band_bottom + line),
        style.ink,
        0.8,
    );
    let between = match divider {
        Divider::Upright(x) => Area::new(x - line * 0.8, band_bottom, x + line * 0.8, height - BORDER_MM),
        Divider::Level(y) => Area::new(BORDER_MM, y - line * 0.8, width - BORDER_MM, y + line * 0.8),
    };
    canvas.rectangle(between, style.ink, 0.8);
}

/// The words of the band, `unit` times as large as on a car's plate.
fn band_text(canvas: &mut Canvas, fonts: &Fonts, style: &Style, class: VehicleClass, unit: f32) {
    let (left, right) = (92.0 * unit, 266.0 * unit);
    if class == VehicleClass::Police {
        let pale = Pen { fonts, face: Face::DejaVu, colour: style.field, swell_mm: 0.6 * unit };
        canvas.word(pale, "POLICE", left, 38.0 * unit, 33.0 * unit);
        canvas.word(pale, &joined("شرطة"), right, 36.0 * unit, 40.0 * unit);
        return;
    }
    let latin = Pen { fonts, face: Face::Humanist, colour: style.ink, swell_mm: 0.0 };
    canvas.word(latin, "E G Y P T", left, 38.0 * unit, 33.0 * unit);
    let arabic = Pen { fonts, face: Face::DejaVu, colour: style.ink, swell_mm: 0.6 * unit };
    // مصر in presentation forms, from the left: final reh, medial sad, initial meem.
    canvas.word(arabic, "\u{feae}\u{febc}\u{fee3}", right, 34.0 * unit, 46.0 * unit);
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
