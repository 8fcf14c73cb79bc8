//! Pictures for people: a plate cut out for reviewers, the neighbourhood of the plate for citizens, what a citizen sent.
//! All copies are encoded anew, so that nothing goes with them but what is seen; the sealed original is never touched.
//!
//! Faces cannot be found yet, so a citizen's copy does not try to cover them: it shows only the plate with the part of
//! the vehicle around it, which holds no windscreen, and every other plate that reaches into it is filled in.

use crate::error::{ApiError, ProblemCode};
use crate::state::{ServiceState, Viewer};
use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use schemas::attachment::AttachmentMediaType;
use schemas::evidence::Sha256Digest;
use std::io::Cursor;
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::OwnedSemaphorePermit;

/// A rectangle of the upright picture, pixels: x, y, width, height.
pub type Corners = [u32; 4];

/// What a cut copy shows around the plate, in hundredths of the plate's own width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margin {
    across_percent: u32,
    down_percent: u32,
}

impl Margin {
    /// For reviewers: the plate with its frame.
    pub const PLATE: Self = Self { across_percent: 12, down_percent: 25 };
    /// For citizens: the part of the vehicle that carries the plate. Two plate heights above it end below any
    /// windscreen.
    pub const VEHICLE: Self = Self { across_percent: 150, down_percent: 200 };
}

/// What to cut.
#[derive(Debug, Clone)]
pub struct Crop {
    /// The plate.
    pub plate: Corners,
    /// How much around it.
    pub margin: Margin,
    /// Other plates, filled in wherever they reach into the copy.
    pub covered: Vec<Corners>,
}

const JPEG_QUALITY: u8 = 90;
/// A cut copy narrower than this is enlarged, so that characters can be told apart on a page.
const CUT_WIDTH_MIN: u32 = 320;
/// Bytes that decoding may take for each pixel: three for the picture, as many for the decoder.
const DECODE_BYTES_PER_PIXEL: u64 = 8;
const COVER: Rgb<u8> = Rgb([24, 28, 30]);

/// Why a stored picture cannot be cut.
#[derive(Debug, Error)]
enum CutError {
    #[error("the picture cannot be decoded")]
    Image(#[from] image::ImageError),
    #[error("the picture cannot be read")]
    Read(#[from] std::io::Error),
    #[error("the picture has {pixels} pixels, more than http.picture_pixels_max ({most})")]
    TooLarge { pixels: u64, most: u64 },
    #[error("the plate's box {0:?} lies outside the picture")]
    Outside(Corners),
}

/// Why a citizen's picture is not taken.
#[derive(Debug)]
pub enum PictureFault {
    /// It does not decode.
    Damaged,
    /// It has more pixels than are decoded.
    TooManyPixels,
    /// It could not be looked at.
    Server(ApiError),
}

/// Whether a citizen's picture decodes, under the limits of every other picture.
///
/// # Errors
/// When it does not, or has too many pixels.
pub async fn check_picture(
    state: &ServiceState,
    bytes: Bytes,
    media_type: &'static str,
) -> Result<(), PictureFault> {
    let whole = Arc::clone(&state.whole_pictures);
    let slot = slot(state, Viewer::Citizen).await.map_err(PictureFault::Server)?;
    let decoded = in_slot(state, slot, move |pixels_max| {
        decode(&bytes, pixels_max)?;
        Ok(whole.is_whole(&bytes, media_type))
    });
    let is_whole = decoded.await.map_err(PictureFault::Server)?.map_err(|error: CutError| match error {
        CutError::TooLarge { .. } | CutError::Image(image::ImageError::Limits(_)) => {
            PictureFault::TooManyPixels
        }
        CutError::Image(_) | CutError::Read(_) | CutError::Outside(_) => PictureFault::Damaged,
    })?;
    if is_whole { Ok(()) } else { Err(PictureFault::Damaged) }
}

/// A copy that shows the plate and what is around it.
///
/// # Errors
/// When the file is missing, damaged, cannot be decoded, or the store does not answer.
pub async fn crop_copy(
    state: &ServiceState,
    viewer: Viewer,
    digest: Sha256Digest,
    cut: Crop,
) -> Result<Response, ApiError> {
    // Those that wait for a slot hold no picture yet.
    let slot = slot(state, viewer).await?;
    let bytes = state.evidence.read(digest).await?;
    let copy = in_slot(state, slot, move |pixels_max| cut_bytes(&bytes, &cut, pixels_max)).await?;
    let copy = copy.map_err(|error| ApiError::new(ProblemCode::EvidenceDamaged).caused_by(error))?;
    Ok(picture(Bytes::from(copy), "image/jpeg"))
}

/// What is seen in a citizen's picture, for a reviewer: decoded and encoded anew, so that nothing else of the file gets
/// to a browser that shows it. `None` for what is no picture.
///
/// # Errors
/// When the file is missing, damaged, cannot be decoded, or the store does not answer.
pub async fn fresh_copy(
    state: &ServiceState,
    digest: Sha256Digest,
    media_type: AttachmentMediaType,
) -> Result<Option<Bytes>, ApiError> {
    let encode = match media_type {
        AttachmentMediaType::Jpeg => encode_jpeg,
        AttachmentMediaType::Png => encode_png,
        AttachmentMediaType::Pdf => return Ok(None),
    };
    let slot = slot(state, Viewer::Reviewer).await?;
    let bytes = state.documents.read(digest).await?;
    let copy =
        in_slot(state, slot, move |pixels_max| encode(DynamicImage::from(decode(&bytes, pixels_max)?)));
    let copy = copy.await?.map_err(|error| ApiError::new(ProblemCode::EvidenceDamaged).caused_by(error))?;
    Ok(Some(Bytes::from(copy)))
}

async fn slot(state: &ServiceState, viewer: Viewer) -> Result<OwnedSemaphorePermit, ApiError> {
    let slot = state.picture_slots.of(viewer).acquire_owned().await;
    slot.map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))
}

