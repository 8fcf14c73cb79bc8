//! `labels.jsonl`: what people say that pictures show.

use anyhow::Context;
use serde::Deserialize;
use std::path::Path;

/// One line.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LabelledPicture {
    /// File name beside the labels.
    pub(super) image: String,
    /// The plates in it.
    pub(super) plates: Vec<LabelledPlate>,
}

/// One plate; without letters and digits it counts for locating only.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LabelledPlate {
    /// x, y, width, height in pixels.
    #[serde(rename = "box")]
    pub(super) position: [f64; 4],
    /// Egypt: Arabic reading order; Saudi Arabia: the Latin row as printed.
    pub(super) letters: Option<String>,
    /// As printed.
    pub(super) digits: Option<String>,
}

/// Reads all lines.
///
/// # Errors
/// When the file is missing, empty, or a line is no label; the message names the line.
pub(super) fn load(path: &Path) -> anyhow::Result<Vec<LabelledPicture>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the labels {}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let pictures: Vec<LabelledPicture> = lines
        .map(|(number, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{} line {}: no label", path.display(), number + 1))
        })
        .collect::<anyhow::Result<_>>()?;
    anyhow::ensure!(!pictures.is_empty(), "{} holds no label", path.display());
    Ok(pictures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_named_by_its_number() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"image\":\"a.jpg\",\"plates\":[]}\n{\"image\":}\n").unwrap();
        let error = format!("{:#}", load(file.path()).unwrap_err());
        assert!(error.contains("line 2"), "{error}");
    }
}
