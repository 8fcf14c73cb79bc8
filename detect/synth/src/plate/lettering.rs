//! Words and numbers fitted into a box; Arabic words are joined by presentation forms, since no shaper runs here.

use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, Pen, Placement};
use crate::drawing::fonts::Glyph;
use crate::plate::drawn::{Character, Row};
use crate::random::{SynthRng, one_of};
use rand::RngExt;

/// First presentation form of each letter that joins, and how many it has: 2 (isolated, final) or 4 (with initial
/// and medial).
const FORMS: [(char, u32, u32); 34] = [
    ('آ', 0xfe81, 2),
    ('أ', 0xfe83, 2),
    ('إ', 0xfe87, 2),
    ('ئ', 0xfe89, 4),
    ('ا', 0xfe8d, 2),
    ('ب', 0xfe8f, 4),
    ('ة', 0xfe93, 2),
    ('ت', 0xfe95, 4),
    ('ث', 0xfe99, 4),
    ('ج', 0xfe9d, 4),
    ('ح', 0xfea1, 4),
    ('خ', 0xfea5, 4),
    ('د', 0xfea9, 2),
    ('ذ', 0xfeab, 2),
    ('ر', 0xfead, 2),
    ('ز', 0xfeaf, 2),
    ('س', 0xfeb1, 4),
    ('ش', 0xfeb5, 4),
    ('ص', 0xfeb9, 4),
    ('ض', 0xfebd, 4),
    ('ط', 0xfec1, 4),
    ('ظ', 0xfec5, 4),
    ('ع', 0xfec9, 4),
    ('غ', 0xfecd, 4),
    ('ف', 0xfed1, 4),
    ('ق', 0xfed5, 4),
    ('ك', 0xfed9, 4),
    ('ل', 0xfedd, 4),
    ('م', 0xfee1, 4),
    ('ن', 0xfee5, 4),
    ('ه', 0xfee9, 4),
    ('و', 0xfeed, 2),
    ('ى', 0xfeef, 2),
    ('ي', 0xfef1, 4),
];
/// Lam and an alef are one glyph: the alef, and the isolated form of both.
const LAM_ALEF: [(char, u32); 4] = [('آ', 0xfef5), ('أ', 0xfef7), ('إ', 0xfef9), ('ا', 0xfefb)];

/// Arabic text in visual order from the left, joined; what is no Arabic letter stays as it is.
#[must_use]
pub fn joined(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let joins_on = |place: usize| letters.get(place).is_some_and(|letter| forms(*letter) == Some(4));
    let mut shaped = Vec::new();
    let mut place = 0;
    while place < letters.len() {
        let joins_back = place > 0 && joins_on(place - 1) && !is_end_of_lam_alef(&letters, place - 1);
        let alef = letters.get(place + 1).and_then(|next| LAM_ALEF.iter().find(|(alef, _)| alef == next));
        if let ('ل', Some((_, both))) = (letters[place], alef) {
            shaped.push(form(*both, u32::from(joins_back)));
            place += 2;
            continue;
        }
        shaped.push(match FORMS.iter().find(|(letter, ..)| *letter == letters[place]) {
            None => letters[place],
            Some((_, first, 2)) => form(*first, u32::from(joins_back)),
            Some((_, first, _)) => {
                let joins_next = letters.get(place + 1).is_some_and(|next| forms(*next).is_some());
                form(*first, u32::from(joins_back) + 2 * u32::from(joins_next))
            }
        });
        place += 1;
    }
    shaped.into_iter().rev().collect()
}

/// ASCII digits in the Arabic-Indic shapes; the order stays, since both run from the left.
#[must_use]
pub fn arabic_indic(text: &str) -> String {
    text.chars()
        .map(|symbol| match symbol {
            '0'..='9' => form(u32::from('٠'), u32::from(symbol) - u32::from('0')),
            _ => symbol,
        })
        .collect()
}

/// Fills a pattern: `9` any digit, `1` a digit but zero, `A` a Latin letter, `ا` an Arabic letter of plates; the rest
/// stays.
pub(crate) fn filled(pattern: &str, random: &mut SynthRng) -> String {
    let arabic: Vec<char> = "ابحدرسصطعقكلمنهوي".chars().collect();
    pattern
        .chars()
        .map(|symbol| match symbol {
            '9' => char::from(random.random_range(b'0'..=b'9')),
            '1' => char::from(random.random_range(b'1'..=b'9')),
            'A' => char::from(random.random_range(b'A'..=b'Z')),
            'ا' => one_of(&arabic, random).copied().unwrap_or('ب'),
            _ => symbol,
        })
        .collect()
}

