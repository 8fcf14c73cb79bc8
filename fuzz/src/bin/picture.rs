//! Any bytes as a picture: what is decoded in parts must be refused and taken as what is decoded whole, and show the same.
//!
//! `.ci/fuzz picture 600` builds it and lets it run so many seconds.
#![no_main]

use ingest::frame::{FrameLimits, decode_frame, decode_picture};
use libfuzzer_sys::fuzz_target;
use schemas::frame::PixelBox;
use schemas::picture::Picture;

const LIMITS: FrameLimits = FrameLimits { bytes_max: 1 << 20, side_pixels_max: 2_000, pixels_max: 1_000_000 };
/// Small, so that even small pictures are decoded at a fraction of their size.
const LEAST_SIDE: u32 = 16;
/// Side of the part that is compared.
const PART_SIDE: u32 = 24;

fuzz_target!(|bytes: &[u8]| {
    for media_type in ["image/jpeg", "image/png"] {
        let whole = decode_frame(bytes, media_type, &LIMITS);
        let picture = decode_picture(bytes, media_type, &LIMITS, LEAST_SIDE);
        let (Ok(whole), Ok(picture)) = (&whole, &picture) else {
            assert_eq!(whole.is_ok(), picture.is_ok(), "{media_type}");
            continue;
        };
        let (width, height) = (picture.width(), picture.height());
        assert_eq!((width, height), (whole.width(), whole.height()));
        picture.reduced(LEAST_SIDE).expect("a picture that was taken can be made smaller");
        let area = PixelBox {
            x: width.saturating_sub(PART_SIDE),
            y: height.saturating_sub(PART_SIDE),
            width: PART_SIDE.min(width),
            height: PART_SIDE.min(height),
        };
        assert_eq!(picture.part(area).expect("a part"), whole.part(area).expect("the same part"));
    }
});
