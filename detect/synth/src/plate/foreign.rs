//! Plates of countries that are not served: what stands where and in which script, from general knowledge of how such
//! plates look. Nothing is copied from official artwork; emblems are left out.

use crate::drawing::area::Area;
use crate::drawing::canvas::{Canvas, CanvasError, Pen};
use crate::drawing::colour::Rgb;
use crate::drawing::fonts::{Face, Fonts};
use crate::plate::drawn::{DrawnPlate, Row};
use crate::plate::lettering::{arabic_indic, filled, joined, write_fitted};
use crate::random::{SynthRng, between};
use rand::RngExt;

/// A plate of another country with what is written on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignPlate {
    layout: &'static ForeignLayout,
    /// What each field of the layout says, ASCII or Arabic letters.
    texts: Vec<String>,
}

/// How a country's plate looks.
#[derive(Debug, PartialEq)]
struct ForeignLayout {
    /// Name in labels: country, and the sort where there are several.
    name: &'static str,
    /// ISO 3166-1 alpha-2 of the country, `EU` for the common European form.
    country: &'static str,
    size_mm: (f32, f32),
    field: Rgb,
    ink: Rgb,
    /// Patterns as [`filled`] takes them; a field is cut to a shorter text by chance, down to the number beside it.
    fields: &'static [(&'static str, usize)],
    parts: &'static [Part],
}

