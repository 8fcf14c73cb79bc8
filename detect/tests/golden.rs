//! Golden vectors: what Python made of drawn pictures with the exported nets, Rust must make of them too.
//!
//! Tolerances: numbers handed to the nets 0.02 (one grey level is 0.016 after normalisation; the two resizers round
//! differently by at most one level), boxes 4 pixels of some 160, confidences 0.05 (in nets of 8 bits such a level may
//! tip a number into its next step, and a doubtful read feels it), texts exactly.
#![cfg(test)]

use detect::corners::Corners;
use detect::locate::LocatedPlate;
use detect::model_card::Models;
use detect::preprocess::{Edges, Letterbox, Preprocessor};
use detect::read::{RowPlace, rows_of};
use detect::{DetectConfig, Detector};
use schemas::frame::{Frame, PixelPoint};
use schemas::jurisdiction::Jurisdiction;
use schemas::plate::fold;
use schemas::plate_read::{PlateRow, ReadFlag};
use serde::Deserialize;
use std::path::{Path, PathBuf};

const VALUE_TOLERANCE: f32 = 0.02;
const BOX_TOLERANCE_PX: f32 = 4.0;
const CONFIDENCE_TOLERANCE: f32 = 0.08;
/// Grid of the stored samples of a frame and of a row, as in `detect/training/export/nets.py`.
const FRAME_GRID_PX: usize = 48;
const ROW_GRID_PX: (usize, usize) = (12, 16);

#[derive(Deserialize)]
struct Golden {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    picture: String,
    frame_mean: f32,
    frame_samples: Vec<f32>,
    plates: Vec<GoldenPlate>,
}

#[derive(Deserialize)]
struct GoldenPlate {
    jurisdiction: String,
    #[serde(rename = "box")]
    position: [f32; 4],
    corners: [[f32; 2]; 4],
    foreign: bool,
    /// Of each row, by the mean of all looks: altered, hidden, other.
    suspicions: Vec<[f32; 3]>,
    letters: String,
    digits: String,
    confidence: f32,
    rows_agree: bool,
    row_samples: Vec<Vec<f32>>,
}

