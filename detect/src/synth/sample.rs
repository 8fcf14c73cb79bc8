//! One sample from a seed: specification, plate, wear, view, surround or scene, degradation.

use super::canvas::{Area, Canvas, CanvasError, Rgb, byte};
use super::degrade::{Degradation, Quality, degrade};
use super::fonts::Fonts;
use super::geometry::{View, ViewLimits, compose, to_float};
use super::layout::Layout;
use super::plate::{Character, DrawnPlate, draw_plate};
use super::random::{SynthRng, between, sample_rng};
use super::scene::{Traffic, draw_scene};
use super::specification::PlateSpecification;
use super::wear::{Wear, wear_out};
use image::RgbImage;
use rand::RngExt;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateError;
use thiserror::Error;

/// Why a sample could not be made.
#[derive(Debug, Error)]
pub enum SampleError {
    /// The grammar of the country and the choice of numbers disagree.
    #[error("no plate number could be chosen")]
    Number(#[from] PlateError),
    /// The plate or its surroundings could not be drawn.
    #[error("the picture could not be drawn")]
    Canvas(#[from] CanvasError),
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plate with a margin of bodywork, as a locator might cut it out.
    Plate,
    /// A road scene with a vehicle.
    Scene,
}

/// What samples are wanted; with a number it decides every byte of one.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleRequest {
    /// Seed of all chance.
    pub seed: u64,
    /// What is drawn.
    pub kind: Kind,
    /// One country, or none for both in turn.
    pub jurisdiction: Option<Jurisdiction>,
    /// How good the pictures are.
    pub quality: Quality,
    /// Share of altered plates, from 0 to 1.
    pub altered: f64,
}

/// One picture with its truth.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The degraded picture, before compression.
    pub picture: RgbImage,
    /// Quality to compress it with, 1 to 100.
    pub jpeg_quality: u8,
    /// How good it is.
    pub quality: Quality,
    /// Every plate that shows text.
    pub plates: Vec<PlateTruth>,
}

/// Where a plate and its characters lie in a picture, in pixels.
#[derive(Debug, Clone)]
pub struct PlateTruth {
    /// What is written.
    pub specification: PlateSpecification,
    /// Corners clockwise from the plate's own top left.
    pub corners: [[f32; 2]; 4],
    /// The upright box around the corners, cut at the picture's edges.
    pub area: Area,
    /// Row by row, left to right.
    pub characters: Vec<Character>,
}

/// Makes sample number `number` of a request.
///
/// # Errors
/// When a plate cannot be drawn (a character that no face has).
pub fn make_sample(fonts: &Fonts, request: &SampleRequest, number: u64) -> Result<Sample, SampleError> {
    let mut random = sample_rng(request.seed, number);
    let in_turn = if number.is_multiple_of(2) { Jurisdiction::Egypt } else { Jurisdiction::SaudiArabia };
    let jurisdiction = request.jurisdiction.unwrap_or(in_turn);
    let mut specification = PlateSpecification::random(jurisdiction, &mut random)?;
    if random.random_bool(request.altered.clamp(0.0, 1.0)) {
        specification = specification.altered_by_chance(&mut random);
    }
    let (picture, plates, width) = match request.kind {
        Kind::Plate => plate_crop(fonts, specification, request.quality, &mut random)?,
        Kind::Scene => {
            let scene = draw_scene(fonts, specification, request.quality, Traffic::ByChance, &mut random)?;
            let width = scene.plates.first().map_or(100.0, |plate| plate.area.width());
            (scene.picture, scene.plates, width)
        }
    };
    let degradation = Degradation::random(request.quality, width, &mut random);
    let picture = degrade(picture, &degradation, &mut random);
    Ok(Sample { picture, jpeg_quality: degradation.jpeg_quality, quality: request.quality, plates })
}

