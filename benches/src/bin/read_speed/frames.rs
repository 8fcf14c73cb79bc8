//! Frames of 1280x720 pixels with one plate each: the demo's originals, scaled to fit and filled up with grey.

use anyhow::{Context, ensure};
use detect::Detector;
use detect::locate::LocatedPlate;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use schemas::frame::{FRAME_CHANNELS, Frame};
use std::fs;
use std::path::{Path, PathBuf};
use synth::camera::derive;

/// Pixels across and down.
pub(crate) const SIZE: (u32, u32) = (1280, 720);
const FILL: u8 = 114;
/// What the names of the demo's first pictures end with; the others are derived from them.
const ORIGINAL: &str = "-1.jpg";

/// A frame and the one plate that our locator finds in it.
pub(crate) struct PlateFrame {
    pub(crate) frame: Frame,
    pub(crate) plate: LocatedPlate,
}

/// The originals of `folder` in which exactly one plate is found and read, in the order of their names.
pub(crate) fn load(folder: &Path, detector: &mut Detector) -> anyhow::Result<Vec<PlateFrame>> {
    let mut frames = Vec::new();
    for path in originals(folder)? {
        let frame = filled(&path)?;
        let located = detector.locate_plates(&frame)?;
        if let [plate] = located.as_slice()
            && detector.read_plates(&frame)?.len() == 1
        {
            frames.push(PlateFrame { plate: *plate, frame });
        }
    }
    ensure!(!frames.is_empty(), "no picture in {} shows one plate", folder.display());
    Ok(frames)
}

fn originals(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    let is_original = |path: &PathBuf| path.to_string_lossy().ends_with(ORIGINAL);
    let mut originals: Vec<PathBuf> = paths.into_iter().filter(is_original).collect();
    originals.sort();
    Ok(originals)
}

fn filled(path: &Path) -> anyhow::Result<Frame> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let picture = derive::decode(&bytes).with_context(|| format!("{} is no picture", path.display()))?;
    let (width, height) = picture.dimensions();
    let (wide, high) = (u64::from(SIZE.0) * u64::from(height), u64::from(SIZE.1) * u64::from(width));
    let (target_width, target_height) = if wide < high {
        (SIZE.0, u32::try_from(wide / u64::from(width))?)
    } else {
        (u32::try_from(high / u64::from(height))?, SIZE.1)
    };
    let source = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3)?;
    let mut target = Image::new(target_width, target_height, PixelType::U8x3);
    Resizer::new().resize(&source, &mut target, None)?;
    let mut pixels = vec![FILL; SIZE.0 as usize * SIZE.1 as usize * FRAME_CHANNELS];
    let lines = pixels.chunks_exact_mut(SIZE.0 as usize * FRAME_CHANNELS);
    for (line, scaled) in lines.zip(target.buffer().chunks_exact(target_width as usize * FRAME_CHANNELS)) {
        line[..scaled.len()].copy_from_slice(scaled);
    }
    Ok(Frame::new(SIZE.0, SIZE.1, pixels)?)
}
