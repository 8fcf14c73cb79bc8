//! Which class the colour of a drawn plate shows, in good and bad light.

use crate::class_colour::{is_coloured, read_class};
use crate::geometry::corners::Corners;
use crate::geometry::edges::Edges;
use image::{Rgb, RgbImage};
use rand::RngExt;
use schemas::frame::{Frame, PixelPoint};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::plate_read::{ClassReading, Confidence};
use schemas::vehicle_class::VehicleClass;
use std::sync::LazyLock;
use synth::camera::degrade::{Degradation, Quality, degrade};
use synth::drawing::fonts::Fonts;
use synth::drawing::view::{View, ViewLimits, compose};
use synth::fault::wear::{Wear, wear_out};
use synth::plate::draw::draw_plate;
use synth::plate::layout::{EgyptLayout, Layout, SaudiLayout};
use synth::plate::specification::PlateSpecification;
use synth::random::{SynthRng, sample_rng};

static FONTS: LazyLock<Fonts> = LazyLock::new(|| Fonts::load().unwrap());

const EGYPTIAN: [VehicleClass; 7] = [
    VehicleClass::Private,
    VehicleClass::Taxi,
    VehicleClass::Goods,
    VehicleClass::Bus,
    VehicleClass::TouristBus,
    VehicleClass::Rental,
    VehicleClass::Diplomatic,
];
const SAUDI: [VehicleClass; 4] =
    [VehicleClass::Private, VehicleClass::Taxi, VehicleClass::Goods, VehicleClass::Diplomatic];
const LAYOUTS: [Layout; 4] = [
    Layout::Egypt(EgyptLayout::Car),
    Layout::Saudi(SaudiLayout::Short),
    Layout::Saudi(SaudiLayout::Long),
    Layout::Saudi(SaudiLayout::LongStripRight),
];
/// From here on a class is sure enough to contradict a camera.
const SURE: f32 = 0.95;

/// What falls on a plate and what the camera makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// A new plate, straight on, 240 pixels wide.
    Clear,
    /// Any wear, view, width, blur, exposure and small cast.
    Worn,
    /// A sixth to a third of the light.
    Night,
    /// Sodium lamps: little green, hardly any blue.
    Sodium,
    /// Shade under a blue sky.
    Cool,
}

fn drawn(layout: Layout, class: VehicleClass, scene: Scene, number: u64) -> (Frame, Corners) {
    let mut random = sample_rng(11, number);
    let digits = (1_111 + number % 8_000).to_string().replace('0', "7");
    let plate = match layout.jurisdiction() {
        Jurisdiction::Egypt => PlateNumber::parse(Jurisdiction::Egypt, "سطن", &digits),
        Jurisdiction::SaudiArabia => PlateNumber::parse_saudi_latin("TNJ", &digits),
    };
    let specification = PlateSpecification::new(layout, class, plate.unwrap()).unwrap();
    let limits = ViewLimits { yaw_degrees: 25.0, pitch_degrees: 15.0, roll_degrees: 8.0 };
    let view = View::random(limits, &mut random);
    let (view, width, severity) = match scene {
        Scene::Clear => (View { yaw: 0.0, pitch: 0.0, roll: 0.0 }, 240.0, 0.0),
        Scene::Worn | Scene::Night | Scene::Sodium | Scene::Cool => {
            (view, 70.0 + 200.0 * random.random::<f32>(), 1.0)
        }
    };
    let size = specification.layout().size_mm();
    let mut flat = draw_plate(&FONTS, &specification, width * 1.7 / size.0, &mut random).unwrap();
    wear_out(&mut flat, Wear::random(severity, &mut random), &mut random);
    let corners = view.corners(size, width).map(|[x, y]| [x + 170.0, y + 110.0]);
    let mut picture = RgbImage::from_pixel(340, 220, Rgb([120, 52, 44]));
    compose(&mut picture, &flat.canvas, corners);
    let picture = photographed(picture, scene, width, &mut random);
    let corners = Corners(corners.map(|[x, y]| PixelPoint { x, y }));
    (Frame::new(picture.width(), picture.height(), picture.into_raw()).unwrap(), corners)
}

