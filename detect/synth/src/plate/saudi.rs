//! The Saudi plate: Arabic row above the Latin row in the same columns, digits left, letters right, and a strip with
//! emblem, KSA and the sign of the class.

use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, CanvasError, Pen};
use crate::drawing::colour::Rgb;
use crate::drawing::fonts::{Face, Fonts};
use crate::plate::drawn::{Character, Row};
use crate::plate::layout::SaudiLayout;
use crate::plate::specification::{Alteration, PlateSpecification};
use crate::plate::stamp::{Run, Spacing, Style, em_for, write};
use schemas::jurisdiction::Jurisdiction;
use schemas::vehicle_class::VehicleClass;

const BORDER_MM: f32 = 2.5;

/// Where the fields of a layout lie, in millimetres.
struct Fields {
    digits: (f32, f32),
    letters: (f32, f32),
    strip: (f32, f32),
    /// Vertical separating lines.
    lines: &'static [f32],
    /// Height of digits and of letters in the Arabic row.
    arabic: (f32, f32),
    /// Height of digits and of letters in the Latin row.
    latin: (f32, f32),
}

/// Draws the plate and returns its characters: Arabic row left to right, then Latin row.
pub(crate) fn draw(
    canvas: &mut Canvas,
    fonts: &Fonts,
    specification: &PlateSpecification,
    layout: SaudiLayout,
    style: &Style,
) -> Result<Vec<Character>, CanvasError> {
    let fields = fields(layout);
    let (_, height) = layout.size_mm();
    ground(canvas, specification, style, &fields);
    strip(canvas, fonts, specification, layout, style, &fields);
    let mut characters = Vec::new();
    for row in [Row::Arabic, Row::Latin] {
        let written = write_row(canvas, fonts, specification, style, &fields, row)?;
        characters.extend(written);
    }
    if let Some(Alteration::CoveredDigit { place }) = specification.alteration() {
        cover(canvas, style, &mut characters, place, height);
    }
    Ok(characters)
}

const fn fields(layout: SaudiLayout) -> Fields {
    match layout {
        SaudiLayout::Short => Fields {
            digits: (8.0, 168.0),
            letters: (174.0, 292.0),
            strip: (296.0, 332.0),
            lines: &[171.0, 295.0],
            arabic: (46.0, 38.0),
            latin: (52.0, 38.0),
        },
        SaudiLayout::Long => Fields {
            digits: (10.0, 226.0),
            letters: (298.0, 510.0),
            strip: (230.0, 294.0),
            lines: &[229.0, 295.0],
            arabic: (30.0, 25.0),
            latin: (36.0, 34.0),
        },
        SaudiLayout::LongStripRight => Fields {
            digits: (10.0, 236.0),
            letters: (240.0, 446.0),
            strip: (452.0, 516.0),
            lines: &[450.0],
            arabic: (30.0, 25.0),
            latin: (36.0, 34.0),
        },
        SaudiLayout::Motorcycle => Fields {
            digits: (7.0, 116.0),
            letters: (122.0, 204.0),
            strip: (209.0, 237.0),
            lines: &[119.0, 208.0],
            arabic: (40.0, 33.0),
            latin: (46.0, 33.0),
        },
    }
}

fn ground(canvas: &mut Canvas, specification: &PlateSpecification, style: &Style, fields: &Fields) {
    let (width, height) = specification.layout().size_mm();
    canvas.rounded(Area::new(0.0, 0.0, width, height), 9.0, style.ink, 1.0);
    let inner = Area::new(BORDER_MM, BORDER_MM, width - BORDER_MM, height - BORDER_MM);
    canvas.rounded(inner, 7.0, style.field, 1.0);
    if let Some(colour) = strip_colour(specification.class()) {
        let area = Area { left: fields.strip.0, right: fields.strip.1, ..inner };
        canvas.rounded(area, 4.0, style.tinted(colour), 1.0);
    }
    let half = style.line_mm / 2.0;
    for line in fields.lines {
        canvas.rectangle(Area::new(line - half, BORDER_MM, line + half, height - BORDER_MM), style.ink, 1.0);
    }
    let middle = height / 2.0;
    for (left, right) in [fields.digits, fields.letters] {
        let edge = 8.0;
        canvas.rectangle(
            Area::new(left - edge, middle - half, right + edge / 2.0, middle + half),
            style.ink,
            1.0,
        );
    }
}

fn write_row(
    canvas: &mut Canvas,
    fonts: &Fonts,
    specification: &PlateSpecification,
    style: &Style,
    fields: &Fields,
    row: Row,
) -> Result<Vec<Character>, CanvasError> {
    let (_, height) = specification.layout().size_mm();
    let half = height / 2.0;
    let (face, letters, heights, references, field, base) = match row {
        Row::Arabic => (
            specification.arabic_face(),
            specification.visible_letters().into_iter().rev().collect(),
            fields.arabic,
            ('١', 'ا'),
            (BORDER_MM + 2.0, half - 3.0),
            (0.40, 0.35),
        ),
        Row::Latin => (
            specification.latin_face(),
            specification.latin_letters().unwrap_or_default(),
            fields.latin,
            ('8', 'H'),
            (half + 3.0, height - BORDER_MM - 2.0),
            (0.91, 0.88),
        ),
    };
    let pen = Pen { fonts, face, colour: style.ink, swell_mm: style.swell_mm };
    let digits: Vec<char> = specification.digits().chars().collect();
    let part = |symbols: &[char],
                (left, right): (f32, f32),
                share: f32,
                reference,
                tall: f32,
                canvas: &mut Canvas| {
        let run = Run {
            symbols,
            row,
            jurisdiction: Jurisdiction::SaudiArabia,
            field: Area::new(left, field.0, right, field.1),
            base: share * height + style.drop_mm * 0.4,
            em: em_for(pen, reference, tall * style.size)?,
            stretch: style.stretch,
            spacing: Spacing::Cells,
        };
        write(canvas, pen, &run)
    };
    let digit_field = narrowed(fields.digits, digits.len(), style.spread);
    let letter_field = narrowed(fields.letters, letters.len() + 1, style.spread);
    let mut characters = part(&digits, digit_field, base.0, references.0, heights.0, canvas)?;
    characters.extend(part(&letters, letter_field, base.1, references.1, heights.1, canvas)?);
    Ok(characters)
}

