use super::*;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
use proptest::prelude::*;
use schemas::camera_event::{FrameContent, FrameRole};

const LIMITS: FrameLimits =
    FrameLimits { bytes_max: 1_000_000, side_pixels_max: 10_000, pixels_max: 40_000_000 };

fn picture() -> RgbImage {
    RgbImage::from_fn(64, 48, |x, y| Rgb([x.to_le_bytes()[0] * 3, y.to_le_bytes()[0] * 5, 90]))
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .write_image(picture().as_raw(), 64, 48, ExtendedColorType::Rgb8)
        .expect("encoder");
    bytes
}

fn grey_jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = vec![77; 64 * 48];
    JpegEncoder::new(&mut bytes).write_image(&pixels, 64, 48, ExtendedColorType::L8).expect("encoder");
    bytes
}

fn png(colour: ExtendedColorType, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(pixels, 64, 48, colour).expect("encoder");
    bytes
}

/// A JPEG whose header claims other dimensions than its few bytes hold.
fn with_jpeg_dimensions(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg();
    let marker = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("start of frame");
    bytes[marker + 5..marker + 7].copy_from_slice(&height.to_be_bytes());
    bytes[marker + 7..marker + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// Puts an EXIF segment with nothing but an orientation behind the JPEG's first marker.
fn with_jpeg_orientation(orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).expect("short");
    let mut bytes = jpeg();
    let segment = [&[0xff, 0xe1], length.to_be_bytes().as_slice(), &exif].concat();
    bytes.splice(2..2, segment);
    bytes
}

fn close(frame: &Frame, x: u32, y: u32, expected: Rgb<u8>) -> bool {
    let at = (y as usize * frame.width() as usize + x as usize) * 3;
    frame.pixels()[at..at + 3].iter().zip(expected.0).all(|(got, wanted)| got.abs_diff(wanted) < 12)
}

#[test]
fn jpeg_and_png_come_out_in_rgb_and_right_way_up() {
    let decoded = decode_frame(&jpeg(), "image/jpeg", &LIMITS).expect("frame");
    assert_eq!((decoded.width(), decoded.height()), (64, 48));
    assert!(close(&decoded, 60, 2, *picture().get_pixel(60, 2)));
    let bytes = png(ExtendedColorType::Rgb8, picture().as_raw());
    let decoded = decode_frame(&bytes, "image/png", &LIMITS).expect("frame");
    assert_eq!(decoded.pixels(), picture().as_raw());
}

#[test]
fn grey_and_sixteen_bit_pictures_become_rgb() {
    let decoded = decode_frame(&grey_jpeg(), "image/jpeg", &LIMITS).expect("frame");
    assert!(close(&decoded, 5, 5, Rgb([77; 3])));
    let decoded =
        decode_frame(&png(ExtendedColorType::L8, &[77; 64 * 48]), "image/png", &LIMITS).expect("frame");
    assert!(close(&decoded, 5, 5, Rgb([77; 3])));
    let deep: Vec<u8> = (0..64 * 48 * 3).flat_map(|_| 0x4d4d_u16.to_ne_bytes()).collect();
    let decoded = decode_frame(&png(ExtendedColorType::Rgb16, &deep), "image/png", &LIMITS).expect("frame");
    assert!(close(&decoded, 5, 5, Rgb([77; 3])));
}

#[test]
fn the_orientation_is_applied() {
    // 6: the stored picture must be turned a quarter clockwise.
    let decoded = decode_frame(&with_jpeg_orientation(6), "image/jpeg", &LIMITS).expect("frame");
    assert_eq!((decoded.width(), decoded.height()), (48, 64));
    assert!(close(&decoded, 47 - 2, 60, *picture().get_pixel(60, 2)));
}

#[test]
fn a_truncated_picture_is_refused_wherever_it_is_cut() {
    for (bytes, media_type) in
        [(jpeg(), "image/jpeg"), (png(ExtendedColorType::Rgb8, picture().as_raw()), "image/png")]
    {
        for kept in [3, bytes.len() / 4, bytes.len() / 2, bytes.len() * 3 / 4, bytes.len() * 9 / 10] {
            assert!(decode_frame(&bytes[..kept], media_type, &LIMITS).is_err(), "{media_type} cut at {kept}");
        }
    }
}

#[test]
fn a_file_that_only_begins_as_a_picture_is_no_whole_picture() {
    let png = png(ExtendedColorType::Rgb8, picture().as_raw());
    assert!(check_whole(&jpeg(), "image/jpeg", &LIMITS).is_ok());
    assert!(check_whole(&png, "image/png", &LIMITS).is_ok());
    let html = b"<script>alert(1)</script>";
    for (begin, media_type) in [(&jpeg()[..3], "image/jpeg"), (&png[..8], "image/png")] {
        for bytes in [begin.to_vec(), [begin, html].concat(), [begin, &[0; 100]].concat()] {
            let refused = check_whole(&bytes, media_type, &LIMITS).unwrap_err();
            assert_eq!(refused.reason(), DeadLetterReason::BadImage);
        }
    }
    let at = png.windows(4).position(|name| name == b"IDAT").unwrap() + 20;
    let mut damaged = png.clone();
    damaged[at] ^= 1;
    assert!(check_whole(&damaged, "image/png", &LIMITS).is_err());
    for cut in 1..=12 {
        assert!(check_whole(&png[..png.len() - cut], "image/png", &LIMITS).is_err(), "{cut} bytes short");
    }
}

#[test]
fn a_png_that_is_cut_is_refused_though_its_end_was_put_back() {
    fn checksum(bytes: &[u8]) -> [u8; 4] {
        let each_bit = |sum: u32| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        let sum = bytes
            .iter()
            .fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| each_bit(sum)));
        (!sum).to_be_bytes()
    }
    let whole = png(ExtendedColorType::Rgb8, picture().as_raw());
    let name_at = whole.windows(4).position(|name| name == b"IDAT").unwrap();
    let length = u32::from_be_bytes(*whole[name_at - 4..].first_chunk().unwrap());
    for kept in [length, length / 2, length * 9 / 10] {
        let named = &whole[name_at..][..4 + kept as usize];
        let end = [&0_u32.to_be_bytes(), b"IEND".as_slice(), &checksum(b"IEND")].concat();
        let bytes =
            [&whole[..name_at - 4], &kept.to_be_bytes(), named, &checksum(named), end.as_slice()].concat();
        assert_eq!(check_whole(&bytes, "image/png", &LIMITS).is_ok(), kept == length, "{kept} of {length}");
    }
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let over_pixels = decode_frame(&with_jpeg_dimensions(8_000, 6_250), "image/jpeg", &LIMITS);
    let Err(error @ FrameError::TooLarge { what: "pixels", got: 50_000_000, .. }) = over_pixels else {
        panic!("{over_pixels:?}");
    };
    assert_eq!(error.reason(), DeadLetterReason::BadImage);
    let over_side = decode_frame(&with_jpeg_dimensions(60_000, 1), "image/jpeg", &LIMITS);
    assert!(
        matches!(over_side, Err(FrameError::TooLarge { got: 60_000, limit: 10_000, .. })),
        "{over_side:?}"
    );
    let small = FrameLimits { pixels_max: 1_000, ..LIMITS };
    let bytes = png(ExtendedColorType::Rgb8, picture().as_raw());
    let over_pixels = decode_frame(&bytes, "image/png", &small);
    assert!(matches!(over_pixels, Err(FrameError::TooLarge { what: "pixels", .. })), "{over_pixels:?}");
    let over_bytes = decode_frame(&bytes, "image/png", &FrameLimits { bytes_max: 10, ..LIMITS });
    assert!(matches!(over_bytes, Err(FrameError::TooLarge { what: "bytes", .. })), "{over_bytes:?}");
}