/// Writes text, in visual order from the left, as large as the area allows and in its middle; returns its characters.
pub(crate) fn write_fitted(
    canvas: &mut Canvas,
    pen: Pen<'_>,
    text: &str,
    area: Area,
    row: Row,
) -> Vec<Character> {
    let glyphs: Vec<(char, Option<&Glyph>)> =
        text.chars().map(|symbol| (symbol, pen.fonts.glyph(pen.face, symbol))).collect();
    /// Of a space, in ems.
    const SPACE: f32 = 0.3;
    let advance = |glyph: Option<&Glyph>| glyph.map_or(SPACE, |glyph| glyph.advance);
    let total: f32 = glyphs.iter().map(|(_, glyph)| advance(*glyph)).sum();
    let extent = |edge: fn(&Glyph) -> f32, start: f32, choose: fn(f32, f32) -> f32| {
        glyphs.iter().filter_map(|(_, glyph)| glyph.map(edge)).fold(start, choose)
    };
    let top = extent(|glyph| glyph.bounds.top(), 0.0, f32::min);
    let bottom = extent(|glyph| glyph.bounds.bottom(), 0.0, f32::max);
    let em = (area.width() / total.max(0.1)).min(area.height() / (bottom - top).max(0.1));
    let base = area.top + (area.height() - (bottom - top) * em) / 2.0 - top * em;
    let mut left = f32::midpoint(area.left, area.right) - total * em / 2.0;
    let mut characters = Vec::new();
    for (symbol, glyph) in glyphs {
        if let Some(glyph) = glyph {
            let place = Placement { left: left + glyph.bounds.left() * em, base, em, stretch: 1.0 };
            let area = canvas.glyph(pen, glyph, place);
            characters.push(Character { symbol, row, area, visible: true, altered: false });
        }
        left += advance(glyph) * em;
    }
    characters
}

fn forms(letter: char) -> Option<u32> {
    FORMS.iter().find(|(known, ..)| *known == letter).map(|(.., count)| *count)
}

fn is_end_of_lam_alef(letters: &[char], place: usize) -> bool {
    place > 0 && letters[place - 1] == 'ل' && LAM_ALEF.iter().any(|(alef, _)| *alef == letters[place])
}

fn form(first: u32, offset: u32) -> char {
    char::from_u32(first + offset).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::fonts::{Face, Fonts};

    #[test]
    fn words_are_joined_as_they_are_written() {
        // The forms chosen by hand for the plates' own words.
        assert_eq!(joined("مصر"), "\u{feae}\u{febc}\u{fee3}");
        assert_eq!(joined("السعودية"), "\u{fe94}\u{fef3}\u{fea9}\u{feee}\u{fecc}\u{feb4}\u{fedf}\u{fe8d}");
        // Lam and alef are one, and nothing joins to what follows them: the last dal stands alone.
        assert_eq!(joined("بلاد"), "\u{fea9}\u{fefc}\u{fe91}");
        assert_eq!(joined("A 1"), "1 A");
    }

    #[test]
    fn digits_change_their_shape_and_not_their_order() {
        assert_eq!(arabic_indic("12-90"), "١٢-٩٠");
    }

    #[test]
    fn every_form_has_a_glyph_in_the_face_of_signs() {
        let fonts = Fonts::load().unwrap();
        for (letter, first, count) in FORMS {
            for offset in 0..count {
                assert!(fonts.glyph(Face::DejaVu, form(first, offset)).is_some(), "{letter} form {offset}");
            }
        }
        for (alef, both) in LAM_ALEF {
            for offset in 0..2 {
                assert!(fonts.glyph(Face::DejaVu, form(both, offset)).is_some(), "lam {alef} form {offset}");
            }
        }
    }

    #[test]
    fn fitted_text_stays_in_its_area() {
        let fonts = Fonts::load().unwrap();
        let mut canvas = Canvas::new((200.0, 100.0), 1.0).unwrap();
        let pen = Pen { fonts: &fonts, face: Face::DejaVu, colour: [0; 3], swell_mm: 0.0 };
        let area = Area::new(20.0, 30.0, 180.0, 60.0);
        for text in ["KUWAIT 12", "8", &joined("الكويت")] {
            for character in write_fitted(&mut canvas, pen, text, area, Row::Latin) {
                let Area { left, top, right, bottom } = character.area;
                let inside = left > 18.0 && top > 29.0 && right < 182.0 && bottom < 61.0;
                assert!(inside, "{text}: {character:?}");
            }
        }
    }
}
