//! The vehicle's class by the colour of a plate's band (Egypt) or strip (Saudi Arabia); pure.
//!
//! Light, haze and camera tint a whole plate alike, so the plate's own white field and black ink serve as the
//! reference: what is measured is the colour as it would be under white light. Of the band's pixels the ink and the
//! glare are left out, and the median of the rest counts, in `OKLab` (Ottosson, 2020), where equal distances look
//! equally large. The classes come with probabilities from how far that colour lies from the shades in which each
//! class is seen, new and faded, and from how frequent the class is. Orange is not told from yellow nor dark blue from
//! police blue: the alternatives stay, and the colour itself is kept.

use crate::contract::Extent;
use crate::geometry::corners::Corners;
use schemas::frame::{FRAME_CHANNELS, Frame};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate_read::{ClassReading, Confidence, MeasuredColour};
use schemas::vehicle_class::VehicleClass;
use std::sync::LazyLock;

/// Points at which the white field is sampled, and in how many columns.
const FIELD_SAMPLES: usize = 800;
const FIELD_COLUMNS: usize = 40;
/// Points at which band or strip is sampled, and in how many columns.
const BAND_SAMPLES: usize = 480;
const BAND_COLUMNS: usize = 40;
const STRIP_COLUMNS: usize = 12;
/// A band or strip of fewer pixels from side to side is only the blur of its borders.
const NARROWEST_PX: f32 = 3.0;
/// Part of the field's pixels, by brightness, of which the median is its white: the brightest may be glare.
const WHITE_PERCENT: (usize, usize) = (60, 95);
/// Part of the field's pixels, by brightness, of which the median is its ink.
const BLACK_PERCENT: usize = 6;
/// Share of the ink's brightness that is haze over the whole plate; the rest is blur of the characters themselves.
const HAZE_SHARE: f32 = 0.5;
/// Least difference of brightness between field and ink, of full light; below it noise decides.
const CONTRAST_MIN: f32 = 0.015;
/// Brighter than the field by this factor in every channel is glare.
const GLARE: f32 = 1.1;
/// Darker than this and with less chroma is ink, both in `OKLab`.
const INK_LIGHTNESS_MAX: f32 = 0.35;
const INK_CHROMA_MAX: f32 = 0.06;
/// Least share of the band that is neither ink nor glare.
const KEPT_PERCENT_MIN: usize = 25;
/// Points at which a frame is sampled for colour, and in how many columns.
const FRAME_SAMPLES: usize = 576;
const FRAME_COLUMNS: usize = 24;
/// Channels that differ by more than this are colour and not noise, in values of 8 bits.
const COLOURED_MIN: u8 = 6;
/// A frame with a smaller share of coloured points comes from an infrared camera.
const COLOURED_PERCENT_MIN: usize = 1;

/// Standard deviation of lightness about a shade.
const LIGHTNESS_DEVIATION: f32 = 0.13;
/// Standard deviation of the two colour axes about most shades.
const COLOUR_DEVIATION: f32 = 0.035;
/// The same about the white of a strip that has no colour, which is seen far more exactly.
const WHITE_DEVIATION: f32 = 0.018;
/// What a colour that belongs to no class counts, against 1 for one in the middle of a class that all vehicles have.
const NO_CLASS: f32 = 2e-4;
/// An alternative that is less likely is not worth naming.
const ALTERNATIVE_MIN: f32 = 0.01;

const EGYPT_BAND: Extent = Extent { left: 0.06, top: 0.06, right: 0.94, bottom: 0.25 };
const EGYPT_FIELD: Extent = Extent { left: 0.06, top: 0.38, right: 0.94, bottom: 0.92 };
/// At the right end, or on many long plates in the middle, where other plates are white.
const SAUDI_STRIPS: [Extent; 2] = [
    Extent { left: 0.893, top: 0.06, right: 0.982, bottom: 0.94 },
    Extent { left: 0.455, top: 0.06, right: 0.55, bottom: 0.94 },
];
/// The digits.
const SAUDI_FIELD: Extent = Extent { left: 0.04, top: 0.06, right: 0.43, bottom: 0.94 };

/// A colour in which a class is seen.
#[derive(Debug, Clone, Copy)]
struct Shade {
    class: VehicleClass,
    /// Share of all vehicles that show the class in this shade.
    share: f32,
    colour: OkLab,
    /// Standard deviation of the two colour axes.
    deviation: f32,
}

