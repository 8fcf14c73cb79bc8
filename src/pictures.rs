//! Picture files from a desk, decoded as the pipeline does it, under more generous limits.

use anyhow::Context;
use ingest::frame::{FrameLimits, decode_frame};
use schemas::frame::Frame;
use std::path::Path;

/// Limits of one picture, as generous as a tool at a desk can be.
const LIMITS: FrameLimits =
    FrameLimits { bytes_max: 128 << 20, side_pixels_max: 24_000, pixels_max: 50_000_000 };

/// A file with its pixels.
#[derive(Debug)]
pub(crate) struct PictureFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ending: &'static str,
    pub(crate) frame: Frame,
}

/// Reads and decodes a file. Takes a core for milliseconds to seconds: keep it off the executor.
///
/// # Errors
/// When it cannot be read, or is no whole JPEG or PNG picture.
pub(crate) fn decode_file(path: &Path) -> anyhow::Result<PictureFile> {
    let bytes = std::fs::read(path).context("cannot read the file")?;
    let (media_type, ending) = kind_of(&bytes).context("the file is neither a JPEG nor a PNG picture")?;
    let frame = decode_frame(&bytes, media_type, &LIMITS)?;
    Ok(PictureFile { bytes, ending, frame })
}

/// Media type and the ending of a file of it, by the first bytes: a file's own ending says nothing.
fn kind_of(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(("image/jpeg", "jpg"))
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(("image/png", "png"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_is_told_so_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        for bytes in [&b""[..], b"hello"] {
            std::fs::write(&path, bytes).unwrap();
            let error = decode_file(&path).unwrap_err().to_string();
            assert!(error.contains("neither a JPEG nor a PNG"), "{error}");
        }
    }
}
