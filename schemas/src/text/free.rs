//! What people write in their own words: one rule for every page and every program.

use super::pasted::is_invisible;
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Where a text's lines may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// It has one line: no breaks and no tabs.
    One,
    /// It may have several, with tabs.
    Several,
}

/// Why a text cannot be kept as it was written; says what is wrong, not with which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeTextFault {
    /// Nothing in it can be seen, or too little.
    TooShort {
        /// Fewest characters that are seen.
        min: usize,
    },
    /// It has too many characters.
    TooLong {
        /// Most characters.
        max: usize,
    },
    /// A control character: it is neither seen nor stored.
    Control(char),
    /// A mark that turns the direction of what follows: other people would read another text.
    Override(char),
}

impl fmt::Display for FreeTextFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { min: 1 } => formatter.write_str("must have a character that can be seen"),
            Self::TooShort { min } => {
                write!(formatter, "must have at least {min} characters that can be seen")
            }
            Self::TooLong { max } => write!(formatter, "must have at most {max} characters"),
            Self::Control(found) => {
                write!(
                    formatter,
                    "must not have the control character U+{:04X}; remove it",
                    u32::from(*found)
                )
            }
            Self::Override(found) => write!(
                formatter,
                "must not have U+{:04X}, which turns the direction of text; remove it",
                u32::from(*found)
            ),
        }
    }
}

/// Takes a text in somebody's own words: normalised (NFC), trimmed, every kind of line break as one line feed; with
/// `min` to `max` characters of which something is seen. Returns it as it is kept.
///
/// # Errors
/// When it is too short or too long, or holds a control character or an override of direction.
pub fn free_text(text: &str, lines: Lines, min: usize, max: usize) -> Result<String, FreeTextFault> {
    let kept: String = with_line_feeds(text).nfc().collect();
    let kept = kept.trim();
    for character in kept.chars() {
        let is_break = lines == Lines::Several && matches!(character, '\n' | '\t');
        if character.is_control() && !is_break {
            return Err(FreeTextFault::Control(character));
        }
        if matches!(character, '\u{202D}' | '\u{202E}') {
            return Err(FreeTextFault::Override(character));
        }
    }
    if !kept.chars().any(is_seen) || said(kept) < min {
        return Err(FreeTextFault::TooShort { min });
    }
    if kept.chars().count() > max {
        return Err(FreeTextFault::TooLong { max });
    }
    Ok(kept.to_owned())
}

/// Line breaks of browsers, of word processors and of Unicode, each as one line feed.
fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace(['\r', '\u{000B}', '\u{000C}', '\u{0085}', '\u{2028}', '\u{2029}'], "\n")
}

/// Whether a character leaves something on the paper by itself.
fn is_seen(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !is_invisible(character)
        && !is_combining_mark(character)
}

/// Characters that say something: what is invisible does not count, and blanks in a row count once.
fn said(text: &str) -> usize {
    let mut after_blank = false;
    text.chars()
        .filter(|character| !is_invisible(*character))
        .filter(|character| {
            let is_blank = character.is_whitespace();
            !std::mem::replace(&mut after_blank, is_blank) || !is_blank
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX: usize = 40;

    fn story(text: &str) -> Result<String, FreeTextFault> {
        free_text(text, Lines::Several, 1, MAX)
    }

    #[test]
    fn line_breaks_and_tabs_of_every_system_are_taken() {
        assert_eq!(story(" a\r\nb\rc\u{2028}d\te\r\n").as_deref(), Ok("a\nb\nc\nd\te"));
        assert_eq!(free_text("a\tb", Lines::One, 1, MAX), Err(FreeTextFault::Control('\t')));
        assert_eq!(free_text("a\r\nb", Lines::One, 1, MAX), Err(FreeTextFault::Control('\n')));
    }

    #[test]
    fn what_nobody_sees_says_nothing() {
        for text in
            ["", " \n\t", "\u{200B}", "\u{2066}\u{2069}", "\u{FEFF}\u{00AD}", "\u{0301}", "\u{3164}\u{2800}"]
        {
            assert_eq!(story(text), Err(FreeTextFault::TooShort { min: 1 }), "{text:?}");
        }
        let ten = |text: &str| free_text(text, Lines::Several, 10, MAX);
        assert!(ten(&format!("no{}", "\u{200B}".repeat(20))).is_err());
        assert!(ten(&format!("n{}o", " ".repeat(20))).is_err());
        assert!(ten("not proven").is_ok());
    }

    #[test]
    fn control_characters_and_overrides_are_named() {
        assert_eq!(story("a\0b"), Err(FreeTextFault::Control('\0')));
        assert_eq!(story("a\u{1b}[2J"), Err(FreeTextFault::Control('\u{1b}')));
        assert_eq!(story("a\u{202E}b"), Err(FreeTextFault::Override('\u{202E}')));
        assert!(FreeTextFault::Override('\u{202E}').to_string().contains("U+202E"));
    }

    #[test]
    fn marks_that_arabic_needs_stay_and_letters_are_composed() {
        assert_eq!(
            story("می\u{200C}خواهم \u{2066}V-1\u{2069}").as_deref(),
            Ok("می\u{200C}خواهم \u{2066}V-1\u{2069}")
        );
        assert_eq!(story("e\u{0301}").as_deref(), Ok("\u{00E9}"));
        assert_eq!(story("\u{0627}\u{0653}").as_deref(), Ok("\u{0622}"));
    }

    proptest! {
        #[test]
        fn what_was_kept_is_kept_as_it_is(text in any::<String>()) {
            if let Ok(kept) = free_text(&text, Lines::Several, 1, 4_000) {
                prop_assert_eq!(free_text(&kept, Lines::Several, 1, 4_000), Ok(kept));
            }
        }
    }
}
