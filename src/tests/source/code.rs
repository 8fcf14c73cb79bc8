//! Rust text without what is no code: comments, the inside of literals, items that only tests compile.
//!
//! What is taken out becomes spaces, so that every line stays where it was.

/// Blanks comments, strings and characters. Not a lexer, but right for what `rustfmt` leaves behind.
pub(crate) fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.len() - rest.trim_start_matches(is_word).len();
        let skipped = match word {
            0 => not_code(rest),
            // `r"…"` and `br#"…"#`; a word that merely ends so is taken whole and is none.
            _ if matches!(&rest[..word], "r" | "br" | "cr") => {
                raw_string(&rest[word..]).map_or(0, |len| word + len)
            }
            _ => 0,
        };
        let (part, after) = rest.split_at(if skipped > 0 { skipped } else { word.max(first.len_utf8()) });
        if skipped > 0 {
            blank(part, &mut code);
        } else {
            code.push_str(part);
        }
        rest = after;
    }
    code
}

/// Blanks the items under `#[cfg(test)]` and `#[cfg(all(test, …))]` in what [`code_of`] returned.
pub(crate) fn without_tests(code: &str) -> String {
    if code.contains("#![cfg(test)]") {
        let mut nothing = String::new();
        blank(code, &mut nothing);
        return nothing;
    }
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = ["#[cfg(test)]", "#[cfg(all(test"].iter().filter_map(|one| rest.find(one)).min() {
        let (before, item) = rest.split_at(start);
        kept.push_str(before);
        let (item, after) = item.split_at(item_len(item));
        blank(item, &mut kept);
        rest = after;
    }
    kept + rest
}

/// Length of the block that begins with the `{` at the start of `code`, both braces included.
pub(crate) fn block_len(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Where the body of an item or its `;` is, outside parentheses and brackets.
pub(crate) fn body_or_end(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    code.bytes().position(|byte| {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(byte, b'{' | b';')
    })
}

pub(crate) fn is_word(one: char) -> bool {
    one.is_alphanumeric() || one == '_'
}

fn item_len(item: &str) -> usize {
    let Some(start) = body_or_end(item) else { return item.len() };
    match &item[start..=start] {
        "{" => start + block_len(&item[start..]),
        _ => start + 1,
    }
}

fn blank(part: &str, code: &mut String) {
    code.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

/// Length of the comment or literal at the start of `rest`, 0 for code.
fn not_code(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    match rest.as_bytes()[0] {
        b'"' => quoted(rest, '"'),
        // A quote is a character when it closes behind one; else it begins a lifetime.
        b'\'' if rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'') => quoted(rest, '\''),
        _ => 0,
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let next = &rest.as_bytes()[at..];
        if next.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if next.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = true; // the opening quote closes nothing
    for (at, one) in rest.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if one == '\\' {
            is_escaped = true;
        } else if one == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// Length of `#"…"#` at the start of `rest`; `None` where it is no raw string but `r#name`.
fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let inside = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(hashes + 1 + length)
}

#[test]
fn what_stands_in_comments_and_literals_is_not_code() {
    let text = r##"a("{ \" }"); /* { /* } */ { */ b('{', '\'', 'x'); // }
fn c<'a>(d: &'a str) { br#"" } "#; r"\"; r#type }"##;
    let code = code_of(text);
    assert_eq!(code.len(), text.len());
    assert_eq!(code.split_whitespace().collect::<String>(), "a();b(,,);fnc<'a>(d:&'astr){;;r#type}");
    assert_eq!(code.lines().count(), text.lines().count());
}

#[test]
fn items_that_only_tests_compile_are_left_out() {
    let code = "use a;\n#[cfg(test)]\nuse b::{c, d};\nfn e() {}\n#[cfg(test)]\n#[path = x]\nmod f {\n fn g() {}\n}\nmod h;";
    let kept = without_tests(code);
    assert_eq!(kept.lines().count(), code.lines().count());
    assert_eq!(kept.split_whitespace().collect::<Vec<_>>().join(" "), "use a; ; fn e() {} mod h;");
    assert_eq!(without_tests("#![cfg(test)]\nmod a;").trim(), "");
}
