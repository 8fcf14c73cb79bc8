//! Things that look like a plate and are none: stickers, signs, telephone numbers, dealers' plates, advertisements.

use crate::drawing::area::{Area, to_float};
use crate::drawing::canvas::{Canvas, CanvasError, Pen};
use crate::drawing::colour::Rgb;
use crate::drawing::fonts::{Face, Fonts};
use crate::plate::drawn::{DrawnPlate, Row};
use crate::plate::lettering::{arabic_indic, filled, joined, write_fitted};
use crate::random::{SynthRng, between, one_of};
use rand::RngExt;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FakeKind {
    /// A sticker with a slogan.
    Sticker,
    /// The sign of a shop.
    ShopSign,
    /// The telephone number on a van.
    Telephone,
    /// A dealer's name in the shape of a plate, with a band or strip like a plate's.
    DealerPlate,
    /// An advertisement in the shape of a plate.
    Advertisement,
}

impl FakeKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Sticker, Self::ShopSign, Self::Telephone, Self::DealerPlate, Self::Advertisement];
}

/// One such thing with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct FakePlate {
    kind: FakeKind,
    size_mm: (f32, f32),
    ground: Rgb,
    ink: Rgb,
    trim: Trim,
    /// Lines from above, in visual order from the left.
    lines: Vec<String>,
}

/// The coloured part that makes it look like a plate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trim {
    None,
    Band(Rgb),
    Strip(Rgb),
}

const SIZES_MM: [(f32, f32); 4] = [(350.0, 170.0), (335.0, 155.0), (520.0, 110.0), (420.0, 200.0)];
const COLOURS: [Rgb; 7] = [
    [24, 132, 226],
    [206, 38, 40],
    [244, 168, 22],
    [40, 142, 76],
    [44, 104, 196],
    [246, 200, 36],
    [110, 60, 140],
];
const SLOGANS: [(&str, &str); 6] = [
    ("BABY ON BOARD", "طفل في السيارة"),
    ("KEEP DISTANCE", "اترك مسافة"),
    ("NEW DRIVER", "سائق جديد"),
    ("NO FEAR", "صباح الخير"),
    ("TURBO", "تربو"),
    ("FOR SALE", "للبيع"),
];
const SHOPS: [(&str, &str); 8] = [
    ("PHARMACY", "صيدلية"),
    ("BAKERY", "مخبز"),
    ("RESTAURANT", "مطعم"),
    ("BOOKS", "مكتبة"),
    ("MARKET", "بقالة"),
    ("LAUNDRY", "مغسلة"),
    ("TYRES", "إطارات"),
    ("OPTICS", "بصريات"),
];
const DEALERS: [(&str, &str); 6] = [
    ("NILE MOTORS", "النيل للسيارات"),
    ("DELTA CARS", "الدلتا"),
    ("OASIS AUTO", "الواحة للسيارات"),
    ("PALM TRADING", "النخيل للتجارة"),
    ("CITY RENT", "تأجير سيارات"),
    ("GULF TRUCKS", "شاحنات الخليج"),
];
/// Digits in Arabic lines stand in reverse, since the whole line is turned round when it is joined.
const OFFERS: [(&str, &str); 5] = [
    ("SALE 50", "خصم ٠٥"),
    ("CALL NOW", "اتصل الآن"),
    ("FREE HOME DELIVERY", "توصيل مجاني"),
    ("OPEN 24 HOURS", "مفتوح ٤٢ ساعة"),
    ("BEST PRICE", "أفضل سعر"),
];
/// Telephone numbers of forms that nobody has: they begin with 0000.
const TELEPHONES: [&str; 3] = ["0000 999 9999", "0000-9999999", "000 099 9999"];

