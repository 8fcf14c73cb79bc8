//! What a camera would send: a scene of the demo enlarged to the camera's size, with the noise of a sensor, compressed
//! with chroma of half density (4:2:0) as cameras do.

use anyhow::Context;
use image::RgbImage;
use image::imageops::{FilterType, resize};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use schemas::frame::PixelBox;
use std::path::Path;

const SCENE: &str = "../deploy/demo/frames/eg-04-1.jpg";
const SIZES: [(u16, u16); 3] = [(1280, 720), (1920, 1080), (3840, 2160)];
/// Quality, and noise as standard deviation in grey levels, of a picture by day and by dusk.
const CONDITIONS: [(u8, f32); 2] = [(85, 2.0), (90, 4.0)];

/// A compressed picture.
pub(crate) struct CameraPicture {
    pub(crate) name: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Where its plate is, with as much around it as cutting it out takes.
    pub(crate) plate: PixelBox,
    pub(crate) bytes: Vec<u8>,
}

impl CameraPicture {
    pub(crate) fn bits_per_pixel(&self) -> anyhow::Result<f64> {
        Ok(f64::from(u32::try_from(self.bytes.len())?) * 8.0 / f64::from(self.width * self.height))
    }
}

/// Every size in every condition.
pub(crate) fn all() -> anyhow::Result<Vec<CameraPicture>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENE);
    let scene = image::open(&path).with_context(|| format!("{} cannot be read", path.display()))?.into_rgb8();
    let mut pictures = Vec::new();
    for (width, height) in SIZES {
        let enlarged = resize(&scene, width.into(), height.into(), FilterType::CatmullRom);
        for (quality, deviation) in CONDITIONS {
            let noisy = with_noise(enlarged.clone(), deviation);
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes, quality);
            encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
            encoder.encode(&noisy, width, height, ColorType::Rgb)?;
            let name = format!("{width}x{height}, quality {quality}, noise {deviation}");
            let (width, height) = (u32::from(width), u32::from(height));
            // The scene's plate is a sixth of its width, in the middle of its lower half.
            let plate = PixelBox {
                x: width * 7 / 16,
                y: height * 5 / 8,
                width: width * 3 / 16,
                height: height * 3 / 16,
            };
            pictures.push(CameraPicture { name, width, height, plate, bytes });
        }
    }
    Ok(pictures)
}

/// Adds to each byte a sum of four even chances, which is near enough to a bell; the same on every run.
fn with_noise(mut picture: RgbImage, deviation: f32) -> RgbImage {
    /// Standard deviation of four chances between 0 and 255: 256 * sqrt(4 / 12).
    const OF_FOUR: f32 = 147.8;
    const MEAN_OF_FOUR: f32 = 510.0;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for byte in picture.iter_mut() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [_, _, _, _, chances @ ..] = state.to_le_bytes();
        let sum: f32 = chances.map(f32::from).iter().sum();
        let noisy = f32::from(*byte) + (sum - MEAN_OF_FOUR) / OF_FOUR * deviation;
        *byte = rounded(noisy);
    }
    picture
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to a byte's range")]
fn rounded(level: f32) -> u8 {
    level.round().clamp(0.0, 255.0) as u8
}
