//! JPEG bytes to the pixels that are needed to find and read a plate, against bare decoding by `image`, on one thread.
//! Every way takes every picture in turn. The figures are processor time of the thread, so that others at work on the
//! machine disturb them little. The last ways also find and read the plates.

mod pictures;

use anyhow::{Context, ensure};
use benches::figures::{median, print_line};
use benches::{arguments, cpu, machine};
use detect::{DetectConfig, Detector};
use ingest::frame::{FrameLimits, decode_frame, decode_picture};
use pictures::CameraPicture;
use schemas::frame::PixelBox;
use std::hint::black_box;

const ROUNDS: u32 = 15;
const MEDIA_TYPE: &str = "image/jpeg";
const LIMITS: FrameLimits =
    FrameLimits { bytes_max: 16 << 20, side_pixels_max: 8_192, pixels_max: 40_000_000 };
/// Ways to decode; the first is what the others are compared with.
const WAYS: [&str; 9] = [
    "`image`, whole",
    "decode_frame, whole",
    "decode_picture, one pass (an eighth)",
    "decode_picture, small",
    "decode_picture, small and a plate's surroundings",
    "decode_picture, small and the whole as one part",
    "nets alone: decoded before, located and read",
    "decode_frame, located and read",
    "decode_picture, located and read",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let [rounds] = arguments::counts(std::env::args().skip(1), ["ROUNDS"], [ROUNDS])?;
    let library = machine::provision().await?.onnxruntime_library().to_path_buf();
    let mut detector = Detector::load(&DetectConfig::single(library))?;
    for picture in pictures::all()? {
        round(&picture, &mut detector)?; // buffers and caches
        let measured: Vec<_> =
            (0..rounds).map(|_| round(&picture, &mut detector)).collect::<Result<_, _>>()?;
        print_rows(&picture, detector.least_side(), &measured)?;
    }
    Ok(())
}

/// Milliseconds that each way takes.
fn round(picture: &CameraPicture, detector: &mut Detector) -> anyhow::Result<[f64; WAYS.len()]> {
    let bytes = picture.bytes.as_slice();
    let least_side = detector.least_side();
    let small = || Ok(decode_picture(bytes, MEDIA_TYPE, &LIMITS, least_side)?);
    let frame = decode_frame(bytes, MEDIA_TYPE, &LIMITS)?;
    let same = detector.read_plates(&frame)?.len() == detector.read_plates(small()?.as_ref())?.len();
    ensure!(same, "{}: other plates are read in the small picture", picture.name);
    let whole = PixelBox { x: 0, y: 0, width: picture.width, height: picture.height };
    Ok([
        timed(|| Ok(image::load_from_memory_with_format(bytes, image::ImageFormat::Jpeg)?.into_rgb8()))?,
        timed(|| Ok(decode_frame(bytes, MEDIA_TYPE, &LIMITS)?))?,
        timed(|| Ok(decode_picture(bytes, MEDIA_TYPE, &LIMITS, 1)?))?,
        timed(small)?,
        timed(|| Ok(small()?.part(picture.plate)?))?,
        timed(|| Ok(small()?.part(whole)?))?,
        timed(|| Ok(detector.read_plates(&frame)?))?,
        timed(|| Ok(detector.read_plates(&decode_frame(bytes, MEDIA_TYPE, &LIMITS)?)?))?,
        timed(|| Ok(detector.read_plates(small()?.as_ref())?))?,
    ])
}

/// Milliseconds of processor time of a piece of work.
fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let begun = cpu::own_thread()?;
    black_box(work()?);
    Ok((cpu::own_thread()? - begun).as_secs_f64() * 1_000.0)
}

fn print_rows(
    picture: &CameraPicture,
    least_side: u32,
    measured: &[[f64; WAYS.len()]],
) -> anyhow::Result<()> {
    let reduction =
        decode_picture(&picture.bytes, MEDIA_TYPE, &LIMITS, least_side)?.reduced(least_side)?.reduction;
    ensure!(reduction > 1, "the picture was decoded whole");
    print_line(&format!(
        "{}: {} bytes, {:.2} bits a pixel; small is 1/{reduction}",
        picture.name,
        picture.bytes.len(),
        picture.bits_per_pixel()?,
    ))?;
    for (way, name) in WAYS.iter().enumerate() {
        let over = |figure: &dyn Fn(&[f64; WAYS.len()]) -> f64| {
            median(&measured.iter().map(figure).collect::<Vec<_>>())
        };
        let baseline = measured.first().context("no round was measured")?[0];
        ensure!(baseline > 0.0, "the kernel counts no processor time");
        print_line(&format!(
            "  {name} | {:.2} ms | {:.2} of `image`",
            over(&|times| times[way]),
            over(&|times| times[way] / times[0]),
        ))?;
    }
    Ok(())
}