/// Lightness from 0 to 1, green to red, blue to yellow.
#[derive(Debug, Clone, Copy, PartialEq)]
struct OkLab {
    lightness: f32,
    a: f32,
    b: f32,
}

/// Red, green and blue light, 1 = full.
type Light = [f32; FRAME_CHANNELS];

/// Returns the class that the plate's colour shows; `None` if the plate is too small, too dark or hidden, or its colour is
/// that of no class. In a picture without colours ([`is_coloured`]) every plate looks white: do not ask there.
#[must_use]
pub fn read_class(frame: &Frame, corners: &Corners, jurisdiction: Jurisdiction) -> Option<ClassReading> {
    match jurisdiction {
        Jurisdiction::Egypt => {
            let balance = Balance::of(frame, corners, EGYPT_FIELD)?;
            let colour = measured(frame, corners, EGYPT_BAND, BAND_COLUMNS, balance)?;
            classify(colour, &egyptian_shades())
        }
        Jurisdiction::SaudiArabia => {
            let balance = Balance::of(frame, corners, SAUDI_FIELD)?;
            let strips = SAUDI_STRIPS.map(|strip| measured(frame, corners, strip, STRIP_COLUMNS, balance));
            // Only one of the two places holds the strip; the other is white with ink.
            let colour = strips
                .into_iter()
                .flatten()
                .reduce(|one, other| if other.chroma() > one.chroma() { other } else { one })?;
            classify(colour, &saudi_shades())
        }
    }
}

/// Whether the picture has any colour at all; infrared ones have none.
#[must_use]
pub fn is_coloured(frame: &Frame) -> bool {
    let rows = FRAME_SAMPLES / FRAME_COLUMNS;
    let coloured = (0..FRAME_SAMPLES).filter(|index| {
        let x = frame.width() as usize * (index % FRAME_COLUMNS) / FRAME_COLUMNS;
        let y = frame.height() as usize * (index / FRAME_COLUMNS) / rows;
        let [red, green, blue] = pixel(frame, x, y);
        red.max(green).max(blue) - red.min(green).min(blue) > COLOURED_MIN
    });
    coloured.count() * 100 >= FRAME_SAMPLES * COLOURED_PERCENT_MIN
}

impl OkLab {
    fn of_hue(lightness: f32, chroma: f32, hue_degrees: f32) -> Self {
        let (sine, cosine) = hue_degrees.to_radians().sin_cos();
        Self { lightness, a: chroma * cosine, b: chroma * sine }
    }

    fn chroma(self) -> f32 {
        self.a.hypot(self.b)
    }

    fn of_light([red, green, blue]: Light) -> Self {
        let long = (0.412_221_47 * red + 0.536_332_54 * green + 0.051_445_993 * blue).cbrt();
        let medium = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
        let short = (0.088_302_46 * red + 0.281_718_84 * green + 0.629_978_7 * blue).cbrt();
        Self {
            lightness: 0.210_454_26 * long + 0.793_617_8 * medium - 0.004_072_047 * short,
            a: 1.977_998_5 * long - 2.428_592_2 * medium + 0.450_593_7 * short,
            b: 0.025_904_037 * long + 0.782_771_77 * medium - 0.808_675_77 * short,
        }
    }

    fn light(self) -> Light {
        let Self { lightness, a, b } = self;
        let long = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
        let medium = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
        let short = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
        [
            4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
            -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_4 * short,
            -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
        ]
    }
}

/// What of a picture's light is haze, and what the plate's white gives back.
#[derive(Debug, Clone, Copy)]
struct Balance {
    haze: Light,
    white: Light,
}

impl Balance {
    fn of(frame: &Frame, corners: &Corners, field: Extent) -> Option<Self> {
        let mut field = samples::<FIELD_SAMPLES>(frame, corners, field, FIELD_COLUMNS);
        field.sort_unstable_by(|one, other| luminance(*one).total_cmp(&luminance(*other)));
        let (from, to) = WHITE_PERCENT;
        let white = median(&field[FIELD_SAMPLES * from / 100..FIELD_SAMPLES * to / 100]);
        let black = median(&field[..FIELD_SAMPLES * BLACK_PERCENT / 100]);
        let haze = black.map(|light| light * HAZE_SHARE);
        (luminance(white) - luminance(black) >= CONTRAST_MIN).then_some(Self { haze, white })
    }