/// Works on a picture off the executor, in a slot; `work` is given the most pixels.
async fn in_slot<T: Send + 'static>(
    state: &ServiceState,
    slot: OwnedSemaphorePermit,
    work: impl FnOnce(u64) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let most = state.config.picture_pixels_max;
    let done = tokio::task::spawn_blocking(move || {
        let done = work(most);
        drop(slot);
        done
    });
    done.await.map_err(|error| ApiError::new(ProblemCode::Internal).caused_by(error))
}

fn picture(bytes: Bytes, media_type: &str) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

fn cut_bytes(bytes: &[u8], cut: &Crop, pixels_max: u64) -> Result<Vec<u8>, CutError> {
    let mut picture = decode(bytes, pixels_max)?;
    for other in &cut.covered {
        fill(&mut picture, *other);
    }
    let [x, y, width, height] =
        widened(cut.plate, cut.margin, picture.dimensions()).ok_or(CutError::Outside(cut.plate))?;
    let mut copy = DynamicImage::from(image::imageops::crop_imm(&picture, x, y, width, height).to_image());
    if width < CUT_WIDTH_MIN {
        let higher = (u64::from(height) * u64::from(CUT_WIDTH_MIN)).div_ceil(u64::from(width));
        let higher = u32::try_from(higher).unwrap_or(u32::MAX);
        copy = copy.resize(CUT_WIDTH_MIN, higher, image::imageops::FilterType::CatmullRom);
    }
    encode_jpeg(copy)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the picture is not needed any more, and both encoders are alike"
)]
fn encode_jpeg(picture: DynamicImage) -> Result<Vec<u8>, CutError> {
    let mut encoded = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut encoded, JPEG_QUALITY))?;
    Ok(encoded)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the picture is not needed any more, and both encoders are alike"
)]
fn encode_png(picture: DynamicImage) -> Result<Vec<u8>, CutError> {
    let mut encoded = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut encoded))?;
    Ok(encoded)
}

/// Upright and under limits; the size is checked before anything is allocated for it.
fn decode(bytes: &[u8], pixels_max: u64) -> Result<RgbImage, CutError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels_max.saturating_mul(DECODE_BYTES_PER_PIXEL));
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > pixels_max {
        return Err(CutError::TooLarge { pixels, most: pixels_max });
    }
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