/// One thing on a plate, in millimetres.
#[derive(Debug, PartialEq)]
enum Part {
    Fill(Area, Rgb),
    /// Teeth along the right edge of an area, as on flags.
    Teeth(Area, Rgb),
    Word(&'static str, Area),
    /// The same in white.
    PaleWord(&'static str, Area),
    /// A field with Latin letters and Western digits.
    Western(usize, Area),
    /// A field with Arabic letters and Arabic-Indic digits.
    Eastern(usize, Area),
}

use Part::{Eastern, Fill, PaleWord, Teeth, Western, Word};

const WHITE: Rgb = [244, 244, 240];
const BLACK: Rgb = [18, 18, 20];
const BLUE: Rgb = [24, 66, 160];

const fn area(left: f32, top: f32, right: f32, bottom: f32) -> Area {
    Area::new(left, top, right, bottom)
}

static LAYOUTS: [ForeignLayout; 18] = [
    ForeignLayout {
        name: "emirates_long",
        country: "AE",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("A", 1), ("19999", 2)],
        parts: &[
            Western(0, area(20.0, 22.0, 100.0, 92.0)),
            Word("دبي", area(120.0, 16.0, 200.0, 52.0)),
            Word("DUBAI", area(120.0, 62.0, 200.0, 90.0)),
            Western(1, area(220.0, 20.0, 500.0, 94.0)),
        ],
    },
    ForeignLayout {
        name: "emirates_short",
        country: "AE",
        size_mm: (335.0, 155.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("19", 1), ("99999", 3)],
        parts: &[
            Word("الإمارات", area(14.0, 10.0, 120.0, 48.0)),
            Word("U.A.E", area(210.0, 14.0, 322.0, 46.0)),
            Western(0, area(14.0, 64.0, 84.0, 142.0)),
            Western(1, area(100.0, 60.0, 322.0, 144.0)),
        ],
    },
    ForeignLayout {
        name: "kuwait",
        country: "KW",
        size_mm: (335.0, 155.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("19-99999", 5)],
        parts: &[
            Word("KUWAIT", area(14.0, 8.0, 120.0, 34.0)),
            Word("الكويت", area(220.0, 4.0, 322.0, 38.0)),
            Eastern(0, area(16.0, 44.0, 318.0, 84.0)),
            Western(0, area(16.0, 94.0, 318.0, 146.0)),
        ],
    },
    ForeignLayout {
        name: "qatar_long",
        country: "QA",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("199999", 3)],
        parts: &[
            Fill(area(3.0, 3.0, 70.0, 107.0), [130, 22, 56]),
            Teeth(area(70.0, 3.0, 88.0, 107.0), [130, 22, 56]),
            PaleWord("قطر", area(8.0, 10.0, 64.0, 48.0)),
            PaleWord("QATAR", area(8.0, 66.0, 64.0, 92.0)),
            Western(0, area(110.0, 16.0, 506.0, 96.0)),
        ],
    },
    ForeignLayout {
        name: "qatar_short",
        country: "QA",
        size_mm: (335.0, 155.0),
        field: WHITE,
        ink: [110, 16, 44],
        fields: &[("199999", 4)],
        parts: &[
            Eastern(0, area(80.0, 12.0, 322.0, 66.0)),
            Western(0, area(80.0, 80.0, 322.0, 144.0)),
            Fill(area(3.0, 3.0, 62.0, 152.0), [130, 22, 56]),
            PaleWord("قطر", area(8.0, 30.0, 58.0, 70.0)),
            PaleWord("QATAR", area(6.0, 96.0, 60.0, 116.0)),
        ],
    },
    ForeignLayout {
        name: "bahrain_long",
        country: "BH",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("199999", 4)],
        parts: &[
            Fill(area(3.0, 3.0, 34.0, 107.0), [204, 30, 44]),
            Teeth(area(34.0, 3.0, 56.0, 107.0), [204, 30, 44]),
            Eastern(0, area(140.0, 8.0, 420.0, 44.0)),
            Western(0, area(80.0, 50.0, 420.0, 102.0)),
            Word("البحرين", area(432.0, 14.0, 512.0, 52.0)),
            Word("BAHRAIN", area(432.0, 66.0, 512.0, 90.0)),
        ],
    },
    ForeignLayout {
        name: "bahrain_short",
        country: "BH",
        size_mm: (300.0, 160.0),
        field: [222, 96, 40],
        ink: WHITE,
        fields: &[("199999", 4)],
        parts: &[
            Eastern(0, area(14.0, 10.0, 190.0, 66.0)),
            Word("البحرين", area(206.0, 16.0, 290.0, 60.0)),
            Western(0, area(14.0, 82.0, 286.0, 148.0)),
        ],
    },
    ForeignLayout {
        name: "oman_long",
        country: "OM",
        size_mm: (520.0, 110.0),
        field: [246, 208, 40],
        ink: BLACK,
        fields: &[("19999", 2), ("AA", 1), ("ا ا", 1)],
        parts: &[
            Western(0, area(16.0, 18.0, 300.0, 96.0)),
            Word("عمان", area(312.0, 12.0, 380.0, 54.0)),
            Word("OMAN", area(312.0, 66.0, 380.0, 92.0)),
            Eastern(2, area(392.0, 10.0, 506.0, 52.0)),
            Western(1, area(392.0, 60.0, 506.0, 98.0)),
        ],
    },
    ForeignLayout {
        name: "jordan_long",
        country: "JO",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("19-99999", 4)],
        parts: &[
            Word("الأردن", area(12.0, 12.0, 96.0, 56.0)),
            Word("JORDAN", area(12.0, 68.0, 96.0, 94.0)),
            Fill(area(102.0, 4.0, 106.0, 106.0), BLACK),
            Western(0, area(120.0, 16.0, 508.0, 96.0)),
        ],
    },
    ForeignLayout {
        name: "jordan_short",
        country: "JO",
        size_mm: (335.0, 155.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("19-99999", 4)],
        parts: &[
            Word("JORDAN", area(14.0, 10.0, 120.0, 38.0)),
            Word("الأردن", area(220.0, 6.0, 322.0, 44.0)),
            Eastern(0, area(20.0, 54.0, 314.0, 146.0)),
        ],
    },
    ForeignLayout {
        name: "iraq_arabic",
        country: "IQ",
        size_mm: (440.0, 140.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("199999", 4), ("ا", 1)],
        parts: &[
            Eastern(0, area(14.0, 40.0, 260.0, 128.0)),
            Eastern(1, area(270.0, 36.0, 320.0, 130.0)),
            Word("العراق", area(20.0, 4.0, 150.0, 36.0)),
            Fill(area(330.0, 4.0, 436.0, 136.0), [206, 40, 44]),
            PaleWord("بغداد", area(336.0, 40.0, 430.0, 108.0)),
        ],
    },
    ForeignLayout {
        name: "iraq_latin",
        country: "IQ",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("19 A 99999", 7)],
        parts: &[
            Fill(area(3.0, 3.0, 56.0, 107.0), BLUE),
            PaleWord("IRQ", area(8.0, 60.0, 52.0, 96.0)),
            PaleWord("العراق", area(8.0, 12.0, 52.0, 48.0)),
            Western(0, area(68.0, 18.0, 508.0, 94.0)),
        ],
    },
    ForeignLayout {
        name: "libya",
        country: "LY",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("9-1999999", 4)],
        parts: &[
            Western(0, area(14.0, 18.0, 396.0, 96.0)),
            Fill(area(404.0, 4.0, 407.0, 106.0), BLACK),
            Word("ليبيا", area(416.0, 20.0, 508.0, 90.0)),
        ],
    },
    ForeignLayout {
        name: "libya_arabic",
        country: "LY",
        size_mm: (335.0, 155.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("199999", 4)],
        parts: &[Word("ليبيا", area(100.0, 8.0, 235.0, 56.0)), Eastern(0, area(16.0, 66.0, 320.0, 144.0))],
    },
    ForeignLayout {
        name: "sudan",
        country: "SD",
        size_mm: (330.0, 165.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("ا9", 2), ("19999", 3), ("9AA", 2)],
        parts: &[
            Word("السودان", area(190.0, 6.0, 316.0, 46.0)),
            Word("SUDAN", area(14.0, 12.0, 120.0, 40.0)),
            Eastern(1, area(14.0, 56.0, 220.0, 108.0)),
            Eastern(0, area(236.0, 54.0, 318.0, 110.0)),
            Western(2, area(236.0, 120.0, 318.0, 156.0)),
            Western(1, area(14.0, 116.0, 220.0, 158.0)),
        ],
    },
    ForeignLayout {
        name: "european",
        country: "EU",
        size_mm: (520.0, 110.0),
        field: WHITE,
        ink: BLACK,
        fields: &[("AA 999 AA", 6)],
        parts: &[
            Fill(area(3.0, 3.0, 46.0, 107.0), BLUE),
            PaleWord("O", area(12.0, 14.0, 38.0, 44.0)),
            Western(0, area(62.0, 18.0, 508.0, 94.0)),
        ],
    },
    ForeignLayout {
        name: "european_yellow",
        country: "EU",
        size_mm: (520.0, 110.0),
        field: [246, 202, 30],
        ink: BLACK,
        fields: &[("99-AAA-9", 8)],
        parts: &[
            Fill(area(3.0, 3.0, 46.0, 107.0), BLUE),
            PaleWord("A", area(12.0, 66.0, 38.0, 96.0)),
            Western(0, area(62.0, 18.0, 508.0, 94.0)),
        ],
    },
    ForeignLayout {
        name: "american",
        country: "US",
        size_mm: (305.0, 152.0),
        field: [232, 236, 244],
        ink: [24, 40, 110],
        fields: &[("AAA 1999", 6)],
        parts: &[
            Fill(area(3.0, 3.0, 302.0, 34.0), [150, 186, 226]),
            Word("LAKE STATE", area(70.0, 8.0, 236.0, 32.0)),
            Western(0, area(14.0, 44.0, 292.0, 116.0)),
            Word("OPEN ROADS", area(80.0, 126.0, 226.0, 144.0)),
        ],
    },
];