/// Puts a plate into a picture and returns its truth there. `centre` and `width` are in pixels.
///
/// # Errors
/// When the plate cannot be drawn.
pub fn place_plate(
    fonts: &Fonts,
    picture: &mut RgbImage,
    specification: PlateSpecification,
    placement: PlatePlacement,
    random: &mut SynthRng,
) -> Result<PlateTruth, CanvasError> {
    /// Drawn this much larger than shown, so that the turn into the view loses nothing.
    const OVERSAMPLING: f32 = 1.7;
    let PlatePlacement { centre, width, view, wear } = placement;
    let size = specification.layout().size_mm();
    let mut plate = draw_plate(fonts, &specification, width * OVERSAMPLING / size.0, random)?;
    wear_out(&mut plate, wear, random);
    let corners = view.corners(size, width).map(|[x, y]| [x + centre[0], y + centre[1]]);
    Ok(truth(picture, &plate, specification, corners))
}

/// Where and how a plate is seen.
#[derive(Debug, Clone, Copy)]
pub struct PlatePlacement {
    /// Its centre in the picture.
    pub centre: [f32; 2],
    /// Width of its projection.
    pub width: f32,
    /// How it is turned.
    pub view: View,
    /// How worn it is.
    pub wear: Wear,
}

/// Wear and view that go with a quality.
#[must_use]
pub fn random_condition(quality: Quality, random: &mut SynthRng) -> (View, Wear) {
    let (limits, severity) = match quality {
        Quality::Clear => (ViewLimits { yaw_degrees: 10.0, pitch_degrees: 8.0, roll_degrees: 2.5 }, 0.2),
        Quality::Mixed => (ViewLimits { yaw_degrees: 38.0, pitch_degrees: 25.0, roll_degrees: 10.0 }, 1.0),
    };
    (View::random(limits, random), Wear::random(severity, random))
}

/// Width in pixels that a plate has in a picture of this quality.
#[must_use]
pub fn random_width(quality: Quality, layout: Layout, random: &mut SynthRng) -> f32 {
    // A long plate needs more pixels across for the same height of its characters.
    let (narrowest, widest) = match layout {
        Layout::EgyptCar | Layout::SaudiShort => (60.0, 300.0),
        Layout::SaudiLong | Layout::SaudiLongStripRight => (80.0, 340.0),
    };
    match quality {
        Quality::Clear => between(random, 140.0, widest),
        Quality::Mixed => narrowest * (widest / narrowest).powf(random.random::<f32>()),
    }
}

fn plate_crop(
    fonts: &Fonts,
    specification: PlateSpecification,
    quality: Quality,
    random: &mut SynthRng,
) -> Result<(RgbImage, Vec<PlateTruth>, f32), CanvasError> {
    let (view, wear) = random_condition(quality, random);
    let width = random_width(quality, specification.layout(), random);
    let reach = Area::around(&view.corners(specification.layout().size_mm(), width));
    let mut margin = |side: f32| (side * between(random, 0.06, 0.3)).max(4.0);
    let margins = [margin(width), margin(reach.height()), margin(width), margin(reach.height())];
    let size = (width + margins[0] + margins[2], reach.height() + margins[1] + margins[3]);
    let mut picture = surround(size, random)?;
    let centre = [margins[0] - reach.left, margins[1] - reach.top];
    let placement = PlatePlacement { centre, width, view, wear };
    let plate = place_plate(fonts, &mut picture, specification, placement, random)?;
    Ok((picture, vec![plate], width))
}

/// Bodywork: two shades, some ledges and slots, as around a plate.
fn surround(size: (f32, f32), random: &mut SynthRng) -> Result<RgbImage, CanvasError> {
    let mut canvas = Canvas::new(size, 1.0)?;
    let (light, dark) = (random_paint(random), random_paint(random));
    canvas.rectangle(Area::new(0.0, 0.0, size.0, size.1), light, 1.0);
    for _ in 0..random.random_range(1..5_u8) {
        let (top, height) = (random.random::<f32>() * size.1, between(random, 0.05, 0.5) * size.1);
        canvas.rectangle(Area::new(0.0, top, size.0, top + height), dark, between(random, 0.2, 1.0));
    }
    for _ in 0..random.random_range(0..6_u8) {
        let (left, top) = (random.random::<f32>() * size.0, random.random::<f32>() * size.1);
        let area = Area::new(
            left,
            top,
            left + between(random, 2.0, size.0),
            top + between(random, 1.0, size.1 / 4.0),
        );
        canvas.rounded(area, 6.0, random_paint(random), between(random, 0.1, 0.9));
    }
    Ok(flattened(&canvas))
}

