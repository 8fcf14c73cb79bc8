//! Any bytes as a file of each kind of fact: never a panic, and no line of a file that is taken vanishes.
//!
//! `.ci/fuzz csv 600` builds it and lets it run so many seconds.
#![no_main]

use adjudicate::facts::import::{NoticeRow, OutageRow, OwnershipRow, PaymentRow, SignalLogRow};
use adjudicate::foundation::csv::{FactRow, Rows, read_rows};
use libfuzzer_sys::fuzz_target;
use rules::registry::{CalibrationCertificate, Camera, SignState, Site};
use schemas::camera_key::CameraKey;

fn read<R: FactRow>(rest: &[u8]) {
    // The first line fits most of the time, else little of what follows would be reached.
    let header = R::COLUMNS.join(",") + "\n";
    for file in [rest.to_vec(), [header.as_bytes(), rest].concat()] {
        let Ok(Rows { good, bad }) = read_rows::<R>(&file[..]) else { continue };
        if bad.is_empty() {
            let text = String::from_utf8_lossy(&file);
            let lines = text.lines().filter(|line| !line.trim_start_matches('\u{FEFF}').is_empty());
            assert_eq!(good.len() + 1, lines.count(), "a line has vanished");
        }
        for row in &bad {
            assert!(row.line >= 1 && !row.problem.is_empty());
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match kind % 10 {
        0 => read::<Site>(rest),
        1 => read::<Camera>(rest),
        2 => read::<CameraKey>(rest),
        3 => read::<CalibrationCertificate>(rest),
        4 => read::<SignState>(rest),
        5 => read::<OwnershipRow>(rest),
        6 => read::<SignalLogRow>(rest),
        7 => read::<PaymentRow>(rest),
        8 => read::<NoticeRow>(rest),
        _ => read::<OutageRow>(rest),
    }
});
