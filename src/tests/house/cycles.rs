//! No circle of modules: whoever reads a module may read what it speaks of first.

use crate::source::modules::{Graph, ModulePath, Modules, cycles, shown};
use crate::source::{self, members};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The edges inside a group of modules, each with the place where it is first needed.
fn described(group: &BTreeSet<&ModulePath>, modules: &Modules, graph: &Graph) -> String {
    let mut text = String::new();
    for from in group {
        let file = source::shown(&modules.0[*from].file);
        for (to, mention) in graph[*from].iter().filter(|(to, _)| group.contains(to)) {
            let (from, to) = (shown(from), shown(to));
            writeln!(text, "  {from} -> {to}  ({file}:{}: {})", mention.line, mention.text).unwrap();
        }
    }
    text
}

#[test]
fn no_modules_of_a_crate_need_each_other() {
    let mut found = String::new();
    for member in members() {
        for root_file in &member.targets {
            let modules = Modules::of(root_file);
            let graph = modules.graph();
            for group in cycles(&graph) {
                let names: Vec<String> = group.iter().map(|path| shown(path)).collect();
                writeln!(found, "{}: {} need each other", member.name, names.join(", ")).unwrap();
                found.push_str(&described(&group, &modules, &graph));
            }
        }
    }
    assert!(found.is_empty(), "move what is shared below those that share it:\n{found}");
}

#[test]
fn a_circle_is_found_through_parents_children_and_imported_names() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("lib.rs", "mod a;\nmod b;\nmod leaf;\n");
    write("a/mod.rs", "mod inner;\npub use inner::Thing;\n");
    write("a/inner.rs", "use crate::b;\npub struct Thing;\nfn call() { b::go(); }\n");
    write("b.rs", "pub fn go(_: crate::a::Thing) { crate::leaf::end(); }\n");
    write("leaf.rs", "pub fn end() {}\n#[cfg(test)]\nmod tests { use crate::b; }\n");
    let graph = Modules::of(&folder.path().join("lib.rs")).graph();
    let groups: Vec<Vec<String>> =
        cycles(&graph).iter().map(|group| group.iter().map(|path| shown(path)).collect()).collect();
    assert_eq!(groups, [["a", "a::inner", "b"]]);
}