fn photographed(mut picture: RgbImage, scene: Scene, width: f32, random: &mut SynthRng) -> RgbImage {
    let mut between = |low: f32, high: f32| low + (high - low) * random.random::<f32>();
    let light = match scene {
        Scene::Clear | Scene::Worn => [1.0; 3],
        Scene::Night => [between(0.17, 0.33); 3],
        Scene::Sodium => [1.0, between(0.6, 0.8), between(0.25, 0.5)],
        Scene::Cool => [between(0.6, 0.8), 0.9, 1.0],
    };
    let curves =
        light.map(|light| (0..=u8::MAX).map(|value| value_of(f32::from(value) * light)).collect::<Vec<_>>());
    for pixel in picture.pixels_mut() {
        pixel.0.iter_mut().zip(&curves).for_each(|(value, curve)| *value = curve[usize::from(*value)]);
    }
    let by_chance = Degradation::random(Quality::Mixed, width, random);
    let degradation = match scene {
        Scene::Clear => return picture,
        Scene::Worn => by_chance,
        // Light is dim or coloured already; a picture that is black or white altogether shows nothing.
        Scene::Night | Scene::Sodium | Scene::Cool => {
            Degradation { contrast: 1.0, brightness: 0.0, noise: by_chance.noise.min(4.0), ..by_chance }
        }
    };
    degrade(picture, &degradation, random)
}

fn value_of(value: f32) -> u8 {
    (0..=u8::MAX).find(|byte| f32::from(*byte) >= value - 0.5).unwrap_or(u8::MAX)
}

fn read_drawn(layout: Layout, class: VehicleClass, scene: Scene, number: u64) -> Option<ClassReading> {
    let (frame, corners) = drawn(layout, class, scene, number);
    read_class(&frame, &corners, layout.jurisdiction())
}

fn sure() -> Confidence {
    Confidence::new(SURE).unwrap()
}

fn classes_of(layout: Layout) -> &'static [VehicleClass] {
    match layout.jurisdiction() {
        Jurisdiction::Egypt => &EGYPTIAN,
        Jurisdiction::SaudiArabia => &SAUDI,
    }
}

#[test]
fn every_class_with_a_colour_of_its_own_is_read_from_a_clear_plate() {
    for layout in LAYOUTS {
        for class in classes_of(layout) {
            let reading = read_drawn(layout, *class, Scene::Clear, 3).unwrap();
            // Grey is what faded blue looks like, so it is never called a bus with any certainty.
            let expected = if *class == VehicleClass::Bus { VehicleClass::Private } else { *class };
            assert_eq!(reading.class, expected, "{layout:?} {class} {reading:?}");
            let possible = reading.alternatives.iter().any(|(other, _)| other == class);
            assert!(reading.class == *class || possible, "{layout:?} {class} {reading:?}");
            assert!(reading.confidence < sure() || expected == *class, "{layout:?} {class} {reading:?}");
        }
    }
}

#[test]
fn orange_may_be_a_yellow_temporary_plate_and_dark_blue_the_police() {
    let possible = |class| {
        let reading = read_drawn(Layout::Egypt(EgyptLayout::Car), class, Scene::Clear, 3).unwrap();
        let alternatives = reading.alternatives.iter().map(|(class, _)| *class);
        alternatives.chain([reading.class]).collect::<Vec<_>>()
    };
    let yellow = possible(VehicleClass::Temporary);
    assert!(yellow.contains(&VehicleClass::Taxi) && yellow.contains(&VehicleClass::Temporary), "{yellow:?}");
    let dark = possible(VehicleClass::Police);
    assert!(dark.contains(&VehicleClass::Private) && dark.contains(&VehicleClass::Police), "{dark:?}");
}

#[test]
fn the_measured_colour_does_not_depend_on_the_light() {
    let colour = |scene| {
        let reading = read_drawn(Layout::Egypt(EgyptLayout::Car), VehicleClass::Goods, scene, 4).unwrap();
        assert_eq!(reading.class, VehicleClass::Goods, "{scene:?}");
        reading.colour
    };
    for scene in [Scene::Worn, Scene::Night, Scene::Sodium, Scene::Cool] {
        let colour = colour(scene);
        assert!(colour.red > 130 && colour.green < 110 && colour.blue < 110, "{scene:?} {colour}");
    }
}