impl FakePlate {
    /// By chance, all sorts equally often.
    #[must_use]
    pub fn random(random: &mut SynthRng) -> Self {
        let kind = FakeKind::ALL[random.random_range(0..FakeKind::ALL.len())];
        let colour = |random: &mut SynthRng| COLOURS[random.random_range(0..COLOURS.len())];
        let is_pale = matches!(kind, FakeKind::DealerPlate) || random.random_bool(0.5);
        let ground = if is_pale { [244, 244, 238] } else { colour(random) };
        let ink = if is_pale {
            [[20, 20, 24], colour(random)][usize::from(random.random_bool(0.3))]
        } else {
            [248; 3]
        };
        let trim = match kind {
            FakeKind::DealerPlate | FakeKind::Advertisement => match random.random_range(0..3_u8) {
                0 => Trim::None,
                1 => Trim::Band(colour(random)),
                2.. => Trim::Strip(colour(random)),
            },
            FakeKind::Sticker | FakeKind::ShopSign | FakeKind::Telephone => Trim::None,
        };
        let size_mm = SIZES_MM[random.random_range(0..SIZES_MM.len())];
        Self { kind, size_mm, ground, ink, trim, lines: lines(kind, random) }
    }

    /// The name written to labels.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self.kind {
            FakeKind::Sticker => "sticker",
            FakeKind::ShopSign => "shop_sign",
            FakeKind::Telephone => "telephone",
            FakeKind::DealerPlate => "dealer_plate",
            FakeKind::Advertisement => "advertisement",
        }
    }

    /// Width and height in millimetres.
    #[must_use]
    pub const fn size_mm(&self) -> (f32, f32) {
        self.size_mm
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
        let Self { ground, ink, trim, lines, size_mm: (width, height), kind: _ } = self;
        let mut canvas = Canvas::new((*width, *height), pixels_per_mm)?;
        canvas.rounded(Area::new(0.0, 0.0, *width, *height), 10.0, *ink, 1.0);
        canvas.rounded(Area::new(3.0, 3.0, width - 3.0, height - 3.0), 8.0, *ground, 1.0);
        let mut room = Area::new(14.0, 10.0, width - 14.0, height - 10.0);
        match *trim {
            Trim::None => {}
            Trim::Band(colour) => {
                let band = Area::new(3.0, 3.0, width - 3.0, 0.28 * height);
                canvas.rectangle(band, colour, 1.0);
                room.top = 0.34 * height;
            }
            Trim::Strip(colour) => {
                let strip = Area::new(0.88 * width, 3.0, width - 3.0, height - 3.0);
                canvas.rectangle(strip, colour, 1.0);
                room.right = 0.86 * width;
            }
        }
        let face = Face::LATIN[random.random_range(0..Face::LATIN.len())];
        let share = room.height() / to_float(u32::try_from(lines.len()).unwrap_or(1));
        let mut characters = Vec::new();
        let mut top = room.top;
        for line in lines {
            let row = if line.is_ascii() { Row::Latin } else { Row::Arabic };
            let face = if line.is_ascii() { face } else { Face::DejaVu };
            let pen = Pen { fonts, face, colour: *ink, swell_mm: between(random, 0.0, 2.0) };
            let area = Area::new(room.left, top + 0.08 * share, room.right, top + 0.92 * share);
            characters.extend(write_fitted(&mut canvas, pen, line, area, row));
            top += share;
        }
        Ok(DrawnPlate { canvas, characters, field: *ground, ink: *ink })
    }
}

/// What is written, in one script or both.
fn lines(kind: FakeKind, random: &mut SynthRng) -> Vec<String> {
    let pool: &[(&str, &str)] = match kind {
        FakeKind::Sticker => &SLOGANS,
        FakeKind::ShopSign => &SHOPS,
        FakeKind::Telephone => &[("CALL", "اتصل"), ("TAXI", "تاكسي"), ("FOR SALE", "للبيع")],
        FakeKind::DealerPlate => &DEALERS,
        FakeKind::Advertisement => &OFFERS,
    };
    let (latin, arabic) = one_of(pool, random).copied().unwrap_or(("TAXI", "تاكسي"));
    let (latin, arabic) = (latin.to_owned(), joined(arabic));
    let mut lines = match random.random_range(0..4_u8) {
        0 => vec![latin],
        1 => vec![arabic],
        2.. => vec![arabic, latin],
    };
    if kind == FakeKind::Telephone {
        let number = filled(TELEPHONES[random.random_range(0..TELEPHONES.len())], random);
        lines.truncate(1);
        lines.push(if random.random_bool(0.4) { arabic_indic(&number) } else { number });
    }
    lines
}