    fn balanced(self, light: Light) -> Light {
        std::array::from_fn(|channel| {
            let range = (self.white[channel] - self.haze[channel]).max(1e-3);
            ((light[channel] - self.haze[channel]) / range).max(0.0)
        })
    }
}

/// The balanced colour of a region without its ink and glare.
fn measured(
    frame: &Frame,
    corners: &Corners,
    region: Extent,
    columns: usize,
    balance: Balance,
) -> Option<OkLab> {
    if narrower_side(corners, region) < NARROWEST_PX {
        return None;
    }
    let mut kept = [[0.0; FRAME_CHANNELS]; BAND_SAMPLES];
    let mut count = 0;
    for sample in samples::<BAND_SAMPLES>(frame, corners, region, columns) {
        let light = balance.balanced(sample);
        let colour = OkLab::of_light(light);
        let is_glare = light.into_iter().all(|channel| channel > GLARE);
        let is_ink = colour.lightness < INK_LIGHTNESS_MAX && colour.chroma() < INK_CHROMA_MAX;
        if !is_glare && !is_ink {
            kept[count] = [colour.lightness, colour.a, colour.b];
            count += 1;
        }
    }
    let [lightness, a, b] = median(&kept[..count]);
    (count * 100 >= BAND_SAMPLES * KEPT_PERCENT_MIN).then_some(OkLab { lightness, a, b })
}

fn classify(colour: OkLab, shades: &[Shade]) -> Option<ClassReading> {
    let mut classes = VehicleClass::ALL.map(|class| {
        let of_class = shades.iter().filter(|shade| shade.class == class);
        (class, of_class.map(|shade| shade.share * shade.density(colour)).sum::<f32>())
    });
    let total = NO_CLASS + classes.iter().map(|(_, weight)| weight).sum::<f32>();
    if 2.0 * NO_CLASS > total {
        return None;
    }
    classes.sort_by(|one, other| other.1.total_cmp(&one.1));
    let probability =
        |weight: f32| Confidence::new((weight / total).clamp(0.0, 1.0)).unwrap_or(Confidence::ZERO);
    let [(class, weight), others @ ..] = classes;
    let others = others.into_iter().filter(|(_, weight)| weight / total >= ALTERNATIVE_MIN);
    Some(ClassReading {
        class,
        confidence: probability(weight),
        alternatives: others.map(|(class, weight)| (class, probability(weight))).collect(),
        colour: shown(colour),
    })
}

impl Shade {
    const fn new(class: VehicleClass, share: f32, colour: OkLab) -> Self {
        Self { class, share, colour, deviation: COLOUR_DEVIATION }
    }

    /// 1 in the middle of a shade of the usual deviation.
    fn density(&self, colour: OkLab) -> f32 {
        let lightness = (colour.lightness - self.colour.lightness) / LIGHTNESS_DEVIATION;
        let (a, b) = (colour.a - self.colour.a, colour.b - self.colour.b);
        let hue = (a * a + b * b) / (self.deviation * self.deviation);
        (COLOUR_DEVIATION / self.deviation).powi(2) * (-0.5 * (lightness * lightness + hue)).exp()
    }
}

/// Measured on drawn plates of every class with wear, and on photographs of blue, orange and red bands. The shares of
/// the classes are estimates.
fn egyptian_shades() -> [Shade; 18] {
    use VehicleClass::{Bus, Diplomatic, Goods, Police, Private, Rental, Taxi, Temporary, TouristBus};
    let shade = |class, share, lightness, chroma, hue| {
        Shade::new(class, share, OkLab::of_hue(lightness, chroma, hue))
    };
    [
        shade(Private, 0.234, 0.59, 0.16, -108.0),
        shade(Private, 0.156, 0.47, 0.19, -99.0),
        shade(Private, 0.156, 0.42, 0.12, -103.0),
        shade(Private, 0.156, 0.70, 0.14, -120.0),
        // In shadow, and faded until hardly any blue is left.
        shade(Private, 0.039, 0.25, 0.11, -96.0),
        shade(Private, 0.039, 0.75, 0.04, -115.0),
        shade(Taxi, 0.034, 0.78, 0.165, 76.0),
        shade(Taxi, 0.034, 0.90, 0.15, 95.0),
        // Orange that may as well be faded red.
        shade(Taxi, 0.012, 0.71, 0.18, 50.0),
        shade(Goods, 0.054, 0.53, 0.20, 29.0),
        shade(Goods, 0.036, 0.64, 0.16, 34.0),
        shade(Bus, 0.01, 0.66, 0.012, -110.0),
        shade(TouristBus, 0.01, 0.90, 0.04, 83.0),
        shade(TouristBus, 0.01, 0.88, 0.075, 83.0),
        shade(Rental, 0.01, 0.48, 0.085, 56.0),
        shade(Diplomatic, 0.005, 0.56, 0.15, 148.0),
        shade(Police, 0.01, 0.30, 0.11, -96.0),
        shade(Temporary, 0.005, 0.90, 0.16, 100.0),
    ]
}

