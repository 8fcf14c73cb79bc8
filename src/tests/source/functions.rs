//! Functions of a source text and how long they are.

use super::code::{block_len, body_or_end, is_word};

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Number of its line in the file, from 1.
    pub(crate) line: usize,
    /// Lines between its braces; one for a body on the line of its brace.
    pub(crate) length: usize,
}

/// Functions of `code`, which is free of comments and literals.
pub(crate) fn functions_of(code: &str) -> Vec<Function> {
    let starts = code.match_indices("fn ").map(|(at, _)| at);
    starts.filter(|at| !code[..*at].ends_with(is_word)).filter_map(|at| function_at(code, at)).collect()
}

fn function_at(code: &str, at: usize) -> Option<Function> {
    let head = &code[at + "fn ".len()..];
    let name = &head[..head.len() - head.trim_start_matches(is_word).len()];
    let open = body_or_end(head)?;
    if name.is_empty() || !head[open..].starts_with('{') {
        return None;
    }
    let body = &head[open..];
    let breaks = lines_in(&body[..block_len(body)]);
    Some(Function {
        name: name.to_owned(),
        line: 1 + lines_in(&code[..at]),
        length: breaks.saturating_sub(1).max(1),
    })
}

fn lines_in(text: &str) -> usize {
    text.matches('\n').count()
}

#[test]
fn a_function_is_as_long_as_its_body() {
    let code = "trait A {\n    fn b(&self, c: [u8; 3]);\n}\nfn d(e: fn (u8) -> u8)\nwhere\n    F: G,\n{\n    h();\n    i({\n    })\n}\nfn j() {}\n";
    let found: Vec<_> = functions_of(code).into_iter().map(|one| (one.name, one.line, one.length)).collect();
    assert_eq!(found, [("d".to_owned(), 4, 3), ("j".to_owned(), 12, 1)]);
}