fn fill(picture: &mut RgbImage, [x, y, width, height]: Corners) {
    let (across, down) = picture.dimensions();
    for row in y.min(down)..y.saturating_add(height).min(down) {
        for column in x.min(across)..x.saturating_add(width).min(across) {
            picture.put_pixel(column, row, COVER);
        }
    }
}

/// The box with its margin, cut at the picture's edges; `None` if nothing is left.
fn widened([x, y, width, height]: Corners, margin: Margin, (across, down): (u32, u32)) -> Option<Corners> {
    let part = |length: u32, percent: u32| length.saturating_mul(percent) / 100;
    let (beside, above) = (part(width, margin.across_percent), part(height, margin.down_percent));
    let (left, top) = (x.saturating_sub(beside), y.saturating_sub(above));
    let right = x.saturating_add(width).saturating_add(beside).min(across);
    let bottom = y.saturating_add(height).saturating_add(above).min(down);
    (left < right && top < bottom).then(|| [left, top, right - left, bottom - top])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photograph(width: u32, height: u32) -> Vec<u8> {
        let picture =
            RgbImage::from_fn(
                width,
                height,
                |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) },
            );
        let mut bytes = Vec::new();
        DynamicImage::from(picture).write_with_encoder(JpegEncoder::new(&mut bytes)).unwrap();
        bytes
    }

    #[test]
    fn a_box_is_widened_by_its_own_size_and_stays_inside_the_picture() {
        assert_eq!(widened([100, 100, 50, 20], Margin::VEHICLE, (1000, 500)), Some([25, 60, 200, 100]));
        assert_eq!(widened([0, 0, 50, 20], Margin::VEHICLE, (100, 30)), Some([0, 0, 100, 30]));
        assert_eq!(widened([200, 0, 50, 20], Margin { across_percent: 0, down_percent: 0 }, (100, 30)), None);
    }

    #[test]
    fn other_plates_are_filled_in_on_the_copy() {
        let cut = Crop { plate: [40, 20, 20, 10], margin: Margin::VEHICLE, covered: vec![[60, 0, 40, 50]] };
        let copy =
            image::load_from_memory(&cut_bytes(&photograph(100, 50), &cut, 1_000_000).unwrap()).unwrap();
        let right = copy.to_rgb8().get_pixel(copy.width() - 8, copy.height() / 2).0;
        assert!(right.iter().all(|value| *value < 60), "{right:?}");
        let left = copy.to_rgb8().get_pixel(8, copy.height() / 2).0;
        assert!(left[0] > 180, "{left:?}");
    }

    #[test]
    fn nothing_of_a_file_but_its_picture_is_in_the_copy() {
        let script = b"<html><script>alert(1)</script></html>/*";
        let length = u16::try_from(script.len() + 2).unwrap().to_be_bytes();
        let jpeg = photograph(20, 10);
        let commented =
            [&jpeg[..2], b"\xFF\xFE", &length, script, &jpeg[2..], b"<script>GIF89a=1</script>"].concat();
        let mut png = encode_png(DynamicImage::new_rgb8(20, 10)).unwrap();
        png.extend_from_slice(script);
        for bytes in [commented, png] {
            assert!(holds(&bytes, b"<script>"));
            let picture = || DynamicImage::from(decode(&bytes, 1_000).unwrap());
            for copy in [encode_jpeg(picture()).unwrap(), encode_png(picture()).unwrap()] {
                assert!(!holds(&copy, b"script") && !holds(&copy, b"html"));
                assert_eq!(image::load_from_memory(&copy).unwrap().to_rgb8().dimensions(), (20, 10));
            }
        }
    }

    fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
        bytes.windows(wanted.len()).any(|window| window == wanted)
    }

    #[test]
    fn a_picture_with_too_many_pixels_or_a_box_outside_is_refused() {
        let cut = Crop { plate: [40, 20, 20, 10], margin: Margin::PLATE, covered: Vec::new() };
        assert!(matches!(cut_bytes(&photograph(100, 50), &cut, 4_999), Err(CutError::TooLarge { .. })));
        let outside = Crop { plate: [500, 20, 20, 10], ..cut };
        assert!(matches!(cut_bytes(&photograph(100, 50), &outside, 5_000), Err(CutError::Outside(_))));
    }
}
