//! `labels.jsonl`: what people say that pictures show. Read by `rasid read --labels` and `rasid demo --photos`.

use crate::json_lines;
use anyhow::{Context, ensure};
use serde::Deserialize;
use std::path::Path;

/// Name of the file in a folder of pictures.
pub const LABELS_FILE: &str = "labels.jsonl";
/// A line, for messages.
pub const LABEL_FORM: &str =
    r#"{"image": "a.jpg", "plates": [{"box": [x, y, width, height], "letters": "ABD", "digits": "1234"}]}"#;

/// One line.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledPicture {
    /// Number of the line, from 1.
    #[serde(skip)]
    pub line: usize,
    /// File name beside the labels.
    pub image: String,
    /// The plates in it.
    pub plates: Vec<LabelledPlate>,
}

/// One plate; without letters and digits it counts for locating only.
#[derive(Debug, Clone, Deserialize)]
pub struct LabelledPlate {
    /// x, y, width, height in pixels.
    #[serde(rename = "box")]
    pub position: [f64; 4],
    /// Egypt: Arabic reading order; Saudi Arabia: the Latin row as printed.
    pub letters: Option<String>,
    /// As printed.
    pub digits: Option<String>,
}

/// Reads all lines.
///
/// # Errors
/// When the file is missing, empty, or a line is no label; the message names the line.
pub fn load(path: &Path) -> anyhow::Result<Vec<LabelledPicture>> {
    let text = json_lines::read(path)?;
    let mut pictures: Vec<LabelledPicture> = Vec::new();
    for parsed in json_lines::parse(&text) {
        let (line, picture) = parsed.with_context(|| {
            format!("{} cannot be used, a line has the form {LABEL_FORM}", path.display())
        })?;
        pictures.push(LabelledPicture { line, ..picture });
    }
    ensure!(
        !pictures.is_empty(),
        "{} is empty: give it one line for each picture, of the form {LABEL_FORM}",
        path.display()
    );
    Ok(pictures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        format!("{:#}", load(file.path()).unwrap_err())
    }

    #[test]
    fn a_broken_line_is_named_by_its_number() {
        let error = error_of("{\"image\":\"a.jpg\",\"plates\":[]}\n{\"image\":}\n");
        assert!(error.contains("line 2, column 10"), "{error}");
        assert!(error_of("{\"image\":\"a.jpg\"}\n").contains("line 1, column 17: missing field `plates`"));
    }

    #[test]
    fn an_empty_file_is_told_the_form_of_a_line() {
        assert!(error_of("\n").contains("is empty") && error_of("").contains(LABEL_FORM));
    }

    #[test]
    fn a_picture_knows_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\n{\"image\":\"a.jpg\",\"plates\":[]}\n").unwrap();
        assert_eq!(load(file.path()).unwrap()[0].line, 2);
    }

    #[test]
    fn labels_behind_a_byte_order_mark_are_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\u{FEFF}{\"image\":\"a.jpg\",\"plates\":[]}\r\n").unwrap();
        assert_eq!(load(file.path()).unwrap()[0].image, "a.jpg");
        assert!(error_of("\u{FEFF}\n").contains("is empty"));
    }
}