#[test]
fn another_type_than_stated_is_refused() {
    assert!(matches!(decode_frame(&jpeg(), "image/png", &LIMITS), Err(FrameError::NotThatType("image/png"))));
    assert!(matches!(decode_frame(&jpeg(), "image/gif", &LIMITS), Err(FrameError::MediaType(_))));
}

#[test]
fn bytes_must_have_the_stated_digest_and_length() {
    let bytes = jpeg();
    let mut reference = FrameReference {
        role: FrameRole::First,
        sha256: Sha256Digest::of(&bytes),
        media_type: "image/jpeg".into(),
        stated_size: None,
        taken_at: None,
        vehicle: None,
        size_bytes: bytes.len() as u64,
        content: FrameContent::ClaimCheck,
    };
    assert!(check_digest(&reference, &bytes).is_ok());
    let error = check_digest(&reference, &bytes[1..]).expect_err("other bytes");
    assert_eq!(error.reason(), DeadLetterReason::FrameDigestMismatch);
    reference.size_bytes += 1;
    assert!(check_digest(&reference, &bytes).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_damaged_jpeg_is_decoded_or_refused_without_a_panic(
        damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = jpeg();
        for (at, byte) in damage {
            let index = at % bytes.len();
            bytes[index] = byte;
        }
        let _ = decode_frame(&bytes, "image/jpeg", &LIMITS);
    }
}
