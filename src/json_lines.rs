//! Files with one JSON object a line; whatever is broken is named by its line.

use anyhow::{Context, anyhow};
use schemas::text::plain_text;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Returns the text of such a file: UTF-8, its byte-order mark dropped.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    plain_text::decode(bytes).with_context(|| format!("{} cannot be used", path.display()))
}

/// Every line that is not empty, with its number from 1.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> impl Iterator<Item = anyhow::Result<(usize, T)>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| Ok((number, parse_line(number, line)?)))
}

fn parse_line<T: DeserializeOwned>(number: usize, line: &str) -> anyhow::Result<T> {
    serde_json::from_str(line).map_err(|error| {
        // The parser sees one line at a time and would call each of them the first.
        let said = error.to_string();
        let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
        anyhow!("line {number}, column {}: {what}", error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_named_once_by_its_own_number() {
        let mut lines = parse::<Vec<u32>>("[1]\n\n[2,\n");
        assert_eq!(lines.next().unwrap().unwrap(), (1, vec![1]));
        let error = lines.next().unwrap().unwrap_err().to_string();
        assert_eq!(error, "line 3, column 3: EOF while parsing a value");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line_and_other_encodings_are_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let written = |bytes: &[u8]| {
            std::fs::write(file.path(), bytes).unwrap();
            read(file.path()).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(written("\u{FEFF}[1]\n".as_bytes()), Ok("[1]\n".to_owned()));
        assert!(
            written(b"\xFF\xFE[\0").unwrap_err().contains("the file is in UTF-16; save it as plain text")
        );
        assert!(
            written(b"[1]\n[\"\xE9\"]")
                .unwrap_err()
                .contains("line 2, character 3: the byte 0xe9 is not UTF-8")
        );
    }
}