/// Fewer characters use less of their field, as far as the plate spreads them.
fn narrowed((left, right): (f32, f32), count: usize, spread: f32) -> (f32, f32) {
    /// A field is made for this many characters.
    const FULL: f32 = 4.0;
    let count = f32::from(u8::try_from(count).unwrap_or(u8::MAX)).min(FULL);
    let share = (count / FULL).max(0.3) * (0.9 + 0.1 * spread);
    let share = share + (1.0 - share) * 0.5 * spread;
    let cut = (right - left) * (1.0 - share) / 2.0;
    (left + cut, right - cut)
}

fn strip(
    canvas: &mut Canvas,
    fonts: &Fonts,
    specification: &PlateSpecification,
    layout: SaudiLayout,
    style: &Style,
    fields: &Fields,
) {
    let (_, height) = layout.size_mm();
    let middle = f32::midpoint(fields.strip.0, fields.strip.1);
    let unit = height / 155.0;
    emblem(canvas, style, [middle, 22.0 * unit], unit);
    let arabic = Pen { fonts, face: Face::DejaVu, colour: style.ink, swell_mm: 0.0 };
    // السعودية in presentation forms, from the left.
    canvas.word(
        arabic,
        "\u{fe94}\u{fef3}\u{62f}\u{feee}\u{fecc}\u{feb4}\u{fedf}\u{627}",
        middle,
        45.0 * unit,
        12.0 * unit,
    );
    let latin = Pen { fonts, face: specification.latin_face(), colour: style.ink, swell_mm: 0.3 };
    match layout {
        SaudiLayout::Short | SaudiLayout::Motorcycle => {
            for (letter, base) in [("K", 71.0), ("S", 92.0), ("A", 113.0)] {
                canvas.word(latin, letter, middle, base * unit, 19.0 * unit);
            }
            canvas.circle([middle, 136.0 * unit], 8.5 * unit, style.ink, 1.0);
        }
        SaudiLayout::Long | SaudiLayout::LongStripRight => {
            canvas.word(latin, "KSA", middle, 66.0, 24.0);
            canvas.circle([middle + 12.0, 90.0], 9.0, style.ink, 1.0);
            canvas.rectangle(Area::new(middle - 22.0, 84.0, middle - 5.0, 95.0), style.ink, 0.35);
        }
    }
}

/// The palm above two crossed swords, as a few strokes: at camera distance no more can be seen.
fn emblem(canvas: &mut Canvas, style: &Style, [x, y]: [f32; 2], unit: f32) {
    let ink = style.ink;
    canvas.rectangle(Area::new(x - unit, y - 8.0 * unit, x + unit, y + 4.0 * unit), ink, 1.0);
    for side in [-1.0, 1.0] {
        let fan = [[x, y - 12.0 * unit], [x + side * 9.0 * unit, y - 7.0 * unit], [x, y - 8.0 * unit]];
        canvas.polygon(&fan, ink, 1.0);
        let sword = [
            [x - side * 12.0 * unit, y + 2.0 * unit],
            [x + side * 11.0 * unit, y + 11.0 * unit],
            [x + side * 9.0 * unit, y + 13.0 * unit],
        ];
        canvas.polygon(&sword, ink, 1.0);
    }
}

fn cover(canvas: &mut Canvas, style: &Style, characters: &mut [Character], place: usize, height: f32) {
    let mut seen = [0_usize; 2];
    for character in characters.iter_mut().filter(|character| character.symbol.is_ascii_digit()) {
        let row = usize::from(character.row == Row::Latin);
        if seen[row] == place {
            let Area { left, right, .. } = character.area;
            let (top, bottom) =
                if row == 0 { (4.0, height / 2.0 - 2.0) } else { (height / 2.0 + 2.0, height - 4.0) };
            canvas.rectangle(Area::new(left - 3.0, top, right + 3.0, bottom), style.field, 1.0);
            character.visible = false;
        }
        seen[row] += 1;
    }
}

/// The colour of the strip; private plates have none.
const fn strip_colour(class: VehicleClass) -> Option<Rgb> {
    match class {
        VehicleClass::Private
        | VehicleClass::Bus
        | VehicleClass::TouristBus
        | VehicleClass::Rental
        | VehicleClass::Police
        | VehicleClass::Temporary => None,
        VehicleClass::Taxi => Some([246, 200, 36]),
        VehicleClass::Goods => Some([44, 104, 196]),
        VehicleClass::Diplomatic => Some([40, 142, 76]),
    }
}
