//! The modules of a crate, one for each file, and which of them speaks of which.

use super::code::{code_of, without_tests};
use super::paths::{Names, names_in};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Names from the root of the crate; empty for the root itself.
pub(crate) type ModulePath = Vec<String>;

pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) code: String,
    names: Names,
}

/// Modules of a crate that the program has; those of tests are left out.
pub(crate) struct Modules(pub(crate) BTreeMap<ModulePath, Module>);

/// Where a module speaks of another one first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) line: usize,
    pub(crate) text: String,
}

pub(crate) type Graph = BTreeMap<ModulePath, BTreeMap<ModulePath, Mention>>;

pub(crate) fn shown(path: &[String]) -> String {
    if path.is_empty() { "crate".to_owned() } else { path.join("::") }
}

impl Modules {
    /// Follows `mod name;` from the root file of a library or program.
    pub(crate) fn of(root_file: &Path) -> Self {
        let mut found = BTreeMap::new();
        let folder = root_file.parent().unwrap().to_owned();
        let mut open = vec![(ModulePath::new(), root_file.to_owned(), folder)];
        while let Some((path, file, folder)) = open.pop() {
            let code = without_tests(&code_of(&fs::read_to_string(&file).unwrap()));
            let names = names_in(&code);
            for declared in &names.modules {
                let (child, beside) = (folder.join(declared.join("/")), [&path[..], declared].concat());
                let (flat, nested) = (child.with_extension("rs"), child.join("mod.rs"));
                open.push((beside, if flat.exists() { flat } else { nested }, child));
            }
            found.insert(path, Module { file, code, names });
        }
        Self(found)
    }

    /// The edges: a path leads to the deepest module on it that has a file.
    pub(crate) fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        for (path, module) in &self.0 {
            let edges = graph.entry(path.clone()).or_default();
            for name in &module.names.used {
                let base = [&path[..], &name.inside].concat();
                let Some(absolute) = self.absolute(&base, &name.path, &module.names.aliases) else {
                    continue;
                };
                let target = self.deepest(absolute);
                if target != *path {
                    edges
                        .entry(target)
                        .or_insert_with(|| Mention { line: name.line, text: name.path.join("::") });
                }
            }
        }
        graph
    }

    /// A path as seen from the module `base`; `None` for what another crate or the module itself defines.
    fn absolute(
        &self,
        base: &[String],
        path: &[String],
        aliases: &BTreeMap<String, Vec<String>>,
    ) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([base, rest].concat()),
            "super" => {
                let supers = path.iter().take_while(|one| *one == "super").count();
                Some([&base[..base.len().saturating_sub(supers)], &path[supers..]].concat())
            }
            _ if self.0.contains_key(&[base, std::slice::from_ref(first)].concat()) => {
                Some([base, path].concat())
            }
            _ => {
                let meant = aliases.get(first).filter(|meant| meant.first() != Some(first))?;
                self.absolute(base, &[&meant[..], rest].concat(), aliases)
            }
        }
    }

    fn deepest(&self, mut path: ModulePath) -> ModulePath {
        while !self.0.contains_key(&path) {
            path.pop();
        }
        path
    }
}

/// Groups of modules that reach each other (strongly connected components of more than one).
pub(crate) fn cycles(graph: &Graph) -> Vec<BTreeSet<&ModulePath>> {
    let reached: BTreeMap<_, _> = graph.keys().map(|from| (from, reached_from(graph, from))).collect();
    let mut groups: Vec<BTreeSet<_>> = Vec::new();
    for (from, there) in &reached {
        if there.contains(from) && !groups.iter().any(|group| group.contains(from)) {
            groups.push(there.iter().copied().filter(|other| reached[other].contains(from)).collect());
        }
    }
    groups
}

fn reached_from<'a>(graph: &'a Graph, from: &ModulePath) -> BTreeSet<&'a ModulePath> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<_> = graph[from].keys().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(graph[next].keys());
        }
    }
    reached
}
