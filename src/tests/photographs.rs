//! `rasid demo --photos` on a folder of a new user's making.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Pictures of the demo with what they say; one has no text.
const LABELS: [(&str, &str); 4] = [
    ("sa-01-1.jpg", r#"{"box": [258, 307, 79, 37], "letters": "UJD", "digits": "6531", "quality": "clear"}"#),
    ("sa-04-1.jpg", r#"{"box": [250, 300, 90, 40]}"#),
    ("sa-02-1.jpg", r#"{"box": [260, 303, 90, 39], "letters": "ZKB", "digits": "3479"}"#),
    ("eg-01-1.jpg", r#"{"box": [545, 435, 136, 76], "letters": "عصل", "digits": "7973"}"#),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo/frames");
    let mut lines = String::new();
    for (image, plate) in LABELS {
        fs::copy(frames.join(image), folder.path().join(image)).unwrap();
        lines.push_str(&format!("{{\"image\": \"{image}\", \"size\": [598, 598], \"plates\": [{plate}]}}\n"));
    }
    fs::write(folder.path().join("labels.jsonl"), lines).unwrap();
    folder
}

#[test]
fn labelled_photographs_of_both_countries_become_cases_that_bear_their_plates() {
    let folder = folder();
    let output = Command::new(env!("CARGO_BIN_EXE_rasid"))
        .args(["demo", "--once", "--json", "--photos"])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("3 of 4 labelled photographs are taken"), "{told}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let totals: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&totals["lost"], &totals["doubled"]), (&Value::from(0), &Value::from(0)), "{totals}");
    assert_eq!(totals["events_settled"], 3, "{totals}");
    let outcomes = &totals["outcomes"];
    let judged = outcomes["violation"].as_i64().unwrap() + outcomes["manual_check"].as_i64().unwrap();
    assert_eq!(judged, 3, "{totals}");
    assert_eq!(totals["photographs"]["read_as_labelled"], 3, "{totals}");
}
