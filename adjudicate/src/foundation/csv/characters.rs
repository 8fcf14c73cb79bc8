//! Characters that no cell holds: they are not seen, or they change how what stands around them is seen.

use schemas::text::pasted::is_invisible;

/// What is wrong with a character, if anything is.
pub(super) const fn flaw(character: char) -> Option<&'static str> {
    match character {
        '\0' => Some("the character NUL"),
        '\t' => Some("a tab"),
        '\n' | '\r' | '\u{85}' | '\u{B}' | '\u{C}' | '\u{2028}' | '\u{2029}' => Some("a line break"),
        '\u{1B}' => Some("the control character ESC"),
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => Some("a control character"),
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some("a mark of direction")
        }
        unseen if is_invisible(unseen) => Some("a character that nobody sees"),
        '\u{FFFD}' => Some("a character that was lost in a conversion"),
        '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FFFE}'..='\u{FFFF}' | '\u{F0000}'.. => {
            Some("a character without a meaning")
        }
        _ => None,
    }
}

/// Says of the first character of a cell that may not be there what it is and where.
pub(super) fn problem(cell: &str) -> Option<String> {
    let mut flaws = (1..).zip(cell.chars()).filter_map(|(place, one)| Some((place, one, flaw(one)?)));
    let (place, character, what) = flaws.next()?;
    let code = u32::from(character);
    Some(format!("holds {what} (U+{code:04X}) as character {place} of the cell: remove it"))
}

/// A text as messages show it: short, and without what would disturb a terminal.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 40;
    let harmless = |one: char| if flaw(one).is_some() { '\u{FFFD}' } else { one };
    text.chars().take(SHOWN_CHARACTERS_MAX).map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_or_turns_the_text_around_is_named_with_its_place() {
        let problem = |text: &str| problem(text).unwrap_or_default();
        assert!(problem("A\u{202E}B").starts_with("holds a mark of direction (U+202E) as character 2"));
        assert!(problem("\0").contains("NUL (U+0000)"));
        assert!(problem("a\u{1B}[31m").contains("ESC (U+001B)"));
        for (text, what) in [
            ("a\nb", "a line break"),
            ("a\u{2028}b", "a line break"),
            ("a\u{200B}b", "nobody sees"),
            ("\u{AD}", "nobody sees"),
            ("North \u{FFFD} gate", "lost in a conversion"),
            ("a\u{9B}b", "a control character"),
            ("\u{E000}", "without a meaning"),
            ("\u{2067}موقع\u{2069}", "mark of direction"),
        ] {
            assert!(problem(text).contains(what), "{text:?}: {}", problem(text));
        }
    }

    #[test]
    fn names_as_people_write_them_are_left_alone() {
        for text in
            ["موقع أول – شارع ٢٦ يوليو", "مُدَرَّس، طريق", "Gate \"B\" & Co. (1/2)", "Café\u{A0}No. 5", "؟"]
        {
            assert_eq!(problem(text), None, "{text}");
        }
        assert_eq!(shown("a\u{1B}[2J\u{202E}"), "a\u{FFFD}[2J\u{FFFD}");
    }
}
