//! Any bytes as a JPEG of the own decoder: taken or refused, never a panic; what is decoded in parts is decoded whole too,
//! and shows the same.
//!
//! `.ci/fuzz jpeg_file 600` builds it and lets it run so many seconds.
#![no_main]

use jpeg::{JpegFile, Overhang};
use libfuzzer_sys::fuzz_target;
use schemas::frame::PixelBox;
use schemas::picture::Picture;

/// Most pixels: who calls the decoder looks at the size first.
const PIXELS_MAX: usize = 500_000;
/// Small, so that even small pictures are decoded at a fraction of their size.
const LEAST_SIDE: u32 = 16;
/// Side of the part that is compared.
const PART_SIDE: u32 = 24;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = JpegFile::open(bytes) else { return };
    let (width, height) = file.size();
    if width.saturating_mul(height) > PIXELS_MAX {
        return;
    }
    let whole = file.decode_whole();
    let Ok(parts) = file.decode_in_parts(LEAST_SIDE, Overhang::Refused) else { return };
    let whole = whole.expect("what is decoded in parts is decoded whole");
    assert_eq!((parts.width() as usize, parts.height() as usize), (width, height));
    parts.reduced(LEAST_SIDE).expect("a picture that was taken can be made smaller");
    let area = PixelBox {
        x: parts.width().saturating_sub(PART_SIDE),
        y: parts.height().saturating_sub(PART_SIDE),
        width: PART_SIDE.min(parts.width()),
        height: PART_SIDE.min(parts.height()),
    };
    assert_eq!(parts.part(area).expect("a part"), whole.part(area).expect("the same part"));
});
