//! The peers' nets with the preparation that fast-alpr gives them: the whole frame in the middle of a square, the
//! plate cut out at whole pixels and stretched, both with the plain bilinear filter of two by two pixels.

use anyhow::Context;
use benches::peers::graph::Tally;
use benches::peers::{cct, yolo};
use detect::geometry::edges::Edges;
use detect::session::{Net, NetInput};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use schemas::frame::{FRAME_CHANNELS, Frame};
use std::path::Path;

/// Side of the locator's input.
const SIDE_PX: u32 = 384;
const SEED: u64 = 20;
const FILL: u8 = 114;
/// Numbers of a found box: picture, four edges, class, score.
const BOX_NUMBERS: usize = 7;

/// Both nets on one thread.
pub(crate) struct Peers {
    locator: Net,
    reader: Net,
    resizer: Resizer,
    bytes: Vec<u8>,
    values: Vec<f32>,
    pub(crate) locator_tally: Tally,
    pub(crate) reader_tally: Tally,
}

impl Peers {
    pub(crate) fn build(library: &Path) -> anyhow::Result<Self> {
        let (locator, locator_tally) = yolo::build(SIDE_PX as usize, 1, SEED);
        let (reader, reader_tally) = cct::build(SEED);
        let names = (yolo::INPUT, [yolo::OUTPUT].as_slice());
        let locator = Net::prepare(library, "YOLOv9-tiny", &locator, 1, names)?;
        let names = (cct::INPUT, [cct::OUTPUT].as_slice());
        let reader = Net::prepare(library, "CCT-XS", &reader, 1, names)?;
        let (resizer, bytes, values) = (Resizer::new(), Vec::new(), Vec::new());
        Ok(Self { locator, reader, resizer, bytes, values, locator_tally, reader_tally })
    }

    /// How many boxes are found; with random weights there is none to be relied on.
    pub(crate) fn locate(&mut self, frame: &Frame) -> anyhow::Result<usize> {
        let side = SIDE_PX as usize;
        let scale = (f64::from(SIDE_PX) / f64::from(frame.width()))
            .min(f64::from(SIDE_PX) / f64::from(frame.height()));
        let (width, height) = (scaled(frame.width(), scale), scaled(frame.height(), scale));
        let whole = (0.0, 0.0, f64::from(frame.width()), f64::from(frame.height()));
        self.resize(frame, whole, (width, height))?;
        let (left, top) = ((side - width as usize) / 2, (side - height as usize) / 2);
        self.values.clear();
        self.values.resize(side * side * FRAME_CHANNELS, f32::from(FILL) / 255.0);
        let lines = self.bytes.chunks_exact(width as usize * FRAME_CHANNELS);
        for (channel, plane) in self.values.chunks_exact_mut(side * side).enumerate() {
            let rows = plane.chunks_exact_mut(side).skip(top);
            for (row, line) in rows.zip(lines.clone()) {
                let pixels = line.iter().skip(channel).step_by(FRAME_CHANNELS);
                row[left..]
                    .iter_mut()
                    .zip(pixels)
                    .for_each(|(value, byte)| *value = f32::from(*byte) / 255.0);
            }
        }
        let shape = [1, FRAME_CHANNELS, side, side];
        let input = NetInput::Numbers(&self.values);
        Ok(self.locator.run_any(shape, input, |[rows]| rows.len() / BOX_NUMBERS)?)
    }

    /// The class of each character of the plate inside `edges`.
    pub(crate) fn read(&mut self, frame: &Frame, edges: Edges) -> anyhow::Result<[usize; cct::CHARACTERS]> {
        let (left, top) = (f64::from(edges.left.floor()), f64::from(edges.top.floor()));
        let (width, height) = (f64::from(edges.right.floor()) - left, f64::from(edges.bottom.floor()) - top);
        let size = (u32::try_from(cct::WIDTH_PX)?, u32::try_from(cct::HEIGHT_PX)?);
        self.resize(frame, (left, top, width.max(1.0), height.max(1.0)), size)?;
        let shape = [1, cct::HEIGHT_PX, cct::WIDTH_PX, FRAME_CHANNELS];
        let read = |[probabilities]: [&[f32]; 1]| {
            let mut classes = [0; cct::CHARACTERS];
            for (class, character) in classes.iter_mut().zip(probabilities.chunks_exact(cct::CLASSES)) {
                let likeliest = character.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1));
                *class = likeliest.map_or(0, |(class, _)| class);
            }
            classes
        };
        Ok(self.reader.run_any(shape, NetInput::Bytes(&self.bytes), read)?)
    }

    fn resize(
        &mut self,
        frame: &Frame,
        (left, top, width, height): (f64, f64, f64, f64),
        (target_width, target_height): (u32, u32),
    ) -> anyhow::Result<()> {
        self.bytes.resize(target_width as usize * target_height as usize * FRAME_CHANNELS, 0);
        let source = ImageRef::new(frame.width(), frame.height(), frame.pixels(), PixelType::U8x3)?;
        let mut target = Image::from_slice_u8(target_width, target_height, &mut self.bytes, PixelType::U8x3)?;
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Interpolation(FilterType::Bilinear))
            .crop(left, top, width, height);
        self.resizer.resize(&source, &mut target, &options).context("a frame cannot be resized")
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the input's side")]
fn scaled(side: u32, scale: f64) -> u32 {
    (f64::from(side) * scale).round().clamp(1.0, f64::from(SIDE_PX)) as u32
}
