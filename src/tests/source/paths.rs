//! The names that a source text speaks of.

use super::code::is_word;
use std::collections::BTreeMap;

/// What [`names_in`] found, in the order of the text.
#[derive(Default)]
pub(crate) struct Names {
    /// `mod name;`, with the modules in braces around it.
    pub(crate) modules: Vec<Vec<String>>,
    /// Paths of `use`, and those in code.
    pub(crate) used: Vec<Used>,
    /// What a name that `use` brought in stands for.
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
}

pub(crate) struct Used {
    pub(crate) line: usize,
    /// The modules in braces around it.
    pub(crate) inside: Vec<String>,
    pub(crate) path: Vec<String>,
}

/// Names in `code`, which is free of comments and literals.
pub(crate) fn names_in(code: &str) -> Names {
    let mut reader =
        Reader { tokens: tokens(code), at: 0, depth: 0, inside: Vec::new(), names: Names::default() };
    while reader.at < reader.tokens.len() {
        reader.step();
    }
    reader.names
}

/// A word, `::` or a single sign, and its line.
type Token<'a> = (&'a str, usize);

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest.len() - rest.trim_start_matches(is_word).len();
            let length = match word {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                _ => word,
            };
            tokens.push((&rest[..length], number));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
    /// Modules in braces that are open here, and at which depth each began.
    inside: Vec<(String, usize)>,
    names: Names,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.0)
    }

    fn inside(&self) -> Vec<String> {
        self.inside.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Takes the item, path or sign that comes next.
    fn step(&mut self) {
        match self.peek(0) {
            "{" => self.depth += 1,
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                self.inside.pop_if(|(_, began)| *began == self.depth);
            }
            "mod" if self.peek(2) == ";" => {
                let name = self.peek(1).to_owned();
                self.names.modules.push([self.inside(), vec![name]].concat());
            }
            "mod" if self.peek(2) == "{" => self.inside.push((self.peek(1).to_owned(), self.depth)),
            // `+ use<'a>` is no import.
            "use" if self.peek(1) != "<" => {
                self.at += 1;
                return self.tree(Vec::new());
            }
            // `pub(in path)` says who may see, not what is used.
            "in" if self.at > 0 && self.tokens[self.at - 1].0 == "(" => {
                self.at += 1;
                self.path();
                return;
            }
            word if word.starts_with(is_word) && self.peek(1) == "::" => {
                let (line, path) = (self.tokens[self.at].1, self.path());
                let inside = self.inside();
                return self.names.used.push(Used { line, inside, path });
            }
            _ => {}
        }
        self.at += 1;
    }

    /// Takes `a::b::c`.
    fn path(&mut self) -> Vec<String> {
        let mut path = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && self.peek(1).starts_with(is_word) {
            path.push(self.peek(1).to_owned());
            self.at += 2;
        }
        path
    }

    /// Takes what follows `use`: `a::{b, c as d, self, e::*}`.
    fn tree(&mut self, mut prefix: Vec<String>) {
        match self.peek(0) {
            "{" => {
                self.at += 1;
                while !matches!(self.peek(0), "}" | "") {
                    self.tree(prefix.clone());
                    self.at += usize::from(self.peek(0) == ",");
                }
            }
            "*" => self.used(prefix),
            "self" if !prefix.is_empty() => return self.leaf(prefix),
            word if word.starts_with(is_word) => {
                prefix.push(word.to_owned());
                if self.peek(1) != "::" {
                    return self.leaf(prefix);
                }
                self.at += 2;
                return self.tree(prefix);
            }
            // `::name` is another crate.
            _ => {}
        }
        self.at += 1;
    }

    /// Takes the last word of an import and the name it gets.
    fn leaf(&mut self, path: Vec<String>) {
        self.used(path.clone());
        self.at += 1;
        let mut name = path.last().cloned().unwrap_or_default();
        if self.peek(0) == "as" {
            self.peek(1).clone_into(&mut name);
            self.at += 2;
        }
        self.names.aliases.insert(name, path);
    }

    fn used(&mut self, path: Vec<String>) {
        let used = Used { line: self.tokens[self.at].1, inside: self.inside(), path };
        self.names.used.push(used);
    }
}

#[test]
fn names_are_found_in_imports_and_in_code() {
    let code = "use crate::a::{self, b::{C, d as e}, f::*};\nmod g;\nmod h {\n mod i;\n pub(in crate::x) fn j() -> impl K + use<'_> {\n super::l::m::<N>()\n }\n}\nfn o() { e::p(); Vec::<u8>::new(); }";
    let names = names_in(code);
    let used: Vec<_> = names.used.iter().map(|one| (one.line, one.path.join("::"))).collect();
    let expected = [
        (1, "crate::a"),
        (1, "crate::a::b::C"),
        (1, "crate::a::b::d"),
        (1, "crate::a::f"),
        (6, "super::l::m"),
        (9, "e::p"),
        (9, "Vec"),
    ];
    assert_eq!(used, expected.map(|(line, path)| (line, path.to_owned())));
    assert_eq!(names.used[4].inside, ["h"]);
    assert_eq!(names.modules, [vec!["g"], vec!["h", "i"]]);
    assert_eq!(names.aliases["e"], ["crate", "a", "b", "d"]);
}