impl GoldenPlate {
    fn located(&self, jurisdiction: Jurisdiction) -> LocatedPlate {
        let [x, y, width, height] = self.position;
        let edges = Edges { left: x, top: y, right: x + width, bottom: y + height };
        let corners = Corners(self.corners.map(|[x, y]| PixelPoint { x, y }));
        LocatedPlate { edges, corners, jurisdiction, is_foreign: self.foreign, score: 1.0 }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn vectors() -> Vec<(Vector, Frame)> {
    let text = std::fs::read_to_string(folder().join("vectors.json")).expect("golden vectors");
    let golden: Golden = serde_json::from_str(&text).expect("golden vectors are JSON");
    assert!(!golden.vectors.is_empty());
    golden
        .vectors
        .into_iter()
        .map(|vector| {
            let picture = image::open(folder().join(&vector.picture)).expect("golden picture").to_rgb8();
            let frame = Frame::new(picture.width(), picture.height(), picture.into_raw()).expect("frame");
            (vector, frame)
        })
        .collect()
}

fn close(ours: f32, theirs: f32, tolerance: f32, what: &str) {
    assert!((ours - theirs).abs() <= tolerance, "{what}: {ours} here, {theirs} in Python");
}

#[test]
fn frames_reach_the_locator_as_in_training() {
    let input = Models::load(None).expect("models").locate.input;
    let mut preprocessor = Preprocessor::default();
    for (vector, frame) in vectors() {
        let mut values = Vec::new();
        let Letterbox { width, height, .. } =
            preprocessor.letterbox(&frame, &input, &mut values).expect("letterbox");
        let rows = (0..height).step_by(FRAME_GRID_PX);
        let grid =
            rows.flat_map(|row| (0..width).step_by(FRAME_GRID_PX).map(move |column| row * width + column));
        let places: Vec<usize> = grid.collect();
        let ours =
            (0..3).flat_map(|channel| places.iter().map(move |place| channel * width * height + place));
        for (place, theirs) in ours.zip(&vector.frame_samples) {
            close(values[place], *theirs, VALUE_TOLERANCE, &vector.picture);
        }
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        close(mean, vector.frame_mean, VALUE_TOLERANCE, &vector.picture);
    }
}

#[test]
fn rows_reach_the_reader_as_in_training() {
    let models = Models::load(None).expect("models");
    let contract = &models.read;
    let mut turned = 0;
    let mut preprocessor = Preprocessor::default();
    for (vector, frame) in vectors() {
        for plate in &vector.plates {
            let jurisdiction = plate.jurisdiction.parse().expect("country");
            let located = plate.located(jurisdiction);
            let layouts = rows_of(jurisdiction, contract);
            for (layout, samples) in layouts.iter().zip(&plate.row_samples) {
                let mut values = Vec::new();
                match RowPlace::of(&located, layout.extent, (frame.width(), frame.height()), &models.locate) {
                    RowPlace::Upright(part) => {
                        preprocessor.row(&frame, part, &contract.input, &mut values).expect("row");
                    }
                    RowPlace::Turned(corners) => {
                        preprocessor.turned_row(&frame, &corners, &contract.input, &mut values);
                        turned += 1;
                    }
                }
                let columns = contract.input.width_px as usize;
                let rows = (0..contract.input.height_px as usize).step_by(ROW_GRID_PX.0);
                let grid =
                    rows.flat_map(|row| (0..columns).step_by(ROW_GRID_PX.1).map(move |c| row * columns + c));
                for (place, theirs) in grid.zip(samples) {
                    close(values[place], *theirs, VALUE_TOLERANCE, &vector.picture);
                }
            }
        }
    }
    assert!(turned > 0, "no golden picture shows a turned plate");
}

#[test]
fn pictures_read_as_in_python() {
    let library = runtime::onnxruntime_for_tests().expect("ONNX Runtime");
    let mut detector = Detector::load(&DetectConfig::single(library)).expect("detector");
    let contract = Models::load(None).expect("models").read;
    let (floor, floors) = (contract.disagreement_floor, contract.suspicion_floors);
    for (vector, frame) in vectors() {
        let reads = detector.read_plates(&frame).expect("reads");
        let expected: Vec<&GoldenPlate> =
            vector.plates.iter().filter(|plate| plate.confidence >= floor).collect();
        assert_eq!(reads.len(), expected.len(), "{}: plates", vector.picture);
        for (ours, theirs) in reads.iter().zip(expected) {
            assert_eq!(
                ours.flags.contains(&ReadFlag::RowsDisagree),
                !theirs.rows_agree,
                "{}",
                vector.picture
            );
            // Of two sure rows that contradict each other a hundredth of doubt decides which is believed, and how much.
            if theirs.rows_agree {
                let row = if theirs.jurisdiction == "SA" { PlateRow::Latin } else { PlateRow::Arabic };
                let own = ours.characters.iter().filter(|character| character.row == row);
                let text: String = own.map(|character| character.character).collect();
                assert_eq!(text, fold(&theirs.letters) + &theirs.digits, "{}", vector.picture);
                close(ours.confidence.value(), theirs.confidence, CONFIDENCE_TOLERANCE, &vector.picture);
            }
            close(ours.position.x as f32, theirs.position[0], BOX_TOLERANCE_PX, &vector.picture);
            close(ours.position.y as f32, theirs.position[1], BOX_TOLERANCE_PX, &vector.picture);
            for (corner, [x, y]) in ours.corners.iter().zip(theirs.corners) {
                close(corner.x, x, BOX_TOLERANCE_PX, &vector.picture);
                close(corner.y, y, BOX_TOLERANCE_PX, &vector.picture);
            }
            let altered = theirs.suspicions.iter().any(|row| row[0] >= floors.altered);
            assert_eq!(ours.flags.contains(&ReadFlag::TamperSuspect), altered, "{}", vector.picture);
        }
    }
}