impl ForeignPlate {
    /// Any of the layouts with any text.
    #[must_use]
    pub fn random(random: &mut SynthRng) -> Self {
        let layout = &LAYOUTS[random.random_range(0..LAYOUTS.len())];
        let texts = layout
            .fields
            .iter()
            .map(|(pattern, shortest)| {
                let text = filled(pattern, random);
                let length = random.random_range(*shortest..=text.chars().count());
                text.chars().take(length).collect()
            })
            .collect();
        Self { layout, texts }
    }

    /// Names of all layouts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        LAYOUTS.iter().map(|layout| layout.name)
    }

    /// Name of the layout.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.layout.name
    }

    /// ISO 3166-1 alpha-2 of the country, `EU` for the common European form.
    #[must_use]
    pub const fn country(&self) -> &'static str {
        self.layout.country
    }

    /// Width and height in millimetres.
    #[must_use]
    pub const fn size_mm(&self) -> (f32, f32) {
        self.layout.size_mm
    }

    /// Draws it at this many pixels a millimetre.
    ///
    /// # Errors
    /// When the size is no picture's size.
    pub fn draw(
        &self,
        fonts: &Fonts,
        pixels_per_mm: f32,
        random: &mut SynthRng,
    ) -> Result<DrawnPlate, CanvasError> {
        let Self { layout, texts } = self;
        let (width, height) = layout.size_mm;
        let mut canvas = Canvas::new((width, height), pixels_per_mm)?;
        let ink = layout.ink;
        canvas.rounded(area(0.0, 0.0, width, height), 9.0, ink, 1.0);
        canvas.rounded(area(2.5, 2.5, width - 2.5, height - 2.5), 7.0, layout.field, 1.0);
        let swell_mm = between(random, 0.0, 2.0);
        let western = Face::LATIN[random.random_range(0..Face::LATIN.len())];
        let eastern = Face::ARABIC[random.random_range(0..Face::ARABIC.len())];
        let mut characters = Vec::new();
        for part in layout.parts {
            let pen = |face, colour, swell_mm| Pen { fonts, face, colour, swell_mm };
            match part {
                Fill(area, colour) => canvas.rectangle(*area, *colour, 1.0),
                Teeth(area, colour) => teeth(&mut canvas, *area, *colour),
                Word(word, area) => word_in(&mut canvas, pen(Face::DejaVu, ink, 0.3), word, *area),
                PaleWord(word, area) => word_in(&mut canvas, pen(Face::DejaVu, WHITE, 0.3), word, *area),
                Western(field, area) => {
                    let text = &texts[*field];
                    let pen = pen(western, ink, swell_mm);
                    characters.extend(write_fitted(&mut canvas, pen, text, *area, Row::Latin));
                }
                Eastern(field, area) => {
                    let text = arabic_indic(&texts[*field]);
                    let pen = pen(eastern, ink, swell_mm);
                    characters.extend(write_fitted(&mut canvas, pen, &text, *area, Row::Arabic));
                }
            }
        }
        Ok(DrawnPlate { canvas, characters, field: layout.field, ink })
    }
}

fn word_in(canvas: &mut Canvas, pen: Pen<'_>, word: &str, area: Area) {
    let text = if word.is_ascii() { word.to_owned() } else { joined(word) };
    write_fitted(canvas, pen, &text, area, Row::Latin);
}

fn teeth(canvas: &mut Canvas, Area { left, top, right, bottom }: Area, colour: Rgb) {
    const COUNT: u8 = 5;
    let tall = (bottom - top) / f32::from(COUNT);
    for tooth in 0..COUNT {
        let upper = top + f32::from(tooth) * tall;
        canvas.polygon(&[[left, upper], [right, upper + tall / 2.0], [left, upper + tall]], colour, 1.0);
    }
}
