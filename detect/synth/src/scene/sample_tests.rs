//! Tests of `sample`.

use super::*;
use crate::camera::degrade::compress;
use crate::plate::layout::Layout;
use crate::scene::condition::ConditionKind;
use crate::scene::label::PictureLabel;

fn request(kind: Kind, quality: Quality) -> SampleRequest {
    SampleRequest {
        seed: 77,
        kind,
        jurisdiction: None,
        quality,
        condition: ConditionMix::Only(ConditionKind::Regular),
        weather: Some(Weather::Dry),
        mount: Mount::Car,
    }
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
    let there = SampleRequest { seed: 78, ..here };
    let letters = |request: &SampleRequest| {
        (0..5)
            .map(|n| {
                make_sample(&fonts, request, n).unwrap().plates[0]
                    .condition
                    .specification()
                    .unwrap()
                    .label_letters()
            })
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
                assert!(area.left >= 0.0 && area.top >= 0.0 && area.right <= width && area.bottom <= height);
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

/// Deviation of the green channel over an area.
fn contrast(picture: &RgbImage, area: Area) -> f32 {
    let mut values = Vec::new();
    for y in whole(area.top)..whole(area.bottom).min(picture.height()) {
        for x in whole(area.left)..whole(area.right).min(picture.width()) {
            values.push(f32::from(picture.get_pixel(x, y).0[1]));
        }
    }
    let count = to_float(u32::try_from(values.len()).unwrap());
    let mean = values.iter().sum::<f32>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count).sqrt()
}

fn in_condition(kind: ConditionKind) -> SampleRequest {
    let condition = ConditionMix::Only(kind);
    SampleRequest { condition, ..request(Kind::Plate, Quality::Clear) }
}

#[test]
fn what_nobody_can_read_has_lost_its_contrast() {
    let fonts = Fonts::load().unwrap();
    let mut reasons = std::collections::BTreeSet::new();
    for number in 0..40 {
        let regular = make_sample(&fonts, &in_condition(ConditionKind::Regular), number).unwrap();
        let corrupted = make_sample(&fonts, &in_condition(ConditionKind::Unreadable), number).unwrap();
        /// A box that was nearly even before has nothing to lose.
        const CONTRAST_MIN: f32 = 15.0;
        let pairs = regular.plates[0].characters.iter().zip(&corrupted.plates[0].characters);
        let mut hidden = 0;
        for (there, gone) in pairs.filter(|(_, gone)| !gone.visible) {
            assert_eq!(there.symbol, gone.symbol);
            let (before, after) =
                (contrast(&regular.picture, there.area), contrast(&corrupted.picture, gone.area));
            let details = corrupted.plates[0].condition.details();
            // Glare may leave a little less than half of a character; blur and night leave nothing.
            let remaining = if details == ["glare"] { 0.8 } else { 0.62 };
            assert!(
                before < CONTRAST_MIN || after < remaining * before,
                "{details:?} {}: {before} {after}",
                gone.symbol
            );
            hidden += 1;
        }
        assert!(hidden > 0);
        reasons.extend(corrupted.plates[0].condition.details());
    }
    assert_eq!(reasons.len(), 5, "{reasons:?}");
}

#[test]
fn the_border_of_the_picture_cuts_a_character() {
    let fonts = Fonts::load().unwrap();
    let request = in_condition(ConditionKind::Occluded);
    let mut cuts = 0;
    for number in 0..80 {
        let sample = make_sample(&fonts, &request, number).unwrap();
        let plate = &sample.plates[0];
        assert!(plate.characters.iter().any(|character| !character.visible), "{:?}", plate.condition);
        if plate.condition.details() == ["border"] {
            let width = to_float(sample.picture.width());
            assert!(plate.area.width() < plate.width - 3.0);
            assert!(plate.area.left <= 0.0 || plate.area.right >= width);
            cuts += 1;
        }
    }
    assert!(cuts > 2, "{cuts}");
}

#[test]
fn labels_tell_what_may_be_read_and_what_counts_for_locating_only() {
    let fonts = Fonts::load().unwrap();
    let challenge =
        SampleRequest { condition: ConditionMix::Challenge, ..request(Kind::Plate, Quality::Clear) };
    for number in 0..20 {
        let sample = make_sample(&fonts, &challenge, number).unwrap();
        let label = serde_json::to_value(PictureLabel::of(&sample, "a.jpg".into())).unwrap();
        let kind = challenge.condition.kind(number);
        let (plates, fakes) = (label["plates"].as_array().unwrap(), &label["fakes"]);
        assert_eq!(plates.is_empty(), kind == ConditionKind::Fake);
        assert_eq!(fakes.is_null(), kind != ConditionKind::Fake);
        let plate = plates.first().unwrap_or(&fakes[0]);
        assert_eq!(plate["condition"], kind.label());
        assert_eq!(plate["may_issue"], false);
        assert!(plate["letters"].is_null() && plate["digits"].is_null(), "{plate}");
        let is_served = !matches!(kind, ConditionKind::Foreign | ConditionKind::Fake);
        assert_eq!(plate["issued"]["letters"].is_string(), is_served);
        assert!(!plate["characters"].as_array().unwrap().is_empty());
    }
    let regular = make_sample(&fonts, &in_condition(ConditionKind::Regular), 0).unwrap();
    let label = serde_json::to_value(PictureLabel::of(&regular, "a.jpg".into())).unwrap();
    let plate = &label["plates"][0];
    assert!(plate["letters"].is_string() && plate["digits"].is_string() && plate["issued"].is_null());
    assert!(plate["characters"].as_array().unwrap().iter().all(|character| character["visible"] == true));
}

#[test]
fn motorcycles_carry_every_arrangement_of_their_country_in_its_own_colours() {
    let fonts = Fonts::load().unwrap();
    let request = SampleRequest { mount: Mount::Motorcycle, ..request(Kind::Plate, Quality::Clear) };
    let mut met = std::collections::BTreeSet::new();
    for number in 0..120 {
        let sample = make_sample(&fonts, &request, number).unwrap();
        let label = PictureLabel::of(&sample, "a".into());
        let plate = &label.plates[0];
        let class = plate.class.unwrap();
        assert!(class == "private" || (class == "police" && plate.jurisdiction == Some("EG")), "{plate:?}");
        met.insert((plate.layout, class));
    }
    let layouts: std::collections::BTreeSet<&str> = met.iter().map(|(layout, _)| *layout).collect();
    let drawn = Jurisdiction::ALL.iter().flat_map(|country| Layout::of(*country, Mount::Motorcycle));
    assert_eq!(layouts, drawn.map(|layout| layout.label()).collect());
    assert!(met.iter().any(|(_, class)| *class == "police"));
}

#[test]
fn the_number_on_a_motorcycle_is_the_one_that_a_car_would_have_and_stands_below_its_band() {
    let fonts = Fonts::load().unwrap();
    for number in 0..60 {
        let on = |mount| {
            let request = SampleRequest { mount, ..request(Kind::Plate, Quality::Clear) };
            make_sample(&fonts, &request, number).unwrap().plates.remove(0)
        };
        let (car, motorcycle) = (on(Mount::Car), on(Mount::Motorcycle));
        let of = |plate: &PlateTruth| plate.condition.specification().unwrap().number().clone();
        assert_eq!(of(&car), of(&motorcycle));
        // The band takes a fifth of the plate or more; a little is left for how the plate is turned.
        let band = match motorcycle.condition.specification().unwrap().layout().jurisdiction() {
            Jurisdiction::Egypt => 0.15 * motorcycle.area.height(),
            Jurisdiction::SaudiArabia => 0.0,
        };
        let top = motorcycle.area.top + band;
        assert!(motorcycle.characters.iter().all(|character| character.area.top > top), "{number}");
        assert!(motorcycle.characters.len() <= car.characters.len());
    }
}