/// A colour that vehicles are painted with: mostly white, grey or black.
pub(super) fn random_paint(random: &mut SynthRng) -> Rgb {
    let grey = between(random, 10.0, 245.0);
    let tint = if random.random_bool(0.35) { 70.0 } else { 8.0 };
    std::array::from_fn(|_| byte(grey + between(random, -tint, tint)))
}

/// The colours of a fully painted canvas.
pub(super) fn flattened(canvas: &Canvas) -> RgbImage {
    let pixmap = canvas.pixmap();
    RgbImage::from_fn(pixmap.width(), pixmap.height(), |x, y| {
        pixmap
            .pixel(x, y)
            .map_or(image::Rgb([0; 3]), |pixel| image::Rgb([pixel.red(), pixel.green(), pixel.blue()]))
    })
}

fn truth(
    picture: &mut RgbImage,
    plate: &DrawnPlate,
    specification: PlateSpecification,
    corners: [[f32; 2]; 4],
) -> PlateTruth {
    let bounds = (to_float(picture.width()), to_float(picture.height()));
    let map = compose(picture, &plate.canvas, corners);
    let characters = plate
        .characters
        .iter()
        .map(|character| Character { area: cut(map.apply_area(character.area), bounds), ..*character })
        .collect();
    PlateTruth { specification, corners, area: cut(Area::around(&corners), bounds), characters }
}

fn cut(area: Area, (width, height): (f32, f32)) -> Area {
    Area::new(
        area.left.clamp(0.0, width),
        area.top.clamp(0.0, height),
        area.right.clamp(0.0, width),
        area.bottom.clamp(0.0, height),
    )
}

#[cfg(test)]
mod tests {
    use super::super::degrade::compress;
    use super::super::label::PictureLabel;
    use super::*;

    fn request(kind: Kind, quality: Quality) -> SampleRequest {
        SampleRequest { seed: 77, kind, jurisdiction: None, quality, altered: 0.1 }
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_in_any_order() {
        let fonts = Fonts::load().unwrap();
        for kind in [Kind::Plate, Kind::Scene] {
            let request = request(kind, Quality::Mixed);
            let bytes = |number| {
                let sample = make_sample(&fonts, &request, number).unwrap();
                let label = serde_json::to_string(&PictureLabel::of(&sample, "a".into())).unwrap();
                (compress(&sample.picture, sample.jpeg_quality).unwrap(), label)
            };
            let (first, second) = (bytes(0), bytes(1));
            assert_ne!(first, second);
            assert_eq!((bytes(1), bytes(0)), (second, first));
        }
    }

    #[test]
    fn another_seed_gives_another_plate() {
        let fonts = Fonts::load().unwrap();
        let here = request(Kind::Plate, Quality::Clear);
        let there = SampleRequest { seed: 78, ..here.clone() };
        let letters = |request: &SampleRequest| {
            (0..5)
                .map(|n| make_sample(&fonts, request, n).unwrap().plates[0].specification.label_letters())
                .collect::<Vec<_>>()
        };
        assert_ne!(letters(&here), letters(&there));
    }

    #[test]
    fn truth_boxes_lie_inside_the_picture_and_characters_inside_their_plate() {
        let fonts = Fonts::load().unwrap();
        for (kind, count) in [(Kind::Plate, 60), (Kind::Scene, 6)] {
            for number in 0..count {
                let sample = make_sample(&fonts, &request(kind, Quality::Mixed), number).unwrap();
                let (width, height) = (to_float(sample.picture.width()), to_float(sample.picture.height()));
                assert!(!sample.plates.is_empty());
                for plate in &sample.plates {
                    let area = plate.area;
                    assert!(
                        area.left >= 0.0 && area.top >= 0.0 && area.right <= width && area.bottom <= height
                    );
                    assert!(area.width() >= 30.0, "{area:?}");
                    for character in &plate.characters {
                        let inner = character.area;
                        assert!(
                            inner.left >= area.left - 0.5 && inner.right <= area.right + 0.5,
                            "{inner:?} in {area:?}"
                        );
                        assert!(
                            inner.top >= area.top - 0.5 && inner.bottom <= area.bottom + 0.5,
                            "{inner:?} in {area:?}"
                        );
                        assert!(inner.width() > 0.0 && inner.height() > 0.0);
                    }
                }
            }
        }
    }
}
