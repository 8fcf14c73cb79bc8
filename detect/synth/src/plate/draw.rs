//! One flat plate, seen straight on, with the box of every character.

use crate::drawing::canvas::{Canvas, CanvasError};
use crate::drawing::fonts::Fonts;
use crate::plate::drawn::DrawnPlate;
use crate::plate::layout::Layout;
use crate::plate::specification::PlateSpecification;
use crate::plate::stamp::Style;
use crate::plate::{egypt, saudi};
use crate::random::SynthRng;

/// Draws a plate at this many pixels a millimetre. Colours, weights and spacing vary by chance as stamping and age
/// make them vary; the text does not.
///
/// # Errors
/// When the size is no picture's size, or no committed face has a character.
pub fn draw_plate(
    fonts: &Fonts,
    specification: &PlateSpecification,
    pixels_per_mm: f32,
    random: &mut SynthRng,
) -> Result<DrawnPlate, CanvasError> {
    let layout = specification.layout();
    let mut canvas = Canvas::new(layout.size_mm(), pixels_per_mm)?;
    let style = Style::random(specification, random);
    let characters = match layout {
        Layout::Egypt(layout) => egypt::draw(&mut canvas, fonts, specification, layout, &style)?,
        Layout::Saudi(layout) => saudi::draw(&mut canvas, fonts, specification, layout, &style)?,
    };
    Ok(DrawnPlate { canvas, characters, field: style.field, ink: style.ink })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::area::Area;
    use crate::random::sample_rng;
    use schemas::jurisdiction::Jurisdiction;

    #[test]
    fn characters_lie_inside_the_plate_and_do_not_overlap() {
        let fonts = Fonts::load().unwrap();
        for jurisdiction in Jurisdiction::ALL {
            for index in 0..200 {
                let mut random = sample_rng(11, index);
                let specification = PlateSpecification::random(jurisdiction, &mut random).unwrap();
                let specification =
                    if index % 2 == 0 { specification } else { specification.on_motorcycle(&mut random) };
                let (width, height) = specification.layout().size_mm();
                let plate = draw_plate(&fonts, &specification, 1.0, &mut random).unwrap();
                for (place, character) in plate.characters.iter().enumerate() {
                    let Area { left, top, right, bottom } = character.area;
                    let inside = left > 0.0
                        && top > 0.0
                        && right < width
                        && bottom < height
                        && left < right
                        && top < bottom;
                    assert!(inside, "{specification:?}: {character:?}");
                    for other in &plate.characters[place + 1..] {
                        let apart = other.row != character.row
                            || other.area.left >= right
                            || other.area.right <= left
                            || other.area.top >= bottom
                            || other.area.bottom <= top;
                        assert!(apart, "{specification:?}: {character:?} meets {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_saudi_plate_carries_its_text_twice_and_an_egyptian_one_once() {
        let fonts = Fonts::load().unwrap();
        for (jurisdiction, rows) in [(Jurisdiction::Egypt, 1), (Jurisdiction::SaudiArabia, 2)] {
            let mut random = sample_rng(3, 3);
            let specification = PlateSpecification::random(jurisdiction, &mut random).unwrap();
            let plate = draw_plate(&fonts, &specification, 1.0, &mut random).unwrap();
            let text = specification.visible_letters().len() + specification.digits().len();
            assert_eq!(plate.characters.len(), rows * text);
        }
    }
}