#[test]
fn a_box_with_a_little_bodywork_around_the_plate_shows_the_same_class() {
    for layout in LAYOUTS {
        let (frame, corners) = drawn(layout, VehicleClass::Goods, Scene::Clear, 5);
        let [first, _, last, _] = corners.0;
        let wider =
            Edges { left: first.x - 5.0, top: first.y - 3.0, right: last.x + 5.0, bottom: last.y + 3.0 };
        let reading = read_class(&frame, &Corners::of(wider), layout.jurisdiction()).unwrap();
        assert_eq!(reading.class, VehicleClass::Goods, "{layout:?}");
    }
}

#[test]
fn without_colour_there_is_no_class() {
    let (frame, corners) = drawn(Layout::Saudi(SaudiLayout::Short), VehicleClass::Taxi, Scene::Clear, 6);
    let read = |frame: &Frame, corners: &Corners| read_class(frame, corners, Jurisdiction::SaudiArabia);
    assert!(read(&frame, &corners).is_some());
    let map = |change: fn(&[u8]) -> [u8; 3]| {
        let pixels: Vec<u8> = frame.pixels().chunks_exact(3).flat_map(change).collect();
        Frame::new(frame.width(), frame.height(), pixels).unwrap()
    };
    let infrared = map(|pixel| [pixel[1]; 3]);
    assert!(is_coloured(&frame) && !is_coloured(&infrared));
    let black = map(|pixel| [pixel[0] / 50 + 12, pixel[1] / 50, pixel[2] / 50]);
    assert_eq!(read(&black, &corners), None);
    let tiny = corners
        .0
        .map(|point| PixelPoint { x: 170.0 + (point.x - 170.0) / 20.0, y: 110.0 + (point.y - 110.0) / 20.0 });
    assert_eq!(read(&frame, &Corners(tiny)), None);
}

#[test]
fn corners_outside_the_frame_or_in_one_point_do_no_harm() {
    let (frame, _) = drawn(Layout::Egypt(EgyptLayout::Car), VehicleClass::Taxi, Scene::Clear, 7);
    for corners in
        [[[0.0; 2]; 4], [[-50.0, -50.0], [9e9, -50.0], [9e9, 9e9], [-50.0, 9e9]], [[f32::NAN; 2]; 4]]
    {
        for jurisdiction in Jurisdiction::ALL {
            // Whatever it says of nonsense, it says it.
            let corners = Corners(corners.map(|[x, y]| PixelPoint { x, y }));
            let reading = read_class(&frame, &corners, jurisdiction);
            assert!(reading.is_none_or(|reading| (0.0..=1.0).contains(&reading.confidence.value())));
        }
    }
}

/// How the classes of many drawn plates are read.
#[derive(Debug, Default)]
struct Tally {
    plates: u32,
    right: u32,
    sure: u32,
    sure_and_wrong: u32,
    nothing: u32,
}

/// Plates of every class that has a colour of its own, `EACH` of each, in all layouts of both countries. Grey buses are
/// left out: their band is what faded blue looks like.
fn tally(scene: Scene) -> Tally {
    const EACH: u64 = 6;
    let mut tally = Tally::default();
    for layout in LAYOUTS {
        for class in classes_of(layout).iter().filter(|class| **class != VehicleClass::Bus) {
            for number in 0..EACH {
                let reading = read_drawn(layout, *class, scene, number);
                let is_right = reading.as_ref().is_some_and(|reading| reading.class == *class);
                let is_sure = reading.as_ref().is_some_and(|reading| reading.confidence >= sure());
                tally.plates += 1;
                tally.right += u32::from(is_right);
                tally.sure += u32::from(is_sure);
                tally.sure_and_wrong += u32::from(is_sure && !is_right);
                tally.nothing += u32::from(reading.is_none());
            }
        }
    }
    tally
}

#[test]
fn worn_plates_at_night_and_in_coloured_light_show_their_class_and_are_hardly_ever_surely_wrong() {
    for scene in [Scene::Worn, Scene::Night, Scene::Sodium, Scene::Cool] {
        let tally = tally(scene);
        assert!(tally.right * 100 >= tally.plates * 75, "{scene:?} {tally:?}");
        assert!(tally.sure * 100 >= tally.plates * 40, "{scene:?} {tally:?}");
        assert!(tally.sure_and_wrong * 100 <= tally.sure * 3, "{scene:?} {tally:?}");
        // At night some plates are too dark for any colour.
        assert!(tally.nothing * 100 <= tally.plates * 20, "{scene:?} {tally:?}");
    }
}