/// As [`egyptian_shades`], with photographs of white and blue strips.
fn saudi_shades() -> [Shade; 5] {
    use VehicleClass::{Diplomatic, Goods, Private, Taxi};
    let shade = |class, share, lightness, chroma, hue| {
        Shade::new(class, share, OkLab::of_hue(lightness, chroma, hue))
    };
    [
        Shade { deviation: WHITE_DEVIATION, ..shade(Private, 0.85, 0.93, 0.004, 90.0) },
        shade(Taxi, 0.05, 0.83, 0.165, 90.0),
        shade(Goods, 0.057, 0.45, 0.18, -102.0),
        shade(Goods, 0.038, 0.58, 0.16, -107.0),
        shade(Diplomatic, 0.005, 0.53, 0.15, 147.0),
    ]
}

/// The light at points spread evenly over a part of the plate, row by row.
fn samples<const COUNT: usize>(
    frame: &Frame,
    corners: &Corners,
    region: Extent,
    columns: usize,
) -> [Light; COUNT] {
    let rows = COUNT / columns;
    let perspective = corners.perspective();
    let place = |index: usize, count: usize, from: f32, to: f32| {
        from + (to - from) * (index as f32 + 0.5) / count as f32
    };
    std::array::from_fn(|index| {
        let across = place(index % columns, columns, region.left, region.right);
        let down = place(index / columns, rows, region.top, region.bottom);
        let point = perspective.at(across, down);
        pixel(frame, whole(point.x), whole(point.y)).map(|value| LIGHT[usize::from(value)])
    })
}

fn narrower_side(corners: &Corners, region: Extent) -> f32 {
    let Extent { left, top, right, bottom } = region;
    let perspective = corners.perspective();
    let length = |from: (f32, f32), to: (f32, f32)| {
        let (one, other) = (perspective.at(from.0, from.1), perspective.at(to.0, to.1));
        (one.x - other.x).hypot(one.y - other.y)
    };
    let (across, down) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
    length((left, down), (right, down)).min(length((across, top), (across, bottom)))
}

/// The nearest pixel, also of a point outside the frame.
fn pixel(frame: &Frame, x: usize, y: usize) -> [u8; FRAME_CHANNELS] {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let start = (y.min(height - 1) * width + x.min(width - 1)) * FRAME_CHANNELS;
    let pixels = frame.pixels();
    [pixels[start], pixels[start + 1], pixels[start + 2]]
}

/// Channel by channel; no light for no points.
fn median(points: &[Light]) -> Light {
    let mut values = [0.0; FIELD_SAMPLES];
    let values = &mut values[..points.len().min(FIELD_SAMPLES)];
    std::array::from_fn(|channel| {
        values.iter_mut().zip(points).for_each(|(value, point)| *value = point[channel]);
        let middle = values.len() / 2;
        if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
    })
}

/// Of linear light, ITU-R BT.709.
fn luminance([red, green, blue]: Light) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Linear light of an sRGB value, IEC 61966-2-1.
static LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let value = value as f32 / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
});

fn shown(colour: OkLab) -> MeasuredColour {
    let [red, green, blue] = colour.light().map(|light| {
        let light = light.clamp(0.0, 1.0);
        let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        u8::try_from(whole(value * 255.0 + 0.5)).unwrap_or(u8::MAX)
    });
    MeasuredColour { red, green, blue }
}

#[expect(clippy::cast_possible_truncation, reason = "below 0 and above all pixels saturate")]
fn whole(value: f32) -> usize {
    value.max(0.0) as usize
}
