//! Plates far smaller and far larger than most are found too: in parts of a frame of eight million pixels, and where one
//! fills its picture; and a plate that is found roughly is located again from nearer.
#![cfg(test)]

use detect::geometry::edges::Edges;
use detect::locate::LocatedPlate;
use detect::{DetectConfig, Detector};
use image::{Rgb, RgbImage};
use schemas::frame::Frame;
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::PlateNumber;
use schemas::vehicle_class::VehicleClass;
use synth::drawing::fonts::Fonts;
use synth::drawing::view::{View, compose};
use synth::plate::draw::draw_plate;
use synth::plate::layout::{EgyptLayout, Layout};
use synth::plate::specification::PlateSpecification;
use synth::random::sample_rng;

/// A plate's middle and width, pixels.
#[derive(Clone, Copy)]
struct Place {
    middle: (f32, f32),
    width: f32,
}

/// Something grey with Egyptian plates on it, which say 7126, 7136 and so on.
fn frame((width, height): (u32, u32), places: &[Place]) -> Frame {
    let fonts = Fonts::load().unwrap();
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let shade = 70 + u8::try_from((x / 97 + y / 61) % 5).unwrap() * 9;
        Rgb([shade, shade, shade + 6])
    });
    for (number, Place { middle, width }) in (0..).zip(places) {
        let plate = PlateNumber::parse(Jurisdiction::Egypt, "سطن", &format!("71{}6", number + 2)).unwrap();
        let specification =
            PlateSpecification::new(Layout::Egypt(EgyptLayout::Car), VehicleClass::Private, plate).unwrap();
        let size = Layout::Egypt(EgyptLayout::Car).size_mm();
        let mut random = sample_rng(5, number);
        let flat = draw_plate(&fonts, &specification, width * 1.7 / size.0, &mut random).unwrap();
        let corners = View { yaw: 0.0, pitch: 0.0, roll: 0.0 }.corners(size, *width);
        compose(&mut picture, &flat.canvas, corners.map(|[x, y]| [x + middle.0, y + middle.1]));
    }
    Frame::new(picture.width(), picture.height(), picture.into_raw()).unwrap()
}

fn detector(smallest_plate_px: Option<u32>) -> Detector {
    let library = runtime::onnxruntime_for_tests().unwrap();
    Detector::load(&DetectConfig { smallest_plate_px, ..DetectConfig::single(library) }).unwrap()
}

#[test]
fn plates_of_64_pixels_in_a_frame_of_3840_are_found_where_small_ones_are_asked_for() {
    let place = |x, y, width| Place { middle: (x, y), width };
    // One of them lies across the middle, where parts meet.
    let places = [place(180.0, 220.0, 64.0), place(1920.0, 1080.0, 68.0), place(3600.0, 2050.0, 72.0)];
    let frame = frame((3840, 2160), &places);
    let found = |smallest_plate_px| {
        let plates = detector(smallest_plate_px).locate_plates(&frame).unwrap();
        let holds = |place: &&Place| {
            let (x, y) = place.middle;
            let around =
                |edges: Edges| edges.left < x && x < edges.right && edges.top < y && y < edges.bottom;
            plates.iter().any(|plate| around(plate.edges) && plate.edges.width() < 1.3 * place.width)
        };
        (places.iter().filter(holds).count(), plates.len())
    };
    assert_eq!(found(Some(60)), (3, 3), "those three and nothing else");
    assert!(found(None).0 < 3, "at once the frame is too coarse for them");
}

#[test]
fn a_plate_that_fills_its_picture_is_read() {
    for width in [360.0, 700.0] {
        let place = Place { middle: (width * 0.52, width * 0.28), width };
        let size = (whole_pixels(width * 1.04), whole_pixels(width * 0.56));
        let reads = detector(None).read_plates(&frame(size, &[place])).unwrap();
        let digits: Vec<&str> = reads.iter().filter_map(|read| Some(read.plate.as_ref()?.digits())).collect();
        assert_eq!(digits, ["7126"], "{width} px");
    }
}

#[test]
fn a_plate_whose_place_is_only_roughly_known_is_located_again_and_read() {
    let frame = frame((1280, 720), &[Place { middle: (640.0, 400.0), width: 180.0 }]);
    let loose = Edges { left: 500.0, top: 320.0, right: 780.0, bottom: 480.0 };
    let plate = LocatedPlate::upright(loose, Jurisdiction::Egypt, 0.9);
    let read = detector(None).read_plate(&frame, &plate).unwrap().unwrap();
    assert_eq!(read.plate.unwrap().digits(), "7126");
    let width = read.position.width;
    assert!((165..215).contains(&width), "{width} of 180 px: the place is as the nearer pass found it");
}

/// A side in whole pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred pixels")]
fn whole_pixels(side: f32) -> u32 {
    side.round() as u32
}
