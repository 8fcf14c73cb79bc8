//! A detector that is restricted to one country reads no plate as one of another.
#![cfg(test)]

use detect::config::Jurisdictions;
use detect::{DetectConfig, Detector};
use schemas::frame::Frame;
use schemas::jurisdiction::Jurisdiction;
use std::path::Path;

fn frame(name: &str) -> Frame {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let picture = image::open(path).unwrap().to_rgb8();
    Frame::new(picture.width(), picture.height(), picture.into_raw()).unwrap()
}

/// The countries of the plates read in each of two pictures, an Egyptian and a Saudi one.
fn countries_read(jurisdictions: Jurisdictions) -> [Vec<Jurisdiction>; 2] {
    let library = runtime::onnxruntime_for_tests().unwrap();
    let config = DetectConfig { jurisdictions, ..DetectConfig::single(library) };
    let mut detector = Detector::load(&config).unwrap();
    ["drawn-eg-2.png", "drawn-sa-3.png"].map(|name| {
        let reads = detector.read_plates(&frame(name)).unwrap();
        reads.iter().map(|read| read.jurisdiction).collect()
    })
}

#[test]
fn only_plates_of_the_countries_named_are_put_forward() {
    const EGYPT: Jurisdiction = Jurisdiction::Egypt;
    const SAUDI_ARABIA: Jurisdiction = Jurisdiction::SaudiArabia;
    assert_eq!(countries_read(Jurisdictions::default()), [vec![EGYPT], vec![SAUDI_ARABIA]]);
    let [own, other] = countries_read(Jurisdictions::only(SAUDI_ARABIA));
    assert!(!own.contains(&EGYPT) && other == [SAUDI_ARABIA]);
    let [own, other] = countries_read(Jurisdictions::only(EGYPT));
    assert!(own == [EGYPT] && !other.contains(&SAUDI_ARABIA));
}
