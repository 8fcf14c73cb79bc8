//! Files of text that people hand in: UTF-8 with or without its byte-order mark, and nothing that only looks like it.

use std::fmt;
use thiserror::Error;

/// A place in a text, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the line.
    pub line: u64,
    /// Number of the character in it.
    pub character: u64,
}

/// Why bytes are no text in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// They are something else altogether.
    #[error(
        "line 1, character 1: the file is {found}; save it as plain text in UTF-8 (in a spreadsheet: \"CSV UTF-8\")"
    )]
    Foreign {
        /// What they are.
        found: &'static str,
    },
    /// Some bytes are of another encoding.
    #[error(
        "{place}: the byte {byte:#04x} is not UTF-8; the file is of another encoding (Windows-1256, Latin-1) or damaged: save it in UTF-8"
    )]
    NotUtf8 {
        /// Of the first such byte.
        place: Place,
        /// The byte.
        byte: u8,
    },
}

impl Place {
    /// Returns the place that follows `before`.
    #[must_use]
    pub fn after(before: &str) -> Self {
        let (lines, last) = before.rsplit_once('\n').unwrap_or(("", before));
        let breaks = if last.len() == before.len() { 0 } else { lines.matches('\n').count() + 1 };
        Self { line: breaks as u64 + 1, character: last.chars().count() as u64 + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, character {}", self.line, self.character)
    }
}

/// Returns the text of a file without its byte-order mark.
///
/// # Errors
/// When it is of another encoding or of another kind; the error names it, or the place of the first bad byte.
pub fn decode(bytes: Vec<u8>) -> Result<String, TextError> {
    if let Some(found) = foreign_kind(&bytes) {
        return Err(TextError::Foreign { found });
    }
    let mut text = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
    if text.starts_with('\u{FEFF}') {
        text.drain(..'\u{FEFF}'.len_utf8());
    }
    Ok(text)
}

fn not_utf8(error: &std::string::FromUtf8Error) -> TextError {
    let (good, bad) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
    let place = Place::after(&String::from_utf8_lossy(good));
    TextError::NotUtf8 { place, byte: bad.first().copied().unwrap_or_default() }
}

/// Marks first, the longer before the shorter; then zeros as they stand between ASCII characters of wider encodings.
fn foreign_kind(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => "in UTF-32",
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "in UTF-16",
        [b'P', b'K', 3, 4, ..] => "a workbook (.xlsx, .ods) or another archive",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "an old Excel workbook (.xls)",
        [0x1F, 0x8B, ..] => "compressed (gzip)",
        [b'%', b'P', b'D', b'F', b'-', ..] => "a PDF",
        [0, 0, 0, 1..=255, ..] | [1..=255, 0, 0, 0, ..] => "in UTF-32",
        [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..] => "in UTF-16",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn utf32(text: &str, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|character| bytes(character.into())).collect()
    }

    #[test]
    fn the_mark_of_utf_8_is_dropped_once_and_the_text_kept() {
        assert_eq!(decode("\u{FEFF}id,ا\n".into()), Ok("id,ا\n".to_owned()));
        assert_eq!(decode("id".into()), Ok("id".to_owned()));
        assert_eq!(decode(Vec::new()), Ok(String::new()));
    }

    #[test]
    fn wider_encodings_are_named_with_and_without_their_mark() {
        for text in ["\u{FEFF}id,site\n", "id,site\n"] {
            for bytes in [utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes)] {
                assert_eq!(decode(bytes), Err(TextError::Foreign { found: "in UTF-16" }));
            }
            for bytes in [utf32(text, u32::to_le_bytes), utf32(text, u32::to_be_bytes)] {
                assert_eq!(decode(bytes), Err(TextError::Foreign { found: "in UTF-32" }));
            }
        }
    }

    #[test]
    fn a_byte_of_another_encoding_is_named_with_its_place() {
        let place = Place { line: 2, character: 3 };
        assert_eq!(decode(b"id\nab\xE9\n".to_vec()), Err(TextError::NotUtf8 { place, byte: 0xE9 }));
        let place = Place { line: 1, character: 2 };
        assert_eq!(decode(b"a\xFF".to_vec()), Err(TextError::NotUtf8 { place, byte: 0xFF }));
    }

    #[test]
    fn a_workbook_is_told_how_to_be_saved() {
        let told = decode(b"PK\x03\x04...".to_vec()).unwrap_err().to_string();
        assert!(told.contains("workbook") && told.contains("CSV UTF-8"), "{told}");
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        assert_eq!(Place::after("").to_string(), "line 1, character 1");
        assert_eq!(Place::after("a\nاب").to_string(), "line 2, character 3");
        assert_eq!(Place::after("\n\n").to_string(), "line 3, character 1");
    }
}
